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
 * What is to be decided in one step is decided by the server, in Lua: who
 * gets an Idempotency-Key among any number of relays, and a unit of a limit
 * (shared_limits.cc).
 *
 * Of an Idempotency-Key's scripts KEYS[1] is a claim: a hash of the request
 * id that holds the key, the content's digest, state (received, started,
 * settled), daemon, instance, and lease, the time of the server's clock until
 * which that relay is alive beyond doubt.  KEYS[2] is the entry of a
 * submission.  No entry takes the place of one of another identity.
 */

#ifndef RELAYD_SMTP_REDIS_SCRIPTS_H
#define RELAYD_SMTP_REDIS_SCRIPTS_H

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "digest.h"
#include "redis_client.h"

/* As an argument. */
inline std::string_view
octets_of(const Sha256Digest &digest)
{
	return {reinterpret_cast<const char *>(digest.data()), digest.size()};
}

class RedisScript {
public:
	/* Of the arguments, the first are KEYS, and the rest is ARGV. */
	explicit RedisScript(const char *lua, unsigned int keys = 2);

	void run(RedisClient &client, std::vector<std::string> arguments,
	    RedisClient::Done done);

private:
	const char *text;
	std::string key_count;
	std::string digest; /* hexadecimal SHA-1: the server knows it by that */
	std::uint64_t known_to = UINT64_MAX; /* on which connection */
};

/* Where the octets of an entry say whose they are; see RedisLedger. */
constexpr std::size_t redis_identity_at = 25;
constexpr std::size_t redis_identity_size = 16;

/*
 * Writes an entry that has no key, KEYS[1].  ARGV: entry, life in
 * milliseconds.  0: another one's is there.
 */
extern const char redis_write_script[];
/*
 * Takes a key.  ARGV: id, content, daemon, instance, lease and life in
 * milliseconds, entry, the first instance that may be alive.  The reply is
 * an array: taken; busy; other (content); exists (an entry of that id);
 * settled, its id; or abandoned, its id, its lease: it had been started.
 */
extern const char redis_claim_script[];
/*
 * Writes an entry that has a key.  ARGV as above to the entry, then state, or
 * `free', which lets go.  0: it does not hold the key any more, and nothing
 * was written.
 */
extern const char redis_mark_script[];
/*
 * Settles one that was abandoned.  ARGV: id, lease, entry.  0: it has moved
 * on, and nothing was written.
 */
extern const char redis_settle_script[];

#endif
