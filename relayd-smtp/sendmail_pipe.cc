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

#include "log.h"
#include "sendmail_pipe.h"

namespace {

/* How long a program that could not be started speaks against the next. */
constexpr std::chrono::seconds failure_fresh{5};

} /* namespace */

SendmailPipe::SendmailPipe(EventLoop &loop, const SmtpRelay &relay_config,
    TransportOwner &transport_owner, TransactionOwner &transaction_owner)
    : config(relay_config), owner(transport_owner),
      transactions(transaction_owner),
      waiting(*this, transaction_owner,
	  "too many mail programs were running for too long"),
      burial(loop, this, calls<&SendmailPipe::bury>)
{
}

SendmailPipe::~SendmailPipe() = default;

void
SendmailPipe::configure(const SmtpRelay &relay_config)
{
	config = relay_config;
	start_programs();
}

std::list<Transaction *>
SendmailPipe::retire()
{
	retired = true;
	burial.schedule();
	return (waiting.release());
}

void
SendmailPipe::submit(Transaction &transaction)
{
	transaction.queued_at = Clock::now();
	transaction.deadline =
	    transaction.queued_at + config.timeout_submission;
	transaction.result.stage = Stage::connect;
	transaction.result.relay = config.host;
	waiting.add(transaction);
	start_programs();
}

void
SendmailPipe::withdraw(Transaction &transaction)
{
	waiting.remove(transaction);
}

void
SendmailPipe::start_programs()
{
	RunOwner &self = *this;

	while (!retired && !waiting.empty() &&
	    runs.size() < config.connections) {
		Transaction &transaction = **waiting.begin();
		waiting.remove(transaction);
		std::uint64_t id = owner.ask_program(*this, transaction);
		runs[id] = std::make_unique<SendmailRun>(
		    id, transaction, config.host, self);
	}
}

Readiness
SendmailPipe::readiness()
{
	if (failed_at != Clock::time_point() &&
	    Clock::now() < failed_at + failure_fresh)
		return (Readiness::not_ready);
	return (Readiness::ready);
}

void
SendmailPipe::show_state()
{
	set_to(counts->is_up, readiness() == Readiness::ready);
	set_to(counts->connections, runs.size());
	set_to(counts->connections_max, config.connections);
	set_to(counts->in_use, runs.size());
	set_to(counts->waiting, waiting.size());
}

void
SendmailPipe::running(const RunResult &result, Fd input)
{
	auto found = runs.find(result.id);
	if (found == runs.end())
		return;
	SendmailRun &run = *found->second;

	if (result.error == 0 && input.valid()) {
		count_in(counts->connections_made);
		run.take_input(std::move(input));
		return;
	}
	Transaction *transaction = run.not_started();
	if (result.error == 0)
		owner.finish_program({result.id, true});
	forget(result.id);
	if (transaction == nullptr) {
		start_programs();
	} else if (transaction->canceled) {
		owner.try_next_relay(*this, *transaction, last_failure);
		start_programs();
	} else if (result.error == ESTALE && !retired) {
		waiting.add_first(*transaction);
		start_programs();
	} else
		not_started(*transaction,
		    result.error != 0 ? result.error : EMFILE);
}

void
SendmailPipe::output(std::uint64_t id, Fd fd)
{
	auto found = runs.find(id);

	if (found != runs.end() && fd.valid())
		found->second->take_output(std::move(fd));
}

void
SendmailPipe::exited(const RunStatus &status)
{
	auto found = runs.find(status.id);
	if (found == runs.end())
		return;
	SendmailRun &run = *found->second;

	if (status.how == RunEnd::not_started) {
		if (Transaction *transaction = run.not_started())
			not_started(*transaction, status.number);
	} else
		run.exited(status);
	forget(status.id);
	start_programs();
}

void
SendmailPipe::not_started(Transaction &transaction, int error)
{
	count_in(counts->connections_failed);
	last_failure.reason = strerror(error);
	failed_at = Clock::now();
	LogRecord(LogLevel::warning, "mail program cannot be started")
	    .field("event", "mail_program")
	    .field("request_id", transaction.request_id.text())
	    .field("relay", config.host)
	    .field("reason", last_failure.reason)
	    .write();
	owner.try_next_relay(*this, transaction, last_failure);
}

/* It may be on the stack. */
void
SendmailPipe::forget(std::uint64_t id)
{
	auto found = runs.find(id);

	ended.push_back(std::move(found->second));
	runs.erase(found);
	burial.schedule();
}

void
SendmailPipe::bury()
{
	ended.clear();
	if (retired && runs.empty())
		owner.transport_empty(*this);
}

void
SendmailPipe::content_wanted(Transaction &transaction)
{
	transactions.content_wanted(transaction);
}

void
SendmailPipe::input_ended(SendmailRun &run, bool kill)
{
	owner.finish_program({run.id(), kill});
}

void
SendmailPipe::transaction_ended(Transaction &transaction)
{
	count_result(transaction.result.outcome);
	transactions.transaction_ended(transaction);
}
