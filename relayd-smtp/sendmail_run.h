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
 * One program that takes one message: its input is written, its output is
 * kept for the log (the first of it), and its end is the message's outcome.
 */

#ifndef RELAYD_SMTP_SENDMAIL_RUN_H
#define RELAYD_SMTP_SENDMAIL_RUN_H

#include <cstdint>
#include <string>
#include <string_view>

#include "event_loop.h"
#include "fd.h"
#include "messages.h"
#include "transaction.h"

class SendmailRun;

/* None of these destroys the run. */
class RunOwner {
public:
	/* See TransactionOwner. */
	virtual void content_wanted(Transaction &transaction) = 0;
	/* All was written; or the program is to be killed. */
	virtual void input_ended(SendmailRun &run, bool kill) = 0;
	/* transaction.result is complete. */
	virtual void transaction_ended(Transaction &transaction) = 0;

protected:
	~RunOwner() = default;
};

class SendmailRun final : public ContentSender {
public:
	/* The program was asked for under that id. */
	SendmailRun(std::uint64_t run_id, Transaction &transaction,
	    const std::string &path, RunOwner &run_owner);
	SendmailRun(const SendmailRun &) = delete;
	SendmailRun &operator=(const SendmailRun &) = delete;

	std::uint64_t id() const
	{
		return (number);
	}
	/* It runs. */
	void take_input(Fd pipe);
	void take_output(Fd pipe);
	void send_content() override;
	void drop_content() override;
	void exited(const RunStatus &status);
	/* It never ran: its transaction is the caller's, or nullptr. */
	Transaction *not_started();

private:
	enum class State { asked, holding, writing, written };

	void writable();
	void readable();
	void expired();
	void end_input(bool kill);
	void end(Outcome outcome, const std::string &message);
	void log_end(const std::string &what);

	std::uint64_t number;
	std::string program; /* for the log */
	RunOwner &owner;
	State state = State::asked;
	Transaction *current; /* nullptr once its outcome is settled */
	Deadline deadline;
	Clock::time_point lap;

	Fd input;
	FdEvent write_event;
	/* Of the message, what still has to be converted, and was. */
	std::string_view header;
	std::string_view content;
	std::string out;
	std::size_t out_sent = 0;

	Fd output;
	FdEvent read_event;
	std::string said;
};

#endif
