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

#include <stdlib.h>

#include <optional>
#include <utility>

#include "digest.h"
#include "log.h"
#include "segment.h"
#include "shared_limits.h"

namespace {

constexpr std::chrono::minutes complaint_interval{1};
constexpr unsigned int buckets = 3;

/*
 * KEYS: the table of addresses, the key's bucket, the global one.
 * ARGV: the table's sets, the digest of an address, a seed; then for each of
 * the three burst times interval and interval, in microseconds and what is
 * left in nanoseconds; all 0: not asked.
 * The reply has for each that was asked how much of it is used after this
 * unit, in microseconds and nanoseconds: too much, when the last is dry.
 *
 * An arrival time is `microseconds:nanoseconds' of the server's clock: as
 * one number, a double could not hold it.
 */
const char take_script[] =
    "local time = redis.call('TIME')\n"
    "local now = time[1] * 1000000 + time[2]\n"
    "local reply = {}\n"
    "local function is_used(us, ns, at)\n"
    " us = us - now\n"
    " local full_us = tonumber(ARGV[at])\n"
    " return (us > 0 or us == 0 and ns > 0) and (us < full_us or"
    " us == full_us and ns <= tonumber(ARGV[at + 1]))\n"
    "end\n"
    /* Allowed?  What is to be kept, if anything, and for how long. */
    "local function count(us, ns, at)\n"
    " us, ns = tonumber(us) or 0, tonumber(ns) or 0\n"
    " local beyond = false\n"
    " if not is_used(us, ns, at) then\n"
    "  beyond = us > now or us == now and ns > 0\n"
    "  if beyond then us, ns = now + ARGV[at], tonumber(ARGV[at + 1])\n"
    "  else us, ns = now, 0 end\n"
    " end\n"
    " local next_us, next_ns = us + ARGV[at + 2], ns + ARGV[at + 3]\n"
    " if next_ns >= 1000 then\n"
    "  next_us, next_ns = next_us + 1, next_ns - 1000\n"
    " end\n"
    " reply[#reply + 1] = next_us - now\n"
    " reply[#reply + 1] = next_ns\n"
    " local allowed = is_used(next_us, next_ns, at)\n"
    " if allowed then us, ns = next_us, next_ns\n"
    " elseif not beyond then return false, nil, nil end\n"
    " return allowed, string.format('%.0f:%d', us, ns),"
    " math.ceil((us - now) / 1000) + 1\n"
    "end\n"
    "local function take(key, at)\n"
    " local us, ns = string.match(redis.call('GET', key) or '',"
    " '^(%d+):(%d%d?%d?)$')\n"
    " local allowed, arrival, life = count(us, ns, at)\n"
    " if arrival then\n"
    "  redis.call('SET', key, arrival, 'PX', string.format('%.0f', life))\n"
    " end\n"
    " return allowed\n"
    "end\n"
    /* Sets of eight as in segment.cc, and one bucket for who finds none. */
    "local function take_address(key, at)\n"
    " local seed = redis.call('HGET', key, 'seed')\n"
    " if not seed then\n"
    "  seed = ARGV[3]\n"
    "  redis.call('HSET', key, 'seed', seed)\n"
    " end\n"
    " local hash = redis.sha1hex(seed .. ARGV[2])\n"
    " local tag = string.sub(hash, 1, 16)\n"
    " local set = tonumber(string.sub(hash, 17, 28), 16) % ARGV[1]\n"
    " local field = string.format('%.0f', set)\n"
    " local others, busy, own_us, own_ns = '', 0, nil, nil\n"
    " for t, us, ns in string.gmatch(redis.call('HGET', key, field) or '',"
    " '(%x+)=(%d+):(%d+);') do\n"
    "  if t == tag then own_us, own_ns = us, ns\n"
    "  elseif is_used(tonumber(us), tonumber(ns), at) then\n"
    "   others = others .. t .. '=' .. us .. ':' .. ns .. ';'\n"
    "   busy = busy + 1\n"
    "  end\n"
    " end\n"
    " if not own_us and busy >= 8 then\n"
    "  field, others, tag = 'crowded', '', '0'\n"
    "  own_us, own_ns = string.match(redis.call('HGET', key, field) or '',"
    " '=(%d+):(%d+);')\n"
    " end\n"
    " local allowed, arrival, life = count(own_us, own_ns, at)\n"
    " if arrival then\n"
    "  redis.call('HSET', key, field,"
    " others .. tag .. '=' .. arrival .. ';')\n"
    "  if redis.call('PTTL', key) < life then\n"
    "   redis.call('PEXPIRE', key, string.format('%.0f', life))\n"
    "  end\n"
    " end\n"
    " return allowed\n"
    "end\n"
    "for i = 1, 3 do\n"
    " local at = i * 4\n"
    " if ARGV[at] ~= '0' or ARGV[at + 1] ~= '0' then\n"
    "  local allowed\n"
    "  if i == 1 then allowed = take_address(KEYS[i], at)\n"
    "  else allowed = take(KEYS[i], at) end\n"
    "  if not allowed then break end\n"
    " end\n"
    "end\n"
    "return reply\n";

/* No address is to be read in Redis, or in its log of slow commands. */
std::string
digest_of(const IpAddress &client)
{
	std::string octets = "http-smtp-rele limit address";
	IpAddress unit = client.rate_limit_unit();

	for (std::uint8_t octet : unit.octets())
		octets += static_cast<char>(octet);
	return (digest_to_hex(sha256(octets)));
}

std::string
make_seed()
{
	Sha256Digest octets;

	arc4random_buf(octets.data(), octets.size());
	return (digest_to_hex(octets).substr(0, 32));
}

void
append_time(std::vector<std::string> &list, std::uint64_t ns)
{
	list.push_back(std::to_string(ns / 1000));
	list.push_back(std::to_string(ns % 1000));
}

/* An element of the reply; nullopt: it cannot be meant. */
std::optional<std::uint64_t>
number_at(const redisReply &reply, std::size_t index, long long max)
{
	if (index >= reply.elements)
		return (std::nullopt);
	const redisReply &element = *reply.element[index];
	if (element.type != REDIS_REPLY_INTEGER || element.integer < 0 ||
	    element.integer > max)
		return (std::nullopt);
	return (static_cast<std::uint64_t>(element.integer));
}

/* What is used of the bucket that was asked as number index. */
std::optional<std::uint64_t>
used_ns(const redisReply &reply, std::size_t index)
{
	auto us = number_at(reply, 2 * index,
	    static_cast<long long>(bucket_wait_ns_max / 1000));
	auto ns = number_at(reply, 2 * index + 1, 999);

	if (!us || !ns)
		return (std::nullopt);
	return (*us * 1000 + *ns);
}

} /* namespace */

SharedLimits::SharedLimits(RedisClient &redis_client,
    const std::string &store_prefix, std::uint64_t address_sets,
    const SharedLimitBounds &limit_bounds)
    : client(redis_client), prefix(store_prefix + "l:"),
      sets(std::to_string(address_sets)), seed(make_seed()),
      bounds(limit_bounds), deadline(this, calls<&SharedLimits::overdue>),
      script(take_script, buckets)
{
}

void
SharedLimits::take(const LimitQuestion &question, const SmtpConfig &config,
    const SmtpKey *key, Done done)
{
	Question asked = {question.id, {}, std::move(done),
	    Clock::now() + bounds.answer_time};

	if (!config.address_limit.none())
		asked.asked.push_back(
		    {LimitBucket::address, config.address_limit});
	if (key != nullptr && !key->limit.none())
		asked.asked.push_back({LimitBucket::key, key->limit});
	if (key != nullptr && !config.global_limit.none())
		asked.asked.push_back(
		    {LimitBucket::global, config.global_limit});
	if (asked.asked.empty()) {
		LimitAnswer allowed;
		allowed.id = question.id;
		allowed.kind = LimitAnswer::Kind::allowed;
		asked.done(allowed);
		return;
	}
	if (const char *why = obstacle())
		return (fail(asked, why));

	std::uint64_t number = ++last_number;
	std::vector<std::string> words = arguments(question, key, asked);
	questions.emplace(number, std::move(asked));
	without_reply++;
	if (questions.size() == 1)
		watch();
	script.run(client, std::move(words),
	    [this, number](const redisReply *reply) {
		    replied(number, reply);
	    });
}

/* Why it is not asked at all, or nullptr. */
const char *
SharedLimits::obstacle() const
{
	if (client.is_down())
		return ("no connection");
	if (questions.size() >= bounds.questions)
		return ("too many requests wait for it");
	/* One after the other is, to see whether it is fast again. */
	if (is_slow && without_reply != 0)
		return ("no answer in time");
	return (nullptr);
}

std::vector<std::string>
SharedLimits::arguments(const LimitQuestion &question, const SmtpKey *key,
    const Question &asked) const
{
	std::vector<std::string> list;
	RateLimit limits[buckets];

	for (const Asked &one : asked.asked)
		limits[static_cast<std::size_t>(one.bucket)] = one.limit;
	list.reserve(6 + 4 * buckets);
	list.push_back(prefix + "a:" + sets);
	list.push_back(prefix + "k:" + (key != nullptr ? key->name : ""));
	list.push_back(prefix + "g");
	list.push_back(sets);
	list.push_back(digest_of(question.client));
	list.push_back(seed);
	for (const RateLimit &limit : limits) {
		std::uint64_t interval =
		    limit.none() ? 0 : limit.interval_ns();

		append_time(list, interval * limit.burst);
		append_time(list, interval);
	}
	return (list);
}

void
SharedLimits::replied(std::uint64_t number, const redisReply *reply)
{
	auto node = questions.extract(number);
	LimitAnswer answer;

	without_reply--;
	if (node.empty())
		return;
	watch();
	const Question &question = node.mapped();
	if (reply == nullptr)
		return (fail(question, "no connection"));
	if (reply->type != REDIS_REPLY_ARRAY)
		return (fail(question, redis_text(*reply)));
	answer.id = question.id;
	answer.kind = LimitAnswer::Kind::allowed;
	for (std::size_t i = 0; i < question.asked.size(); i++) {
		const Asked &asked = question.asked[i];
		std::optional<std::uint64_t> used = used_ns(*reply, i);

		if (!used || *used < asked.limit.interval_ns())
			return (fail(question, "an unexpected reply"));
		RateDecision decision = rate_decision(asked.limit, *used);
		if (!decision.allowed || asked.bucket == LimitBucket::key) {
			answer.bucket = asked.bucket;
			answer.decision = decision;
		}
		if (!decision.allowed) {
			answer.kind = LimitAnswer::Kind::dry;
			break;
		}
	}
	works();
	question.done(answer);
}

void
SharedLimits::overdue()
{
	Clock::time_point now = Clock::now();

	while (!questions.empty() && questions.begin()->second.until <= now) {
		auto node = questions.extract(questions.begin());

		is_slow = true;
		fail(node.mapped(), "no answer in time");
	}
	watch();
}

void
SharedLimits::watch()
{
	if (questions.empty())
		deadline.clear();
	else
		deadline.set(questions.begin()->second.until);
}

void
SharedLimits::fail(const Question &question, const std::string &why)
{
	LimitAnswer answer;

	answer.id = question.id;
	failures++;
	complain(why);
	question.done(answer);
}

/* Once a minute, and when all is well again. */
void
SharedLimits::complain(const std::string &why)
{
	Clock::time_point now = Clock::now();

	if (has_complained && now - last_complaint < complaint_interval)
		return;
	has_complained = true;
	is_failing = true;
	last_complaint = now;
	LogRecord(LogLevel::warning, "shared limits are unavailable")
	    .field("event", "shared_limits_down")
	    .field("reason", why)
	    .field("requests", static_cast<std::int64_t>(failures))
	    .write();
}

void
SharedLimits::works()
{
	is_slow = false;
	if (is_failing)
		LogRecord(LogLevel::info, "shared limits are available again")
		    .field("event", "shared_limits_up")
		    .field("requests", static_cast<std::int64_t>(failures))
		    .write();
	is_failing = false;
}
