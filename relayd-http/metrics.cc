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

#include "metrics.h"
#include "metrics_text.h"
#include "routes.h"
#include "tally.h"

namespace {

/* In the order of their enums. */
constexpr std::array<const char *, static_cast<std::size_t>(AuthFailure::last)>
    auth_failure_names = {"missing_token", "invalid_token", "disabled_key",
	"address"};
constexpr std::array<const char *, static_cast<std::size_t>(LimitTier::last)>
    limit_tier_names = {"global", "ip", "key", "lookup",
	"relayd_smtp"};
constexpr std::array<const char *, static_cast<std::size_t>(SmtpResult::last)>
    smtp_result_names = {"ok", "error", "unknown"};
constexpr std::array<const char *, static_cast<std::size_t>(SmtpPhase::last)>
    smtp_phase_names = {"queue", "envelope", "content"};
constexpr std::array<const char *, static_cast<std::size_t>(ProcessKind::last)>
    process_names = {"none", "parent", "relayd-http", "relayd-smtp",
	"resolver"};

struct PlainCounter {
	Counter counter;
	const char *name;
	const char *help;
};

constexpr PlainCounter connection_counters[] = {
	{Counter::connections_made, "rele_connections_accepted_total",
	    "Connections that clients have made"},
	{Counter::connections_refused, "rele_connections_refused_total",
	    "Connections closed at once: too many from one address"},
	{Counter::connections_displaced, "rele_connections_displaced_total",
	    "Idle connections closed to make room for others"},
	{Counter::clients_gone, "rele_client_disconnects_total",
	    "Clients that went away before their request was answered"},
};

constexpr PlainCounter message_counters[] = {
	{Counter::bulk_requests, "rele_bulk_requests_total",
	    "Bulk requests taken"},
	{Counter::bulk_messages, "rele_bulk_messages_total",
	    "Messages in the bulk requests taken"},
	{Counter::replays, "rele_idempotent_replays_total",
	    "Messages answered with the outcome of an earlier request"},
};

constexpr PlainCounter smtp_counters[] = {
	{Counter::smtp_canceled, "rele_smtp_canceled_total",
	    "Messages not sent because their client had gone"},
	{Counter::smtp_late_replies, "rele_smtp_late_replies_total",
	    "Replies that came after the outcome was told to be unknown"},
};

constexpr PlainCounter store_counters[] = {
	{Counter::store_expired, "rele_status_store_expired_total",
	    "Records removed from the status store when their time was over"},
	{Counter::store_evicted, "rele_status_store_evicted_total",
	    "Records pushed out of the status store by newer ones"},
	{Counter::store_failures, "rele_status_store_failures_total",
	    "Times that the status store became unavailable"},
	{Counter::store_lost, "rele_status_store_lost_total",
	    "Records that the status store could not take"},
};

constexpr PlainCounter limit_counters[] = {
	{Counter::limits_unanswered, "rele_shared_limits_unavailable_total",
	    "Requests that this relay counted alone because the limits that it "
	    "shares could not be asked"},
};

constexpr PlainCounter log_counters[] = {
	{Counter::log_lost, "rele_log_lost_lines_total",
	    "Log lines that could not be written"},
	{Counter::log_left_out, "rele_log_left_out_lines_total",
	    "Log lines of refusals left out because there were too many"},
};

class Metrics {
public:
	Metrics(std::string &out, const MetricsSnapshot &from)
	    : text(out), snapshot(from), counts(from.counts)
	{
	}

	void daemon();
	void processes();
	void requests();
	void refusals();
	void connections();
	void messages();
	void smtp();
	void relays();
	void store();
	void log()
	{
		plain(log_counters);
	}

private:
	using RelayCell = std::uint64_t RelaySum::*;

	template <std::size_t size>
	void plain(const PlainCounter (&table)[size])
	{
		for (const PlainCounter &entry : table) {
			text.counter(entry.name, entry.help);
			text.sample(cell_of(counts.counters, entry.counter));
		}
	}
	template <typename Values, typename Names>
	void labelled(const char *label, const Values &values,
	    const Names &names)
	{
		for (std::size_t i = 0; i < names.size(); i++)
			text.sample(values[i], {{label, names[i]}});
	}
	std::uint64_t gauge(Gauge which) const
	{
		return (cell_of(counts.gauges, which));
	}
	void of_relays(RelayCell cell);

	MetricsText text;
	const MetricsSnapshot &snapshot;
	const StatisticsSum &counts;
};

void
Metrics::daemon()
{
	const ParentSum &parent = snapshot.parent;

	text.gauge("rele_build_info", "1; the label tells the version");
	text.sample(1, {{"version", snapshot.version}});
	text.gauge("rele_start_time_seconds",
	    "When the daemon was started, in seconds since 1970");
	text.sample(parent.started);
	text.gauge("rele_config_generation",
	    "Generation of the configuration in force, 1 at the start");
	text.sample(parent.generation);
	text.gauge("rele_config_timestamp_seconds",
	    "When the configuration in force came into force");
	text.sample(parent.configured);
	text.counter("rele_config_reloads_total",
	    "Reloads of the configuration by result");
	text.sample(parent.reloads, {{"result", "ok"}});
	text.sample(parent.reloads_failed, {{"result", "error"}});
	text.gauge("rele_config_last_reload_successful",
	    "Whether the last reload succeeded; 1 before the first");
	text.sample(parent.last_reload_failed == 0 ? 1 : 0);
	text.gauge("rele_config_last_reload_timestamp_seconds",
	    "When the last reload was; 0 before the first");
	text.sample(parent.last_reload);
	text.counter("rele_child_restarts_total",
	    "Child processes that died and were started again");
	for (ProcessKind kind : {ProcessKind::relayd_http,
		 ProcessKind::relayd_smtp, ProcessKind::resolver})
		text.sample(cell_of(parent.restarts, kind),
		    {{"process", cell_of(process_names, kind)}});
	text.counter("rele_child_hangs_total",
	    "Child processes that did not answer and were ended");
	for (ProcessKind kind : {ProcessKind::relayd_http,
		 ProcessKind::relayd_smtp})
		text.sample(cell_of(parent.hangs, kind),
		    {{"process", cell_of(process_names, kind)}});
}

void
Metrics::processes()
{
	using Process = MetricsSnapshot::Process;
	auto each = [&](auto &&show) {
		for (const Process &process : snapshot.processes) {
			std::string slot = process.kind == ProcessKind::parent
			    ? ""
			    : std::to_string(process.slot);
			MetricLabel name{"process",
			    cell_of(process_names, process.kind)};
			show(process, name, MetricLabel{"slot", slot});
		}
	};

	text.gauge("rele_process_start_time_seconds",
	    "When the process was started, in seconds since 1970");
	each([&](const Process &process, MetricLabel name, MetricLabel slot) {
		text.sample(process.started, {name, slot});
	});
	text.counter("rele_process_cpu_seconds_total",
	    "User and system time of the process");
	each([&](const Process &process, MetricLabel name, MetricLabel slot) {
		text.seconds(process.cpu_us, {name, slot});
	});
	text.gauge("rele_process_resident_memory_max_bytes",
	    "The largest resident set that the process has had");
	each([&](const Process &process, MetricLabel name, MetricLabel slot) {
		text.sample(process.memory, {name, slot});
	});
}

void
Metrics::requests()
{
	std::array<std::uint64_t, 3> classes{}; /* 2xx, 4xx, 5xx */

	for (std::size_t i = 0; i < http_statuses.size(); i++) {
		std::size_t first = http_statuses[i] / 100u;
		classes[first < 3 ? 0 : first - 3] += counts.answers[i];
	}
	text.counter("rele_requests_total",
	    "HTTP requests answered, by class of the status");
	labelled("status", classes, std::array{"2xx", "4xx", "5xx"});
	text.counter(
	    "rele_responses_total", "HTTP requests answered, by status");
	for (std::size_t i = 0; i < http_statuses.size(); i++)
		text.sample(counts.answers[i],
		    {{"code", std::to_string(http_statuses[i])}});
	text.metric("rele_request_duration_seconds", MetricKind::histogram,
	    "From a request's first octet to its answer");
	for (std::size_t i = 0; i < static_cast<std::size_t>(Resource::last);
	     i++) {
		MetricLabel route{
		    "route", resource_name(static_cast<Resource>(i))};
		text.histogram(counts.request_durations[i], &route);
	}
	text.gauge("rele_requests_in_flight", "Requests not answered yet");
	text.sample(gauge(Gauge::requests_in_flight));
}

void
Metrics::refusals()
{
	text.counter("rele_auth_failures_total",
	    "Requests without a valid API key, by reason");
	labelled("reason", counts.auth_failures, auth_failure_names);
	text.counter("rele_rate_limited_total",
	    "Units that a rate limit refused, by tier");
	labelled("tier", counts.rate_limited, limit_tier_names);
	plain(limit_counters);
	text.counter("rele_validation_failures_total",
	    "Messages that were not valid, by field");
	labelled("field", counts.validation_failures, validation_fields);
}

void
Metrics::connections()
{
	text.gauge("rele_connections_open", "Connections of clients");
	text.sample(snapshot.connections);
	text.gauge("rele_connections_max",
	    "Connections of clients that there may be");
	text.sample(snapshot.connections_max);
	plain(connection_counters);
	text.counter("rele_tls_handshakes_total",
	    "TLS handshakes with clients, by result");
	text.sample(cell_of(counts.counters, Counter::tls_handshakes),
	    {{"result", "ok"}});
	text.sample(cell_of(counts.counters, Counter::tls_handshakes_failed),
	    {{"result", "error"}});
	text.gauge("rele_tls_certificate_not_after_timestamp_seconds",
	    "When the certificate ends, in seconds since 1970");
	for (const auto &[path, end] : snapshot.certificates)
		text.sample(static_cast<std::uint64_t>(std::max<std::int64_t>(
			    end, 0)), {{"certificate", path}});
}

void
Metrics::messages()
{
	text.counter("rele_messages_total",
	    "Messages by what their client was told: accepted, or the error");
	for (std::size_t i = 0; i + 1 < result_codes.size(); i++)
		text.sample(counts.messages[i],
		    {{"code", i == 0 ? "accepted" : result_codes[i]}});
	plain(message_counters);
	text.gauge("rele_memory_held_bytes",
	    "Octets of requests and messages that count against max memory");
	text.sample(snapshot.memory_held);
	text.gauge("rele_memory_max_bytes", "What max memory allows");
	text.sample(snapshot.memory_max);
}

void
Metrics::smtp()
{
	text.counter("rele_smtp_submissions_total",
	    "Messages handed to a mail server, by result");
	labelled("result", counts.submissions, smtp_result_names);
	text.metric("rele_smtp_duration_seconds", MetricKind::histogram,
	    "Time that a message took at relayd-smtp");
	text.histogram(counts.smtp_duration);
	text.metric("rele_smtp_phase_duration_seconds", MetricKind::histogram,
	    "Parts of that: waiting for a connection, envelope, content");
	for (std::size_t i = 0; i < smtp_phase_names.size(); i++) {
		MetricLabel phase{"phase", smtp_phase_names[i]};
		text.histogram(counts.smtp_phases[i], &phase);
	}
	text.gauge("rele_smtp_submissions_in_flight",
	    "Messages that relayd-smtp has in hand");
	text.sample(gauge(Gauge::submissions));
	plain(smtp_counters);
}

void
Metrics::of_relays(RelayCell cell)
{
	for (const MetricsSnapshot::Relay &relay : snapshot.relays)
		text.sample(relay.counts.*cell, {{"relay", relay.name}});
}

void
Metrics::relays()
{
	text.gauge("rele_relay_up", "Whether the relay takes connections");
	for (const MetricsSnapshot::Relay &relay : snapshot.relays)
		text.sample(relay.counts.is_up == 0 ? 0 : 1,
		    {{"relay", relay.name}});
	text.gauge("rele_relay_connections",
	    "Connections to the relay, or programs that run");
	of_relays(&RelaySum::connections);
	text.gauge("rele_relay_connections_max", "How many there may be");
	of_relays(&RelaySum::connections_max);
	text.gauge("rele_relay_connections_in_use",
	    "Those of them that have a message");
	of_relays(&RelaySum::in_use);
	text.gauge("rele_relay_waiting_messages",
	    "Messages that wait for a connection to the relay");
	of_relays(&RelaySum::waiting);
	text.counter("rele_relay_connections_made_total",
	    "Connections to the relay that could be used");
	of_relays(&RelaySum::connections_made);
	text.counter("rele_relay_connection_failures_total",
	    "Connections to the relay that could not be made or used");
	of_relays(&RelaySum::connections_failed);
	text.counter("rele_relay_probes_total",
	    "Attempts to reach the relay while it was down");
	of_relays(&RelaySum::probes);
	text.counter("rele_relay_messages_total",
	    "Messages handed to the relay, by result");
	for (const MetricsSnapshot::Relay &relay : snapshot.relays) {
		for (std::size_t i = 0; i < smtp_result_names.size(); i++)
			text.sample(relay.counts.results[i],
			    {{"relay", relay.name},
				{"result", smtp_result_names[i]}});
	}
}

void
Metrics::store()
{
	text.gauge("rele_status_store_up", "Whether the status store works");
	text.sample(gauge(Gauge::store_works) == 0 ? 0 : 1);
	text.gauge("rele_status_store_records_current",
	    "Records in the status store; not shown for one that is shared");
	if (gauge(Gauge::store_is_known) != 0)
		text.sample(gauge(Gauge::store_records));
	text.counter("rele_status_store_transitions_total",
	    "Changes of a submission's status, by status and code");
	for (std::size_t status = 0; status < ledger_statuses; status++) {
		std::string_view name =
		    ledger_status_name(static_cast<LedgerStatus>(status));
		for (std::size_t code = 0; code < result_codes.size(); code++) {
			std::uint64_t count = counts.transitions[status][code];
			/* Few of the pairs are possible. */
			if (count != 0)
				text.sample(count, {{"status", name},
				    {"code", result_codes[code]}});
		}
	}
	plain(store_counters);
}

} /* namespace */

void
append_metrics(std::string &out, const MetricsSnapshot &snapshot)
{
	Metrics metrics(out, snapshot);

	metrics.daemon();
	metrics.processes();
	metrics.requests();
	metrics.refusals();
	metrics.connections();
	metrics.messages();
	metrics.smtp();
	metrics.relays();
	metrics.store();
	metrics.log();
}
