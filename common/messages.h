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
 * The messages between the processes, each with its writer and its reader
 * beside it.  A reader returns nullopt for what is malformed or out of range;
 * who sent it is then not to be trusted.
 *
 * Who may send what:
 *
 *	parent -> child		segment config listener commit peer
 *				ticket_keys
 *				connected running output exited
 *				ping syslog drain shutdown
 *	child -> parent		hello staged committed pong syslog_lost
 *	relayd-http -> parent	listener_failed unlinked, too
 *	relayd-smtp -> parent	connect run finish store stored, too
 *	relayd-http -> -smtp	submit cancel lookup rejected ready_query take
 *	relayd-smtp -> -http	result found ready taken
 *	parent <-> resolver	hello usage resolve resolved
 */

#ifndef COMMON_MESSAGES_H
#define COMMON_MESSAGES_H

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "address.h"
#include "digest.h"
#include "imsg.h"
#include "rate_limit.h"
#include "request_id.h"
#include "secret.h"
#include "wire.h"

/* Grows with every change of what follows. */
constexpr std::uint32_t protocol_number = 9;

enum class MessageType : std::uint32_t {
	none,
	/* between parent and child */
	hello,     /* the child's first message: its version */
	segment,   /* with its descriptor: its key of addresses */
	config,    /* a blob: HttpConfig or SmtpConfig; id: generation */
	listener,  /* with a listener's descriptor, after config or anew */
	listener_failed, /* accept(2) does, and not for a client's sake */
	staged,    /* config and all its listeners have arrived */
	commit,    /* switch now */
	committed,
	peer,      /* with a socket to a process of the other kind */
	unlinked,  /* the newest link to a relayd-smtp is lost */
	connect,
	connected,
	run,       /* a blob: RunRequest; id: chosen by relayd-smtp */
	running,   /* with the program's standard input */
	output,    /* with what it writes */
	finish,
	exited,
	ping,      /* every second; any message of the child answers it */
	pong,
	store,     /* relayd-smtp is about to wait for the ledger's disk */
	stored,    /* it no longer does; with its next answer */
	syslog_lost,
	syslog,    /* with a descriptor to syslogd */
	ticket_keys, /* a blob: TicketKeys */
	drain,     /* accept nothing more; exit when the last client left */
	shutdown,  /* finish what is in flight, and exit; again: at once */
	/* between parent and resolver */
	usage,
	resolve,
	resolved,
	/* between relayd-http and relayd-smtp */
	submit,    /* a blob: Submission; id: chosen by relayd-http */
	cancel,
	lookup,
	rejected,
	ready_query,
	take,
	result,    /* a blob: SubmissionResult */
	found,     /* a blob: LedgerAnswer */
	ready,
	taken,
};

inline std::uint32_t
type_of(MessageType type)
{
	return (static_cast<std::uint32_t>(type));
}

/* hello: what this program was built as; another one ends the daemon. */
std::string write_hello();
bool read_hello(std::string_view payload); /* false: another version */

/* segment: what is not to be read out of it. */
std::string write_segment(const std::array<std::uint8_t, 16> &address_key);
std::optional<std::array<std::uint8_t, 16>> read_segment(
    std::string_view payload);

/* commit, committed, staged. */
struct Generation {
	std::uint64_t number = 0;
	bool failed = false; /* staged: it cannot be used, keep the old */
};
std::string write_generation(const Generation &generation);
std::optional<Generation> read_generation(std::string_view payload);

/* listener, listener_failed. */
struct ListenerPlace {
	std::uint64_t generation = 0;
	std::uint32_t index = 0; /* which of the configuration's */
	std::uint64_t socket = 0; /* grows with every one that was bound */
	std::int32_t error = 0; /* listener_failed: errno of accept(2) */
};
std::string write_listener(const ListenerPlace &place);
std::optional<ListenerPlace> read_listener(std::string_view payload);

/*
 * ticket_keys: what seals the TLS sessions that clients bring back.  Every
 * relayd-http has the same, before its first configuration and whenever the
 * parent made a new one.
 */
constexpr std::size_t ticket_key_size = 48;
constexpr std::size_t ticket_keys_max = 2;
constexpr std::chrono::seconds ticket_lifetime = std::chrono::hours(2);
struct TicketKey {
	std::uint32_t revision = 0; /* from 1, in ascending order */
	Secret key; /* ticket_key_size octets */
};
struct TicketKeys {
	std::array<std::uint8_t, 32> session_id{}; /* the daemon's */
	std::vector<TicketKey> keys; /* the last one seals, all open */
};
std::string write_ticket_keys(const TicketKeys &keys);
std::optional<TicketKeys> read_ticket_keys(std::string_view payload);

/* peer, with a socket. */
struct Peer {
	std::uint32_t slot = 0; /* the other process's slot in the segment */
	std::uint64_t link = 0; /* grows with every one that is made */
};
std::string write_peer(const Peer &peer);
std::optional<Peer> read_peer(std::string_view payload);

/* unlinked: the number of the link that was lost. */
std::string write_unlinked(std::uint64_t link);
std::optional<std::uint64_t> read_unlinked(std::string_view payload);

/* connect: relayd-smtp asks for a connection to a relay, or to its store. */
enum class ConnectTarget : std::uint8_t { relay, store };
struct ConnectRequest {
	std::uint64_t id = 0; /* with a target, one request's */
	std::uint64_t generation = 0;
	ConnectTarget target = ConnectTarget::relay;
	std::uint32_t relay = 0; /* index in that generation */
	std::uint32_t attempt = 0; /* which of the target's addresses */
	bool failing = false; /* its name may have another address by now */
};
std::string write_connect(const ConnectRequest &request);
std::optional<ConnectRequest> read_connect(std::string_view payload);

/* connected, with a descriptor, non-blocking, that is connecting. */
struct ConnectResult {
	std::uint64_t id = 0;
	ConnectTarget target = ConnectTarget::relay;
	/* errno; ESTALE: another generation is in force, ask again. */
	std::int32_t error = 0;
	std::uint32_t addresses = 0; /* that the target has; 0: no such name */
	IpAddress address; /* the one that is tried */
	IpAddress own; /* our end, which a confined child cannot ask for */
};
std::string write_connected(const ConnectResult &result);
std::optional<ConnectResult> read_connected(std::string_view payload);

/*
 * run: relayd-smtp asks for the program of one of its relays that is a
 * sendmail.  The parent makes the argument vector, from the key's sender and
 * from recipients that it checks again.
 */
struct RunRequest {
	std::uint64_t generation = 0;
	std::uint32_t relay = 0; /* index in that generation */
	std::string key; /* whose message it is */
	std::vector<std::string> recipients; /* addr-specs */
};
std::string write_run(const RunRequest &request);
std::optional<RunRequest> read_run(std::string_view payload);

/*
 * running, with the program's standard input, a non-blocking pipe; then
 * output, with its standard output and error, unless it could not be started.
 */
struct RunResult {
	std::uint64_t id = 0;
	/* errno; ESTALE: another generation is in force, ask again. */
	std::int32_t error = 0;
};
std::string write_run_result(const RunResult &result);
std::optional<RunResult> read_run_result(std::string_view payload);

/*
 * finish: the program's input ends, because all of it was written; or the
 * program is killed, before its input can end.  The parent keeps the pipe
 * open until then: should relayd-smtp die, no half of a message is mailed.
 */
struct RunFinish {
	std::uint64_t id = 0;
	bool kill = false;
};
std::string write_finish(const RunFinish &finish);
std::optional<RunFinish> read_finish(std::string_view payload);

/* exited: the program is gone. */
enum class RunEnd : std::uint8_t {
	exited,
	signaled,
	not_started, /* it could not be executed */
};
struct RunStatus {
	std::uint64_t id = 0;
	RunEnd how = RunEnd::exited;
	std::int32_t number = 0; /* exit status, signal, or errno */
};
std::string write_exited(const RunStatus &status);
std::optional<RunStatus> read_exited(std::string_view payload);

/* usage: what the resolver, which shares no memory, has used so far. */
struct ProcessUsage {
	std::uint64_t cpu_us = 0; /* user and system */
	std::uint64_t memory = 0; /* the largest resident set, in octets */
};
std::string write_usage(const ProcessUsage &usage);
std::optional<ProcessUsage> read_usage(std::string_view payload);

/* resolve, resolved. */
struct NameQuery {
	std::uint64_t id = 0;
	std::string name;
};
std::string write_resolve(const NameQuery &query);
std::optional<NameQuery> read_resolve(std::string_view payload);
constexpr std::size_t name_addresses_max = 32;
struct NameAnswer {
	std::uint64_t id = 0;
	std::int32_t error = 0; /* EAI_* of getaddrinfo(3), 0 if it has some */
	std::vector<IpAddress> addresses;
};
std::string write_resolved(const NameAnswer &answer);
std::optional<NameAnswer> read_resolved(std::string_view payload);

/*
 * A key was presented: SHA-256 of its secret.  relayd-smtp hashes it once
 * more and compares, so a key that nobody presented cannot be used.
 */
using KeyProof = Sha256Digest;

/* A request with an Idempotency-Key: what its repeats are known by. */
struct IdempotencyMark {
	Sha256Digest key{};     /* of the Idempotency-Key */
	Sha256Digest content{}; /* of the validated fields */

	bool operator==(const IdempotencyMark &) const = default;
};

/*
 * submit.  The fields are what relayd-http validated; relayd-smtp judges
 * again.  The content behind them is one MIME entity: its own header lines
 * (Content-* only), an empty line, the encoded text; line ends CRLF or LF;
 * 7-bit.
 */
struct SubmissionFields {
	RequestId request_id;
	KeyProof proof{};
	std::vector<std::string> to; /* addr-specs */
	std::vector<std::string> cc;
	std::vector<std::string> reply_to;
	std::string subject; /* UTF-8 */
	std::string from_name; /* UTF-8; empty: the configured one */
	std::optional<IdempotencyMark> idempotency;
};
/*
 * The fields, with room for the content, which the caller appends: what may
 * be large is written once and never copied.
 */
std::string write_submission(
    const SubmissionFields &fields, std::size_t content_size);
/* The octets of all that. */
std::size_t submission_size(
    const SubmissionFields &fields, std::size_t content_size);
/* The content is a view into octets: nothing large is copied. */
struct ReceivedSubmission {
	RequestId request_id;
	KeyProof proof{};
	std::vector<std::string_view> to, cc, reply_to;
	std::string_view subject, from_name, content;
	std::optional<IdempotencyMark> idempotency;
};
std::optional<ReceivedSubmission> read_submission(std::string_view octets);

/* cancel: the client went away; done unless DATA has begun. */
std::string write_cancel(std::uint64_t id);
std::optional<std::uint64_t> read_cancel(std::string_view payload);

/* The buckets of the limits, in the order in which they are asked. */
enum class LimitBucket : std::uint8_t { address, key, global };
const char *limit_bucket_name(LimitBucket bucket);

/*
 * take: a unit of each bucket that the relays share (`limit shared'), for
 * one request.  How large they are is relayd-smtp's to know.
 */
struct LimitQuestion {
	std::uint64_t id = 0;
	IpAddress client; /* what `limit address' counts of it */
	/* Without it only the address's bucket is asked. */
	std::optional<KeyProof> proof;
};
std::string write_take(const LimitQuestion &question);
std::optional<LimitQuestion> read_take(std::string_view payload);

/* taken */
struct LimitAnswer {
	enum class Kind : std::uint8_t {
		allowed,
		dry, /* later buckets were not asked */
		unavailable, /* relayd-http's own buckets are to be asked */
	};
	std::uint64_t id = 0;
	Kind kind = Kind::unavailable;
	LimitBucket bucket = LimitBucket::key; /* the one that ran dry */
	RateDecision decision; /* of that one; or of the key's, if asked */
};
std::string write_taken(const LimitAnswer &answer);
std::optional<LimitAnswer> read_taken(std::string_view payload);

enum class Outcome : std::uint8_t {
	accepted,      /* 2yz to the final dot */
	rejected,      /* 5yz: this message never */
	unavailable,   /* not sent; the same may succeed later */
	unknown,       /* sent in full, and no telling what became of it */
	too_large,     /* over the server's SIZE */
	overloaded,    /* not sent: memory or queue is full here */
	shutting_down, /* not sent */
	canceled,      /* not sent: the client had gone */
	forbidden,     /* the key is not, or no longer, valid */
	invalid,       /* the policy does not allow field */
	rate_limited,  /* by relayd-smtp's own count */
	/* of an Idempotency-Key: nothing was sent by this request */
	in_progress,   /* the first request with it is not finished */
	other_content, /* it was used for another message */
	store_unavailable, /* the store cannot keep it now */
};

/* How far a submission came: what the audit line says. */
enum class Stage : std::uint8_t {
	received, connect, greeting, ehlo, tls, auth, mail, rcpt, data,
	content, reply
};
const char *stage_name(Stage stage);

struct RefusedRecipient {
	bool cc = false; /* to[index] or cc[index] */
	std::uint16_t index = 0;
	std::uint16_t code = 0;
	std::string enhanced; /* "5.1.1" or empty */
};

constexpr std::size_t reply_text_max = 512;
constexpr std::size_t recipients_limit = 1000;
constexpr std::size_t reply_to_limit = 10;
/* Of a submission's domains, so many are kept, and how many there were. */
constexpr std::size_t entry_domains_max = 32;

/* result: a blob, for many recipients may be refused */
struct SubmissionResult {
	std::uint64_t id = 0;
	Outcome outcome = Outcome::unavailable;
	std::string message; /* why, for the client: never empty on failure */
	std::string field; /* with invalid: "to[3]" */
	std::string message_id; /* "<req_...@domain>", once it has one */
	/* The server's last word; code 0: there was none. */
	std::uint16_t code = 0;
	std::string enhanced; /* "2.0.0" or empty */
	std::string reply; /* printable ASCII; for the log */
	bool show_reply = false; /* for the client too: `reply text' */
	std::vector<RefusedRecipient> refused;
	/* With rate_limited: which bucket ran dry, and for how long. */
	LimitBucket limited_by = LimitBucket::key;
	std::uint64_t retry_after_ns = 0;
	/* A replay: nothing was sent now, and this is the one that was. */
	std::optional<RequestId> replay_of;

	/* For the audit line. */
	std::uint64_t generation = 0;
	Stage stage = Stage::received;
	std::string relay; /* as configured */
	IpAddress address; /* with a connection only */
	std::uint64_t connection = 0; /* 0: none; counted since the start */
	std::uint32_t connection_use = 0; /* messages on it, this included */
	bool tls = false;
	std::uint32_t queue_us = 0; /* until a connection was there */
	std::uint32_t envelope_us = 0; /* MAIL to the reply to DATA */
	std::uint32_t content_us = 0; /* content to the final reply */
};
std::string write_result(const SubmissionResult &result);
std::optional<SubmissionResult> read_result(std::string_view payload);

enum class LedgerStatus : std::uint8_t {
	received, smtp_submission_started, smtp_accepted, smtp_failed,
	smtp_outcome_unknown, rejected
};
const char *ledger_status_name(LedgerStatus status);

/*
 * What the ledger keeps of a submission.  Never text, address or secret.
 * Refused recipients are numbers: where they stood in the request.
 */
struct LedgerEntry {
	RequestId request_id;
	LedgerStatus status = LedgerStatus::received;
	std::string code; /* api.md's error code, empty when there is none */
	std::string message;
	std::string message_id;
	/* Lower case, unique; the first entry_domains_max of them. */
	std::vector<std::string> recipient_domains;
	std::uint32_t recipient_count = 0;
	std::uint32_t recipient_domain_count = 0;
	std::int64_t created_ms = 0; /* since 1970 */
	std::int64_t updated_ms = 0;
	std::int64_t expires_ms = 0;
	std::uint16_t smtp_code = 0; /* 0: none */
	std::string smtp_enhanced;
	std::string smtp_reply;
	bool show_reply = false;
	std::vector<RefusedRecipient> refused;
	/* In relayd-smtp: submissions may share an id, but not this too. */
	std::uint64_t serial = 0;
	/* Not for relayd-http: its Idempotency-Key, and whose that is. */
	std::optional<IdempotencyMark> idempotency;
};

/* As it crosses, and as a store may keep it. */
void write_entry(WireWriter &out, const LedgerEntry &entry);
LedgerEntry read_entry(WireReader &in);
/* As a store may have kept it before domains were counted. */
LedgerEntry read_entry_with_all_domains(WireReader &in);
/*
 * Whether it is one that could have been written: what comes from a store is
 * believed no more than that.
 */
bool is_sound(const LedgerEntry &entry);

/* lookup */
struct LedgerQuery {
	std::uint64_t id = 0;
	RequestId request_id;
	KeyProof proof{};
};
std::string write_lookup(const LedgerQuery &query);
std::optional<LedgerQuery> read_lookup(std::string_view payload);

/* found: a blob, for the domains may be some */
struct LedgerAnswer {
	enum class Kind : std::uint8_t { found, not_found, unavailable };
	std::uint64_t id = 0;
	Kind kind = Kind::not_found;
	LedgerEntry entry; /* with found */
};
std::string write_found(const LedgerAnswer &answer);
std::optional<LedgerAnswer> read_found(std::string_view payload);

/* rejected: a POST with a valid key that relayd-http refused. */
struct Rejection {
	RequestId request_id;
	KeyProof proof{};
	std::string code; /* "validation_failed", ... */
	std::string message; /* quotes nothing that the client sent */
};
std::string write_rejected(const Rejection &rejection);
std::optional<Rejection> read_rejected(std::string_view payload);

/* ready_query, ready: can mail be submitted now? */
std::string write_ready_query(std::uint64_t id);
std::optional<std::uint64_t> read_ready_query(std::string_view payload);
struct ReadyAnswer {
	std::uint64_t id = 0;
	bool ready = false;
};
std::string write_ready(const ReadyAnswer &answer);
std::optional<ReadyAnswer> read_ready(std::string_view payload);

#endif
