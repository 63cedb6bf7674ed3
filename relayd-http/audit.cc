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

#include "audit.h"
#include "log.h"
#include "masked_text.h"
#include "queue_id.h"

namespace {

/* The field `event' where nothing else is to be said of a message. */
constexpr const char *message_event = "message";
/* More of them say no more: the count is logged too. */
constexpr std::size_t recipients_logged = 20;

void
append_recipient(std::string &list, const MailAddress &address, bool masked)
{
	if (!list.empty())
		list += ' ';
	if (masked) {
		list += "*@";
		list += address.domain();
	} else
		list += address.text();
}

std::int64_t
ms_between(Clock::time_point from, Clock::time_point to)
{
	if (from == Clock::time_point() || to == Clock::time_point())
		return (0);
	return (std::chrono::duration_cast<std::chrono::milliseconds>(to - from)
		    .count());
}

bool
is_replay(const SubmissionResult *result)
{
	return (result != nullptr && result->replay_of.has_value());
}

/* What happened to a message now is not said of what did not happen now. */
const char *
headline(const Exchange &exchange, const ApiError *error,
    const SubmissionResult *result)
{
	if (exchange.dry_run)
		return (error == nullptr ? "dry run: valid"
					 : "dry run: refused");
	if (is_replay(result))
		return ("earlier outcome told again");
	if (error == nullptr)
		return ("message accepted");
	return (error->code == ErrorCode::smtp_outcome_unknown
	    ? "message's outcome is unknown"
	    : "message refused");
}

void
add_request(LogRecord &record, const Exchange &exchange)
{
	record.field("client", exchange.client.text());
	if (exchange.client != exchange.peer)
		record.field("peer", exchange.peer.text());
	if (exchange.key != nullptr)
		record.field("key", exchange.key->name);
}

void
add_outcome(LogRecord &record, int status, const ApiError *error)
{
	record.field("status", static_cast<std::int64_t>(status));
	if (error == nullptr)
		return;
	record.field("code", error_code_name(error->code));
	if (error->reason != nullptr)
		record.field("reason", error->reason);
	if (!error->field.empty())
		record.field("field", error->field);
}

void
add_relay(LogRecord &record, const SubmissionResult &result)
{
	record.field("stage", stage_name(result.stage));
	if (!result.relay.empty())
		record.field("relay", result.relay);
	if (result.connection != 0) {
		record.field("address", result.address.text());
		record.field("tls", result.tls ? "yes" : "no");
		record.field("connection",
		    static_cast<std::int64_t>(result.connection));
		record.field("use",
		    static_cast<std::int64_t>(result.connection_use));
	}
	if (result.code != 0) {
		record.field("smtp_code",
		    static_cast<std::int64_t>(result.code));
		if (!result.enhanced.empty())
			record.field("smtp_enhanced", result.enhanced);
	}
	if (std::string_view id = queue_id(result.reply);
	    result.outcome == Outcome::accepted && !id.empty())
		record.field("queue_id", id);
	record.field("queue_ms", static_cast<std::int64_t>(
	    result.queue_us / 1000));
	record.field("envelope_ms", static_cast<std::int64_t>(
	    result.envelope_us / 1000));
	record.field("content_ms", static_cast<std::int64_t>(
	    result.content_us / 1000));
}

void
add_times(LogRecord &record, const Exchange &exchange)
{
	record.field("head_ms", ms_between(exchange.begun, exchange.admitted));
	record.field("body_ms",
	    ms_between(exchange.admitted, exchange.received));
	record.field("total_ms", ms_between(exchange.begun, Clock::now()));
	record.field("generation",
	    static_cast<std::int64_t>(exchange.config().generation));
}

/*
 * What may be long, and least of all what the client says for itself, comes
 * last: it is cut first.
 */
void
add_texts(LogRecord &record, const Exchange &exchange, const ApiError *error,
    const SubmissionResult *result)
{
	if (error != nullptr)
		record.field("error", error->message);
	if (exchange.certificate_subject != nullptr)
		record.field(
		    "client_certificate", *exchange.certificate_subject);
	if (result != nullptr && result->code != 0)
		record.field("smtp_reply", exchange.key->mask_recipients
			? mask_addresses(result->reply)
			: result->reply);
	if (!exchange.recipients.empty())
		record.field("to", exchange.recipients);
	if (!exchange.client_request_id.empty())
		record.field("client_request_id", exchange.client_request_id);
	if (!exchange.metadata.empty())
		record.field("metadata", exchange.metadata);
}

bool
is_message(const Exchange &exchange)
{
	return (exchange.posted && (exchange.resource == Resource::send ||
	    exchange.resource == Resource::send_bulk));
}

/* What somebody may be trying is told to who reads warnings only. */
LogLevel
level_of(LogEvent event, bool message)
{
	switch (event) {
	case LogEvent::auth_failure:
	case LogEvent::source_refusal:
	case LogEvent::injection_attempt:
		return (LogLevel::warning);
	case LogEvent::request_refusal:
		return (message ? LogLevel::info : LogLevel::debug);
	default:
		return (LogLevel::info);
	}
}

void
write_message(const Exchange &exchange, LogLevel level, const char *event,
    int status, const ApiError *error, const SubmissionResult *result)
{
	LogRecord record(level, headline(exchange, error, result));

	record.field("event", event);
	record.field("request_id", exchange.id.text());
	if (is_replay(result))
		record.field("replay_of", result->replay_of->text());
	if (exchange.bulk_id) {
		record.field("bulk_request_id", exchange.bulk_id->text());
		record.field("index",
		    static_cast<std::int64_t>(exchange.bulk_index));
	}
	add_request(record, exchange);
	add_outcome(record, status, error);
	/* A body is not counted once for each of its messages. */
	if (!exchange.bulk_id)
		record.field(
		    "octets", static_cast<std::int64_t>(exchange.octets));
	record.field("recipients",
	    static_cast<std::int64_t>(exchange.recipient_count));
	if (result != nullptr)
		add_relay(record, *result);
	add_times(record, exchange);
	add_texts(record, exchange, error, result);
	record.write();
}

} /* namespace */

void
audit_remember(Exchange &exchange, const SendRequest &request)
{
	exchange.recipient_count = request.to.size() + request.cc.size();
	if (!log_enabled(LogLevel::info))
		return;
	bool masked = exchange.key->mask_recipients;
	std::size_t logged = 0;
	for (const std::vector<MailAddress> *list : {&request.to, &request.cc})
		for (const MailAddress &address : *list)
			if (logged++ < recipients_logged)
				append_recipient(exchange.recipients, address,
				    masked);
	exchange.client_request_id = request.client_request_id;
	exchange.metadata = request.metadata;
}

void
audit_log(const Exchange &exchange, int status, const ApiError *error,
    const SubmissionResult *result)
{
	if (log_enabled(LogLevel::info))
		write_message(exchange, LogLevel::info, message_event, status,
		    error, result);
}

void
audit_refusal(
    const Exchange &exchange, const ApiError &error, LogLimit &limit)
{
	LogEvent event = error.log_event();
	bool message = is_message(exchange);
	LogLevel level = level_of(event, message);

	if (!limit.allows(event, level))
		return;
	if (message) {
		write_message(exchange, level,
		    event == LogEvent::request_refusal ? message_event
						       : log_event_name(event),
		    error.status, &error, nullptr);
		return;
	}
	LogRecord record(level, "request refused");
	record.field("event", log_event_name(event));
	record.field("request_id", exchange.id.text());
	add_request(record, exchange);
	add_outcome(record, error.status, &error);
	add_texts(record, exchange, &error, nullptr);
	record.write();
}
