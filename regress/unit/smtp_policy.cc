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

#include <chrono>
#include <memory>
#include <string>

#include "catch.h"
#include "key_limits.h"
#include "policy.h"
#include "smtp_fixture.h"

using namespace fixture;

namespace {

constexpr std::uint64_t second = 1000000000;

/* A policy, and one submission after another before it. */
class Judge {
public:
	Judge() : config(make_config())
	{
	}
	void commit(std::uint64_t now_ns = 1)
	{
		policy.configure(std::make_shared<SmtpConfig>(config), now_ns);
	}
	std::variant<Permit, Refusal> operator()(Submission submission,
	    std::uint64_t now_ns = 1)
	{
		octets = write_submission(std::move(submission));
		auto received = read_submission(octets);
		REQUIRE(received.has_value());
		return (policy.judge(*received, now_ns));
	}
	Permit permit(Submission submission)
	{
		auto verdict = (*this)(std::move(submission));
		REQUIRE(std::holds_alternative<Permit>(verdict));
		return (std::get<Permit>(verdict));
	}
	Refusal refusal(Submission submission)
	{
		auto verdict = (*this)(std::move(submission));
		REQUIRE(std::holds_alternative<Refusal>(verdict));
		return (std::get<Refusal>(verdict));
	}

	SmtpConfig config;
	Policy policy;
	std::string octets;
};

RecipientPolicy
list(std::initializer_list<const char *> entries)
{
	RecipientPolicy policy;

	for (const char *entry : entries)
		REQUIRE(policy.add(entry));
	return (policy);
}

} /* namespace */

TEST_CASE("a key is found by its proof only, and when it is enabled")
{
	Judge judge;
	CHECK(judge.policy.find_key(proof_of("secret of billing")) == nullptr);
	judge.config.keys[0].digests.push_back(
	    sha256(proof_of("the new secret")));
	judge.commit();
	const SmtpKey *key = judge.policy.find_key(
	    proof_of("secret of billing"));
	REQUIRE(key != nullptr);
	CHECK(key->name == "billing");
	CHECK(judge.policy.find_key(proof_of("the new secret")) == key);
	CHECK(judge.policy.find_key(proof_of("secret of other"))->name ==
	    "other");
	CHECK(judge.policy.find_key(proof_of("")) == nullptr);
	CHECK(judge.policy.find_key(KeyProof{}) == nullptr);
	/* What relayd-smtp keeps is not what opens. */
	CHECK(judge.policy.find_key(judge.config.keys[0].digests[0]) ==
	    nullptr);
	KeyProof near = proof_of("secret of billing");
	near[31] ^= 1;
	CHECK(judge.policy.find_key(near) == nullptr);
	judge.config.keys[0].enabled = false;
	judge.commit();
	CHECK(judge.policy.find_key(proof_of("secret of billing")) == nullptr);
}

TEST_CASE("both the global and the key's list must allow a recipient")
{
	struct Case {
		const char *recipient;
		bool allowed;
	};
	Judge judge;
	judge.config.recipients = list({"example.com", "example.org",
	    "ops@example.net", "[192.0.2.1]"});
	judge.config.keys[0].recipients = list({"example.com",
	    "ops@example.net", "evil.example", "[192.0.2.1]"});
	judge.commit();
	for (const Case &c : {Case{"a@example.com", true},
		 Case{"a@EXAMPLE.com", true}, Case{"a@example.org", false},
		 Case{"ops@example.net", true}, Case{"a@example.net", false},
		 Case{"a@evil.example", false},
		 Case{"a@sub.example.com", false}, Case{"a@[192.0.2.1]", true},
		 Case{"a@[192.0.2.2]", false}}) {
		INFO(c.recipient);
		auto verdict = judge(make_submission(1, {c.recipient}));
		CHECK(std::holds_alternative<Permit>(verdict) == c.allowed);
		if (auto *refusal = std::get_if<Refusal>(&verdict)) {
			CHECK(refusal->outcome == Outcome::invalid);
			CHECK(refusal->field == "to[0]");
			/* Never what the client wrote. */
			CHECK(refusal->message.find("example") ==
			    std::string::npos);
		}
	}
}

TEST_CASE("a mailbox that is named twice is one recipient")
{
	Judge judge;
	judge.commit();
	Submission s = make_submission(1, {"a@example.org", "b@example.org",
		"a@EXAMPLE.ORG", "\"a\"@example.org"});
	s.cc = {"b@example.org", "A@example.org"};
	Permit permit = judge.permit(s);
	REQUIRE(permit.recipients.size() == 3);
	CHECK(permit.recipients[0].mailbox == "a@example.org");
	CHECK(permit.recipients[1].mailbox == "b@example.org");
	CHECK(permit.recipients[2].mailbox == "A@example.org");
	CHECK(permit.recipients[2].cc);
	CHECK(permit.recipients[2].index == 1);
	CHECK(permit.to.size() == 4);
	CHECK(permit.cc.size() == 2);
}

TEST_CASE("to and cc are counted together")
{
	Judge judge;
	judge.config.keys[0].max_recipients = 4;
	judge.commit();
	Submission s = make_submission(1, recipients(2));
	s.cc = {"c@example.org", "d@example.org"};
	judge.permit(s);
	s.cc.push_back("e@example.org");
	CHECK(judge.refusal(s).field == "to");
}

TEST_CASE("any address may need SMTPUTF8")
{
	Judge judge;
	judge.commit();
	CHECK_FALSE(judge.permit(make_submission(1, {"a@example.org"}))
	    .needs_smtputf8);
	Submission s = make_submission(1, {"ä@example.org"});
	CHECK(judge.permit(s).needs_smtputf8);
	s = make_submission(1, {"a@example.org"});
	s.cc = {"ä@example.org"};
	CHECK(judge.permit(s).needs_smtputf8);
	s = make_submission(1, {"a@example.org"});
	s.reply_to = {"ä@example.org"};
	CHECK(judge.permit(s).needs_smtputf8);
	judge.config.keys[0].sender.envelope_from = address("ä@example.com");
	judge.commit();
	CHECK(judge.permit(make_submission(1, {"a@example.org"}))
	    .needs_smtputf8);
}

TEST_CASE("a limit is widened by what honest requests bring at once")
{
	using std::chrono::seconds;
	RateLimit limit{60, 60 * second, 10};
	CHECK(widened(limit, seconds(30)).burst == 41);
	CHECK(widened(limit, seconds(0)).burst == 11);
	CHECK(widened(RateLimit(), seconds(30)).none());
	/* The bound of burst times interval is kept. */
	RateLimit slow{1, 86400 * second, 36000};
	CHECK(widened(slow, seconds(86400 * 1000)).burst == 36525);
	RateLimit most{1000000, second, UINT32_MAX};
	CHECK(widened(most, seconds(3600)).burst == UINT32_MAX);

	CHECK(larger({1, second, 5}, {2, second, 3}) == RateLimit{2, second, 5});
	CHECK(larger({120, 60 * second, 1}, {1, second, 2}) ==
	    RateLimit{120, 60 * second, 2});
	CHECK(larger(RateLimit(), {1, second, 5}).none());
	CHECK(larger({1, second, 5}, RateLimit()).none());
}

TEST_CASE("an old limit counts for a while, however often it is changed")
{
	GraceLimit limit;
	RateLimit small{1, second, 1}, large{1, second, 100};
	RateLimit middle{1, second, 50};
	limit.set(small, 0, 60 * second);
	CHECK(limit.in_force(0) == small);
	limit.set(large, 10 * second, 60 * second);
	CHECK(limit.in_force(10 * second) == large);
	limit.set(small, 20 * second, 60 * second);
	CHECK(limit.in_force(79 * second) == large);
	CHECK(limit.in_force(80 * second) == small);

	/* A reload that changes nothing does not end an older grace. */
	limit.set(large, 100 * second, 60 * second);
	limit.set(middle, 101 * second, 60 * second);
	limit.set(middle, 102 * second, 60 * second);
	CHECK(limit.in_force(160 * second) == large);
	CHECK(limit.in_force(161 * second) == middle);
}

TEST_CASE("the global limit holds for all keys together")
{
	Judge judge;
	judge.config.timeout_request = std::chrono::milliseconds(1);
	judge.config.global_limit = {1, second, 3};
	judge.commit();
	std::size_t permitted = 0;
	for (unsigned int i = 0; i < 10; i++) {
		Submission s = make_submission(i, {"a@example.org"});
		if (i % 2 == 0)
			s.proof = proof_of("secret of other");
		auto verdict = judge(s);
		if (std::holds_alternative<Permit>(verdict)) {
			permitted++;
			continue;
		}
		CHECK(std::get<Refusal>(verdict).outcome ==
		    Outcome::rate_limited);
		CHECK(std::get<Refusal>(verdict).retry_after_ns > 0);
	}
	CHECK(permitted == 4); /* the burst, and one for what is under way */
	/* A new configuration does not fill the bucket. */
	judge.config.generation++;
	judge.commit(2);
	CHECK(judge.refusal(make_submission(20, {"a@example.org"})).outcome ==
	    Outcome::rate_limited);
}
