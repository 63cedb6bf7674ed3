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
 * Headers from any texts that relayd-http may hand over: whatever passes the
 * checks becomes lines of a header, and nothing in it ends or begins one.
 * The first octet divides the input into display name and subject.
 */

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "encoded_word.h"
#include "header.h"

namespace {

void
check(bool holds)
{
	if (!holds)
		abort();
}

MailAddress
address(const char *text)
{
	auto parsed = MailAddress::parse(text);

	check(static_cast<bool>(parsed));
	return (*parsed);
}

void
check_line(std::string_view line)
{
	check(line.size() <= 998);
	check(line.find_first_not_of(" \t") != std::string_view::npos);
	for (char c : line)
		check(c == '\t' || (c >= ' ' && c <= '~'));
	std::size_t at = 0;
	while ((at = line.find("=?utf-8?", at)) != std::string_view::npos) {
		std::size_t end = line.find("?=", at + 10);
		check(end != std::string_view::npos);
		check(end + 2 - at <= encoded_word_max);
		at = end;
	}
}

} /* namespace */

extern "C" int
LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
	static const MailAddress from = address("noreply@example.com");
	static const std::vector<MailAddress> to = {address("a@example.org")};
	static const std::vector<MailAddress> nobody;
	static const RequestId id =
	    *RequestId::parse("req_01J00000000000000000000000");

	if (size < 1)
		return (0);
	std::string_view rest(
	    reinterpret_cast<const char *>(data) + 1, size - 1);
	std::string_view name = rest.substr(0, data[0]);
	std::string_view subject = rest.substr(name.size());
	if (!is_header_text(name, 128, Tab::refused) ||
	    !is_header_text(subject, 998, Tab::allowed))
		return (0);

	std::string header = build_header(
	    {0, id, from, name, to, nobody, nobody, subject});
	std::string_view lines = header;
	std::string names;
	while (!lines.empty()) {
		std::size_t end = lines.find("\r\n");
		check(end != std::string_view::npos);
		std::string_view line = lines.substr(0, end);
		lines.remove_prefix(end + 2);
		check_line(line);
		if (line[0] != ' ')
			names.append(line.substr(0, line.find(':') + 1));
	}
	check(names == "Date:Message-ID:From:To:Subject:MIME-Version:");
	return (0);
}
