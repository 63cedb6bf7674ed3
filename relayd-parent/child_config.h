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
 * What of the configuration each child is told: relayd-http no password and
 * no secret, relayd-smtp no TLS key.
 */

#ifndef RELAYD_PARENT_CHILD_CONFIG_H
#define RELAYD_PARENT_CHILD_CONFIG_H

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "config.h"
#include "http_config.h"
#include "smtp_config.h"

/*
 * The buckets of the keys in the shared segment, by name: a key keeps its
 * bucket over a reload.
 */
class KeySlots {
public:
	KeySlots();

	/* The slot of every key of the configuration, in its order. */
	std::vector<std::uint32_t> assign(const std::vector<Key> &keys);
	/* Those that assign() gave to names that had none before. */
	const std::vector<std::uint32_t> &fresh() const
	{
		return (given);
	}

private:
	std::map<std::string, std::uint32_t> slots;
	std::vector<std::uint32_t> unused; /* taken from the back */
	std::vector<std::uint32_t> given;
};

HttpTls make_http_tls(const ListenTls &tls);
SmtpTls make_smtp_tls(const Relay &relay);
HttpConfig make_http_config(const Config &config, std::uint64_t generation,
    const std::vector<std::uint32_t> &key_slots);
SmtpStore make_smtp_store(const Store &store);
/* But for what is the process's own: daemon and instance. */
SmtpConfig make_smtp_config(const Config &config, std::uint64_t generation);

#endif
