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

#include <sys/syscall.h>

#include <linux/audit.h>

#include <stddef.h>
#include <unistd.h>

#include "filter.h"

#if defined(__x86_64__)
static constexpr std::uint32_t architecture = AUDIT_ARCH_X86_64;
/* The x32 calls come with the same architecture and this bit. */
static constexpr std::uint32_t number_limit = 0x40000000;
#elif defined(__aarch64__)
static constexpr std::uint32_t architecture = AUDIT_ARCH_AARCH64;
static constexpr std::uint32_t number_limit = 0x80000000;
#else
#error "system calls of this architecture are not known"
#endif

static constexpr std::uint16_t load_word = BPF_LD | BPF_W | BPF_ABS;
static constexpr std::uint16_t jump_if_equal = BPF_JMP | BPF_JEQ | BPF_K;
static constexpr std::uint16_t give = BPF_RET | BPF_K;
static constexpr std::uint32_t number_offset =
    offsetof(struct seccomp_data, nr);

/* One comparison of half an argument; both architectures are little-endian. */
struct Half {
	std::uint32_t offset;
	std::uint32_t mask;
	std::uint32_t value;
};

static std::vector<Half>
halves(const Conditions &conditions)
{
	std::vector<Half> result;

	for (const Condition &condition : conditions) {
		const auto offset = static_cast<std::uint32_t>(
		    offsetof(struct seccomp_data, args) +
		    sizeof(std::uint64_t) * condition.argument);
		const auto low = static_cast<std::uint32_t>(condition.mask);
		const auto high =
		    static_cast<std::uint32_t>(condition.mask >> 32);

		if (low != 0)
			result.push_back({offset, low,
			    static_cast<std::uint32_t>(condition.value)});
		if (high != 0)
			result.push_back({offset + 4, high,
			    static_cast<std::uint32_t>(condition.value >> 32)});
	}
	return (result);
}

Filter::Filter()
{
	instruction(load_word, offsetof(struct seccomp_data, arch));
	instruction(jump_if_equal, architecture, 1, 0);
	instruction(give, SECCOMP_RET_KILL_PROCESS);
	instruction(load_word, number_offset);
	instruction(BPF_JMP | BPF_JGE | BPF_K, number_limit, 0, 1);
	instruction(give, SECCOMP_RET_KILL_PROCESS);
}

void
Filter::instruction(std::uint16_t code, std::uint32_t value,
    std::uint8_t if_true, std::uint8_t if_false)
{
	program.push_back({code, if_true, if_false, value});
}

/*
 * Jumps are relative, and a rule is passed by jumping past its end.  Where
 * arguments were loaded, the end is an instruction that loads the number
 * again.
 */
void
Filter::add(long number, Action action, const Conditions &conditions)
{
	const std::vector<Half> tests = halves(conditions);
	std::size_t left = 1; /* instructions from the next test to the end */

	for (const Half &test : tests)
		left += test.mask == 0xffffffff ? 2 : 3;
	instruction(jump_if_equal, static_cast<std::uint32_t>(number), 0,
	    static_cast<std::uint8_t>(left + (tests.empty() ? 0 : 1)));
	for (const Half &test : tests) {
		instruction(load_word, test.offset);
		left--;
		if (test.mask != 0xffffffff) {
			instruction(BPF_ALU | BPF_AND | BPF_K, test.mask);
			left--;
		}
		left--;
		instruction(jump_if_equal, test.value, 0,
		    static_cast<std::uint8_t>(left));
	}
	instruction(give, static_cast<std::uint32_t>(action));
	if (!tests.empty())
		instruction(load_word, number_offset);
}

void
Filter::add_above(long number, Action action)
{
	instruction(BPF_JMP | BPF_JGT | BPF_K,
	    static_cast<std::uint32_t>(number), 0, 1);
	instruction(give, static_cast<std::uint32_t>(action));
}

int
Filter::install(Action otherwise)
{
	instruction(give, static_cast<std::uint32_t>(otherwise));

	const struct sock_fprog filter = {
		static_cast<unsigned short>(program.size()), program.data()
	};

	return (static_cast<int>(
	    syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter)));
}
