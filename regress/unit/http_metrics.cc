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

/* GET /metrics, and what is counted for it. */

#include <algorithm>
#include <map>
#include <set>
#include <sstream>

#include "api_error.h"
#include "catch.h"
#include "http_server.h"
#include "metrics.h"
#include "metrics_text.h"
#include "tally.h"

namespace {

/* "name{labels}" and its value; checks the form of every line. */
std::map<std::string, std::string>
samples(const std::string &text)
{
	std::map<std::string, std::string> found;
	std::set<std::string> heads;
	std::istringstream lines(text);
	std::string line, metric;

	REQUIRE(!text.empty());
	CHECK(text.back() == '\n');
	while (std::getline(lines, line)) {
		if (line.rfind("# HELP ", 0) == 0) {
			metric = line.substr(7, line.find(' ', 7) - 7);
			CHECK(heads.insert(metric).second);
			CHECK(line.size() > 7 + metric.size() + 10);
			CHECK(std::getline(lines, line));
			CHECK(line.rfind("# TYPE " + metric + " ", 0) == 0);
			continue;
		}
		std::size_t space = line.rfind(' ');
		REQUIRE(space != std::string::npos);
		CHECK(line.rfind(metric, 0) == 0);
		/* No sample is there twice. */
		CHECK(found.emplace(line.substr(0, space),
		    line.substr(space + 1)).second);
	}
	return (found);
}

std::map<std::string, std::string>
rendered(Segment &segment, const HttpConfig &config = HttpConfig())
{
	std::string text;

	append_metrics(text, take_snapshot(segment, config));
	return (samples(text));
}

std::string
value(const std::map<std::string, std::string> &found, const std::string &name)
{
	auto sample = found.find(name);

	return (sample == found.end() ? "(missing)" : sample->second);
}

template <typename Cells>
void
fill_cells(Cells &cells, std::size_t octets)
{
	SharedCounter *first = reinterpret_cast<SharedCounter *>(&cells);

	for (std::size_t i = 0; i < octets / sizeof(SharedCounter); i++)
		first[i] = UINT64_MAX;
}

} /* namespace */

TEST_CASE("the counts of all processes are added up")
{
	Segment segment = Segment::create(8);

	segment.take_slot(0, ProcessKind::resolver);
	segment.take_slot(1, ProcessKind::relayd_smtp);
	segment.take_slot(127, ProcessKind::relayd_http);
	for (std::uint32_t slot : {1u, 5u, 127u}) {
		Tally tally(segment, slot);
		tally.count(Counter::clients_gone, slot);
		tally.count(AuthFailure::disabled_key);
		tally.count(LimitTier::ip);
	}
	/* Nobody had slot 5. */
	auto found = rendered(segment);
	CHECK(value(found, "rele_client_disconnects_total") == "128");
	CHECK(value(found, "rele_auth_failures_total{reason=\"disabled_key\"}") ==
	    "2");
	CHECK(value(found, "rele_rate_limited_total{tier=\"ip\"}") == "2");
	CHECK(value(found, "rele_rate_limited_total{tier=\"key\"}") == "0");
}

TEST_CASE("gauges go with their process, counters stay")
{
	Segment segment = Segment::create(8);
	HttpConfig config;
	Statistics &own = segment.statistics(3);
	Tally tally(segment, 3);

	config.max_connections = 100;
	segment.take_slot(3, ProcessKind::relayd_http);
	set_to(cell_of(own.gauges, Gauge::process_started), 1000);
	set_to(cell_of(own.gauges, Gauge::process_cpu_us), 1500000);
	set_to(segment.process(3).connections, 7);
	set_to(own.relays[0].in_use, 4);
	count_in(own.relays[0].probes, 5);
	tally.accepted_message();
	InFlight request = tally.begin_request();
	auto found = rendered(segment, config);
	CHECK(value(found, "rele_requests_in_flight") == "1");
	CHECK(value(found, "rele_connections_open") == "7");
	CHECK(value(found, "rele_process_cpu_seconds_total{"
	    "process=\"relayd-http\",slot=\"3\"}") == "1.5");

	segment.clear_process(3);
	found = rendered(segment, config);
	CHECK(value(found, "rele_requests_in_flight") == "0");
	CHECK(value(found, "rele_connections_open") == "0");
	CHECK(value(found, "rele_process_cpu_seconds_total{"
	    "process=\"relayd-http\",slot=\"3\"}") == "(missing)");
	CHECK(value(found, "rele_messages_total{code=\"accepted\"}") == "1");
	CHECK(own.relays[0].in_use == 0);
	CHECK(own.relays[0].probes == 5);
}

TEST_CASE("whatever a captured process writes, the text has its bounds")
{
	Segment segment = Segment::create(8);
	HttpConfig config;
	std::string text;

	config.max_connections = UINT32_MAX;
	config.prefork = UINT32_MAX;
	config.max_memory = UINT64_MAX;
	for (std::uint32_t i = 0; i < relays_max; i++)
		config.relays.push_back(
		    std::string(260, '"') + std::to_string(i));
	fill_cells(segment.parent(), sizeof(ParentStatistics));
	fill_cells(segment.parent_process(), sizeof(Statistics));
	for (std::uint32_t slot = 0; slot < process_slots_max; slot++) {
		fill_cells(segment.process(slot), sizeof(ProcessSlot));
		fill_cells(segment.statistics(slot), sizeof(Statistics));
		segment.take_slot(slot, ProcessKind::relayd_smtp);
		segment.statistics(slot).relays[slot % relays_max].tag =
		    relay_tag(config.relays[slot % relays_max]);
	}
	append_metrics(text, take_snapshot(segment, config));
	samples(text);
	CHECK(text.size() > 100000);
	CHECK(text.size() < 150000);
	/* A kind that there is not. */
	segment.process(0).kind = UINT64_MAX;
	segment.process(1).kind =
	    static_cast<std::uint64_t>(ProcessKind::last);
	rendered(segment, config);
}

TEST_CASE("durations have fixed buckets, and are shown in seconds")
{
	Segment segment = Segment::create(8);
	SharedHistogram &durations = segment.statistics(0).smtp_duration;

	segment.take_slot(0, ProcessKind::relayd_smtp);
	for (std::uint64_t us : {0ull, 500ull, 501ull, 2500000ull, 30000000ull,
		 30000001ull, 123456789012ull})
		observe(durations, us);
	auto found = rendered(segment);
	auto bucket = [&](const char *le) {
		return (value(found, "rele_smtp_duration_seconds_bucket{le=\"" +
		    std::string(le) + "\"}"));
	};
	CHECK(bucket("0.0005") == "2");
	CHECK(bucket("0.001") == "3");
	CHECK(bucket("1") == "3");
	CHECK(bucket("2.5") == "4");
	CHECK(bucket("10") == "4");
	CHECK(bucket("30") == "5");
	CHECK(bucket("+Inf") == "7");
	CHECK(value(found, "rele_smtp_duration_seconds_count") == "7");
	CHECK(value(found, "rele_smtp_duration_seconds_sum") ==
	    "123519.290014");
}

TEST_CASE("a certificate is shown once, with its earliest end")
{
	Segment segment = Segment::create(8);
	HttpConfig config;

	for (std::int64_t end : {1800000000, 1700000000, -5}) {
		HttpListener listener;
		listener.tls.emplace();
		listener.tls->certificates.resize(1);
		listener.tls->certificates[0].path =
		    end < 0 ? "/old.crt" : "/etc/ssl/relay.crt";
		listener.tls->certificates[0].not_after = end;
		config.listeners.push_back(std::move(listener));
	}
	config.listeners.emplace_back();
	auto found = rendered(segment, config);
	std::string name = "rele_tls_certificate_not_after_timestamp_seconds";
	CHECK(value(found, name + "{certificate=\"/etc/ssl/relay.crt\"}") ==
	    "1700000000");
	CHECK(value(found, name + "{certificate=\"/old.crt\"}") == "0");
}

TEST_CASE("a label may have any value")
{
	std::string text;
	MetricsText metrics(text);

	metrics.gauge("x", "What it is");
	metrics.sample(1, {{"a", "q\" b\\ n\n"}, {"b", ""}});
	CHECK(text == "# HELP x What it is\n# TYPE x gauge\n"
	    "x{a=\"q\\\" b\\\\ n\\n\",b=\"\"} 1\n");
}

TEST_CASE("validation failures are counted by field, without its index")
{
	auto name = [](std::string_view field) {
		return (validation_fields[validation_field_index(field)]);
	};
	CHECK(name("to") == "to");
	CHECK(name("to[3]") == "to");
	CHECK(name("attachments[12].filename") == "attachments.filename");
	CHECK(name("attachments[12]") == "attachments");
	CHECK(name("attachments[12].secret") == "other");
	CHECK(name("attachments[12") == "attachments");
	CHECK(name("bcc") == "other");
	CHECK(name("json_parse") == "other");
	CHECK(name("t") == "other");
	CHECK(name("") == "other");

	Segment segment = Segment::create(8);
	Tally tally(segment, 0);
	segment.take_slot(0, ProcessKind::relayd_http);
	tally.invalid_document(ApiError::of_field(
	    ErrorCode::validation_failed, "to[1]", "is wrong"));
	tally.invalid_document(
	    ApiError::make(ErrorCode::bad_request, "is not JSON"));
	tally.invalid_document(ApiError::make(ErrorCode::overloaded, "full"));
	auto found = rendered(segment);
	for (std::string_view field : validation_fields)
		CHECK(value(found, "rele_validation_failures_total{field=\"" +
		    std::string(field) + "\"}") ==
		    (field == "to" || field == "json_parse" ? "1" : "0"));
}

TEST_CASE("every error has its place among the codes of results")
{
	CHECK(result_code_index("") == 0);
	CHECK(result_codes.size() ==
	    static_cast<std::size_t>(ErrorCode::last) + 2);
	for (std::size_t i = 0; i < static_cast<std::size_t>(ErrorCode::last);
	     i++)
		CHECK(result_codes[i + 1] ==
		    error_code_name(static_cast<ErrorCode>(i)));
	CHECK(result_code_index("smtp_rejected") == 16);
	CHECK(result_codes[result_code_index("from a captured one")] ==
	    "other");
	CHECK(result_codes[result_code_index("other")] == "other");
	/* Every status that an answer may have is counted. */
	for (std::size_t i = 0; i < static_cast<std::size_t>(ErrorCode::last);
	     i++)
		CHECK(std::count(http_statuses.begin(), http_statuses.end(),
		    error_code_status(static_cast<ErrorCode>(i))) == 1);
}

TEST_CASE("metrics are served to who may monitor")
{
	TestServer t;
	t.config.monitor_from = PrefixList({*Prefix::parse("192.0.2.1/32")});
	t.segment.take_slot(0, ProcessKind::relayd_http);
	t.start();
	for (bool monitor : {false, true}) {
		Client client = t.connect(monitor);
		client.send(get_request("/metrics"));
		CHECK(t.answered(client, "200"));
		CHECK(client.has("\r\nContent-Type: text/plain; version=0.0.4; "
		    "charset=utf-8\r\n"));
		CHECK(client.has("\r\nCache-Control: no-store\r\n"));
		CHECK(client.has("\r\nX-Request-Id: req_"));
		CHECK(client.has("\nrele_requests_in_flight 1\n"));
		/* Others are JSON again. */
		client.send(get_request("/healthz"));
		CHECK(t.answered(client, "200 200"));
		CHECK(client.has("\r\nContent-Type: application/json\r\n"));
	}
	Client head = t.connect();
	head.send("HEAD /metrics HTTP/1.1\r\nHost: a\r\n\r\n");
	CHECK(t.answered(head, "200"));
	CHECK_FALSE(head.has("rele_"));
	CHECK_FALSE(head.has("Content-Length: 0\r\n"));
	Client forwarded = t.connect(true);
	forwarded.send(get_request("/metrics", "X-Forwarded-For: 127.0.0.1\r\n"));
	CHECK(t.answered(forwarded, "403"));
	t.config.monitor_from = PrefixList({*Prefix::parse("127.0.0.0/8")});
	t.start();
	Client other = t.connect(true);
	other.send(get_request("/metrics"));
	CHECK(t.answered(other, "403"));
	CHECK(other.has("\"forbidden\""));
}

TEST_CASE("what a server does is counted")
{
	TestServer t;
	t.config.global_limit = RateLimit{1, 60000000000, 6};
	t.config.max_connections_per_address = 2;
	t.segment.take_slot(0, ProcessKind::relayd_http);
	t.start();
	t.attach_mail();
	Client client = t.connect();
	Client second = t.connect();
	t.connect(); /* one too many */

	client.send(post_request(good_message));
	std::uint64_t id = t.take_submission();
	CHECK(value(rendered(t.segment), "rele_requests_in_flight") == "1");
	t.accept(id);
	CHECK(t.answered(client, "202"));
	client.send(post_request("{"));
	client.send(post_request("{\"to\":3}"));
	client.send(post_request(good_message, "", "no-such-secret"));
	client.send("POST /v1/send HTTP/1.1\r\nHost: a\r\n"
	    "Content-Length: 0\r\n\r\n");
	client.send(get_request("/v1/send"));
	CHECK(t.answered(client, "202 400 400 403 401 405"));
	INFO(client.received);
	/* An earlier outcome that is told again. */
	client.send(post_request(good_message));
	SubmissionResult replay;
	replay.id = t.take_submission();
	replay.outcome = Outcome::accepted;
	replay.replay_of = RequestIdSource().next();
	t.send_result(replay);
	CHECK(t.answered(client, "202 400 400 403 401 405 202"));
	/* One goes away, which a FIN does not tell: it is answered. */
	second.send(post_request(good_message));
	id = t.take_submission();
	second.close();
	auto gone = [&] {
		return (value(rendered(t.segment),
		    "rele_client_disconnects_total") == "1");
	};
	CHECK(t.until(gone));
	t.accept(id);
	CHECK(t.until([&] {
		return (value(rendered(t.segment), "rele_requests_in_flight") ==
		    "0");
	}));
	client.send(post_request(good_message));
	client.send(post_request(good_message));
	t.accept(t.take_submission());
	CHECK(t.answered(client, "202 400 400 403 401 405 202 202 429"));

	auto found = rendered(t.segment);
	for (auto [name, wanted] : std::initializer_list<
		 std::pair<const char *, const char *>>{
		 {"requests_total{status=\"2xx\"}", "4"},
		 {"requests_total{status=\"4xx\"}", "6"},
		 {"requests_total{status=\"5xx\"}", "0"},
		 {"responses_total{code=\"202\"}", "4"},
		 {"responses_total{code=\"400\"}", "2"},
		 {"responses_total{code=\"405\"}", "1"},
		 {"responses_total{code=\"429\"}", "1"},
		 {"request_duration_seconds_count{route=\"/v1/send\"}", "10"},
		 {"request_duration_seconds_bucket{route=\"/v1/send\","
		  "le=\"+Inf\"}", "10"},
		 {"request_duration_seconds_count{route=\"other\"}", "0"},
		 {"messages_total{code=\"accepted\"}", "3"},
		 {"messages_total{code=\"bad_request\"}", "1"},
		 {"messages_total{code=\"validation_failed\"}", "1"},
		 {"messages_total{code=\"forbidden\"}", "1"},
		 {"messages_total{code=\"unauthorized\"}", "1"},
		 {"messages_total{code=\"rate_limited\"}", "1"},
		 {"idempotent_replays_total", "1"},
		 {"auth_failures_total{reason=\"invalid_token\"}", "1"},
		 {"auth_failures_total{reason=\"missing_token\"}", "1"},
		 {"rate_limited_total{tier=\"global\"}", "1"},
		 {"validation_failures_total{field=\"json_parse\"}", "1"},
		 {"validation_failures_total{field=\"to\"}", "1"},
		 {"connections_accepted_total", "2"},
		 {"connections_refused_total", "1"},
		 {"connections_open", "1"},
		 {"memory_held_bytes", "0"}})
		CHECK(value(found, std::string("rele_") + name) == wanted);
}
