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

%{
#include <stdlib.h>

#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "certificate.h"
#include "config.h"
#include "config_blocks.h"
#include "config_check.h"
#include "config_input.h"
#include "config_parse.h"
#include "config_values.h"

using namespace std::chrono_literals;

namespace {

/* The lexer, and what the grammar is at. */
class Reader {
public:
	Reader(const ConfigOptions &options, const ConfigSink &sink,
	    const ConfigSystem &system);

	ConfigParse state;
	const TextList *damaged_list = nullptr; /* it may look empty */

	bool open_main();
	int lex();
	void unexpected();
	/* An error's line or block was passed over. */
	void recovered();
	void include(const Text *path);
	void define(const Text *name, const Text *value);
	void close_list(const TextList *list);
	void warn_unused();

private:
	int token();
	int scan();
	int end_of_file();
	int end_of_line();
	int carriage_return();
	int brace(int c);
	int word();
	int string();
	int lexical_error(const std::string &what);
	std::string describe() const;
	void note_secrets();

	ConfigInput input;
	std::vector<Location> braces; /* that are open */

	int last = '\n'; /* token */
	std::string last_word; /* of it, when that is no secret */
	int before = '\n'; /* the token before it */
	int first = '\n'; /* of the statement */
	bool showable = true; /* no secret is near */
	bool secret_due = false; /* it is the next value */
	std::string lexical; /* why the last token is ERROR */
	std::size_t depth_before = 0; /* braces open before the last token */
	bool recovering = false;
	std::size_t recovery_depth = 0;
	bool closing = false; /* supplying the braces that are missing */
	bool no_includes = false;
};

/* yyparse() has no parameter in every yacc: what it works on. */
Reader *reader;
ConfigParse *parse;
Config *conf;

template <typename T>
void
set(T &out, const std::optional<T> &value)
{
	if (value)
		out = *value;
}

} /* namespace */

int yylex(void);
void yyerror(const char *);
int yyparse(void);

typedef struct {
	union {
		const Text	*text;
		TextList	*list;
		struct {
			const Text	*rate;
			const Text	*burst;
		} bucket;
	} v;
} YYSTYPE;

%}

%token	ADDRESS ALLOW ANY ATTACHMENTS AUTH BODY BULK BURST CA CERTIFICATE
%token	CIPHERS CLIENT CONCURRENCY CONNECT CONNECTIONS DATABASE DESCRIPTION
%token	DISABLED DURABLE ENVELOPE FACILITY FILENAME FORMAT FROM GLOBAL HASH
%token	HEADER HOSTNAME HTML IDLE IMPLICIT INCLUDE INSECURE JSON KEY LEVEL
%token	LIMIT LISTEN LOG MAIL MASK MAX MEMORY MESSAGES MONITOR NAME NO NONE
%token	OCSP ON OPTIONAL PASSWORD PER PORT PREFIX PREFORK PROTOCOLS PROXIES
%token	PROXY RECIPIENTS RECORDS REDIS RELAY REPLY REQUEST SECRET SENDMAIL
%token	SHARED SHUTDOWN SIZE SOURCE SQLITE STARTTLS STDERR STORE SUBJECT
%token	SUBMISSION SYSLOG TABLE TEXT TIMEOUT TLS TO TOTAL TRUSTED TTL USER
%token	VERIFY
%token	ERROR
%token	<v.text>	STRING MACRO
%type	<v.text>	value port burst header name ocsp size total password
%type	<v.text>	opt_port per_address table concurrency idle messages
%type	<v.list>	list list_items
%type	<v.bucket>	bucket

%%

grammar		: /* empty */
		| grammar '\n'
		| grammar directive '\n'		{ end_directive(*parse); }
		| grammar macro '\n'
		| grammar INCLUDE value '\n'	{ reader->include($3); }
		| grammar error '\n' {
			yyerrok;
			reader->recovered();
			parse->unwind();
		}
		;

macro		: MACRO '=' value		{ reader->define($1, $3); }
		;

value		: STRING
		;

/* The one reserved word that is the name of a service, too. */
port		: value
		| SUBMISSION {
			$$ = parse->keep("submission");
		}
		;

opt_port	: /* empty */			{ $$ = nullptr; }
		| PORT port			{ $$ = $2; }
		;

list		: value {
			$$ = parse->new_list();
			$$->push_back($1);
		}
		| '{' list_items '}' {
			reader->close_list($2);
			$$ = $2;
		}
		| '{' list_items error '}' {
			yyerrok;
			reader->recovered();
			$$ = $2;
		}
		;

list_items	: /* empty */			{ $$ = parse->new_list(); }
		| list_items value {
			$1->push_back($2);
			$$ = $1;
		}
		| list_items '\n'
		| list_items ','
		| list_items error '\n' {
			yyerrok;
			reader->recovered();
			reader->damaged_list = $1;
			$$ = $1;
		}
		;

bucket		: NONE {
			$$.rate = nullptr;
			$$.burst = nullptr;
		}
		| value burst {
			$$.rate = $1;
			$$.burst = $2;
		}
		;

burst		: /* empty */			{ $$ = nullptr; }
		| BURST value			{ $$ = $2; }
		;

directive	: HOSTNAME value {
			parse->ehlo_name(conf->hostname, "hostname", $2);
		}
		| PREFORK value {
			parse->number(conf->prefork, "prefork", $2, 1, 64);
		}
		| TRUSTED PROXIES list header {
			trusted_proxies(*parse, *$3, $4);
		}
		| ALLOW FROM list {
			conf->allow_from = parse->prefixes("allow from", *$3);
		}
		| ALLOW FROM ANY {
			parse->note("allow from", parse->here);
			conf->allow_from = std::nullopt;
		}
		| MONITOR FROM list {
			conf->monitor_from =
			    parse->prefixes("monitor from", *$3);
		}
		| MAX CONNECTIONS value per_address {
			max_connections(*parse, $3, $4);
		}
		| MAX REQUEST value {
			parse->size(conf->max_request, "max request", $3,
			    1 << 10, 128 << 20);
		}
		| MAX MEMORY value {
			parse->size(conf->max_memory, "max memory", $3,
			    1 << 20, 1ull << 40);
		}
		| LIMIT limit
		| TIMEOUT timeout
		| listen
		| log
		| mail
		| relay
		| store
		| key
		;

header		: /* empty */			{ $$ = nullptr; }
		| HEADER value			{ $$ = $2; }
		;

per_address	: /* empty */			{ $$ = nullptr; }
		| PER ADDRESS value		{ $$ = $3; }
		;

limit		: GLOBAL bucket {
			set(conf->limit_global,
			    parse->bucket("limit global", $2.rate, $2.burst));
		}
		| ADDRESS bucket table {
			set(conf->limit_address,
			    parse->bucket("limit address", $2.rate, $2.burst));
			address_table(*parse, $3);
		}
		| KEY bucket {
			set(conf->limit_key,
			    parse->bucket("limit key", $2.rate, $2.burst));
		}
		| SHARED {
			parse->flag(conf->limit_shared, "limit shared", true);
		}
		;

table		: /* empty */			{ $$ = nullptr; }
		| TABLE value			{ $$ = $2; }
		;

timeout		: HEADER value {
			parse->time(conf->timeout_header, "timeout header", $2,
			    1s, 10min);
		}
		| REQUEST value {
			parse->time(conf->timeout_request, "timeout request",
			    $2, 1s, 1h);
		}
		| IDLE value {
			parse->time(conf->timeout_idle, "timeout idle", $2,
			    1s, 1h);
		}
		| SHUTDOWN value {
			parse->time(conf->timeout_shutdown, "timeout shutdown",
			    $2, 1s, 1h);
		}
		;

listen		: listen_start listen_opts
		;

listen_start	: LISTEN ON value opt_port {
			begin_listen(*parse, $3, $4);
		}
		;

listen_opts	: /* empty */
		| listen_opts listen_opt
		;

listen_opt	: MONITOR {
			parse->flag(conf->listeners.back().monitor, "monitor",
			    true);
		}
		| PROXY {
			parse->flag(conf->listeners.back().proxy, "proxy",
			    true);
		}
		| listen_tls tls_pair
		| listen_tls '{' tls_items '}'
		| listen_tls '{' tls_items error '}' {
			yyerrok;
			reader->recovered();
		}
		;

listen_tls	: TLS				{ begin_listen_tls(*parse); }
		;

tls_pair	: CERTIFICATE value KEY value ocsp {
			listen_certificate(*parse, $2, $4, $5);
		}
		;

ocsp		: /* empty */			{ $$ = nullptr; }
		| OCSP value			{ $$ = $2; }
		;

tls_items	: /* empty */
		| tls_items tls_item
		| tls_items '\n'
		| tls_items ','
		| tls_items error '\n' {
			yyerrok;
			reader->recovered();
		}
		;

tls_item	: tls_pair
		| PROTOCOLS value {
			tls_list(*parse,
			    conf->listeners.back().tls->protocols,
			    "protocols", $2, 255, check_protocols);
		}
		| CIPHERS value {
			tls_list(*parse,
			    conf->listeners.back().tls->ciphers, "ciphers",
			    $2, 1023, check_ciphers);
		}
		| CLIENT CA value {
			listen_client_ca(*parse, $3, false);
		}
		| CLIENT CA value OPTIONAL {
			listen_client_ca(*parse, $3, true);
		}
		;

log		: log_start '{' log_items '}'		{ parse->leave(); }
		| log_start '{' log_items error '}' {
			yyerrok;
			reader->recovered();
			parse->leave();
		}
		;

log_start	: LOG				{ parse->enter("log", "log"); }
		;

log_items	: /* empty */
		| log_items log_item
		| log_items '\n'
		| log_items ','
		| log_items error '\n' {
			yyerrok;
			reader->recovered();
		}
		;

log_item	: TO SYSLOG {
			log_to_syslog(*parse, nullptr);
		}
		| TO SYSLOG FACILITY value	{ log_to_syslog(*parse, $4); }
		| TO SYSLOG FACILITY MAIL {
			log_to_syslog(*parse, parse->keep("mail"));
		}
		| TO STDERR {
			parse->flag(conf->log.settings.to_stderr, "to", true);
		}
		| FORMAT TEXT {
			parse->flag(conf->log.settings.json, "format", false);
		}
		| FORMAT JSON {
			parse->flag(conf->log.settings.json, "format", true);
		}
		| LEVEL value			{ log_level(*parse, $2); }
		| MASK RECIPIENTS {
			parse->flag(conf->log.mask_recipients,
			    "mask recipients", true);
		}
		| NO MASK RECIPIENTS {
			parse->flag(conf->log.mask_recipients,
			    "mask recipients", false);
		}
		;

mail		: mail_start '{' mail_items '}'		{ parse->leave(); }
		| mail_start '{' mail_items error '}' {
			yyerrok;
			reader->recovered();
			parse->leave();
		}
		;

mail_start	: MAIL {
			parse->enter("mail", "mail");
		}
		;

mail_items	: /* empty */
		| mail_items mail_item
		| mail_items '\n'
		| mail_items ','
		| mail_items error '\n' {
			yyerrok;
			reader->recovered();
		}
		;

mail_item	: FROM value name		{ mail_from(*parse, $2, $3); }
		| ENVELOPE FROM value		{ mail_envelope(*parse, $3); }
		| RECIPIENTS list {
			conf->mail.recipients =
			    parse->recipients("recipients", *$2);
		}
		| RECIPIENTS ANY		{ recipients_any(*parse); }
		| MAX RECIPIENTS value {
			parse->number(conf->mail.max_recipients,
			    "max recipients", $3, 1, 1000);
		}
		| MAX SUBJECT value {
			parse->number(conf->mail.max_subject, "max subject", $3,
			    1, 998);
		}
		| MAX BODY value {
			parse->size(conf->mail.max_body, "max body", $3,
			    1, 128 << 20);
		}
		| HTML {
			parse->flag(conf->mail.html, "html", true);
		}
		| ATTACHMENTS MAX value size total {
			mail_attachments(*parse, $3, $4, $5);
		}
		| BULK value concurrency	{ mail_bulk(*parse, $2, $3); }
		;

name		: /* empty */			{ $$ = nullptr; }
		| NAME value			{ $$ = $2; }
		;

size		: /* empty */			{ $$ = nullptr; }
		| SIZE value			{ $$ = $2; }
		;

total		: /* empty */			{ $$ = nullptr; }
		| TOTAL value			{ $$ = $2; }
		;

concurrency	: /* empty */			{ $$ = nullptr; }
		| CONCURRENCY value		{ $$ = $2; }
		;

relay		: relay_start relay_port
		| relay_start relay_port relay_block
		;

relay_start	: RELAY value			{ begin_relay(*parse, $2); }
		| RELAY SENDMAIL value		{ begin_sendmail(*parse, $3); }
		;

relay_port	: /* empty */
		| PORT port {
			parse->port(conf->relays.back().port, "port", $2);
		}
		;

relay_block	: '{' relay_items '}'
		| '{' relay_items error '}' {
			yyerrok;
			reader->recovered();
		}
		;

relay_items	: /* empty */
		| relay_items relay_item
		| relay_items '\n'
		| relay_items ','
		| relay_items error '\n' {
			yyerrok;
			reader->recovered();
		}
		;

relay_item	: PORT port {
			parse->port(conf->relays.back().port, "port", $2);
		}
		| CONNECTIONS value idle messages {
			relay_connections(*parse, $2, $3, $4);
		}
		| TIMEOUT CONNECT value {
			parse->time(conf->relays.back().timeout_connect,
			    "timeout connect", $3, 1s, 10min);
		}
		| TIMEOUT SUBMISSION value {
			parse->time(conf->relays.back().timeout_submission,
			    "timeout submission", $3, 1s, 1h);
		}
		| HOSTNAME value {
			parse->ehlo_name(conf->relays.back().hostname,
			    "hostname", $2);
		}
		| SOURCE value			{ relay_source(*parse, $2); }
		| TLS NONE {
			relay_tls(*parse, RelayTls::none);
		}
		| TLS STARTTLS {
			relay_tls(*parse, RelayTls::starttls);
		}
		| TLS IMPLICIT {
			relay_tls(*parse, RelayTls::implicit);
		}
		| CA value {
			parse->path(conf->relays.back().ca, "ca", $2);
		}
		| VERIFY value			{ relay_verify(*parse, $2); }
		| NO VERIFY {
			parse->note("no verify", parse->here);
			conf->relays.back().verify = false;
		}
		| CERTIFICATE value KEY value {
			relay_certificate(*parse, $2, $4);
		}
		| PROTOCOLS value {
			tls_list(*parse,
			    conf->relays.back().protocols, "protocols", $2,
			    255, check_protocols);
		}
		| CIPHERS value {
			tls_list(*parse,
			    conf->relays.back().ciphers, "ciphers", $2, 1023,
			    check_ciphers);
		}
		| AUTH value password		{ relay_auth(*parse, $2, $3); }
		| INSECURE {
			parse->flag(conf->relays.back().insecure, "insecure",
			    true);
		}
		| REPLY TEXT {
			parse->flag(conf->relays.back().reply_text,
			    "reply text", true);
		}
		;

idle		: /* empty */			{ $$ = nullptr; }
		| IDLE value			{ $$ = $2; }
		;

messages	: /* empty */			{ $$ = nullptr; }
		| MESSAGES value		{ $$ = $2; }
		;

password	: PASSWORD value		{ $$ = $2; }
		| PASSWORD FILENAME value	{ $$ = parse->keep_file($3); }
		;

store		: store_start
		| store_start store_block
		;

store_start	: STORE MEMORY {
			begin_store(*parse, StoreKind::memory);
		}
		| STORE NONE {
			begin_store(*parse, StoreKind::none);
		}
		| STORE SQLITE value		{ begin_sqlite(*parse, $3); }
		| STORE REDIS value opt_port	{ begin_redis(*parse, $3, $4); }
		;

store_block	: '{' store_items '}'
		| '{' store_items error '}' {
			yyerrok;
			reader->recovered();
		}
		;

store_items	: /* empty */
		| store_items store_item
		| store_items '\n'
		| store_items ','
		| store_items error '\n' {
			yyerrok;
			reader->recovered();
		}
		;

store_item	: TTL value {
			parse->time(conf->store.ttl, "ttl", $2, 1s, 24h * 365);
		}
		| RECORDS value			{ store_records(*parse, $2); }
		| DURABLE {
			parse->flag(conf->store.durable, "durable", true);
		}
		| DATABASE value {
			parse->number(conf->store.database, "database", $2,
			    0, 65535);
		}
		| USER value {
			parse->phrase(conf->store.user, "user", $2, 255);
		}
		| password			{ store_password(*parse, $1); }
		| PREFIX value {
			parse->phrase(conf->store.prefix, "prefix", $2, 255);
		}
		;

key		: key_start '{' key_items '}'		{ end_key(*parse); }
		| key_start '{' key_items error '}' {
			yyerrok;
			reader->recovered();
			end_key(*parse);
		}
		;

key_start	: KEY value			{ begin_key(*parse, $2); }
		;

key_items	: /* empty */
		| key_items key_item
		| key_items '\n'
		| key_items ','
		| key_items error '\n' {
			yyerrok;
			reader->recovered();
		}
		;

key_item	: HASH value			{ key_hash(*parse, $2); }
		| SECRET value			{ key_secret(*parse, $2); }
		| DISABLED {
			parse->flag(conf->keys.back().enabled, "disabled",
			    false);
		}
		| DESCRIPTION value {
			parse->phrase(conf->keys.back().description,
			    "description", $2, 255);
		}
		| RECIPIENTS list {
			conf->keys.back().recipients =
			    parse->recipients("recipients", *$2);
		}
		| FROM value name		{ key_from(*parse, $2, $3); }
		| ENVELOPE FROM value		{ key_envelope(*parse, $3); }
		| ALLOW FROM list {
			conf->keys.back().allow_from =
			    parse->prefixes("allow from", *$3);
		}
		| LIMIT bucket {
			conf->keys.back().own_limit =
			    parse->bucket("limit", $2.rate, $2.burst);
		}
		| MAX RECIPIENTS value {
			parse->number(
			    parse->key_items.back().max_recipients.emplace(),
			    "max recipients", $3, 1, 1000);
		}
		| NO HTML {
			parse->flag(conf->keys.back().no_html, "no html", true);
		}
		| NO ATTACHMENTS {
			parse->flag(conf->keys.back().no_attachments,
			    "no attachments", true);
		}
		| NO BULK {
			parse->flag(conf->keys.back().no_bulk, "no bulk", true);
		}
		| MASK RECIPIENTS {
			parse->flag(
			    parse->key_items.back().mask_recipients.emplace(),
			    "mask recipients", true);
		}
		| NO MASK RECIPIENTS {
			parse->flag(
			    parse->key_items.back().mask_recipients.emplace(),
			    "mask recipients", false);
		}
		;

%%

namespace {

constexpr std::size_t max_depth = 16; /* included files open at a time */
constexpr int again = -2; /* for scan(): no token was there */

struct Keyword {
	std::string_view name;
	int token;
};

/* Sorted, for the binary search. */
constexpr Keyword keywords[] = {
    {"address", ADDRESS},
    {"allow", ALLOW},
    {"any", ANY},
    {"attachments", ATTACHMENTS},
    {"auth", AUTH},
    {"body", BODY},
    {"bulk", BULK},
    {"burst", BURST},
    {"ca", CA},
    {"certificate", CERTIFICATE},
    {"ciphers", CIPHERS},
    {"client", CLIENT},
    {"concurrency", CONCURRENCY},
    {"connect", CONNECT},
    {"connections", CONNECTIONS},
    {"database", DATABASE},
    {"description", DESCRIPTION},
    {"disabled", DISABLED},
    {"durable", DURABLE},
    {"envelope", ENVELOPE},
    {"facility", FACILITY},
    {"file", FILENAME},
    {"format", FORMAT},
    {"from", FROM},
    {"global", GLOBAL},
    {"hash", HASH},
    {"header", HEADER},
    {"hostname", HOSTNAME},
    {"html", HTML},
    {"idle", IDLE},
    {"implicit", IMPLICIT},
    {"include", INCLUDE},
    {"insecure", INSECURE},
    {"json", JSON},
    {"key", KEY},
    {"level", LEVEL},
    {"limit", LIMIT},
    {"listen", LISTEN},
    {"log", LOG},
    {"mail", MAIL},
    {"mask", MASK},
    {"max", MAX},
    {"memory", MEMORY},
    {"messages", MESSAGES},
    {"monitor", MONITOR},
    {"name", NAME},
    {"no", NO},
    {"none", NONE},
    {"ocsp", OCSP},
    {"on", ON},
    {"optional", OPTIONAL},
    {"password", PASSWORD},
    {"per", PER},
    {"port", PORT},
    {"prefix", PREFIX},
    {"prefork", PREFORK},
    {"protocols", PROTOCOLS},
    {"proxies", PROXIES},
    {"proxy", PROXY},
    {"recipients", RECIPIENTS},
    {"records", RECORDS},
    {"redis", REDIS},
    {"relay", RELAY},
    {"reply", REPLY},
    {"request", REQUEST},
    {"secret", SECRET},
    {"sendmail", SENDMAIL},
    {"shared", SHARED},
    {"shutdown", SHUTDOWN},
    {"size", SIZE},
    {"source", SOURCE},
    {"sqlite", SQLITE},
    {"starttls", STARTTLS},
    {"stderr", STDERR},
    {"store", STORE},
    {"subject", SUBJECT},
    {"submission", SUBMISSION},
    {"syslog", SYSLOG},
    {"table", TABLE},
    {"text", TEXT},
    {"timeout", TIMEOUT},
    {"tls", TLS},
    {"to", TO},
    {"total", TOTAL},
    {"trusted", TRUSTED},
    {"ttl", TTL},
    {"user", USER},
    {"verify", VERIFY},
};

/* The word's token, or STRING. */
int
lookup(std::string_view word)
{
	auto found = std::lower_bound(std::begin(keywords), std::end(keywords),
	    word, [](const Keyword &keyword, std::string_view wanted) {
		    return (keyword.name < wanted);
	    });
	if (found != std::end(keywords) && found->name == word)
		return (found->token);
	return (STRING);
}

/* The name of a macro must not be a keyword, either. */
std::string
name_error(std::string_view name)
{
	if (lookup(name) != STRING)
		return ("\"" + std::string(name) +
		    "\" is a reserved word: give the macro another name");
	return (macro_name_error(name));
}

Reader::Reader(const ConfigOptions &options, const ConfigSink &sink,
    const ConfigSystem &system)
    : state(options, sink, system), input(options.macros)
{
}

bool
Reader::open_main()
{
	const std::string &path = state.options.path;

	auto contents =
	    state.system.read_file(path, FileCheck::owner_and_mode);
	if (!contents) {
		state.error(Location(), path + ": " + contents.error());
		return (false);
	}
	input.push(path, std::move(*contents), 0);
	return (true);
}

/* The token is ERROR; yyerror() will say why, if it is called for. */
int
Reader::lexical_error(const std::string &what)
{
	lexical = what;
	return (ERROR);
}

int
Reader::word()
{
	auto text = input.read_word(showable);
	if (!text)
		return (lexical_error(text.error()));
	if (text->empty())
		return (again);
	int result = input.before_equals() ? MACRO : lookup(*text);
	last_word.clear();
	if ((showable && text->size() <= 64) || result != STRING)
		last_word = *text; /* keywords are no secrets */
	if (result == STRING || result == MACRO)
		yylval.v.text = state.keep(*text);
	return (result);
}

int
Reader::string()
{
	auto text = input.read_string();
	if (!text)
		return (lexical_error(text.error()));
	last_word.clear();
	yylval.v.text = state.keep(*text);
	return (STRING);
}

int
Reader::brace(int c)
{
	input.skip();
	if (c == '{')
		braces.push_back(state.here);
	else if (braces.size() > input.outer_braces())
		braces.pop_back();
	return (c);
}

int
Reader::end_of_line()
{
	input.skip_newline();
	return ('\n');
}

/* In a file from another system, every line ends so: say it once. */
int
Reader::carriage_return()
{
	input.skip();
	if (!input.take_carriage_return())
		return (again);
	return (lexical_error(
	    "unexpected carriage return: lines must end in LF alone"));
}

/*
 * Closes what the file left open, so that neither the includer nor the
 * checks of the block are confused, and ends its last line.  0: no more.
 */
int
Reader::end_of_file()
{
	if (braces.size() > input.outer_braces()) {
		if (!closing) {
			state.here = braces.back();
			state.syntax_error("the { is not closed");
			state.hide_blocks(); /* that stand within it */
		}
		closing = true;
		braces.pop_back();
		return ('}');
	}
	if (input.take_last_newline())
		return ('\n');
	closing = false;
	if (input.files() == 1)
		return (0);
	input.pop();
	return (again);
}

int
Reader::scan()
{
	while (input.peek() == ' ' || input.peek() == '\t')
		input.skip();
	if (input.peek() == '#')
		while (input.peek() != '\n' && input.peek() != input.end)
			input.skip();
	int c = input.peek();
	if (c == input.end)
		return (end_of_file());
	state.here.line = input.line();
	if (state.here.file != input.file_name())
		state.here.file = input.file_name();
	switch (c) {
	case '\n':
		return (end_of_line());
	case '\r':
		return (carriage_return());
	case '"':
	case '\'':
		return (string());
	case '{':
	case '}':
		return (brace(c));
	case ',':
	case '=':
		input.skip();
		return (c);
	}
	if (c == '$' || is_word_character(c))
		return (word());
	input.skip();
	if (is_control_character(c) || c > 0x7f || !showable)
		return (lexical_error("unexpected character: only letters, "
		    "digits and . _ : / % + - @ * [ ] need no quotes"));

	std::string what = "unexpected character ";
	what += static_cast<char>(c);
	what += ": quote the value that it is of";
	return (lexical_error(what));
}

int
Reader::token()
{
	int result;

	do
		result = scan();
	while (result == again);
	return (result);
}

/* A value that stands on the line behind its keyword is shown no more. */
void
Reader::note_secrets()
{
	switch (last) {
	case AUTH:
	case HASH:
	case MACRO:
	case PASSWORD:
	case SECRET:
		showable = false;
		secret_due = true;
		break;
	case '\n':
	case '{':
	case '}':
		showable = !secret_due;
		break;
	case ',':
	case '=':
		break;
	default:
		secret_due = false;
	}
}

/* What yylex() gives: tokens, without those that an error passes over. */
int
Reader::lex()
{
	for (;;) {
		bool starts = last == '\n' && braces.empty();
		depth_before = braces.size();
		before = last;
		last = token();
		if (starts)
			first = last;
		note_secrets();
		if (!recovering || last == 0 ||
		    std::max(depth_before, braces.size()) <= recovery_depth)
			return (last);
		/* A block in what is passed over goes with it. */
		if (recovery_depth == 0)
			state.hide_blocks();
	}
}

/* The last token, as an operator would name it, and never a secret. */
std::string
Reader::describe() const
{
	switch (last) {
	case 0:
		return ("end of file");
	case '\n':
		return ("end of line");
	case '{':
	case '}':
	case ',':
	case '=':
		return (std::string("\"") + static_cast<char>(last) + "\"");
	case MACRO:
		return ("\"=\"");
	case STRING:
		return (last_word.empty() ? "value" : quoted_text(last_word));
	}
	/* One behind a keyword may have been meant as its value. */
	if (before == '\n' || before == '{' || before == '}' ||
	    before == ',' || before == STRING)
		return (quoted_text(last_word));
	return (quoted_text(last_word) +
	    ", a reserved word: quote it if it is a value");
}

/* A syntax error at the last token. */
void
Reader::unexpected()
{
	recovering = true;
	recovery_depth = std::min(depth_before, braces.size());
	if (closing) /* what is missing was complained of */
		return;
	if (last == ERROR)
		state.syntax_error(lexical);
	else
		state.syntax_error("unexpected " + describe());
	if (recovery_depth == 0 && (first == MAIL || first == LOG ||
	    first == KEY || first == INCLUDE))
		state.hide_blocks();
}

void
Reader::recovered()
{
	recovering = false;
}

void
Reader::include(const Text *path)
{
	std::string name(path->view());
	const std::string &main = state.options.path;

	if (no_includes)
		return;
	if (input.files() > max_depth) {
		/* A file that includes itself, most likely: once will do. */
		no_includes = true;
		state.hide_blocks();
		return (state.error(path->where,
		    "include: files are included more than 16 deep"));
	}
	if (name.empty())
		return (state.error(path->where, "include: a path is needed"));
	if (name[0] != '/')
		name.insert(0, main, 0, main.rfind('/') + 1);
	auto contents =
	    state.system.read_file(name, FileCheck::owner_and_mode);
	if (!contents) {
		state.hide_blocks();
		return (state.error(path->where,
		    "include " + name + ": " + contents.error()));
	}
	input.push(name, std::move(*contents), braces.size());
}

void
Reader::define(const Text *name, const Text *value)
{
	std::string key(name->view());

	if (auto error = name_error(key); !error.empty())
		return (state.error(name->where, error));
	if (auto error = macro_value_error(value->view()); !error.empty())
		return (state.error(value->where,
		    "macro \"" + key + "\": " + error));
	input.define(key, value->value, name->where);
}

void
Reader::close_list(const TextList *list)
{
	if (list->empty() && !closing && list != damaged_list)
		state.error(state.here, "the list is empty");
}

void
Reader::warn_unused()
{
	for (const auto &[name, macro] : input.macros())
		if (!macro.used)
			state.warn(macro.where,
			    "macro \"" + name + "\" is not used");
}

} /* namespace */

int
yylex(void)
{
	return (reader->lex());
}

/* yacc says no more than "syntax error". */
void
yyerror(const char *)
{
	reader->unexpected();
}

Result<ConfigMacro>
parse_macro(std::string_view argument)
{
	auto equals = argument.find('=');
	if (equals == std::string_view::npos)
		return (Error{"a macro is given as name=value"});
	auto name = argument.substr(0, equals);
	auto value = argument.substr(equals + 1);
	if (auto error = name_error(name); !error.empty())
		return (Error{error});
	if (auto error = macro_value_error(value); !error.empty())
		return (Error{error});
	return (ConfigMacro{std::string(name), std::string(value)});
}

std::optional<Config>
parse_config(const ConfigOptions &options, const ConfigSink &sink,
    const ConfigSystem &system)
{
	Reader new_reader(options, sink, system);

	if (!new_reader.open_main())
		return (std::nullopt);
	reader = &new_reader;
	parse = &new_reader.state;
	conf = &parse->config;
	yyparse();
	reader = nullptr;
	parse = nullptr;
	conf = nullptr;

	if (options.verbose)
		new_reader.warn_unused();
	if (!check_config(new_reader.state))
		return (std::nullopt);
	return (std::move(new_reader.state.config));
}
