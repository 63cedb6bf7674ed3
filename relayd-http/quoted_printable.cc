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
#include <array>
#include <cstdint>

#include "line_break.h"
#include "quoted_printable.h"

namespace {

constexpr std::size_t line_max = 76;
constexpr std::string_view soft_line_break = "=\r\n";
constexpr std::string_view hard_line_break = "\r\n";
constexpr char hex_digits[] = "0123456789ABCDEF";

/* What stands for itself in the middle of a line. */
constexpr std::array<bool, 256>
make_literals()
{
	std::array<bool, 256> literal{};

	for (std::size_t i = 0x20; i < 0x7f; i++)
		literal[i] = i != '=';
	literal['\t'] = true;
	return (literal);
}
constexpr std::array<bool, 256> literals = make_literals();

bool
is_literal(char c)
{
	return (literals[static_cast<std::uint8_t>(c)]);
}

/* Writes what the encoder below says. */
class Writer {
public:
	Writer(std::string &output, std::size_t size)
	    : out(output), target(size)
	{
	}
	bool full() const
	{
		return (out.size() >= target);
	}
	void literal(std::string_view text)
	{
		out += text;
	}
	void quoted(std::string_view octets)
	{
		for (char c : octets) {
			auto octet = static_cast<std::uint8_t>(c);
			char triple[] = {'=', hex_digits[octet >> 4],
			    hex_digits[octet & 0xf]};
			out.append(triple, sizeof(triple));
		}
	}

private:
	std::string &out;
	std::size_t target;
};

/* Counts it only. */
class Counter {
public:
	bool full() const
	{
		return (false);
	}
	void literal(std::string_view text)
	{
		octets += text.size();
	}
	void quoted(std::string_view text)
	{
		octets += text.size() * 3;
	}

	std::size_t octets = 0;
};

/* Goes on from where progress is; output is a Writer or a Counter. */
template <typename Output> class Encoder {
public:
	Encoder(QuotedPrintable::Progress &state, Output &out)
	    : line(state.line.text), ended(state.line.ended), output(out),
	      place(state.place), column(state.column), progress(state)
	{
	}

	void encode()
	{
		while (!output.full()) {
			if (!progress.line_done)
				encode_line();
			else if (!progress.lines.done())
				begin_line();
			else
				break;
		}
	}

private:
	void begin_line()
	{
		progress.line = progress.lines.next();
		progress.line_done = false;
		place = column = 0;
	}

	void encode_line()
	{
		while (place < line.size() && !output.full()) {
			if (column == 0 && line.substr(place, 5) == "From ")
				put_quoted(1);
			else if (is_literal(line[place]))
				put_literals();
			else
				put_quoted(character_length());
		}
		if (place < line.size())
			return;
		if (ended)
			output.literal(hard_line_break);
		progress.line_done = true;
	}

	/* The columns that there are for what ends at place `behind'. */
	std::size_t columns(std::size_t behind) const
	{
		/*
		 * What a soft line break may have to follow leaves it room;
		 * one may follow a last line that is not ended.
		 */
		return (ended && behind == line.size() ? line_max :
		    line_max - 1);
	}

	void break_softly()
	{
		output.literal(soft_line_break);
		column = 0;
	}

	/* A run of literals, as much of it as this line has room for. */
	void put_literals()
	{
		/* Looking further would make long lines cost their square. */
		std::size_t limit = std::min(line.size(), place + line_max + 1);
		std::size_t end = place;
		while (end < limit && is_literal(line[end]))
			end++;
		/* White space at the end of a line would be lost. */
		if (end == line.size() && is_white_space(line[end - 1]))
			end--;
		if (end == place) {
			put_quoted(1);
			return;
		}

		std::size_t room = columns(end) - column;
		if (end - place > room) {
			end = place + line_max - 1 - column;
			output.literal(line.substr(place, end - place));
			break_softly();
		} else {
			output.literal(line.substr(place, end - place));
			column += end - place;
		}
		place = end;
	}

	void put_quoted(std::size_t octets)
	{
		if (column + octets * 3 > columns(place + octets))
			break_softly();
		output.quoted(line.substr(place, octets));
		place += octets;
		column += octets * 3;
	}

	static bool is_white_space(char c)
	{
		return (c == ' ' || c == '\t');
	}

	/* The octets of the character at place, which is no literal. */
	std::size_t character_length() const
	{
		auto is_continuation = [this](std::size_t at) {
			return (at < line.size() && (line[at] & 0xc0) == 0x80);
		};
		std::size_t octets = 1;

		if (static_cast<std::uint8_t>(line[place]) >= 0xc0)
			while (octets < 4 && is_continuation(place + octets))
				octets++;
		return (octets);
	}

	const std::string_view &line;
	const bool &ended;
	Output &output;
	std::size_t &place;
	std::size_t &column;
	QuotedPrintable::Progress &progress;
};

} /* namespace */

void
append_quoted_printable(std::string &out, std::string_view text)
{
	QuotedPrintable(text).fill(out, SIZE_MAX);
}

std::size_t
quoted_printable_size(std::string_view text)
{
	QuotedPrintable::Progress progress{TextLines(text), {}};
	Counter counter;

	Encoder<Counter>(progress, counter).encode();
	return (counter.octets);
}

void
QuotedPrintable::fill(std::string &out, std::size_t target)
{
	Writer writer(out, target);

	Encoder<Writer>(progress, writer).encode();
}
