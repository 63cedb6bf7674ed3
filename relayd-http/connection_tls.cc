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
 * A connection's TLS handshake.  It comes out of the time for the first head,
 * and who does not end it in that time, or not at all, is told nothing.
 */

#include "connection.h"
#include "log.h"

namespace {

/* Of a subject, in the log. */
constexpr std::size_t subject_max = 256;

} /* namespace */

void
Connection::shake_hands()
{
	/* Who says nothing costs no more than a descriptor. */
	if (!stream.has_tls() && !stream.accept_tls(use.tls->context())) {
		close();
		return;
	}
	switch (stream.handshake()) {
	case Stream::Status::done:
		handshake_done();
		break;
	case Stream::Status::want_read:
		write_event.remove();
		read_event.add();
		break;
	case Stream::Status::want_write:
		read_event.remove();
		write_event.add();
		break;
	default:
		handshake_failed(stream.failure());
		break;
	}
}

void
Connection::handshake_done()
{
	std::string subject = stream.peer_subject();

	owner.handshake_ended(true);
	if (!subject.empty())
		certificate_subject = std::make_shared<const std::string>(
		    subject.substr(0, subject_max));
	write_event.remove();
	state = State::head;
	watch();
}

void
Connection::log_handshake(const std::string &why)
{
	constexpr LogEvent event = LogEvent::tls_failure;

	if (service.limited_log().allows(event, LogLevel::info))
		LogRecord(LogLevel::info, "TLS handshake failed")
		    .field("event", log_event_name(event))
		    .field("client", source_address.text())
		    .field("reason", why)
		    .write();
}

/* The client may yet read the alert that says why. */
void
Connection::handshake_failed(const std::string &why)
{
	log_handshake(why);
	owner.handshake_ended(false);
	write_event.remove();
	state = State::lingering;
	linger_needed = true;
	settle();
}
