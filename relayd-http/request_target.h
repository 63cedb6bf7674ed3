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
 * The request-target and the Host field (RFC 9112 3.2, RFC 9110 4.2, 7.2):
 * which resource is meant.
 */

#ifndef RELAYD_HTTP_REQUEST_TARGET_H
#define RELAYD_HTTP_REQUEST_TARGET_H

#include <optional>
#include <string_view>

enum class TargetForm { origin, absolute, authority, asterisk };

/* Views into the text that was parsed. */
struct RequestTarget {
	TargetForm form = TargetForm::origin;
	/* As sent, never decoded; empty in authority and asterisk form. */
	std::string_view path;
	std::string_view query; /* without the "?" */
};

/*
 * scheme, in lower case, is the only one that an absolute-form may have.
 * nullopt: not a target of any form that this method can have.  The path of
 * "http://host" is left empty here; it means "/" (RFC 9110 4.2.3).
 */
std::optional<RequestTarget> parse_request_target(
    std::string_view method, std::string_view text, std::string_view scheme);

/*
 * uri-host [":" port] (RFC 9110 7.2): a registered name, an IPv4 address or
 * an IPv6 address in brackets, with a port up to 65535.  Neither empty
 * (RFC 9110 4.2.1) nor with user information (4.2.4).
 */
bool is_valid_host(std::string_view text);

#endif
