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
 * Content that relayd-http hands over: what passes the check goes over the
 * wire as lines that no server can misread, ends at its end, has the size
 * that was announced, and is the content when it is read back.  The first
 * octet says in what pieces it is written.
 */

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "content_check.h"
#include "content_writer.h"

namespace {

void
check(bool holds)
{
	if (!holds)
		abort();
}

std::string
on_the_wire(std::string_view content, std::size_t piece)
{
	ContentWriter writer(content);
	std::string wire, part;

	while (!writer.done()) {
		part.clear();
		writer.fill(part, piece);
		check(!part.empty());
		wire += part;
	}
	return (wire);
}

/* What a server makes of it; everything must be of a message. */
std::string
received(std::string_view wire)
{
	std::string message;

	for (;;) {
		std::size_t end = wire.find("\r\n");
		check(end != std::string_view::npos);
		std::string_view line = wire.substr(0, end);
		check(line.find_first_of("\r\n") == std::string_view::npos);
		check(line.find('\0') == std::string_view::npos);
		wire.remove_prefix(end + 2);
		if (line == ".")
			break;
		if (!line.empty() && line[0] == '.')
			line.remove_prefix(1);
		check(line.size() <= content_line_max);
		message.append(line).append("\r\n");
	}
	check(wire.empty());
	return (message);
}

std::string
with_crlf(std::string_view content)
{
	std::string out;

	for (std::size_t i = 0; i < content.size(); i++) {
		if (content[i] == '\n' && (i == 0 || content[i - 1] != '\r'))
			out += '\r';
		out += content[i];
	}
	if (!out.empty() && out.back() != '\n')
		out += "\r\n";
	return (out);
}

/* Every line up to the first empty one is a Content-* field or goes on. */
void
check_header(std::string_view message)
{
	for (bool first = true;; first = false) {
		std::size_t end = message.find("\r\n");
		check(end != std::string_view::npos);
		std::string_view line = message.substr(0, end);
		message.remove_prefix(end + 2);
		if (line.empty())
			return;
		if (line[0] == ' ' || line[0] == '\t') {
			check(!first);
			check(line.find_first_not_of(" \t") !=
			    std::string_view::npos);
			continue;
		}
		std::string name(line.substr(0, line.find(':')));
		check(name.size() < line.size());
		for (char &c : name)
			if (c >= 'A' && c <= 'Z')
				c = static_cast<char>(c - 'A' + 'a');
		check(name.compare(0, 8, "content-") == 0);
	}
}

} /* namespace */

extern "C" int
LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
	if (size < 1)
		return (0);
	std::string_view content(
	    reinterpret_cast<const char *>(data) + 1, size - 1);
	Result<std::size_t> checked = check_content(content);
	if (!checked)
		return (0);

	std::string message = received(on_the_wire(content, 1 + data[0]));
	check(message == with_crlf(content));
	check(message.size() == *checked);
	for (char c : message)
		check(static_cast<unsigned char>(c) < 0x80);
	check_header(message);
	return (0);
}
