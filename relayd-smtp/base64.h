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


/* Base64 (RFC 4648 4) without line breaks. */

#ifndef RELAYD_SMTP_BASE64_H
#define RELAYD_SMTP_BASE64_H

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

constexpr std::size_t
base64_size(std::size_t octets)
{
	return ((octets + 2) / 3 * 4);
}

/* Takes up to three octets off the front, at least one. */
std::array<char, 4> base64_take(std::string_view &octets);
void append_base64(std::string &out, std::string_view octets);

#endif
