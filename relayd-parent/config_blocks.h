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
 * The statements of the language that are more than one item with one value:
 * what the grammar's actions call for them.  Those that end a block check
 * what can be judged from it alone.
 */

#ifndef RELAYD_PARENT_CONFIG_BLOCKS_H
#define RELAYD_PARENT_CONFIG_BLOCKS_H

#include "config_parse.h"

/* A Text or TextList that is nullptr was not written, unless said otherwise. */

void trusted_proxies(
    ConfigParse &parse, const TextList &list, const Text *header);
void max_connections(
    ConfigParse &parse, const Text *number, const Text *per_address);
void address_table(ConfigParse &parse, const Text *number);

/* certificate PATH key PATH, of a listener or a relay: read and checked. */
TlsCertificate tls_certificate(
    ConfigParse &parse, const Text *certificate, const Text *key);
/* protocols or ciphers: check says what libtls has against them. */
void tls_list(ConfigParse &parse, std::string &out, const char *item,
    const Text *value, std::size_t max,
    std::string (*check)(const std::string &));

/*
 * The end of a listen, relay or store statement.  The grammar does not call
 * this before the line's end: some yaccs reduce what is optional before they
 * see that the next word is wrong, and an item would be said to be missing
 * that is only misspelt.
 */
void end_directive(ConfigParse &parse);

void begin_listen(ConfigParse &parse, const Text *on, const Text *port);
void begin_listen_tls(ConfigParse &parse);
void listen_certificate(ConfigParse &parse, const Text *certificate,
    const Text *key, const Text *ocsp);
void listen_client_ca(ConfigParse &parse, const Text *path, bool optional);
void end_listen_tls(ConfigParse &parse);
void end_listen(ConfigParse &parse);

void log_to_syslog(ConfigParse &parse, const Text *facility);
void log_level(ConfigParse &parse, const Text *level);

void mail_from(ConfigParse &parse, const Text *address, const Text *name);
void mail_envelope(ConfigParse &parse, const Text *address);
void recipients_any(ConfigParse &parse);
void mail_attachments(ConfigParse &parse, const Text *max, const Text *size,
    const Text *total);
void mail_bulk(
    ConfigParse &parse, const Text *messages, const Text *concurrency);

void begin_relay(ConfigParse &parse, const Text *host);
void begin_sendmail(ConfigParse &parse, const Text *path);
void relay_connections(ConfigParse &parse, const Text *number,
    const Text *idle, const Text *messages);
void relay_source(ConfigParse &parse, const Text *address);
void relay_tls(ConfigParse &parse, RelayTls tls);
void relay_verify(ConfigParse &parse, const Text *name);
void relay_certificate(
    ConfigParse &parse, const Text *certificate, const Text *key);
/* password nullptr: its file could not be read, and that was said. */
void relay_auth(ConfigParse &parse, const Text *user, const Text *password);
void end_relay(ConfigParse &parse);

void begin_store(ConfigParse &parse, StoreKind type);
void begin_sqlite(ConfigParse &parse, const Text *path);
void begin_redis(ConfigParse &parse, const Text *host, const Text *port);
void store_records(ConfigParse &parse, const Text *records);
void store_password(ConfigParse &parse, const Text *password); /* as above */
void end_store(ConfigParse &parse);

void begin_key(ConfigParse &parse, const Text *name);
void key_hash(ConfigParse &parse, const Text *hash);
void key_secret(ConfigParse &parse, const Text *secret);
void key_from(ConfigParse &parse, const Text *address, const Text *name);
void key_envelope(ConfigParse &parse, const Text *address);
void end_key(ConfigParse &parse);

#endif
