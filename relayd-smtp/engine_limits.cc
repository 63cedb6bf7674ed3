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

/* The engine's part for the limits that relays share. */

#include "engine.h"

/*
 * Who asks is not believed: limits and key are those that are in force here.
 * A key that is not known here, or no longer, is not counted by anybody: its
 * submission will be refused.
 */
void
Engine::take_units(HttpPeer &peer, const LimitQuestion &question)
{
	const SmtpConfig &config = *policy.config();
	const SmtpKey *key = nullptr;
	LimitAnswer unavailable;

	unavailable.id = question.id;
	if (question.proof)
		key = policy.find_key(*question.proof);
	if (!config.limit_shared || shared_limits == nullptr ||
	    (question.proof && key == nullptr)) {
		peer.send_taken(unavailable);
		return;
	}
	shared_limits->take(question, config, key,
	    [this, instance = peer.instance()](const LimitAnswer &answer) {
		    auto asker = peers.find(instance);
		    if (asker != peers.end())
			    asker->second->send_taken(answer);
	    });
}

/* The ledger is never another one while this process runs. */
void
Engine::make_shared_limits()
{
	RedisClient *redis = ledger->redis();

	if (redis != nullptr)
		shared_limits = std::make_unique<SharedLimits>(*redis,
		    ledger_store.prefix,
		    segment ? segment->address_sets() : 1);
}
