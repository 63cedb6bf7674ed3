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
 * Lines of the Prometheus text format 0.0.4: the head of each metric, its
 * samples, histograms.  Numbers are integers, or microseconds that are shown
 * as seconds.
 */

#ifndef RELAYD_HTTP_METRICS_TEXT_H
#define RELAYD_HTTP_METRICS_TEXT_H

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "statistics.h"

struct MetricLabel {
	std::string_view name;
	std::string_view value; /* any octets */
};
using MetricLabels = std::initializer_list<MetricLabel>;

enum class MetricKind : std::uint8_t { counter, gauge, histogram };

class MetricsText {
public:
	explicit MetricsText(std::string &text) : out(text)
	{
	}

	/* HELP and TYPE; the samples that follow are its. */
	void metric(std::string_view name, MetricKind kind,
	    std::string_view help);
	void counter(std::string_view name, std::string_view help)
	{
		metric(name, MetricKind::counter, help);
	}
	void gauge(std::string_view name, std::string_view help)
	{
		metric(name, MetricKind::gauge, help);
	}
	void sample(std::uint64_t value, MetricLabels labels = {});
	void seconds(std::uint64_t microseconds, MetricLabels labels = {});
	/* All samples of a histogram; label may be nullptr. */
	void histogram(const HistogramOf<std::uint64_t> &values,
	    const MetricLabel *label = nullptr);

private:
	void append_number(std::uint64_t value);
	void append_seconds(std::uint64_t microseconds);
	void line(std::string_view suffix, MetricLabels labels);

	std::string &out;
	std::string_view current; /* the metric's name */
};

#endif
