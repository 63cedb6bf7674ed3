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


#include <errno.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "content_writer.h"
#include "log.h"
#include "masked_text.h"
#include "sendmail_run.h"

namespace {

constexpr std::size_t write_size = 65536;
/* Of the output, octets that are kept for the log. */
constexpr std::size_t said_max = 512;

} /* namespace */

SendmailRun::SendmailRun(std::uint64_t run_id, Transaction &transaction,
    const std::string &path, RunOwner &run_owner)
    : number(run_id), program(path), owner(run_owner), current(&transaction),
      deadline(this, calls<&SendmailRun::expired>)
{
	deadline.set(transaction.deadline);
}

void
SendmailRun::take_input(Fd pipe)
{
	if (current == nullptr || current->canceled) {
		end_input(true);
		if (current != nullptr)
			end(Outcome::canceled, "");
		return;
	}
	lap = Clock::now();
	current->result.queue_us = microseconds(lap - current->queued_at);
	input = std::move(pipe);
	write_event.set<&SendmailRun::writable>(input.get(), EV_WRITE, this);
	state = State::holding;
	current->held_by = this;
	owner.content_wanted(*current);
}

void
SendmailRun::take_output(Fd pipe)
{
	output = std::move(pipe);
	read_event.set<&SendmailRun::readable>(output.get(), EV_READ, this);
	read_event.add();
}

void
SendmailRun::send_content()
{
	state = State::writing;
	current->held_by = nullptr;
	current->result.stage = Stage::content;
	header = current->header;
	content = current->submission.content;
	writable();
}

void
SendmailRun::drop_content()
{
	end_input(true);
	end(Outcome::unavailable, "");
}

void
SendmailRun::writable()
{
	write_event.remove();
	for (;;) {
		if (out_sent == out.size()) {
			out.clear();
			out_sent = 0;
			append_local(out, header, write_size);
			append_local(out, content, write_size);
			if (out.empty())
				break;
		}
		ssize_t n = write(input.get(), out.data() + out_sent,
		    out.size() - out_sent);
		if (n > 0) {
			out_sent += static_cast<std::size_t>(n);
		} else if (n == -1 && errno == EAGAIN) {
			write_event.add();
			return;
		} else if (n == -1 && errno != EINTR)
			break; /* it reads no more; its status says why */
	}
	current->result.stage = Stage::reply;
	end_input(false);
}

void
SendmailRun::end_input(bool kill)
{
	write_event.remove();
	input.reset();
	state = State::written;
	owner.input_ended(*this, kill);
}

/* Read to its end, so that nobody waits, and mostly forgotten. */
void
SendmailRun::readable()
{
	char buffer[16384];

	ssize_t n = read(output.get(), buffer, sizeof(buffer));
	if (n > 0)
		said.append(buffer, std::min(static_cast<std::size_t>(n),
		    said_max - said.size()));
	else if (n == 0 || (errno != EAGAIN && errno != EINTR))
		read_event.remove();
}

/* It is killed before its input can end, and yet may have sent something. */
void
SendmailRun::expired()
{
	bool begun = state >= State::writing;

	end_input(true);
	log_end("did not end in time and was killed");
	if (begun)
		end(Outcome::unknown, "the mail program did not end in time");
	else
		end(Outcome::unavailable,
		    "the mail program could not be started in time");
}

void
SendmailRun::exited(const RunStatus &status)
{
	std::string what;

	if (output.valid())
		readable();
	if (current == nullptr)
		return;
	if (status.how == RunEnd::signaled)
		what = "was ended by signal " + std::to_string(status.number);
	else if (status.number != EX_OK)
		what = "exited with status " + std::to_string(status.number);
	else if (state < State::writing)
		what = "exited before it was given the message";
	if (!what.empty())
		log_end(what);
	if (what.empty())
		end(Outcome::accepted, "");
	else if (status.how == RunEnd::signaled)
		end(Outcome::unknown, "the mail program " + what);
	else if (status.number == EX_OK || status.number == EX_TEMPFAIL)
		end(Outcome::unavailable, "the mail program " + what);
	else
		end(Outcome::rejected, "the mail program " + what);
}

Transaction *
SendmailRun::not_started()
{
	deadline.clear();
	if (current != nullptr)
		current->held_by = nullptr;
	return (std::exchange(current, nullptr));
}

void
SendmailRun::end(Outcome outcome, const std::string &message)
{
	Transaction &transaction = *std::exchange(current, nullptr);

	transaction.held_by = nullptr;
	deadline.clear();
	write_event.remove();
	if (state == State::written &&
	    transaction.result.stage >= Stage::content)
		transaction.result.content_us =
		    microseconds(Clock::now() - lap);
	transaction.result.outcome = outcome;
	transaction.result.message = message;
	owner.transaction_ended(transaction);
}

void
SendmailRun::log_end(const std::string &what)
{
	std::string text = said;

	for (char &c : text)
		if (c < ' ' || c > '~')
			c = ' ';
	LogRecord(LogLevel::warning, "mail program " + what)
	    .field("event", "mail_program")
	    .field("request_id", current->request_id.text())
	    .field("relay", program)
	    .field("output", mask_addresses(text))
	    .write();
}
