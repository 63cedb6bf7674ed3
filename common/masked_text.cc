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

#include "masked_text.h"

namespace {

/* What an addr-spec stands between in a reply. */
constexpr std::string_view around = " \t<>()[],;:";

/*
 * Where the local part that ends text begins.  What is quoted may hold
 * anything, an @ too: rather more than less is taken for it.
 */
std::size_t
local_part_begin(std::string_view text)
{
	std::size_t quote = text.find('"');

	if (quote != std::string_view::npos)
		return (quote + 1 == text.size() ? 0 : quote);
	std::size_t before = text.find_last_of(around);
	return (before == std::string_view::npos ? 0 : before + 1);
}

} /* namespace */

std::string
mask_addresses(std::string_view text)
{
	std::string masked;
	std::size_t at;

	while ((at = text.find('@')) != std::string_view::npos) {
		std::size_t begin = local_part_begin(text.substr(0, at));

		masked += text.substr(0, begin);
		if (begin != at)
			masked += '*';
		masked += '@';
		text.remove_prefix(at + 1);
	}
	masked += text;
	return (masked);
}
