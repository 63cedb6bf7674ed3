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
 * One connection to a mail server, as a state machine (RFC 5321, RFC 2920).
 * It takes one transaction after another, writes once and reads once a stage,
 * and never says of a message what the server's reply codes did not say.
 *
 *	connecting [-> handshake] -> greeting -> ehlo [-> helo]
 *	ehlo [-> starttls -> handshake -> ehlo] [-> auth] -> idle
 *	idle -> envelope -> holding -> content -> final_reply -> idle
 *	envelope -> resetting -> idle	refused before DATA was accepted
 *	final_reply -> late_reply	no reply in time: the outcome is
 *					unknown, and a late one corrects it
 *	any -> quitting -> closed
 */

#ifndef RELAYD_SMTP_SMTP_SESSION_H
#define RELAYD_SMTP_SMTP_SESSION_H

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "address.h"
#include "content_writer.h"
#include "event_loop.h"
#include "smtp_auth.h"
#include "smtp_config.h"
#include "smtp_reply.h"
#include "stream.h"
#include "tls_client.h"
#include "transaction.h"
#include "transport.h"

/* RFC 5321 4.5.3.2.6: how long a server may take over the final dot. */
constexpr std::chrono::minutes late_reply_time{10};
/* For RSET and QUIT, on which nothing hangs. */
constexpr std::chrono::seconds courtesy_time{5};
/* Content is made, and written, in pieces of about this size. */
constexpr std::size_t write_size = 65536;
/* A reply to the final dot that comes within this is prompt. */
constexpr std::chrono::milliseconds prompt_time{5};
/* How long a message waits behind another one that has no reply yet. */
constexpr std::chrono::milliseconds behind_time{200};

class SmtpSession;

/*
 * What a session tells its owner.  None of these destroys the session:
 * session_closed() comes last, and the owner destroys it after the call.
 */
class SessionOwner {
public:
	/* Idle: start(), quit(), or leave it so. */
	virtual void session_ready(SmtpSession &session) = 0;
	/*
	 * The end of a message is about to be written, and another may have
	 * its envelope behind it (RFC 2920 3.1): one that waits, and that the
	 * session has no objection to, or nullptr.
	 */
	virtual Transaction *next_transaction(SmtpSession &session) = 0;
	/* Idle for as long as it may be: start() or quit(). */
	virtual void session_unused(SmtpSession &session) = 0;
	/* session_closed() follows. */
	virtual void session_failed(SmtpSession &session,
	    const SetupFailure &failure) = 0;
	/* The server said 354: see TransactionOwner. */
	virtual void content_wanted(Transaction &transaction) = 0;
	/* transaction.result is complete but for its message. */
	virtual void transaction_ended(SmtpSession &session,
	    Transaction &transaction) = 0;
	/*
	 * The same, and nothing was sent: the connection had carried messages
	 * before, and was gone, or is not waited for.  Another may be tried.
	 */
	virtual void transaction_lost(SmtpSession &session,
	    Transaction &transaction) = 0;
	/*
	 * The outcome is unknown so far: the session waits on.  Either
	 * late_reply() or late_reply_given_up() ends that.
	 */
	virtual void transaction_unknown(SmtpSession &session,
	    Transaction &transaction) = 0;
	virtual void late_reply(SmtpSession &session, Transaction &transaction,
	    const SmtpReply &reply) = 0;
	virtual void late_reply_given_up(SmtpSession &session,
	    Transaction &transaction) = 0;
	virtual void session_closed(SmtpSession &session) = 0;

protected:
	~SessionOwner() = default;
};

class SmtpSession final : public ContentSender {
public:
	/* Those before idle set the session up. */
	enum class State {
		connecting, handshake, greeting, ehlo, helo, starttls, auth,
		idle, envelope, holding, content, final_reply, late_reply,
		resetting, quitting, closed
	};

	/*
	 * fd: non-blocking, connecting.  made: what the parent says of it.
	 * relay_config and tls outlive this; the first may change, but for
	 * what is_same_setup() compares.
	 */
	SmtpSession(Fd fd, const ConnectResult &made,
	    const SmtpRelay &relay_config, const TlsClient &tls,
	    SessionOwner &session_owner);
	SmtpSession(const SmtpSession &) = delete;
	SmtpSession &operator=(const SmtpSession &) = delete;

	/*
	 * What this server will never do with the transaction: too_large, or
	 * rejected when it would need SMTPUTF8.
	 */
	std::optional<Outcome> objection(const Transaction &transaction) const;
	/* In state idle: takes it over, and says how it ended. */
	void start(Transaction &transaction);
	/* In state holding. */
	void send_content() override;
	void drop_content() override
	{
		abandon();
	}
	/* In state idle: a word of farewell. */
	void quit();
	/* At once.  A transaction that is under way ends. */
	void abandon();

	State state() const
	{
		return (now_in);
	}
	/* Messages that it was used for. */
	std::uint32_t uses() const
	{
		return (use_count);
	}
	/* The last message that it was used for had its reply at once. */
	bool answered_promptly() const
	{
		return (prompt);
	}
	/* The owner's. */
	bool in_pool = true;
	bool was_ready = false;
	std::uint32_t address_index = 0; /* which of the relay's it is to */
	std::uint32_t address_count = 0;

private:
	/* Events */
	void readable();
	void writable();
	void expired();

	/* Octets in and out */
	void take(std::string_view octets);
	void reply_arrived(const SmtpReply &reply);
	void proceed();
	void command(std::string_view verb, std::string_view argument = {});
	bool all_answered() const
	{
		return (expected == 0 && unwritten == 0);
	}
	void flush();
	void note_written(std::size_t count);
	bool write_out();
	void clear_out();
	void broken();

	/* Setting up */
	bool setting_up() const
	{
		return (now_in < State::idle);
	}
	void connected();
	void start_tls();
	void shake_hands();
	void await_greeting();
	void say_hello(State hello);
	void setup_reply(const SmtpReply &reply);
	void setup_next();
	void after_hello();
	void authenticate();
	void auth_reply(const SmtpReply &reply);
	void setup_failed(const std::string &reason, const SmtpReply *reply);
	std::string own_name() const;

	/* The envelope */
	Stage envelope_stage(std::size_t which) const;
	void prepare(Transaction &transaction);
	void add_envelope(const Transaction &transaction);
	void envelope_reply(const SmtpReply &reply);
	void refuse(const SmtpReply &reply, Stage stage);
	void refuse_recipient(const SmtpReply &reply, std::size_t index);
	void envelope_next();
	void envelope_refused();
	void add_mail(const Transaction &transaction);
	void add_recipient(
	    const Transaction &transaction, std::size_t index);
	void add_data();

	/* The content */
	void fill_content();
	void content_written();
	void final_reply(const SmtpReply &reply);
	void begin_next();
	void lose_next();

	/* Ends */
	void note_stage();
	Transaction &hand_back();
	void end(Outcome outcome);
	void lost(const std::string &reason, const SmtpReply *reply);
	void give_up(const char *reason);
	void break_off(const std::string &reason, const SmtpReply *reply,
	    bool replace);
	void no_reply();
	void unexpected(const SmtpReply &reply);
	void reply_overdue();
	void wait_longer();
	void ready();
	void close();

	Stream stream;
	const SmtpRelay &relay;
	const TlsClient &tls_client;
	SessionOwner &owner;
	State now_in = State::connecting;
	bool is_closed = false;
	FdEvent read_event;
	FdEvent write_event;
	Deadline deadline;

	IpAddress address;
	IpAddress own_address;
	std::uint64_t connection;
	std::uint32_t use_count = 0;
	Extensions extensions;

	ReplyParser parser;
	/* Commands in out of which the kernel has not all octets yet. */
	std::size_t unwritten = 0;
	/* Replies that are still to come for those that it has. */
	std::size_t expected = 0;
	/* The reply that is under way began when none was expected. */
	bool premature = false;
	bool helo_next = false; /* EHLO was refused */
	SmtpAuth sasl;
	bool authenticated = false;
	std::string out;
	std::size_t out_sent = 0;
	bool out_is_secret = false;

	Transaction *current = nullptr;
	/* Its envelope was written behind the final dot of current. */
	Transaction *next = nullptr;
	/*
	 * Of current or, when there is one, of next: commands of the envelope,
	 * 0 MAIL, 1..n RCPT, n + 1 DATA.
	 */
	std::size_t sent = 0;
	std::size_t answered = 0;
	bool data_sent = false;
	bool data_accepted = false;
	std::optional<Outcome> refusal;
	ContentWriter content;
	std::size_t dot_end = 0; /* in out, once content is done */
	bool prompt = false; /* it answered the last message at once */
	Clock::time_point lap;
};

#endif
