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

/* The schema of the ledger's file, and how an older one becomes this one. */

#include "ledger_place.h"
#include "sqlite_file.h"

namespace {

constexpr char version_1[] = R"(
CREATE TABLE entries (
	request_id TEXT NOT NULL,
	api_key TEXT NOT NULL,
	status INTEGER NOT NULL,
	code TEXT,
	message TEXT,
	message_id TEXT,
	recipient_domains TEXT,
	recipient_count INTEGER NOT NULL,
	created_ms INTEGER NOT NULL,
	updated_ms INTEGER NOT NULL,
	expires_ms INTEGER NOT NULL,
	smtp_code INTEGER NOT NULL,
	smtp_enhanced TEXT,
	smtp_reply TEXT,
	show_reply INTEGER NOT NULL,
	refused TEXT,
	idempotency_key BLOB,
	content BLOB,
	PRIMARY KEY (request_id, api_key)
) WITHOUT ROWID;
CREATE UNIQUE INDEX holders ON entries (idempotency_key)
    WHERE idempotency_key IS NOT NULL;
CREATE INDEX plain_by_age ON entries (created_ms)
    WHERE idempotency_key IS NULL;
CREATE INDEX keyed_by_age ON entries (created_ms)
    WHERE idempotency_key IS NOT NULL;
CREATE INDEX in_flight ON entries (status) WHERE status < 2;
CREATE TABLE counts (
	entries INTEGER NOT NULL,
	keyed INTEGER NOT NULL
);
INSERT INTO counts VALUES (0, 0);
CREATE VIEW submissions AS SELECT
	request_id,
	api_key,
	CASE status
	    WHEN 0 THEN 'received'
	    WHEN 1 THEN 'smtp_submission_started'
	    WHEN 2 THEN 'smtp_accepted'
	    WHEN 3 THEN 'smtp_failed'
	    WHEN 4 THEN 'smtp_outcome_unknown'
	    WHEN 5 THEN 'rejected'
	END AS status,
	code,
	message,
	message_id,
	recipient_domains,
	recipient_count,
	datetime(created_ms / 1000, 'unixepoch') AS created,
	datetime(updated_ms / 1000, 'unixepoch') AS updated,
	datetime(expires_ms / 1000, 'unixepoch') AS expires,
	smtp_code,
	smtp_enhanced,
	smtp_reply,
	refused
    FROM entries;
)";

/* Of rows that have none there, all domains are in recipient_domains. */
constexpr char version_2[] = R"(
ALTER TABLE entries ADD COLUMN recipient_domain_count INTEGER;
)";

/* The oldest of one key's. */
constexpr char version_3[] = R"(
CREATE INDEX plain_by_key ON entries (api_key, created_ms)
    WHERE idempotency_key IS NULL;
)";

/* The step to version n + 1 is the n-th. */
constexpr const char *steps[] = {version_1, version_2, version_3};
constexpr std::uint32_t newest = ledger_schema_newest;
static_assert(newest == sizeof(steps) / sizeof(steps[0]));

/* All that is declared in it, but for blanks. */
std::string
declarations(SqliteDatabase &database)
{
	SqliteStatement statement(database,
	    "SELECT type, name, tbl_name, sql FROM sqlite_master"
	    " ORDER BY type, name");
	std::string all;

	statement.start();
	while (statement.step()) {
		for (int column = 0; column < 4; column++)
			for (char c : statement.text(column))
				if (c != ' ' && c != '\t' && c != '\n')
					all += c;
		all += '\n';
	}
	return (all);
}

/* What this program declares in a file of that version. */
std::string
own_declarations(std::uint32_t version)
{
	SqliteDatabase memory(":memory:", false);

	for (std::uint32_t step = 0; step < version; step++)
		memory.run(steps[step]);
	return (declarations(memory));
}

std::uint32_t
pragma(SqliteDatabase &database, const char *sql)
{
	SqliteStatement statement(database, sql);
	std::uint32_t value = 0;

	if (statement.start().step())
		value = static_cast<std::uint32_t>(statement.integer(0));
	statement.stop();
	return (value);
}

} /* namespace */

bool
migrate_sqlite_schema(SqliteDatabase &database)
{
	std::uint32_t version = pragma(database, "PRAGMA user_version");

	if (version > newest)
		database.refuse("it was written by a newer http-smtp-rele");
	else if (declarations(database) != own_declarations(version))
		database.damaged("its schema is not ours");
	if (database.failed() || version == newest)
		return (!database.failed());
	database.run("BEGIN IMMEDIATE");
	for (; version < newest; version++)
		database.run(steps[version]);
	database.run(("PRAGMA application_id = " +
	    std::to_string(ledger_application_id)).c_str());
	database.run(
	    ("PRAGMA user_version = " + std::to_string(newest)).c_str());
	database.run("COMMIT");
	return (!database.failed());
}
