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

/* SHA1_Init(3) and its like, as in digest.cc. */
#define OPENSSL_API_COMPAT 0x10100000L

#include <openssl/sha.h>

#include <memory>
#include <string_view>

#include "redis_scripts.h"

#define LUA_NOW								\
	"local time = redis.call('TIME')\n"				\
	"local now = time[1] * 1000 + math.floor(time[2] / 1000)\n"
#define LUA_WRITE_CLAIM							\
	"redis.call('HSET', KEYS[1], 'id', ARGV[1],"			\
	" 'content', ARGV[2], 'state', state,"				\
	" 'daemon', ARGV[3], 'instance', ARGV[4],"			\
	" 'lease', string.format('%.0f', now + ARGV[5]))\n"		\
	"redis.call('PEXPIRE', KEYS[1], ARGV[6])\n"
/* redis_identity_at, and Lua counts from 1. */
#define LUA_IS_OTHERS(key, entry)					\
	"local there = redis.call('GETRANGE', " key ", 25, 40)\n"	\
	"local others = there ~= '' and"				\
	" there ~= string.sub(" entry ", 26, 41)\n"
#define LUA_WRITE_ENTRY							\
	LUA_IS_OTHERS("KEYS[2]", "ARGV[7]")				\
	"if not others then\n"						\
	" redis.call('SET', KEYS[2], ARGV[7], 'PX', ARGV[6])\n"	\
	"end\n"
static_assert(redis_identity_at == 25 && redis_identity_size == 16);

const char redis_write_script[] =
    LUA_IS_OTHERS("KEYS[1]", "ARGV[1]")
    "if others then return 0 end\n"
    "redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])\n"
    "return 1\n";

/* A process of this daemon that has died is dead, whatever its lease. */
const char redis_claim_script[] =
    LUA_NOW
    "local h = redis.call('HMGET', KEYS[1], 'id', 'content', 'state',"
    " 'daemon', 'instance', 'lease')\n"
    "if h[1] then\n"
    " local dead = tonumber(h[6]) <= now or"
    " h[4] == ARGV[3] and h[5] < ARGV[8]\n"
    " if not (dead and h[3] == 'received') then\n"
    "  if h[2] ~= ARGV[2] then return {'other'} end\n"
    "  if h[3] == 'settled' then return {'settled', h[1]} end\n"
    "  if dead then return {'abandoned', h[1], h[6]} end\n"
    "  return {'busy'}\n"
    " end\n"
    "end\n"
    "if redis.call('EXISTS', KEYS[2]) == 1 then return {'exists'} end\n"
    "local state = 'received'\n"
    LUA_WRITE_CLAIM
    LUA_WRITE_ENTRY
    "return {'taken'}\n";

const char redis_mark_script[] =
    LUA_NOW
    "local state = ARGV[8]\n"
    "local h = redis.call('HMGET', KEYS[1], 'id', 'state')\n"
    "local own = h[1] == ARGV[1]\n"
    "if state == 'received' or state == 'started' then\n"
    " if not own or h[2] == 'settled' then return 0 end\n"
    "end\n"
    "if state == 'free' then\n"
    " if own then redis.call('DEL', KEYS[1]) end\n"
    "elseif own or not h[1] then\n"
    LUA_WRITE_CLAIM
    "end\n"
    LUA_WRITE_ENTRY
    "return 1\n";

const char redis_settle_script[] =
    "local h = redis.call('HMGET', KEYS[1], 'id', 'state', 'lease')\n"
    "if h[1] ~= ARGV[1] or h[2] ~= 'started' or h[3] ~= ARGV[2] then\n"
    " return 0\n"
    "end\n"
    "local life = math.max(1, redis.call('PTTL', KEYS[1]))\n"
    "redis.call('HSET', KEYS[1], 'state', 'settled')\n"
    "redis.call('SET', KEYS[2], ARGV[3], 'PX', life)\n"
    "return 1\n";

RedisScript::RedisScript(const char *lua, unsigned int keys)
    : text(lua), key_count(std::to_string(keys))
{
	static const char digits[] = "0123456789abcdef";
	std::string_view octets(lua);
	unsigned char sum[SHA_DIGEST_LENGTH];

	SHA_CTX context;

	SHA1_Init(&context);
	SHA1_Update(&context, octets.data(), octets.size());
	SHA1_Final(sum, &context);
	for (unsigned char octet : sum) {
		digest += digits[octet >> 4];
		digest += digits[octet & 15];
	}
}

/*
 * A connection brings it in full once, and then names it.  It may be thrown
 * away meanwhile (SCRIPT FLUSH): then it is brought again.
 */
void
RedisScript::run(RedisClient &client, std::vector<std::string> arguments,
    RedisClient::Done done)
{
	bool known = known_to == client.connection_number();
	std::vector<std::string_view> command = {known ? "EVALSHA" : "EVAL",
	    known ? std::string_view(digest) : std::string_view(text),
	    key_count};

	command.insert(command.end(), arguments.begin(), arguments.end());
	if (!known) {
		known_to = client.connection_number();
		client.send(command, std::move(done));
		return;
	}
	auto kept = std::make_shared<std::vector<std::string>>();
	client.send(command,
	    [this, &client, kept, then = std::move(done)](
		const redisReply *reply) mutable {
		    if (reply == nullptr || reply->type != REDIS_REPLY_ERROR ||
			!std::string_view(reply->str, reply->len)
			     .starts_with("NOSCRIPT"))
			    return (then(reply));
		    known_to = UINT64_MAX;
		    run(client, std::move(*kept), std::move(then));
	    });
	*kept = std::move(arguments);
}
