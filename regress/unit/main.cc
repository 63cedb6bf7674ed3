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
 * The main program of all unit tests, compiled once.  It ends with a line that
 * regress/test.sh adds up: the reporters' own closing lines differ between the
 * releases of Catch2, and between good and bad runs.
 */

#define CATCH_CONFIG_RUNNER
#include "catch.h"
#include "skip.h"

#include <signal.h>

#include <cstdio>
#include <string>
#include <vector>

namespace {

#if __has_include(<catch2/catch_all.hpp>)
using ListenerBase = Catch::EventListenerBase;
#else
using ListenerBase = Catch::TestEventListenerBase;
#endif

/* In single quotes, and with make's dollar sign. */
std::string
quoted_for_shell(const std::string &text)
{
	std::string result = "'";

	for (char c : text) {
		if (c == '\'')
			result += "'\\'";
		if (c == '$')
			result += '$';
		result += c;
	}
	return (result + '\'');
}

/* Counts, and says how to run what failed alone. */
class Totals : public ListenerBase {
public:
	using ListenerBase::ListenerBase;

	void
	testCaseEnded(const Catch::TestCaseStats &test) override
	{
		if (test.totals.testCases.failed != 0)
			failed_.push_back(name_of(test.testInfo));
	}

	void
	testRunEnded(const Catch::TestRunStats &run) override
	{
		const Catch::Counts &cases = run.totals.testCases;

		for (const std::string &name : failed_)
			std::printf("alone: make test ONLY=%s\n",
			    quoted_for_shell(name).c_str());
		std::printf("%llu passed, %llu failed",
		    static_cast<unsigned long long>(
			cases.passed - skipped_cases),
		    static_cast<unsigned long long>(cases.failed));
		if (skipped_cases != 0)
			std::printf(", %u skipped", skipped_cases);
		std::printf("\n");
	}

private:
	std::vector<std::string> failed_;

	static std::string
	name_of(const Catch::TestCaseInfo &test)
	{
		return (test.name);
	}

	static std::string
	name_of(const Catch::TestCaseInfo *test)
	{
		return (test->name);
	}
};

CATCH_REGISTER_LISTENER(Totals)

} /* namespace */

int
main(int argc, char *argv[])
{
	signal(SIGPIPE, SIG_IGN); /* as in every process of ours */
	return (Catch::Session().run(argc, argv));
}
