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

/* A seccomp filter, assembled rule by rule (seccomp(2), bpf of the kernel). */

#ifndef COMMON_COMPAT_FILTER_H
#define COMMON_COMPAT_FILTER_H

#include <linux/filter.h>
#include <linux/seccomp.h>

#include <errno.h>

#include <array>
#include <cstdint>
#include <vector>

enum class Action : std::uint32_t {
	allow = SECCOMP_RET_ALLOW,
	refuse = SECCOMP_RET_ERRNO | EPERM,
	/* As an older kernel would answer, which glibc is prepared for. */
	absent = SECCOMP_RET_ERRNO | ENOSYS,
	kill = SECCOMP_RET_KILL_PROCESS
};

/*
 * True if (argument & mask) == value.  The kernel takes the lower half of the
 * register for an int, so that for an int the mask leaves out the upper one.
 */
struct Condition {
	unsigned int argument; /* 0 is the first */
	std::uint64_t mask; /* 0: no condition, always true */
	std::uint64_t value;
};

constexpr std::uint64_t int_mask = 0xffffffff;

constexpr Condition
is(unsigned int argument, std::uint32_t value)
{
	return {argument, int_mask, value};
}

constexpr Condition
is_masked(unsigned int argument, std::uint32_t mask, std::uint32_t value)
{
	return {argument, mask, value};
}

/* None of these bits. */
constexpr Condition
without(unsigned int argument, std::uint32_t bits)
{
	return {argument, bits, 0};
}

/* No bits but these. */
constexpr Condition
only(unsigned int argument, std::uint32_t bits)
{
	return {argument, int_mask & ~std::uint64_t{bits}, 0};
}

constexpr Condition
is_null(unsigned int argument)
{
	return {argument, ~std::uint64_t{0}, 0};
}

using Conditions = std::array<Condition, 3>;

/*
 * The first rule that a call meets decides.  Calls of another architecture
 * (i386, x32) are killed before any rule is looked at.
 */
class Filter {
public:
	Filter();

	/* For the call of this number, if all conditions are true. */
	void add(long number, Action action, const Conditions &conditions = {});
	/* For every call with a number above this one. */
	void add_above(long number, Action action);
	/* Installs it for good; -1 and errno on failure. */
	int install(Action otherwise);

private:
	void instruction(std::uint16_t code, std::uint32_t value,
	    std::uint8_t if_true = 0, std::uint8_t if_false = 0);

	std::vector<struct sock_filter> program;
};

#endif
