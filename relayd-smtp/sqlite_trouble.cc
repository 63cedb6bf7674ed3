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

/* How the ledger's file is opened, and what is done when it fails. */

#include <sys/stat.h>

#include <stdio.h>
#include <unistd.h>

#include <ctime>

#include "ledger_place.h"
#include "log.h"
#include "sqlite_ledger.h"

namespace {

constexpr std::chrono::minutes between_lines{1};

ino_t
inode_of(const std::string &path)
{
	struct stat st;

	return (lstat(path.c_str(), &st) == 0 ? st.st_ino : 0);
}

const char *
remedy(int failure)
{
	switch (failure) {
	case SQLITE_FULL:
		return (": make room on its file system");
	case SQLITE_READONLY:
		return (": let the file and its file system be written to");
	case SQLITE_BUSY:
		return (": another process has it open; two daemons cannot "
		    "share a file, they can share store redis");
	case SQLITE_CANTOPEN:
	case SQLITE_PERM:
	case SQLITE_AUTH:
		return (": its directory must be there, and belong to the "
		    "SMTP user with mode 0700");
	case SQLITE_IOERR:
		return (": look after its disk and file system");
	default:
		return ("");
	}
}

/* What does not come of a file that this program wrote. */
bool
is_damage(int failure)
{
	return (failure == SQLITE_CORRUPT || failure == SQLITE_NOTADB ||
	    failure == SQLITE_INTERRUPT || failure == SQLITE_TOOBIG);
}

} /* namespace */

/* Without success the file is not open, and why was said. */
void
SqliteLedger::open()
{
	using Kind = LedgerFileState::Kind;
	LedgerFileState state = examine_ledger_file(settings.place);

	if (state.kind == Kind::foreign || state.kind == Kind::unknown)
		return (complain(state.what));
	if (state.kind == Kind::damaged && !move_aside("is no database"))
		return (complain("is not a database"));
	/* What is left over from another file is no log of this one. */
	if (state.kind != Kind::ours)
		unlink((settings.place + "-wal").c_str());
	before_disk();
	file = std::make_unique<SqliteFile>(
	    settings.place, settings.durable, shares);
	unsound_told = 0;
	file->begin();
	if (!was_open || lost)
		file->settle(time_of_day_ms(), was_open);
	file->count();
	file->touch();
	if (!file->commit())
		return (failed());
	file->database().allow_large(false);
	/* All of it was read to count it, and is not needed again. */
	sqlite3_db_release_memory(file->database().handle());
	was_open = true;
	lost = false;
	more_expired = false;
	log_inode = inode_of(settings.place + "-wal");
	if (told)
		LogRecord(LogLevel::info,
		    "ledger " + settings.path + " works again")
		    .field("event", "store_up")
		    .write();
	told = false;
}

/* In good order: the next one to open it has nothing to recover. */
void
SqliteLedger::close()
{
	if (works() && !file->failed())
		sqlite3_db_config(file->database().handle(),
		    SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, nullptr);
	file.reset();
}

/* The file has; it is closed, and opened again at once or in a second. */
void
SqliteLedger::failed()
{
	int failure = file->database().failure();
	std::string what = file->database().failure_text();

	file.reset();
	if (is_damage(failure) && move_aside(what))
		return (open());
	complain("fails: " + what + remedy(failure));
	for (Queue *queue : {&ready, &waiting}) {
		for (Pending &one : *queue) {
			for (Stored &stored : one.stored)
				to_call.push_back({std::move(stored), false});
			one.stored.clear();
		}
	}
	/* Not from here, for whoever made it fail may be among them. */
	if (!to_call.empty())
		write_timer.arm(Clock::duration::zero());
}

/* Somebody took the file, or put another in its place. */
void
SqliteLedger::moved()
{
	std::string log = settings.place + "-wal";

	file.reset();
	if (inode_of(log) == log_inode)
		unlink(log.c_str());
	complain("was removed or replaced");
	lost = true;
	open();
}

/* The damaged file and its log, once a minute; what is lost is said. */
bool
SqliteLedger::move_aside(const std::string &why)
{
	Clock::time_point when = Clock::now();
	std::time_t seconds = std::time(nullptr);
	struct tm calendar;
	char text[32];

	if (moved_at && when - *moved_at < between_lines)
		return (false);
	gmtime_r(&seconds, &calendar);
	strftime(text, sizeof(text), "%Y%m%dT%H%M%S", &calendar);
	std::string end = std::string(".corrupt-") + text;
	std::string aside = settings.place + end;
	if (rename(settings.place.c_str(), aside.c_str()) == -1) {
		log_warn("ledger %s is damaged and cannot be renamed",
		    settings.path.c_str());
		return (false);
	}
	for (const char *part : {"-wal", "-shm"})
		rename((settings.place + part).c_str(), (aside + part).c_str());
	moved_at = when;
	log_error("ledger %s was damaged; it is now %s%s, and a new one is "
	    "begun (%s)", settings.path.c_str(), settings.path.c_str(),
	    end.c_str(), why.c_str());
	return (true);
}

/* Once a minute. */
void
SqliteLedger::note_unsound()
{
	Clock::time_point when = Clock::now();

	if (file->unsound() == unsound_told ||
	    (unsound_at && when - *unsound_at < between_lines))
		return;
	unsound_told = file->unsound();
	unsound_at = when;
	LogRecord(LogLevel::warning, "ledger " + settings.path +
	    " has rows that no http-smtp-rele wrote: they count as missing")
	    .field("event", "ledger_unsound")
	    .write();
}

void
SqliteLedger::complain(const std::string &what)
{
	Clock::time_point when = Clock::now();

	if (told_at && when - *told_at < between_lines)
		return;
	told_at = when;
	told = true;
	LogRecord(LogLevel::warning, "ledger " + settings.path + " " + what +
	    " (mail goes on; look-ups and Idempotency-Keys are refused until "
	    "it works)")
	    .field("event", "store_down")
	    .write();
}
