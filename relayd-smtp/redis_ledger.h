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
 * The ledger in Redis or Valkey, shared by any number of relays.  Everything
 * there has a time to live, and a name that begins with the prefix:
 *
 *	s:KEY:REQUEST_ID	an entry
 *	c:DIGEST		who holds an Idempotency-Key (redis_scripts.h)
 *	l:...			the limits, when shared (shared_limits.h)
 *
 * Mail does not wait for it.  What needs the store is refused while it is away.
 * An entry that cannot be stored now is kept here, up to a bound, and stored
 * when it works again: what was answered 202 is not unknown to a repeat.
 */

#ifndef RELAYD_SMTP_REDIS_LEDGER_H
#define RELAYD_SMTP_REDIS_LEDGER_H

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "ledger.h"
#include "redis_client.h"
#include "redis_scripts.h"

class RedisLedger final : public Ledger, private RedisWatcher {
public:
	RedisLedger(EventLoop &loop, StoreConnector &connector,
	    const SmtpConfig &config,
	    const RedisBounds &bounds = RedisBounds());

	void configure(const SmtpConfig &config) override;
	void connection(const ConnectResult &result, Fd fd) override;
	void claim(const std::string &key, const LedgerEntry &entry,
	    Claimed claimed) override;
	void put(const std::string &key, const LedgerEntry &entry,
	    Stored stored) override;
	void look_up(const std::string &key, const RequestId &id,
	    Found found) override;
	void commit() override;
	RedisClient *redis() override
	{
		return (&client);
	}
	LedgerFigures figures() const override
	{
		LedgerFigures figures;

		figures.works =
		    !fails[reading] && !fails[writing] && !client.is_down();
		figures.lost = lost;
		return (figures);
	}

	/* That could neither be stored nor kept since the start. */
	std::uint64_t entries_lost() const
	{
		return (lost);
	}
	/* That are to be stored when it works again. */
	std::size_t entries_kept() const
	{
		return (kept.size());
	}

private:
	/* What a turn wrote of an entry: the last of it goes out. */
	struct Write {
		std::string name;
		std::string octets;
		/* identity_of() the entry that octets are of. */
		std::string_view identity() const
		{
			return (std::string_view(octets).substr(
			    redis_identity_at, redis_identity_size));
		}
		std::int64_t expires_ms = 0;
		std::string id;
		/* Its claim, and what becomes of that; with `free', it ends. */
		std::optional<IdempotencyMark> mark;
		const char *state = nullptr;
		bool begins = false; /* there is no such entry before it */
		bool was_sent = false; /* and perhaps stored, for all we know */
		bool is_repeat = false; /* it was kept */
		std::uint64_t number = 0; /* of one name, the last one counts */
		std::vector<Stored> stored;
	};
	using WriteOut = std::shared_ptr<Write>;
	/* A question for a key until it is answered. */
	struct Question {
		std::string key;
		LedgerEntry entry;
		Claimed claimed;
		unsigned int tries = 0;
	};
	using Asked = std::shared_ptr<Question>;

	/* One may fail while the other works: no memory, no permission. */
	enum Side { reading, writing };

	/* RedisWatcher */
	void redis_works() override;
	void redis_fails(const std::string &why) override;

	std::string entry_name(const std::string &key,
	    std::string_view id) const;
	std::string claim_name(const IdempotencyMark &mark) const;
	void encode(std::string &octets, const LedgerEntry &entry) const;
	static std::string identity_of(const LedgerEntry &entry);
	/* nullopt: there is none.  What was abandoned is settled. */
	std::optional<LedgerEntry> decode(std::string_view octets);

	/* redis_writes.cc */
	WriteOut write_of(const std::string &name, const LedgerEntry &entry);
	WriteOut take_kept(const std::string &name);
	void release_claim(const Question &asked);
	void write_out();
	void send(const WriteOut &write);
	void written(const WriteOut &write, const redisReply *reply,
	    bool by_set);
	void keep(const WriteOut &write);
	void repeat_kept();
	void repeat_ended(bool failed);

	/* False: it is no reply of that type; that is logged. */
	bool expect(Side side, const redisReply *reply, int type);

	void ask(const Asked &asked);
	void answered(const Asked &asked, const redisReply *reply);
	void fetch_holder(const Asked &asked, const std::string &id,
	    const std::string &lease);
	void settle(const Asked &asked, const std::string &lease,
	    LedgerEntry holder);
	static void refuse(const Asked &asked);
	void works(Side side);
	void complain(const std::string &why);

	const std::string prefix;
	const std::string daemon;
	const std::string instance;
	const std::uint64_t daemon_number, instance_number;
	std::uint64_t first_alive = 0;
	const std::chrono::milliseconds lease_margin;
	std::chrono::milliseconds lease{0};

	/* Of this turn, and where each is, by name. */
	std::vector<WriteOut> writes;
	std::unordered_map<std::string_view, WriteOut> places;
	/* By name; some of them are sent again at a time. */
	std::unordered_map<std::string, WriteOut> kept;
	std::size_t repeats = 0; /* that have no reply yet */
	bool repeat_failed = false; /* one of these */
	Timer repeat_timer;
	std::uint64_t last_number = 0;

	std::uint64_t lost = 0;
	std::array<bool, 2> fails = {false, false}; /* by Side */
	bool told = false; /* that it fails */
	bool has_complained = false;
	bool met_nonsense = false;
	Clock::time_point last_complaint;

	RedisScript write_script{redis_write_script, 1};
	RedisScript claim_script{redis_claim_script};
	RedisScript mark_script{redis_mark_script};
	RedisScript settle_script{redis_settle_script};
	RedisClient client; /* the last: it may call at once */
};

#endif
