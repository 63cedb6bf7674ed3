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
 * How the keys share a ledger that is bounded by number.  Each enabled key is
 * owed so many entries, half of them all together; a key may use what others
 * are not owed, and take half of that for Idempotency-Keys, whose entries stay
 * until they expire.  So whoever wants more than there is loses an entry of a
 * key that has more than it is owed, and the largest of these first.
 *
 * Numbers only: who keeps the entries says what comes and goes, and asks who
 * is to lose one.  Every call is flat in the entries.
 */

#ifndef RELAYD_SMTP_LEDGER_SHARES_H
#define RELAYD_SMTP_LEDGER_SHARES_H

#include <cstdint>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "smtp_config.h"

class LedgerShares {
public:
	/* Without keys nobody is owed anything. */
	void configure(
	    std::uint64_t records, const std::vector<SmtpKey> &keys);
	/* The same keys as before. */
	void configure(std::uint64_t records);

	/* An entry of key; is_keyed: it holds an Idempotency-Key. */
	void add(const std::string &key, bool is_keyed);
	void remove(const std::string &key, bool was_keyed);
	void change(const std::string &key, bool was_keyed, bool is_keyed);
	/* As if there were no entries; then what there is of each key. */
	void clear();
	void count(const std::string &key, std::uint64_t entries,
	    std::uint64_t keyed);

	std::uint64_t entries() const
	{
		return (total);
	}
	std::uint64_t keyed() const
	{
		return (total_keyed);
	}
	/*
	 * Whether key may have another entry that holds an Idempotency-Key;
	 * own, all: those that it, and that all keys are about to have.
	 */
	bool may_hold(const std::string &key, std::uint64_t own = 0,
	    std::uint64_t all = 0) const;
	/* No other entry has room, for none can be pushed out. */
	bool all_keyed() const
	{
		return (total_keyed >= records_max);
	}
	/*
	 * There are too many: from whose entries without an Idempotency-Key the
	 * oldest go.  It counts until the next call of another method.
	 */
	struct Loss {
		const std::string *key = nullptr; /* nullptr: nobody's */
		std::uint64_t needed = 0;
		std::uint64_t possible = 0; /* at most so many */
	};
	Loss loss() const;

private:
	struct Use {
		std::uint64_t entries = 0;
		std::uint64_t keyed = 0; /* of these */
		bool is_owed = false;    /* enabled */
		std::uint64_t losable = 0; /* what others may push out */
	};
	using Uses = std::unordered_map<std::string, Use>;
	using Node = Uses::value_type;

	std::uint64_t owed_to(const Use &use) const
	{
		return (use.is_owed ? owed : 0);
	}
	/* What others are not owed. */
	std::uint64_t limit_of(const Use &use) const;
	std::uint64_t keyed_beyond(const Use &use) const;
	void set(Node &node, std::uint64_t entries, std::uint64_t keyed);
	void rank(Node &node);
	void share_out();

	std::uint64_t records_max = 0;
	std::uint64_t owed = 0; /* to each enabled key */
	std::uint64_t enabled = 0;
	Uses uses;
	std::uint64_t total = 0;
	std::uint64_t total_keyed = 0;
	/* Idempotency-Keys beyond what their keys are owed. */
	std::uint64_t total_beyond = 0;
	/* Those that have something to lose, the largest last. */
	std::set<std::pair<std::uint64_t, const Node *>> losers;
	const Node *over = nullptr; /* has more than it may; one at most can */
};

#endif
