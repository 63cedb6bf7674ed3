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

#include "ledger_shares.h"

void
LedgerShares::configure(
    std::uint64_t records, const std::vector<SmtpKey> &keys)
{
	for (auto &[name, use] : uses)
		use.is_owed = false;
	enabled = 0;
	for (const SmtpKey &key : keys) {
		if (!key.enabled)
			continue;
		uses[key.name].is_owed = true;
		enabled++;
	}
	std::erase_if(uses, [](const Node &node) {
		return (!node.second.is_owed && node.second.entries == 0);
	});
	configure(records);
}

void
LedgerShares::configure(std::uint64_t records)
{
	records_max = records;
	owed = enabled == 0 ? 0 : records / (2 * enabled);
	share_out();
}

/* What each may lose, anew. */
void
LedgerShares::share_out()
{
	losers.clear();
	over = nullptr;
	total_beyond = 0;
	for (Node &node : uses) {
		node.second.losable = 0;
		total_beyond += keyed_beyond(node.second);
		rank(node);
	}
}

std::uint64_t
LedgerShares::limit_of(const Use &use) const
{
	return (records_max - owed * enabled + owed_to(use));
}

std::uint64_t
LedgerShares::keyed_beyond(const Use &use) const
{
	return (use.keyed - std::min(use.keyed, owed_to(use)));
}

void
LedgerShares::add(const std::string &key, bool is_keyed)
{
	Node &node = *uses.try_emplace(key).first;
	const Use &use = node.second;

	set(node, use.entries + 1, use.keyed + (is_keyed ? 1 : 0));
}

void
LedgerShares::remove(const std::string &key, bool was_keyed)
{
	auto found = uses.find(key);
	if (found == uses.end())
		return;
	const Use &use = found->second;

	/* Numbers that somebody changed by hand do not wrap around. */
	set(*found, use.entries - std::min<std::uint64_t>(use.entries, 1),
	    use.keyed - std::min<std::uint64_t>(use.keyed, was_keyed ? 1 : 0));
	if (use.entries == 0 && !use.is_owed)
		uses.erase(found);
}

void
LedgerShares::change(const std::string &key, bool was_keyed, bool is_keyed)
{
	auto found = uses.find(key);
	if (found == uses.end() || was_keyed == is_keyed)
		return;
	const Use &use = found->second;

	set(*found, use.entries,
	    is_keyed ? use.keyed + 1
		     : use.keyed - std::min<std::uint64_t>(use.keyed, 1));
}

void
LedgerShares::clear()
{
	for (auto &[name, use] : uses)
		use.entries = use.keyed = 0;
	total = total_keyed = 0;
	share_out();
}

void
LedgerShares::count(
    const std::string &key, std::uint64_t entries, std::uint64_t keyed)
{
	set(*uses.try_emplace(key).first, entries, keyed);
}

void
LedgerShares::set(Node &node, std::uint64_t entries, std::uint64_t keyed)
{
	Use &use = node.second;

	total += entries - use.entries;
	total_keyed += keyed - use.keyed;
	total_beyond -= keyed_beyond(use);
	use.entries = entries;
	use.keyed = keyed;
	total_beyond += keyed_beyond(use);
	rank(node);
}

void
LedgerShares::rank(Node &node)
{
	Use &use = node.second;
	std::uint64_t plain = use.entries - std::min(use.entries, use.keyed);
	std::uint64_t losable = std::min(
	    plain, use.entries - std::min(use.entries, owed_to(use)));

	if (use.entries > limit_of(use))
		over = &node;
	else if (over == &node)
		over = nullptr;
	if (losable == use.losable)
		return;
	auto place = losers.extract({use.losable, &node});
	use.losable = losable;
	if (losable == 0)
		return;
	if (place.empty()) {
		losers.emplace(losable, &node);
		return;
	}
	place.value().first = losable;
	losers.insert(std::move(place));
}

/*
 * What Idempotency-Keys take beyond what their keys are owed comes out of what
 * nobody is owed: together they do not take more than that either.
 */
bool
LedgerShares::may_hold(
    const std::string &key, std::uint64_t own, std::uint64_t all) const
{
	static const Use none;
	auto found = uses.find(key);
	const Use &use = found == uses.end() ? none : found->second;
	std::uint64_t keyed = use.keyed + own;

	if (enabled == 0)
		return (total_keyed + all < records_max);
	if (keyed >= limit_of(use) / 2)
		return (false);
	return (keyed < owed_to(use) ||
	    total_beyond + all < records_max - owed * enabled);
}

LedgerShares::Loss
LedgerShares::loss() const
{
	if (over != nullptr && over->second.losable != 0) {
		const Use &use = over->second;
		return {&over->first, use.entries - limit_of(use), use.losable};
	}
	if (total <= records_max || losers.empty())
		return {};
	const auto &[losable, node] = *losers.rbegin();
	return {&node->first, total - records_max, losable};
}
