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

#include <algorithm>
#include <cstdint>

#include "base64.h"
#include "mime.h"
#include "mime_header.h"

namespace {

constexpr std::string_view line_end = "\r\n";

class Appender {
public:
	explicit Appender(std::string &output) : out(output)
	{
	}
	void add(std::string_view octets)
	{
		out += octets;
	}
	void text(const TextEntity &entity)
	{
		entity.append_to(out);
	}
	void base64(std::string_view data)
	{
		append_base64_lines(out, data, SIZE_MAX);
	}

private:
	std::string &out;
};

/* For a MessageWriter: what there is to write, in its order. */
class Outline {
public:
	explicit Outline(std::deque<MessageWriter::Section> &list)
	    : sections(list)
	{
	}
	void add(std::string_view octets)
	{
		if (sections.empty() ||
		    !std::holds_alternative<std::string>(sections.back()))
			sections.emplace_back(std::string());
		std::get<std::string>(sections.back()) += octets;
	}
	void text(const TextEntity &entity)
	{
		sections.emplace_back(TextWriter(entity));
	}
	void base64(std::string_view data)
	{
		sections.emplace_back(data);
	}

private:
	std::deque<MessageWriter::Section> &sections;
};

class Counter {
public:
	void add(std::string_view octets)
	{
		size += octets.size();
	}
	void text(const TextEntity &entity)
	{
		size += entity.size();
	}
	void base64(std::string_view data)
	{
		size += base64_lines_of(data.size());
	}

	std::size_t size = 0;
};

/*
 * RFC 2046 5.1.  Its header is written at once; then part() before each part,
 * and end() behind the last one, which leaves its line without an end.
 */
template <typename Output> class Multipart {
public:
	Multipart(Output &output, std::string_view subtype,
	    std::string_view boundary_text)
	    : out(output), boundary(boundary_text)
	{
		out.add(multipart_header(subtype, boundary));
	}
	void part()
	{
		delimiter();
		out.add(line_end);
	}
	void end()
	{
		delimiter();
		out.add("--");
	}

private:
	/* The line end before it is no part's; the first is the header's. */
	void delimiter()
	{
		out.add(line_end);
		out.add("--");
		out.add(boundary);
	}

	Output &out;
	std::string boundary;
};

template <typename Output>
void
write_attachment(Output &out, const Attachment &attachment)
{
	out.add(attachment_header(attachment));
	out.add(line_end);
	out.base64(attachment.data);
}

} /* namespace */

MessageEntity::MessageEntity(std::string_view text,
    std::optional<std::string_view> html_text,
    const std::vector<Attachment> &attachments, std::string_view id)
    : posted(attachments), request_id(id),
      plain(text, TextType::plain,
	  html_text || !attachments.empty() ? TextPlace::part :
					      TextPlace::message)
{
	Counter counter;

	for (const Attachment &attachment : posted)
		(attachment.content_id.empty() ? has_attached : has_inline) =
		    true;
	if (html_text)
		html.emplace(*html_text, TextType::html, TextPlace::part);
	write(counter);
	octets = counter.size;
}

void
MessageEntity::append_to(std::string &out) const
{
	Appender appender(out);

	write(appender);
}

/* level: one character, so that they are of one length. */
std::string
MessageEntity::boundary(char level) const
{
	std::string text(boundary_prefix);

	text += level;
	text += '_';
	text += request_id;
	return (text);
}

template <typename Output>
void
MessageEntity::write(Output &out) const
{
	if (!html && !has_attached) {
		out.text(plain);
		return;
	}
	write_mixed(out);
	out.add(line_end);
}

template <typename Output>
void
MessageEntity::write_mixed(Output &out) const
{
	if (!has_attached) {
		write_alternative(out);
		return;
	}
	Multipart<Output> mixed(out, "mixed", boundary('m'));
	mixed.part();
	write_alternative(out);
	for (const Attachment &attachment : posted)
		if (attachment.content_id.empty()) {
			mixed.part();
			write_attachment(out, attachment);
		}
	mixed.end();
}

template <typename Output>
void
MessageEntity::write_alternative(Output &out) const
{
	if (!html) {
		out.text(plain);
		return;
	}
	Multipart<Output> alternative(out, "alternative", boundary('a'));
	alternative.part();
	out.text(plain);
	alternative.part();
	write_related(out);
	alternative.end();
}

template <typename Output>
void
MessageEntity::write_related(Output &out) const
{
	if (!has_inline) {
		out.text(*html);
		return;
	}
	Multipart<Output> related(out, "related", boundary('r'));
	related.part();
	out.text(*html);
	for (const Attachment &attachment : posted)
		if (!attachment.content_id.empty()) {
			related.part();
			write_attachment(out, attachment);
		}
	related.end();
}

MessageWriter::MessageWriter(const MessageEntity &entity)
{
	Outline outline(sections);

	entity.write(outline);
}

/* True when all of the section is there. */
bool
MessageWriter::fill_section(
    Section &section, std::string &out, std::size_t target)
{
	if (auto *octets = std::get_if<std::string>(&section)) {
		out += *octets;
		return (true);
	}
	if (auto *text = std::get_if<TextWriter>(&section)) {
		text->fill(out, target);
		return (text->done());
	}
	auto &data = std::get<std::string_view>(section);
	append_base64_lines(out, data, target);
	return (data.empty());
}

void
MessageWriter::fill(std::string &out, std::size_t target)
{
	while (!sections.empty() && out.size() < target &&
	    fill_section(sections.front(), out, target))
		sections.pop_front();
}
