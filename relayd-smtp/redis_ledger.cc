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
#include <bit>
#include <cstdio>

#include "log.h"
#include "redis_ledger.h"
#include "wire.h"

namespace {

/* Of an entry's octets: the wire's integers are in host order. */
constexpr std::uint8_t format_version =
    std::endian::native == std::endian::little ? 5 : 6;
/* As the release before wrote them: with the domains of all recipients. */
constexpr std::uint8_t format_before = format_version - 2;
constexpr std::chrono::minutes complaint_interval{1};
constexpr unsigned int tries_max = 3;
/* No relay says that it is alive for longer. */
constexpr std::chrono::milliseconds lease_max = std::chrono::hours(24 * 366);

/* Such strings compare as the numbers do. */
std::string
padded(std::uint64_t number)
{
	char text[32];

	snprintf(text, sizeof(text), "%020llu",
	    static_cast<unsigned long long>(number));
	return (text);
}

/* Of an array's element; empty when it has no such string. */
std::string_view
string_at(const redisReply &reply, std::size_t index)
{
	if (index >= reply.elements ||
	    reply.element[index]->type != REDIS_REPLY_STRING)
		return {};
	return {reply.element[index]->str, reply.element[index]->len};
}

std::int64_t
life_of(const LedgerEntry &entry)
{
	return (entry.expires_ms - time_of_day_ms());
}

} /* namespace */

RedisLedger::RedisLedger(EventLoop &loop, StoreConnector &connector,
    const SmtpConfig &config, const RedisBounds &bounds)
    : prefix(config.store.prefix), daemon(padded(config.daemon)),
      instance(padded(config.instance)), daemon_number(config.daemon),
      instance_number(config.instance), lease_margin(bounds.lease_margin),
      repeat_timer(this, calls<&RedisLedger::repeat_kept>),
      client(loop, connector, *this, config.store, bounds)
{
	configure(config);
}

void
RedisLedger::configure(const SmtpConfig &config)
{
	lease = std::chrono::milliseconds(0);
	for (const SmtpRelay &relay : config.relays)
		lease = std::max(lease, relay.timeout_submission);
	lease += lease_margin;
	first_alive = config.first_alive;
	client.configure(config.store);
}

void
RedisLedger::connection(const ConnectResult &result, Fd fd)
{
	client.connection(result, std::move(fd));
}

/*
 * Names and octets
 */

std::string
RedisLedger::entry_name(const std::string &key, std::string_view id) const
{
	std::string name;

	name.reserve(prefix.size() + key.size() + id.size() + 3);
	name += prefix;
	name += "s:";
	name += key;
	name += ':';
	name += id;
	return (name);
}

std::string
RedisLedger::claim_name(const IdempotencyMark &mark) const
{
	return (prefix + "c:" + digest_to_hex(mark.key));
}

/*
 * By which the store tells the states of one entry from another submission
 * that came with its id (is_same_submission()): redis_identity_size octets.
 */
std::string
RedisLedger::identity_of(const LedgerEntry &entry)
{
	std::string octets;
	WireWriter out(octets);

	out.integer(entry.created_ms);
	out.integer(entry.serial);
	static_assert(redis_identity_size ==
	    sizeof(entry.created_ms) + sizeof(entry.serial));
	return (octets);
}

/* With whose it is, and how long it may be in flight. */
void
RedisLedger::encode(std::string &octets, const LedgerEntry &entry) const
{
	octets.clear();
	WireWriter out(octets);

	out.integer(format_version);
	out.integer(daemon_number);
	out.integer(instance_number);
	out.integer(static_cast<std::int64_t>(lease.count()));
	octets += identity_of(entry); /* at redis_identity_at */
	write_entry(out, entry);
}

std::optional<LedgerEntry>
RedisLedger::decode(std::string_view octets)
{
	WireReader in(octets);
	auto version = in.integer<std::uint8_t>();
	auto its_daemon = in.integer<std::uint64_t>();
	auto its_instance = in.integer<std::uint64_t>();
	auto its_lease = in.integer<std::int64_t>();
	in.integer<std::int64_t>(); /* which is in the entry, too */
	auto serial = in.integer<std::uint64_t>();
	LedgerEntry entry = version == format_before
	    ? read_entry_with_all_domains(in)
	    : read_entry(in);

	bool is_version =
	    version == format_version || version == format_before;
	bool lease_fits = its_lease >= 0 && its_lease <= lease_max.count();
	if (!is_version || !in.done() || !lease_fits || !is_sound(entry)) {
		if (!met_nonsense)
			log_warnx("the store has entries of another version, "
			    "or that are damaged: they count as missing");
		met_nonsense = true;
		return (std::nullopt);
	}
	entry.serial = serial;
	std::int64_t now = time_of_day_ms();
	if (entry.expires_ms <= now)
		return (std::nullopt);
	bool own = its_daemon == daemon_number;
	bool abandoned = own && its_instance == instance_number
	    ? false
	    : (own && its_instance < first_alive) ||
		entry.updated_ms + its_lease < now;
	if (abandoned)
		settle_abandoned(entry, now);
	return (entry);
}

/*
 * Looking up
 */

void
RedisLedger::look_up(
    const std::string &key, const RequestId &id, Found found)
{
	std::string name = entry_name(key, id.text());
	std::string_view command[] = {"GET", name};

	write_out();
	client.send(command,
	    [this, found = std::move(found)](const redisReply *reply) {
		    std::optional<LedgerEntry> entry;
		    bool missing =
			reply != nullptr && reply->type == REDIS_REPLY_NIL;
		    if (!expect(reading, reply, missing
				? REDIS_REPLY_NIL
				: REDIS_REPLY_STRING))
			    return (found(LedgerAnswer::Kind::unavailable,
				LedgerEntry()));
		    if (!missing)
			    entry = decode({reply->str, reply->len});
		    if (entry)
			    found(LedgerAnswer::Kind::found,
				std::move(*entry));
		    else
			    found(LedgerAnswer::Kind::not_found,
				LedgerEntry());
	    });
}

/*
 * Idempotency-Keys
 */

void
RedisLedger::claim(
    const std::string &key, const LedgerEntry &entry, Claimed claimed)
{
	auto asked = std::make_shared<Question>();

	asked->key = key;
	asked->entry = entry;
	asked->claimed = std::move(claimed);
	write_out();
	ask(asked);
}

void
RedisLedger::ask(const Asked &asked)
{
	const LedgerEntry &entry = asked->entry;
	std::int64_t life = life_of(entry);
	std::string octets;

	if (life <= 0 || asked->tries++ == tries_max)
		return (refuse(asked));
	encode(octets, entry);
	claim_script.run(client,
	    {claim_name(*entry.idempotency),
		entry_name(asked->key, entry.request_id.text()),
		std::string(entry.request_id.text()),
		std::string(octets_of(entry.idempotency->content)), daemon,
		instance, std::to_string(lease.count()), std::to_string(life),
		std::move(octets), padded(first_alive)},
	    [this, asked](const redisReply *reply) {
		    answered(asked, reply);
	    });
}

void
RedisLedger::refuse(const Asked &asked)
{
	asked->claimed(Claim::unavailable, LedgerEntry());
}

void
RedisLedger::answered(const Asked &asked, const redisReply *reply)
{
	if (!expect(writing, reply, REDIS_REPLY_ARRAY)) {
		if (reply == nullptr)
			release_claim(*asked);
		return (refuse(asked));
	}
	std::string_view what = string_at(*reply, 0);

	if (what == "taken")
		asked->claimed(Claim::taken, LedgerEntry());
	else if (what == "busy")
		asked->claimed(Claim::in_progress, LedgerEntry());
	else if (what == "other")
		asked->claimed(Claim::other_content, LedgerEntry());
	else if (what == "settled" || what == "abandoned")
		fetch_holder(asked, std::string(string_at(*reply, 1)),
		    std::string(string_at(*reply, 2)));
	else
		refuse(asked); /* an entry of that id is there */
}

/* lease: of one that was abandoned. */
void
RedisLedger::fetch_holder(const Asked &asked, const std::string &id,
    const std::string &its_lease)
{
	std::string name = entry_name(asked->key, id);
	std::string_view command[] = {"GET", name};

	client.send(command,
	    [this, asked, its_lease](const redisReply *reply) {
		    if (!expect(reading, reply, REDIS_REPLY_STRING))
			    return (refuse(asked));
		    auto holder = decode({reply->str, reply->len});
		    if (!holder)
			    return (refuse(asked));
		    if (!its_lease.empty())
			    settle(asked, its_lease, std::move(*holder));
		    else if (holds_key(*holder))
			    asked->claimed(Claim::settled, std::move(*holder));
		    else
			    ask(asked); /* it let go meanwhile */
	    });
}

void
RedisLedger::settle(
    const Asked &asked, const std::string &its_lease, LedgerEntry holder)
{
	std::string octets;

	settle_abandoned(holder, time_of_day_ms());
	encode(octets, holder);
	settle_script.run(client,
	    {claim_name(*asked->entry.idempotency),
		entry_name(asked->key, holder.request_id.text()),
		std::string(holder.request_id.text()), its_lease,
		std::move(octets)},
	    [this, asked, holder](const redisReply *reply) {
		    if (!expect(writing, reply, REDIS_REPLY_INTEGER))
			    refuse(asked);
		    else if (reply->integer == 1)
			    asked->claimed(Claim::settled, holder);
		    else
			    ask(asked);
	    });
}

/*
 * The log: once a minute, and when all is well again
 */

bool
RedisLedger::expect(Side side, const redisReply *reply, int type)
{
	if (reply == nullptr) {
		if (!client.is_down())
			complain("it is too slow: too much waits for it");
		return (false);
	}
	if (reply->type == REDIS_REPLY_ERROR) {
		fails[side] = true;
		complain(redis_text(*reply));
	} else if (reply->type != type)
		complain("the entry of an Idempotency-Key is missing");
	else if (fails[side])
		works(side);
	return (reply->type == type);
}

void
RedisLedger::redis_works()
{
	works(reading);
	works(writing);
	if (!kept.empty() && repeats == 0)
		repeat_timer.arm(Clock::duration::zero());
}

void
RedisLedger::redis_fails(const std::string &why)
{
	fails[reading] = fails[writing] = true;
	complain(why);
}

void
RedisLedger::works(Side side)
{
	fails[side] = false;
	if (fails[reading] || fails[writing])
		return;
	if (told)
		LogRecord(LogLevel::info, "store is available again")
		    .field("event", "store_up")
		    .field("entries_kept",
			static_cast<std::int64_t>(kept.size()))
		    .field("entries_lost", static_cast<std::int64_t>(lost))
		    .write();
	told = false;
}

void
RedisLedger::complain(const std::string &why)
{
	Clock::time_point now = Clock::now();

	if (has_complained && now - last_complaint < complaint_interval)
		return;
	has_complained = true;
	told = true;
	last_complaint = now;
	LogRecord(LogLevel::warning, "store is unavailable")
	    .field("event", "store_down")
	    .field("reason", why)
	    .field("entries_lost", static_cast<std::int64_t>(lost))
	    .write();
}
