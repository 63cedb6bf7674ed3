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
 * The configuration, http-smtp-rele.conf(5): one struct for each block, with
 * every default beside its member, and the functions that read, check and
 * print it.  A Config that parse_config() returned is complete and was
 * checked as a whole: nothing in it is left to be looked up or defaulted.
 */

#ifndef RELAYD_PARENT_CONFIG_H
#define RELAYD_PARENT_CONFIG_H

#include <syslog.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "address.h"
#include "digest.h"
#include "http_config.h"
#include "log.h"
#include "mail_address.h"
#include "rate_limit.h"
#include "result.h"
#include "secret.h"
#include "smtp_config.h"

/* Where something was written, for errors that come later (bind(2), ...). */
struct Location {
	std::string file;
	unsigned int line = 0; /* 0: nowhere, a default */

	/* "file:line: ", or nothing for a default. */
	std::string prefix() const;
};

/* certificate PATH key PATH [ocsp PATH]; children get the contents */
struct TlsCertificate {
	std::string certificate; /* paths */
	std::string key;
	std::string ocsp; /* empty: no stapling */
	std::string chain; /* what is in the files, checked: PEM */
	std::string response; /* of ocsp, DER */
	std::int64_t not_after = 0; /* seconds since 1970 */
	Secret private_key;
	Location where;
};

/* listen on ... tls */
struct ListenTls {
	std::vector<TlsCertificate> certificates; /* 1..16, default first */
	std::string protocols = "secure";
	std::string ciphers = "secure";
	std::string client_ca; /* path; empty: no client certificates */
	std::string client_authorities; /* what is in it, PEM */
	bool client_optional = false;
};

/* listen on: one socket.  An interface has one for each address. */
struct Listen {
	IpAddress address; /* 0.0.0.0 for `*' */
	std::uint16_t port = 0;
	bool monitor = false; /* /healthz, /readyz, /metrics only */
	bool proxy = false; /* PROXY v2 */
	std::optional<ListenTls> tls;
	Location where;
};

/* log { } */
struct LogConfig {
	/* syslog facility mail, format text, level info */
	LogSettings settings{false, LOG_MAIL, false, LogLevel::info};
	bool mask_recipients = true;
};

/* mail { } */
struct MailConfig {
	Sender sender; /* envelope from: as from, unless written */
	RecipientPolicy recipients;
	std::uint32_t max_recipients = 10; /* 1..1,000, to and cc together */
	std::uint32_t max_subject = 255; /* 1..998 characters */
	/* 1..128M octets; the default is cut to max request. */
	std::uint64_t max_body = 64 * 1024;
	bool html = false;
	std::optional<AttachmentLimits> attachments;
	std::optional<BulkLimits> bulk;
};

/* auth */
struct RelayAuth {
	std::string user;
	Secret password;
};

/* relay; which members a sendmail has is said beside them */
struct Relay {
	RelayKind kind = RelayKind::smtp;
	std::string host = "127.0.0.1"; /* as written; sendmail: the path */
	std::optional<IpAddress> address; /* host, when it is an address */
	std::uint16_t port = 25; /* 465 with tls implicit */
	/* 1..1,000; sendmail: programs at once */
	std::uint32_t connections = 10;
	std::chrono::seconds idle{30}; /* 1s..1h */
	std::uint32_t messages = 100; /* 1..1,000,000 for each connection */
	std::chrono::seconds timeout_connect{5}; /* 1s..10m, each address */
	std::chrono::seconds timeout_submission{30}; /* 1s..1h; sendmail too */
	/* EHLO; empty: the address literal of the connection's own end. */
	std::string hostname;
	std::optional<IpAddress> source; /* local end of connections */
	RelayTls tls = RelayTls::none;
	std::string ca; /* path; empty: the system's bundle */
	std::string authorities; /* what is in it, PEM; empty unless verify */
	bool verify = true;
	std::string verify_name; /* host, unless written */
	std::optional<TlsCertificate> certificate; /* the client's */
	std::string protocols = "secure";
	std::string ciphers = "secure";
	std::optional<RelayAuth> auth;
	bool insecure = false; /* auth without tls */
	bool reply_text = false;
	Location where;
};

/* store; which form has a member is said beside it */
struct Store {
	StoreKind type = StoreKind::memory;
	std::string path; /* sqlite: the file; redis: the socket, or empty */
	std::string host; /* redis, unless by path */
	std::uint16_t port = 6379; /* redis */
	std::chrono::seconds ttl{3600}; /* 1s..365d; sqlite, redis: 7d */
	std::uint64_t records = 10000; /* memory; sqlite: 1,000,000 */
	bool durable = false; /* sqlite */
	std::uint32_t database = 0; /* redis, 0..65535 */
	std::string user; /* redis; empty: none */
	std::optional<Secret> password; /* redis */
	std::string prefix = "rele:"; /* redis */
	Location where;
};

/* key NAME { } */
struct Key {
	std::string name;
	bool enabled = true;
	std::string description;
	/* SHA-256 of each secret, 1..4: `secret' is kept as its hash only. */
	std::vector<Sha256Digest> hashes;
	std::optional<RecipientPolicy> recipients; /* narrows mail's */
	std::optional<PrefixList> allow_from; /* narrows the global list */
	std::optional<RateLimit> own_limit; /* `limit' in the block */
	bool no_html = false;
	bool no_attachments = false;
	bool no_bulk = false;

	/* In force: the block's own, or the global value. */
	Sender sender;
	RateLimit limit;
	std::uint32_t max_recipients = 0; /* never over mail's */
	bool mask_recipients = true;
	Location where;
};

constexpr std::uint64_t nanoseconds_per_minute = 60'000'000'000;

struct Config {
	/* EHLO; empty: gethostname(3) has no dot, and none was written. */
	std::string hostname;
	std::uint32_t prefork = 2; /* 1..64 */
	std::vector<Listen> listeners; /* 127.0.0.1 port 8080; 1..64 */
	TrustedProxies trusted_proxies;
	std::optional<PrefixList> allow_from; /* nullopt: any */
	PrefixList monitor_from; /* 127.0.0.0/8 ::1 */

	RateLimit limit_global{60, nanoseconds_per_minute, 10};
	RateLimit limit_address{20, nanoseconds_per_minute, 5};
	std::uint32_t address_table = 10000; /* 1..10,000,000 slots */
	RateLimit limit_key{30, nanoseconds_per_minute, 5};
	bool limit_shared = false;

	std::chrono::seconds timeout_header{10}; /* 1s..10m */
	std::chrono::seconds timeout_request{30}; /* 1s..1h */
	std::chrono::seconds timeout_idle{60}; /* 1s..1h */
	std::chrono::seconds timeout_shutdown{30}; /* 1s..1h */

	/* 1..1,000,000, of all processes; fewer when descriptors are short. */
	std::uint32_t max_connections = 4096;
	std::uint32_t max_connections_per_address = 256;
	std::uint64_t max_request = 1024 * 1024; /* 1K..128M octets */
	std::uint64_t max_memory = 64 * 1024 * 1024; /* 1M..1T octets */

	LogConfig log;
	MailConfig mail;
	std::vector<Relay> relays; /* 127.0.0.1 port 25; 1..8, in order */
	Store store;
	std::vector<Key> keys; /* 1..10,000 in the order of the file */
};

/* `name = value' or -D name=value. */
struct ConfigMacro {
	std::string name;
	std::string value;
};

/* The argument of -D. */
Result<ConfigMacro> parse_macro(std::string_view argument);

enum class ConfigMessage : std::uint8_t { error, warning };

/* Takes one message, "file:line: what" or "file:line: warning: what". */
using ConfigSink =
    std::function<void(ConfigMessage kind, const std::string &text)>;

/* How far a file must be kept from others. */
enum class FileCheck : std::uint8_t {
	readable, /* a certificate */
	mode, /* a TLS key: nothing for others, not writable for the group */
	owner_and_mode, /* the configuration, a password: root's or ours too */
};

/* What a configuration asks of the machine; tests bring their own. */
struct ConfigSystem {
	/* The whole file, from a descriptor that passed the check. */
	std::function<Result<Secret>(const std::string &path, FileCheck check)>
	    read_file;
	/* gethostname(3) */
	std::function<std::string()> hostname;
	/* Of an interface or an interface group; empty: there is none. */
	std::function<std::vector<IpAddress>(const std::string &name)>
	    interface_addresses;
	/* Empty, or why the ledger of a store sqlite cannot be there. */
	std::function<std::string(const std::string &path)> ledger_trouble;
	/* Empty, or what is there that should not be, and does no harm. */
	std::function<std::string(const std::string &path)> ledger_company;
	/* Empty, or why there is no program to run. */
	std::function<std::string(const std::string &path)> program_trouble;
	/* How many descriptors one process may have (RLIMIT_NOFILE, hard). */
	std::uint64_t descriptors = 0;
};

ConfigSystem config_system();

struct ConfigOptions {
	std::string path;
	std::vector<ConfigMacro> macros; /* -D */
	bool verbose = false; /* -v: warn about unused macros */
	bool detached = false; /* it will run without -d or -F */
};

/*
 * Reads and checks the file and everything that it includes.  nullopt when
 * there was any error; all of them, and the warnings, went to the sink.  May
 * be called again, for a reload; not from within the sink.
 */
std::optional<Config> parse_config(const ConfigOptions &options,
    const ConfigSink &sink, const ConfigSystem &system = config_system());

/*
 * The configuration in its own language, defaults and all (-n -v).  Passwords
 * are replaced, and of each hash the first 16 digits are shown; otherwise it
 * is the same configuration when it is parsed.
 */
std::string print_config(const Config &config);

/*
 * The descriptors that one relayd-http, and relayd-smtp, need under this
 * configuration: what RLIMIT_NOFILE has to be raised to.
 */
std::uint64_t http_descriptors(const Config &config);
std::uint64_t smtp_descriptors(const Config &config);

#endif
