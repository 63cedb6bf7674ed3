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
 * GET /metrics: a snapshot as text, in the Prometheus text format 0.0.4.
 *
 * The names of http-smtp-rele 0.15 are among those of the metrics, with its
 * labels; every label's value is from a fixed set or from the configuration,
 * so the text has a bound.  relayd-http(8) lists them all.
 */

#ifndef RELAYD_HTTP_METRICS_H
#define RELAYD_HTTP_METRICS_H

#include <string>
#include <string_view>

#include "metrics_snapshot.h"

constexpr std::string_view metrics_type =
    "text/plain; version=0.0.4; charset=utf-8";

void append_metrics(std::string &out, const MetricsSnapshot &snapshot);

#endif
