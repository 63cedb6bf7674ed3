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
 * relay sendmail: each message is handed to a program of its own, which the
 * parent starts (no child may).  It is written to the program's standard
 * input with LF line ends, and the exit status says what became of it: 0 is
 * accepted, 75 (EX_TEMPFAIL) may succeed later, another one is a rejection.
 * A program that a signal ended, or that had to be killed because its time
 * was up, leaves an unknown outcome.
 */

#ifndef RELAYD_SMTP_SENDMAIL_PIPE_H
#define RELAYD_SMTP_SENDMAIL_PIPE_H

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "event_loop.h"
#include "fd.h"
#include "messages.h"
#include "sendmail_run.h"
#include "smtp_config.h"
#include "transport.h"
#include "waiting_list.h"

class SendmailPipe final : public Transport, private RunOwner {
public:
	SendmailPipe(EventLoop &loop, const SmtpRelay &relay_config,
	    TransportOwner &transport_owner,
	    TransactionOwner &transaction_owner);
	~SendmailPipe() override;
	SendmailPipe(const SendmailPipe &) = delete;
	SendmailPipe &operator=(const SendmailPipe &) = delete;

	const SmtpRelay &relay() const override
	{
		return (config);
	}
	void configure(const SmtpRelay &relay_config) override;
	std::list<Transaction *> retire() override;
	void submit(Transaction &transaction) override;
	void withdraw(Transaction &transaction) override;
	/* There is no trying: every message tries. */
	bool is_down() const override
	{
		return (false);
	}
	const SetupFailure &why_down() const override
	{
		return (last_failure);
	}
	Readiness readiness() override;
	void farewell() override
	{
	}
	void show_state() override;

	/* The answers to ask_program(). */
	void running(const RunResult &result, Fd input);
	void output(std::uint64_t id, Fd fd);
	void exited(const RunStatus &status);

private:
	/* RunOwner */
	void content_wanted(Transaction &transaction) override;
	void input_ended(SendmailRun &run, bool kill) override;
	void transaction_ended(Transaction &transaction) override;

	void start_programs();
	void not_started(Transaction &transaction, int error);
	void forget(std::uint64_t id);
	void bury();

	SmtpRelay config;
	TransportOwner &owner;
	TransactionOwner &transactions;
	bool retired = false;

	WaitingList waiting;
	/* Until they exited: `connections' at most. */
	std::unordered_map<std::uint64_t, std::unique_ptr<SendmailRun>> runs;
	std::vector<std::unique_ptr<SendmailRun>> ended;
	TurnEndTask burial;

	SetupFailure last_failure;
	Clock::time_point failed_at;
};

#endif
