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
 * The values of the configuration language, each a pure function from what
 * was written to the value or what is wrong with it, and back for printing.
 * An error says what is allowed and does not repeat what was written, which
 * may be a secret.
 */

#ifndef RELAYD_PARENT_CONFIG_VALUES_H
#define RELAYD_PARENT_CONFIG_VALUES_H

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "address.h"
#include "digest.h"
#include "rate_limit.h"
#include "result.h"

/* NUMBER: decimal digits. */
Result<std::uint64_t> parse_number(
    std::string_view text, std::uint64_t min, std::uint64_t max);
/* SIZE: octets, or with K, M, G or T. */
Result<std::uint64_t> parse_size(
    std::string_view text, std::uint64_t min, std::uint64_t max);
/* TIME: a number with s, m, h or d. */
Result<std::chrono::seconds> parse_time(std::string_view text,
    std::chrono::seconds min, std::chrono::seconds max);
/* RATE [burst N] */
Result<RateLimit> parse_rate(
    std::string_view rate, std::optional<std::string_view> burst);
/* PORT: a number or a name from services(5). */
Result<std::uint16_t> parse_port(std::string_view text);
/* PATH: absolute. */
Result<std::string> parse_path(std::string_view text);
/* ADDRESS: a literal, with a scope if it is link-local. */
Result<IpAddress> parse_address(std::string_view text);
/* HOST: an ADDRESS or a host name. */
Result<std::string> parse_host(std::string_view text);
/* An EHLO name: a domain or an address literal. */
Result<std::string> parse_ehlo_name(std::string_view text);
/* Text for people: UTF-8 of at most max characters. */
Result<std::string> parse_phrase(std::string_view text, std::size_t max);

Result<std::string> parse_key_name(std::string_view text);
/* sha256: and 64 lower-case hexadecimal digits. */
Result<Sha256Digest> parse_hash(std::string_view text);
/* Of a secret that manual or example show. */
bool is_example_hash(const Sha256Digest &hash);
/* The hash of a secret that is good enough. */
Result<Sha256Digest> parse_secret(std::string_view text);

/* syslog(3)'s number for mail, daemon, local0..local7. */
std::optional<int> parse_facility(std::string_view text);

/* Is it this machine, so that mail to it needs no TLS? */
bool is_loopback_host(std::string_view host);

/* As the language writes them. */
std::string size_text(std::uint64_t octets);
std::string time_text(std::chrono::seconds time);
std::string rate_text(const RateLimit &limit);
std::string facility_text(int facility);
std::string quoted_text(std::string_view text);

#endif
