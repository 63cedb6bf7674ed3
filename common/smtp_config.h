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

/* What relayd-smtp is told of the configuration, and nothing more. */

#ifndef COMMON_SMTP_CONFIG_H
#define COMMON_SMTP_CONFIG_H

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "digest.h"
#include "log.h"
#include "mail_address.h"
#include "rate_limit.h"
#include "secret.h"

/* Who a message is from; only the configuration says that. */
struct Sender {
	std::optional<MailAddress> from; /* always set once configured */
	std::string name; /* display name, UTF-8, may be empty */
	std::optional<MailAddress> envelope_from; /* nullopt: <> */
};

struct SmtpKey {
	std::string name;
	bool enabled = true;
	std::vector<Sha256Digest> digests; /* SHA-256(SHA-256(secret)) */
	Sender sender; /* the key's own, or mail's */
	RateLimit limit; /* in force */
	std::optional<RecipientPolicy> recipients;
	std::uint32_t max_recipients = 0;
};

enum class RelayKind : std::uint8_t { smtp, sendmail };
enum class RelayTls : std::uint8_t { none, starttls, implicit };

/* How the connections to a relay are protected. */
struct SmtpTls {
	RelayTls mode = RelayTls::none;
	bool verify = true; /* chain and name */
	std::string name; /* in the server's certificate; SNI */
	std::string authorities; /* PEM; empty unless verify */
	std::string protocols; /* as tls_config_parse_protocols(3) has them */
	std::string ciphers;
	std::string certificate; /* the client's, PEM, with chain; or empty */
	Secret key; /* of that */

	bool operator==(const SmtpTls &) const = default;
};

/* A sendmail has host, connections and timeout_submission only. */
struct SmtpRelay {
	RelayKind kind = RelayKind::smtp;
	std::string host; /* as configured, for the log; or the path */
	std::uint16_t port = 25;
	std::string hostname; /* for EHLO; empty: our end, as a literal */
	std::uint32_t connections = 0;
	std::chrono::milliseconds idle{0};
	std::uint32_t messages = 0; /* a connection carries at most */
	std::chrono::milliseconds timeout_connect{0}; /* each address */
	std::chrono::milliseconds timeout_submission{0};
	bool reply_text = false;
	SmtpTls tls;
	std::string user; /* for AUTH; empty: none */
	Secret password;
	bool insecure = false; /* AUTH without TLS */

	bool operator==(const SmtpRelay &) const = default;
};

/* "192.0.2.1:25", "[::1]:25", "/usr/sbin/sendmail" */
std::string relay_name(
    RelayKind kind, const std::string &host, std::uint16_t port);

enum class StoreKind : std::uint8_t { none, memory, sqlite, redis };

/* Where the ledger is; beside a member, who has it. */
struct SmtpStore {
	StoreKind kind = StoreKind::memory;
	std::chrono::seconds ttl{0};
	std::uint64_t records = 0;  /* memory, sqlite */
	std::string path;           /* sqlite: the file; redis: a socket */
	std::string place;          /* sqlite: path, in relayd-smtp's root;
				       its alone, not part of messages */
	bool durable = false;       /* sqlite */
	std::string host;           /* redis, when not by path */
	std::uint16_t port = 0;     /* redis */
	std::uint32_t database = 0; /* redis */
	std::string user;           /* redis; empty: none */
	Secret password;            /* redis; empty: none */
	std::string prefix;         /* redis: of every key */
};
/* The ledger of one is the ledger of the other, with other bounds perhaps. */
bool is_same_store(const SmtpStore &a, const SmtpStore &b);

struct SmtpConfig {
	std::uint64_t generation = 0;
	/* This daemon among those that share a store, since its start. */
	std::uint64_t daemon = 0;
	/* This process among those of the daemon; grows. */
	std::uint64_t instance = 0;
	/*
	 * The first of them that may be alive: one that drains, after the
	 * store was changed, or this one.  Those before it are dead.
	 */
	std::uint64_t first_alive = 0;
	LogSettings log;
	std::chrono::milliseconds timeout_request{0};
	std::uint64_t max_request = 0;
	std::uint64_t max_memory = 0;
	RecipientPolicy recipients;
	std::uint32_t max_subject = 0; /* characters */
	RateLimit global_limit;
	RateLimit address_limit; /* with limit_shared */
	bool limit_shared = false; /* the store has the buckets */
	std::vector<SmtpRelay> relays; /* in the order to try them, 1..8 */
	SmtpStore store;
	std::vector<SmtpKey> keys;
};

/*
 * Holds secrets, which are not left behind elsewhere: it is to be sent as a
 * secret blob, and cleared where it was read.
 */
std::string write_smtp_config(const SmtpConfig &config);
/* nullopt: it was not written by write_smtp_config() of this version. */
std::optional<SmtpConfig> read_smtp_config(std::string_view octets);

#endif
