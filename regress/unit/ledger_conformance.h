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
 * What every store must do, said once: a test for each store makes a Subject
 * of it and calls ledger_conforms().
 */

#ifndef REGRESS_LEDGER_CONFORMANCE_H
#define REGRESS_LEDGER_CONFORMANCE_H

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "catch.h"
#include "ledger.h"
#include "smtp_fixture.h"

namespace conformance {

class Subject {
public:
	virtual ~Subject() = default;

	/* Empty at first. */
	virtual Ledger &ledger() = 0;
	/* Ends the turn, and waits until done says that it has been called. */
	virtual void settle(const std::function<bool()> &done) = 0;
	/* What was stored is still there for another process; not `memory'. */
	virtual bool lasts() const = 0;
	/* So much time passes, for the store as well. */
	virtual void pass(std::chrono::milliseconds time)
	{
		moved_time::pass(time);
	}
	/* As if the process had died and been started again; if it lasts. */
	virtual void restart() = 0;
};

constexpr std::int64_t hour_ms = 3600000;

inline LedgerEntry
entry(unsigned int number, LedgerStatus status = LedgerStatus::received)
{
	LedgerEntry made;

	made.request_id = fixture::request_id(number);
	made.status = status;
	made.message_id = "<" + std::string(made.request_id.text()) + "@a.b>";
	made.recipient_domains = {"example.com", "example.org"};
	made.recipient_count = number;
	made.recipient_domain_count = 2 + number;
	made.created_ms = time_of_day_ms();
	made.updated_ms = made.created_ms;
	made.expires_ms = made.created_ms + hour_ms;
	return (made);
}

/* With Idempotency-Key `key', of a message with that content. */
inline LedgerEntry
keyed(unsigned int number, const std::string &key, const std::string &content)
{
	LedgerEntry made = entry(number);

	made.idempotency = IdempotencyMark{sha256(key), sha256(content)};
	return (made);
}

inline LedgerEntry
settled(LedgerEntry made, LedgerStatus status, const char *code)
{
	made.status = status;
	made.code = code;
	made.message = "what became of it";
	made.smtp_code = 250;
	made.smtp_enhanced = "2.0.0";
	made.smtp_reply = "Ok: queued";
	made.show_reply = true;
	return (made);
}

/* A subject with words for what the tests do. */
class Tester {
public:
	explicit Tester(Subject &tested) : subject(tested)
	{
	}

	void put(const std::string &key, const LedgerEntry &written)
	{
		bool called = false, stored = false;

		subject.ledger().put(key, written, [&](bool ok) {
			called = true;
			stored = ok;
		});
		subject.settle([&] { return (called); });
		was_stored = stored;
	}
	std::optional<LedgerEntry> find(const std::string &key, unsigned int n)
	{
		std::optional<LedgerEntry> found;
		int calls = 0;

		subject.ledger().look_up(key, fixture::request_id(n),
		    [&](LedgerAnswer::Kind kind, LedgerEntry e) {
			    calls++;
			    REQUIRE(kind != LedgerAnswer::Kind::unavailable);
			    if (kind == LedgerAnswer::Kind::found)
				    found = std::move(e);
		    });
		subject.settle([&] { return (calls != 0); });
		REQUIRE(calls == 1);
		return (found);
	}
	Ledger::Claim claim(const std::string &key, const LedgerEntry &wanted)
	{
		Ledger::Claim what = Ledger::Claim::unavailable;
		int calls = 0;

		subject.ledger().claim(key, wanted,
		    [&](Ledger::Claim claim, LedgerEntry e) {
			    calls++;
			    what = claim;
			    holder = std::move(e);
		    });
		subject.settle([&] { return (calls != 0); });
		REQUIRE(calls == 1);
		return (what);
	}

	Subject &subject;
	bool was_stored = false;
	LedgerEntry holder;
};

inline void
entries_conform(Tester &test)
{
	LedgerEntry one = entry(1);
	test.put("a", one);
	CHECK(test.was_stored);
	auto found = test.find("a", 1);
	REQUIRE(found);
	CHECK(found->request_id == one.request_id);
	CHECK(found->status == LedgerStatus::received);
	CHECK(found->message_id == one.message_id);
	CHECK(found->recipient_domains == one.recipient_domains);
	CHECK(found->recipient_count == 1);
	CHECK(found->recipient_domain_count == 3);
	CHECK(found->created_ms == one.created_ms);
	CHECK(found->expires_ms == one.expires_ms);
	CHECK_FALSE(test.find("b", 1));
	CHECK_FALSE(test.find("", 1));
	CHECK_FALSE(test.find("a", 2));

	LedgerEntry done =
	    settled(one, LedgerStatus::smtp_failed, "smtp_rejected");
	done.updated_ms += 5;
	done.refused.push_back({true, 3, 550, "5.1.1"});
	test.put("a", done);
	found = test.find("a", 1);
	REQUIRE(found);
	CHECK(found->status == LedgerStatus::smtp_failed);
	CHECK(found->code == "smtp_rejected");
	CHECK(found->message == "what became of it");
	CHECK(found->smtp_code == 250);
	CHECK(found->smtp_enhanced == "2.0.0");
	CHECK(found->smtp_reply == "Ok: queued");
	CHECK(found->show_reply);
	CHECK(found->updated_ms == found->created_ms + 5);

	/* Several changes in one turn: the last one counts. */
	LedgerEntry two = entry(2);
	test.subject.ledger().put("a", two);
	two.status = LedgerStatus::smtp_submission_started;
	test.subject.ledger().put("a", two);
	test.put("a", settled(two, LedgerStatus::smtp_accepted, ""));
	CHECK(test.find("a", 2)->status == LedgerStatus::smtp_accepted);

	/* What was written in this turn can be found in it. */
	test.subject.ledger().put(
	    "a", entry(3, LedgerStatus::rejected));
	CHECK(test.find("a", 3)->status == LedgerStatus::rejected);

	/* The same id under another key is another entry. */
	test.put("b", entry(1, LedgerStatus::rejected));
	CHECK(test.find("a", 1)->status == LedgerStatus::smtp_failed);
	CHECK(test.find("b", 1)->status == LedgerStatus::rejected);

	LedgerEntry old = entry(4);
	old.expires_ms = old.created_ms - 1;
	test.put("a", old);
	CHECK_FALSE(test.find("a", 4));
}

inline void
claims_conform(Tester &test)
{
	using Claim = Ledger::Claim;

	LedgerEntry first = keyed(11, "k1", "text");
	CHECK(test.claim("a", first) == Claim::taken);
	CHECK(test.find("a", 11)->status == LedgerStatus::received);
	CHECK(test.claim("a", keyed(12, "k1", "text")) == Claim::in_progress);
	CHECK(test.claim("a", keyed(13, "k1", "other")) ==
	    Claim::other_content);
	CHECK_FALSE(test.find("a", 12));
	CHECK_FALSE(test.find("a", 13));
	CHECK(test.claim("a", keyed(14, "k2", "other")) == Claim::taken);

	first.status = LedgerStatus::smtp_submission_started;
	test.put("a", first);
	CHECK(test.was_stored);
	CHECK(test.claim("a", keyed(15, "k1", "text")) == Claim::in_progress);

	first = settled(first, LedgerStatus::smtp_failed, "smtp_rejected");
	first.refused.push_back({false, 1, 550, "5.1.1"});
	test.put("a", first);
	CHECK(test.claim("a", keyed(16, "k1", "text")) == Claim::settled);
	CHECK(test.holder.request_id == first.request_id);
	CHECK(test.holder.status == LedgerStatus::smtp_failed);
	CHECK(test.holder.code == "smtp_rejected");
	CHECK(test.holder.smtp_reply == "Ok: queued");
	REQUIRE(test.holder.refused.size() == 1);
	CHECK(test.holder.refused[0].index == 1);
	CHECK(test.holder.refused[0].enhanced == "5.1.1");
	CHECK(test.claim("a", keyed(17, "k1", "other")) ==
	    Claim::other_content);

	/* Unknown is held, and a late reply of 4yz lets go. */
	LedgerEntry late = keyed(21, "k3", "text");
	CHECK(test.claim("a", late) == Claim::taken);
	late = settled(late, LedgerStatus::smtp_outcome_unknown,
	    "smtp_outcome_unknown");
	test.put("a", late);
	CHECK(test.claim("a", keyed(22, "k3", "text")) == Claim::settled);
	late = settled(late, LedgerStatus::smtp_failed, "smtp_unavailable");
	test.put("a", late);
	CHECK(test.claim("a", keyed(23, "k3", "other")) == Claim::taken);

	/* Accepted is held; what was not sent is let go. */
	LedgerEntry sent = keyed(31, "k4", "text");
	CHECK(test.claim("a", sent) == Claim::taken);
	test.put("a", settled(sent, LedgerStatus::smtp_accepted, ""));
	CHECK(test.claim("a", keyed(32, "k4", "text")) == Claim::settled);
	CHECK(test.holder.status == LedgerStatus::smtp_accepted);
	LedgerEntry refused = keyed(33, "k5", "text");
	CHECK(test.claim("a", refused) == Claim::taken);
	refused.status = LedgerStatus::rejected;
	refused.code = "overloaded";
	test.put("a", refused);
	CHECK(test.claim("a", keyed(34, "k5", "text")) == Claim::taken);
	/* The one before it, written once more, does not take it away. */
	refused.updated_ms++;
	test.put("a", refused);
	CHECK(test.claim("a", keyed(35, "k5", "text")) == Claim::in_progress);

	/* One that has expired holds nothing. */
	LedgerEntry old = keyed(41, "k6", "text");
	CHECK(test.claim("a", old) == Claim::taken);
	old.status = LedgerStatus::smtp_accepted;
	test.put("a", old);
	test.subject.pass(std::chrono::minutes(30));
	CHECK(test.claim("a", keyed(42, "k6", "other")) ==
	    Claim::other_content);
	test.subject.pass(std::chrono::minutes(30));
	CHECK(test.claim("a", keyed(43, "k6", "other")) == Claim::taken);
}

/* An id is used once by a key, whoever asks and however quickly. */
inline void
ids_conform(Tester &test)
{
	using Claim = Ledger::Claim;

	LedgerEntry first = entry(71);
	LedgerEntry other = entry(71, LedgerStatus::rejected);
	other.created_ms = first.created_ms + 1;
	test.put("a", first);
	for (LedgerStatus status : {LedgerStatus::received,
		 LedgerStatus::rejected, LedgerStatus::smtp_accepted}) {
		other.status = status;
		test.put("a", other);
		CHECK_FALSE(test.was_stored);
		CHECK(test.find("a", 71)->status == LedgerStatus::received);
	}
	LedgerEntry late = keyed(71, "i1", "text");
	CHECK(test.claim("a", late) == Claim::unavailable);
	CHECK(test.find("a", 71)->status == LedgerStatus::received);
	test.put("a", settled(first, LedgerStatus::smtp_accepted, ""));
	CHECK(test.was_stored);
	CHECK(test.claim("a", keyed(72, "i1", "text")) == Claim::taken);

	/* In one turn and one millisecond. */
	LedgerEntry holder = keyed(73, "i2", "text");
	LedgerEntry twin = keyed(73, "i3", "text");
	twin.created_ms = holder.created_ms;
	twin.serial = 1;
	CHECK(test.claim("a", holder) == Claim::taken);
	CHECK(test.claim("a", twin) == Claim::unavailable);
	twin.idempotency.reset();
	twin.status = LedgerStatus::rejected;
	test.put("a", twin);
	CHECK_FALSE(test.was_stored);
	CHECK(test.claim("a", keyed(74, "i2", "text")) == Claim::in_progress);
	test.put("a", settled(holder, LedgerStatus::smtp_accepted, ""));
	test.put("a", twin);
	CHECK_FALSE(test.was_stored);
	CHECK(test.claim("a", keyed(75, "i2", "text")) == Claim::settled);
	CHECK(test.claim("a", keyed(76, "i3", "text")) == Claim::taken);

	/* Nor is it stored when it comes in the turn of the first. */
	LedgerEntry one = entry(77);
	LedgerEntry another = settled(one, LedgerStatus::smtp_accepted, "");
	another.serial = 1;
	test.subject.ledger().put("a", one);
	test.put("a", another);
	CHECK_FALSE(test.was_stored);
	CHECK(test.find("a", 77)->status == LedgerStatus::received);
}

/* What a process leaves behind that died. */
inline void
restart_conforms(Tester &test)
{
	using Claim = Ledger::Claim;

	LedgerEntry received = keyed(51, "r1", "text");
	LedgerEntry started = keyed(52, "r2", "text");
	LedgerEntry sent = keyed(53, "r3", "text");
	LedgerEntry unkeyed = entry(54);
	CHECK(test.claim("a", received) == Claim::taken);
	CHECK(test.claim("a", started) == Claim::taken);
	started.status = LedgerStatus::smtp_submission_started;
	test.put("a", started);
	CHECK(test.claim("a", sent) == Claim::taken);
	test.put("a", settled(sent, LedgerStatus::smtp_accepted, ""));
	unkeyed.status = LedgerStatus::smtp_submission_started;
	test.put("a", unkeyed);

	test.subject.restart();
	CHECK(test.find("a", 53)->status == LedgerStatus::smtp_accepted);
	CHECK(test.claim("a", keyed(61, "r3", "text")) == Claim::settled);
	CHECK(test.claim("a", keyed(62, "r2", "text")) == Claim::settled);
	CHECK(test.holder.status == LedgerStatus::smtp_outcome_unknown);
	CHECK(test.holder.code == "smtp_outcome_unknown");
	CHECK(test.claim("a", keyed(63, "r1", "text")) == Claim::taken);
}

inline void
ledger_conforms(Subject &subject)
{
	Tester test(subject);

	entries_conform(test);
	claims_conform(test);
	ids_conform(test);
	if (subject.lasts())
		restart_conforms(test);
}

} /* namespace conformance */

#endif
