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

#include <charconv>

#include "metrics_text.h"

namespace {

constexpr std::uint64_t second_us = 1000000;

constexpr std::string_view
kind_name(MetricKind kind)
{
	switch (kind) {
	case MetricKind::counter:
		return ("counter");
	case MetricKind::gauge:
		return ("gauge");
	case MetricKind::histogram:
		break;
	}
	return ("histogram");
}

void
append_escaped(std::string &out, std::string_view value)
{
	for (char c : value) {
		if (c == '\n') {
			out += "\\n";
			continue;
		}
		if (c == '\\' || c == '"')
			out += '\\';
		out += c;
	}
}

} /* namespace */

void
MetricsText::metric(
    std::string_view name, MetricKind kind, std::string_view help)
{
	current = name;
	((out += "# HELP ") += name) += ' ';
	(out += help) += "\n# TYPE ";
	((out += name) += ' ') += kind_name(kind);
	out += '\n';
}

void
MetricsText::sample(std::uint64_t value, MetricLabels labels)
{
	line("", labels);
	append_number(value);
	out += '\n';
}

void
MetricsText::seconds(std::uint64_t microseconds, MetricLabels labels)
{
	line("", labels);
	append_seconds(microseconds);
	out += '\n';
}

void
MetricsText::histogram(
    const HistogramOf<std::uint64_t> &values, const MetricLabel *label)
{
	std::uint64_t count = 0;
	std::string end;

	for (std::size_t i = 0; i < values.buckets.size(); i++) {
		end.clear();
		if (i == duration_bounds.size())
			end = "+Inf";
		else
			MetricsText(end).append_seconds(duration_bounds[i]);
		count += values.buckets[i];
		if (label != nullptr)
			line("_bucket", {*label, {"le", end}});
		else
			line("_bucket", {{"le", end}});
		append_number(count);
		out += '\n';
	}
	for (bool is_sum : {true, false}) {
		std::string_view suffix = is_sum ? "_sum" : "_count";

		if (label != nullptr)
			line(suffix, {*label});
		else
			line(suffix, {});
		if (is_sum)
			append_seconds(values.sum_us);
		else
			append_number(count);
		out += '\n';
	}
}

/* Up to the value. */
void
MetricsText::line(std::string_view suffix, MetricLabels labels)
{
	(out += current) += suffix;
	char before = '{';
	for (const MetricLabel &label : labels) {
		((out += before) += label.name) += "=\"";
		append_escaped(out, label.value);
		out += '"';
		before = ',';
	}
	out += before == ',' ? "} " : " ";
}

void
MetricsText::append_number(std::uint64_t value)
{
	char digits[20];
	auto end = std::to_chars(digits, digits + sizeof(digits), value).ptr;

	out.append(digits, static_cast<std::size_t>(end - digits));
}

/* Without zeros at the end. */
void
MetricsText::append_seconds(std::uint64_t microseconds)
{
	std::uint64_t fraction = microseconds % second_us;

	append_number(microseconds / second_us);
	if (fraction == 0)
		return;
	out += '.';
	for (std::uint64_t unit = second_us / 10; fraction != 0; unit /= 10) {
		out += static_cast<char>('0' + fraction / unit);
		fraction %= unit;
	}
}
