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
 * Where the ledger of `store sqlite' is: a directory that belongs to the SMTP
 * user and holds nothing else.  The parent looks at it before it takes a
 * configuration, relayd-smtp before it opens the file.
 */

#ifndef COMMON_LEDGER_PLACE_H
#define COMMON_LEDGER_PLACE_H

#include <sys/types.h>
#include <sys/stat.h>

#include <cstdint>
#include <string>

/* In the file's head: whose it is ("rele"), and which schema it has. */
constexpr std::uint32_t ledger_application_id = 0x72656c65;
constexpr std::uint32_t ledger_schema_newest = 3;

struct LedgerFileState {
	enum class Kind {
		none,    /* no file, or an empty one: it can be made */
		ours,
		damaged, /* its head is not that of a database */
		foreign, /* another program's, or a newer version's */
		unknown, /* it cannot be read */
	};
	Kind kind = Kind::none;
	std::string what; /* with foreign and unknown: why, and the remedy */
};
/* Not while this process has it open: that would give up SQLite's lock. */
LedgerFileState examine_ledger_file(const std::string &path);

/* What is said of a path of the ledger that is another user's. */
std::string ledger_owner_trouble(const std::string &path, uid_t owner);
/* Empty, or what has to be changed so that it can hold a ledger. */
std::string ledger_directory_trouble(const std::string &directory,
    const struct stat &status, uid_t owner);

std::string directory_of(const std::string &path);

#endif
