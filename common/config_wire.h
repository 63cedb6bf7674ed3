/*
 * Copyright (c) 2026 The http-smtp-rele authors
 *
 * Permission to use, copy, modify, and distribute this software for any
 * purpose with or without fee is hereby granted, provided that the above
 * copyright notice and this permission notice appear in all copies.
 *
 * THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
 * WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
 * MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
 * ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
 * WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
 * ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
 * OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.
 */

/*
 * How the parts that both children's configurations have cross to them:
 * each writer with its reader.
 */

#ifndef COMMON_CONFIG_WIRE_H
#define COMMON_CONFIG_WIRE_H

#include <chrono>
#include <optional>
#include <vector>

#include "address.h"
#include "digest.h"
#include "log.h"
#include "mail_address.h"
#include "wire.h"

void write_log_settings(WireWriter &out, const LogSettings &log);
LogSettings read_log_settings(WireReader &in);

void write_address(WireWriter &out, const IpAddress &address);
IpAddress read_address(WireReader &in);
void write_prefixes(WireWriter &out, const PrefixList &list);
PrefixList read_prefixes(WireReader &in);

void write_recipients(WireWriter &out, const RecipientPolicy &policy);
RecipientPolicy read_recipients(WireReader &in);

void write_digests(WireWriter &out, const std::vector<Sha256Digest> &digests);
std::vector<Sha256Digest> read_digests(WireReader &in);

void write_mail_address(
    WireWriter &out, const std::optional<MailAddress> &address);
std::optional<MailAddress> read_mail_address(WireReader &in);

template <typename Duration>
void
write_duration(WireWriter &out, Duration duration)
{
	out.integer(static_cast<std::int64_t>(duration.count()));
}

template <typename Duration>
Duration
read_duration(WireReader &in)
{
	std::int64_t count = in.integer<std::int64_t>();

	if (count < 0)
		in.fail();
	return (Duration(count));
}

/* An optional value: whether it is there, then itself. */
template <typename T, typename Write>
void
write_optional(WireWriter &out, const std::optional<T> &value, Write write)
{
	out.boolean(value.has_value());
	if (value)
		write(out, *value);
}

template <typename T, typename Read>
std::optional<T>
read_optional(WireReader &in, Read read)
{
	if (!in.boolean())
		return (std::nullopt);
	return (read(in));
}

#endif
