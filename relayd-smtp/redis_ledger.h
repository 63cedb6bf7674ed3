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
 *
 * An entry that cannot be stored now is lost, counted and logged: mail does
 * not wait for it.  What needs the store is refused while it is away.
 */

#ifndef RELAYD_SMTP_REDIS_LEDGER_H
#define RELAYD_SMTP_REDIS_LEDGER_H

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

	/* That could not be stored since the start. */
	std::uint64_t entries_lost() const
	{
		return (lost);
	}

private:
	/* What a turn wrote of an entry: the last of it goes out. */
	struct Write {
		std::string name;
		std::string octets;
		std::string life; /* milliseconds */
		std::string id;
		std::optional<IdempotencyMark> mark;
		const char *state; /* of the claim, with a mark */
		bool begins; /* there is no such entry before it */
		std::vector<Stored> stored;
	};
	/* A question for a key until it is answered. */
	struct Question {
		std::string key;
		LedgerEntry entry;
		Claimed claimed;
		unsigned int tries = 0;
	};
	using Asked = std::shared_ptr<Question>;

	/* RedisWatcher */
	void redis_works() override;
	void redis_fails(const std::string &why) override;

	std::string entry_name(const std::string &key,
	    std::string_view id) const;
	std::string claim_name(const IdempotencyMark &mark) const;
	void encode(std::string &octets, const LedgerEntry &entry) const;
	/* nullopt: there is none.  What was abandoned is settled. */
	std::optional<LedgerEntry> decode(std::string_view octets);

	Write &write_of(std::string name);
	void write_out();
	void send_plain(Write &write);
	void send_marked(Write &write);
	bool was_stored(const redisReply *reply);
	void lose();
	/* False: it is no reply of that type; that is logged. */
	bool expect(const redisReply *reply, int type);

	void ask(const Asked &asked);
	void answered(const Asked &asked, const redisReply *reply);
	void fetch_holder(const Asked &asked, const std::string &id,
	    const std::string &lease);
	void settle(const Asked &asked, const std::string &lease,
	    LedgerEntry holder);
	static void refuse(const Asked &asked);
	void complain(const std::string &why);

	const std::string prefix;
	const std::string daemon;
	const std::string instance;
	const std::uint64_t daemon_number, instance_number;
	const std::chrono::milliseconds lease_margin;
	std::chrono::milliseconds lease{0};

	std::vector<Write> writes; /* of this turn: the first `used' */
	std::size_t used = 0;
	std::unordered_map<std::string, std::size_t> places; /* by name */

	std::uint64_t lost = 0;
	bool is_failing = false;
	bool has_complained = false;
	bool met_nonsense = false;
	Clock::time_point last_complaint;

	RedisScript claim_script{redis_claim_script};
	RedisScript mark_script{redis_mark_script};
	RedisScript settle_script{redis_settle_script};
	RedisClient client; /* the last: it may call at once */
};

#endif
