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

#include <algorithm>
#include <charconv>
#include <utility>

#include "ledger.h"
#include "sqlite_file.h"

namespace {

constexpr char find_sql[] = "SELECT * FROM entries"
			    " WHERE request_id = ?1 AND api_key = ?2";
constexpr char holder_sql[] = "SELECT * FROM entries"
			      " WHERE idempotency_key = ?1";
constexpr char probe_sql[] =
    "SELECT created_ms, idempotency_key FROM entries"
    " WHERE request_id = ?1 AND api_key = ?2";
/* Another row's id, or Idempotency-Key: nothing is changed. */
constexpr char insert_sql[] =
    "INSERT OR IGNORE INTO entries VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8,"
    " ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)";
constexpr char update_sql[] =
    "UPDATE OR IGNORE entries SET status = ?3, code = ?4, message = ?5,"
    " message_id = ?6, updated_ms = ?7, expires_ms = ?8, smtp_code = ?9,"
    " smtp_enhanced = ?10, smtp_reply = ?11, show_reply = ?12,"
    " refused = ?13, idempotency_key = ?14"
    " WHERE request_id = ?1 AND api_key = ?2";
constexpr char drop_holder_sql[] =
    "DELETE FROM entries WHERE idempotency_key = ?1 AND expires_ms <= ?2"
    " RETURNING api_key";
constexpr char remove_plain_sql[] =
    "DELETE FROM entries WHERE (request_id, api_key) IN"
    " (SELECT request_id, api_key FROM entries"
    " WHERE idempotency_key IS NULL ORDER BY created_ms LIMIT ?2)"
    " AND expires_ms <= ?1 RETURNING api_key";
constexpr char remove_keyed_sql[] =
    "DELETE FROM entries WHERE (request_id, api_key) IN"
    " (SELECT request_id, api_key FROM entries"
    " WHERE idempotency_key IS NOT NULL ORDER BY created_ms LIMIT ?2)"
    " AND expires_ms <= ?1 RETURNING api_key";
constexpr char push_out_sql[] =
    "DELETE FROM entries WHERE (request_id, api_key) IN"
    " (SELECT request_id, api_key FROM entries WHERE api_key = ?1"
    " AND idempotency_key IS NULL ORDER BY created_ms LIMIT ?2)"
    " RETURNING api_key";
constexpr char oldest_sql[] =
    "SELECT (SELECT expires_ms FROM entries"
    " WHERE idempotency_key IS NULL ORDER BY created_ms LIMIT 1) <= ?1 OR"
    " (SELECT expires_ms FROM entries"
    " WHERE idempotency_key IS NOT NULL ORDER BY created_ms LIMIT 1) <= ?1";
constexpr char settle_sql[] =
    "UPDATE entries SET status = ?2, code = ?3, message = ?4,"
    " updated_ms = ?5,"
    " idempotency_key = CASE WHEN ?6 THEN idempotency_key END"
    " WHERE status = ?1 AND status < 2";
constexpr char counts_sql[] = "UPDATE counts SET entries = ?1, keyed = ?2";

/* The columns of SELECT *. */
enum Column {
	request_id, api_key, status, code, message, message_id,
	recipient_domains, recipient_count, created_ms, updated_ms,
	expires_ms, smtp_code, smtp_enhanced, smtp_reply, show_reply, refused,
	idempotency_key, content, recipient_domain_count
};

std::string
join(const std::vector<std::string> &words)
{
	std::string joined;

	for (const std::string &word : words) {
		if (!joined.empty())
			joined += ' ';
		joined += word;
	}
	return (joined);
}

/* The words between the separators. */
std::vector<std::string>
split(std::string_view text, char separator)
{
	std::vector<std::string> words;

	while (!text.empty()) {
		std::size_t end = std::min(text.find(separator), text.size());
		words.emplace_back(text.substr(0, end));
		text.remove_prefix(std::min(end + 1, text.size()));
	}
	return (words);
}

/* "to 3 550 5.1.1,cc 0 450" */
std::string
write_refused(const std::vector<RefusedRecipient> &recipients)
{
	std::string text;

	for (const RefusedRecipient &recipient : recipients) {
		if (!text.empty())
			text += ',';
		text += recipient.cc ? "cc " : "to ";
		text += std::to_string(recipient.index) + ' ' +
		    std::to_string(recipient.code);
		if (!recipient.enhanced.empty())
			text += ' ' + recipient.enhanced;
	}
	return (text);
}

std::uint16_t
number(const std::string &text)
{
	std::uint16_t value = 0;

	std::from_chars(text.data(), text.data() + text.size(), value);
	return (value);
}

/* The column's value as a T; false: it is none. */
template <typename T>
bool
read_number(const SqliteStatement &row, int column, T &value)
{
	std::int64_t number = row.integer(column);

	value = static_cast<T>(number);
	return (number >= 0 && std::cmp_equal(number, value));
}

/* More than that no column of ours has. */
constexpr std::size_t column_max = recipients_limit * 256;

std::vector<RefusedRecipient>
read_refused(std::string_view text)
{
	std::vector<RefusedRecipient> recipients;

	for (const std::string &one : split(text, ',')) {
		std::vector<std::string> words = split(one, ' ');
		if (words.size() < 3 || recipients.size() == recipients_limit)
			continue;
		recipients.push_back({words[0] == "cc", number(words[1]),
		    number(words[2]), words.size() > 3 ? words[3] : ""});
	}
	return (recipients);
}

bool
read_digest(std::string_view octets, Sha256Digest &digest)
{
	if (octets.size() != digest.size())
		return (false);
	std::copy(octets.begin(), octets.end(), digest.begin());
	return (true);
}

/* False: no release wrote that. */
bool
read_domains(const SqliteStatement &row, LedgerEntry &entry)
{
	std::vector<std::string> &domains = entry.recipient_domains;

	domains = split(row.text(recipient_domains), ' ');
	entry.recipient_domain_count =
	    static_cast<std::uint32_t>(domains.size());
	/* The first release kept all of them, and no number. */
	if (!row.is_null(recipient_domain_count))
		return (read_number(row, recipient_domain_count,
		    entry.recipient_domain_count));
	domains.resize(std::min(domains.size(), entry_domains_max));
	return (true);
}

/* nullopt: it is none that this program has written. */
std::optional<LedgerEntry>
read_row(const SqliteStatement &row)
{
	LedgerEntry entry;
	IdempotencyMark mark;
	std::uint8_t state = 0;

	for (Column column : {code, message, message_id, recipient_domains,
		 smtp_enhanced, smtp_reply, refused})
		if (row.text(column).size() > column_max)
			return (std::nullopt);
	auto id = RequestId::parse(row.text(request_id));
	bool fits = id && read_number(row, status, state) &&
	    state <= static_cast<std::uint8_t>(LedgerStatus::rejected) &&
	    read_domains(row, entry) &&
	    read_number(row, recipient_count, entry.recipient_count) &&
	    read_number(row, smtp_code, entry.smtp_code);
	if (!fits)
		return (std::nullopt);
	entry.request_id = *id;
	entry.status = static_cast<LedgerStatus>(state);
	entry.code = row.text(code);
	entry.message = row.text(message);
	entry.message_id = row.text(message_id);
	entry.created_ms = row.integer(created_ms);
	entry.updated_ms = row.integer(updated_ms);
	entry.expires_ms = row.integer(expires_ms);
	entry.smtp_enhanced = row.text(smtp_enhanced);
	entry.smtp_reply = row.text(smtp_reply);
	entry.show_reply = row.integer(show_reply) != 0;
	entry.refused = read_refused(row.text(refused));
	if (read_digest(row.text(idempotency_key), mark.key) &&
	    read_digest(row.text(content), mark.content))
		entry.idempotency = mark;
	if (!is_sound(entry))
		return (std::nullopt);
	return (entry);
}

std::int64_t
as_integer(LedgerStatus value)
{
	return (static_cast<std::int64_t>(value));
}

bool
holds(const LedgerEntry &entry)
{
	return (entry.idempotency && holds_key(entry));
}

} /* namespace */

SqliteFile::SqliteFile(const std::string &path, bool durable,
    LedgerShares &ledger_shares)
    : db(path, durable), has_schema(migrate_sqlite_schema(db)),
      find_statement(db, find_sql), holder_statement(db, holder_sql),
      probe_statement(db, probe_sql), insert_statement(db, insert_sql),
      update_statement(db, update_sql),
      drop_holder_statement(db, drop_holder_sql),
      remove_plain_statement(db, remove_plain_sql),
      remove_keyed_statement(db, remove_keyed_sql),
      push_out_statement(db, push_out_sql),
      oldest_statement(db, oldest_sql),
      settle_statement(db, settle_sql), counts_statement(db, counts_sql),
      begin_statement(db, "BEGIN IMMEDIATE"), commit_statement(db, "COMMIT"),
      shares(ledger_shares)
{
	shares.clear();
}

/* What a table says of their number may be another's word. */
void
SqliteFile::count()
{
	SqliteStatement plain(db,
	    "SELECT api_key, count(*) FROM entries"
	    " WHERE idempotency_key IS NULL GROUP BY api_key");
	SqliteStatement keyed(db,
	    "SELECT api_key, count(*) FROM entries"
	    " WHERE idempotency_key IS NOT NULL GROUP BY api_key");

	shares.clear();
	for (SqliteStatement *counts : {&plain, &keyed}) {
		counts->start();
		while (counts->step()) {
			auto number =
			    static_cast<std::uint64_t>(counts->integer(1));
			shares.count(std::string(counts->text(0)), number,
			    counts == &keyed ? number : 0);
		}
	}
}

std::optional<LedgerEntry>
SqliteFile::find(const std::string &key, const RequestId &id)
{
	std::optional<LedgerEntry> entry;

	if (find_statement.start(id.text(), std::string_view(key)).step())
		entry = entry_of(find_statement);
	find_statement.stop();
	return (entry);
}

std::optional<SqliteFile::Holder>
SqliteFile::find_holder(const Sha256Digest &digest)
{
	std::optional<Holder> holder;

	if (holder_statement.start(&digest).step())
		if (auto entry = entry_of(holder_statement);
		    entry && entry->idempotency)
			holder = Holder{
			    std::string(holder_statement.text(api_key)),
			    std::move(*entry)};
	holder_statement.stop();
	return (holder);
}

std::optional<LedgerEntry>
SqliteFile::entry_of(const SqliteStatement &row)
{
	std::optional<LedgerEntry> entry = read_row(row);

	unsound_rows += entry ? 0 : 1;
	return (entry);
}

void
SqliteFile::begin()
{
	begin_statement.start().run();
}

bool
SqliteFile::commit()
{
	Counts counted = {entries(), keyed()};

	if (counted != committed || touched)
		counts_statement
		    .start(static_cast<std::int64_t>(counted.entries),
			static_cast<std::int64_t>(counted.keyed))
		    .run();
	commit_statement.start().run();
	if (failed())
		return (false);
	touched = false;
	committed = counted;
	return (true);
}

bool
SqliteFile::write(const std::string &key, const LedgerEntry &entry,
    bool is_new, std::int64_t now_ms)
{
	bool is_holder = holds(entry);
	bool was_holder = false;

	/* Most are, and then it need not be looked for. */
	if (is_new && !shares.all_keyed() && insert(key, entry)) {
		shares.add(key, is_holder);
		return (true);
	}
	bool known = probe_statement
			 .start(entry.request_id.text(), std::string_view(key))
			 .step();

	if (known) {
		Sha256Digest held;
		was_holder = read_digest(probe_statement.text(1), held);
		bool same = probe_statement.integer(0) == entry.created_ms &&
		    (!was_holder ||
			(entry.idempotency && entry.idempotency->key == held));
		probe_statement.stop();
		if (!same)
			return (false);
	} else if (shares.all_keyed())
		return (false);
	auto put = [&] {
		return (known ? update(key, entry) : insert(key, entry));
	};
	if (!put() &&
	    !(is_holder &&
		drop_expired_holder(entry.idempotency->key, now_ms) && put()))
		return (false);
	if (known)
		shares.change(key, was_holder, is_holder);
	else
		shares.add(key, is_holder);
	return (true);
}

bool
SqliteFile::insert(const std::string &key, const LedgerEntry &entry)
{
	const std::string domains = join(entry.recipient_domains);
	const std::string recipients = write_refused(entry.refused);
	bool held = holds(entry);

	return (insert_statement
		    .start(entry.request_id.text(), std::string_view(key),
			as_integer(entry.status), std::string_view(entry.code),
			std::string_view(entry.message),
			std::string_view(entry.message_id),
			std::string_view(domains),
			std::int64_t{entry.recipient_count}, entry.created_ms,
			entry.updated_ms, entry.expires_ms,
			std::int64_t{entry.smtp_code},
			std::string_view(entry.smtp_enhanced),
			std::string_view(entry.smtp_reply),
			std::int64_t{entry.show_reply},
			std::string_view(recipients),
			held ? &entry.idempotency->key : nullptr,
			held ? &entry.idempotency->content : nullptr,
			std::int64_t{entry.recipient_domain_count})
		    .run() != 0);
}

bool
SqliteFile::update(const std::string &key, const LedgerEntry &entry)
{
	const std::string recipients = write_refused(entry.refused);

	return (update_statement
		    .start(entry.request_id.text(), std::string_view(key),
			as_integer(entry.status), std::string_view(entry.code),
			std::string_view(entry.message),
			std::string_view(entry.message_id), entry.updated_ms,
			entry.expires_ms, std::int64_t{entry.smtp_code},
			std::string_view(entry.smtp_enhanced),
			std::string_view(entry.smtp_reply),
			std::int64_t{entry.show_reply},
			std::string_view(recipients),
			holds(entry) ? &entry.idempotency->key : nullptr)
		    .run() != 0);
}

bool
SqliteFile::drop_expired_holder(
    const Sha256Digest &digest, std::int64_t now_ms)
{
	drop_holder_statement.start(&digest, now_ms);
	return (note_removed(drop_holder_statement, true) != 0);
}

bool
SqliteFile::has_expired(std::int64_t now_ms)
{
	bool has = oldest_statement.start(now_ms).step() &&
	    oldest_statement.integer(0) != 0;

	oldest_statement.stop();
	return (has);
}

std::uint64_t
SqliteFile::expire(std::int64_t now_ms, std::uint64_t max)
{
	std::int64_t limit = static_cast<std::int64_t>(max);

	/* Of the oldest, those that have expired. */
	remove_plain_statement.start(now_ms, limit);
	remove_keyed_statement.start(now_ms, limit);
	return (note_removed(remove_plain_statement, false) +
	    note_removed(remove_keyed_statement, true));
}

std::uint64_t
SqliteFile::push_out(const std::string &key, std::uint64_t max)
{
	push_out_statement.start(
	    std::string_view(key), static_cast<std::int64_t>(max));
	std::uint64_t removed = note_removed(push_out_statement, false);

	/* They were counted when it was opened. */
	if (removed == 0)
		db.damaged("its rows and its indexes differ");
	return (removed);
}

/* The statement, which is started, says whose entries it removes. */
std::uint64_t
SqliteFile::note_removed(SqliteStatement &statement, bool from_keyed)
{
	std::uint64_t removed = 0;

	for (; statement.step(); removed++)
		shares.remove(std::string(statement.text(0)), from_keyed);
	return (removed);
}

void
SqliteFile::settle(std::int64_t now_ms, bool all_unknown)
{
	LedgerEntry unknown, released;

	unknown.status = LedgerStatus::smtp_submission_started;
	settle_abandoned(unknown, now_ms);
	released.status = LedgerStatus::received;
	settle_abandoned(released, now_ms);
	settle_as(LedgerStatus::smtp_submission_started, unknown);
	settle_as(LedgerStatus::received, all_unknown ? unknown : released);
}

void
SqliteFile::settle_as(LedgerStatus from, const LedgerEntry &as)
{
	bool keep = holds_key(as);

	settle_statement
	    .start(as_integer(from), as_integer(as.status),
		std::string_view(as.code), std::string_view(as.message),
		as.updated_ms, std::int64_t{keep})
	    .run();
}
