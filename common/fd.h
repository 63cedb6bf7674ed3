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

/* A file descriptor with one owner, closed when the owner goes. */

#ifndef COMMON_FD_H
#define COMMON_FD_H

#include <unistd.h>

#include <utility>

class Fd {
public:
	Fd() = default;
	explicit Fd(int number) : fd(number)
	{
	}
	Fd(Fd &&other) noexcept : fd(std::exchange(other.fd, -1))
	{
	}
	Fd &operator=(Fd &&other) noexcept
	{
		if (this != &other)
			reset(std::exchange(other.fd, -1));
		return (*this);
	}
	Fd(const Fd &) = delete;
	Fd &operator=(const Fd &) = delete;
	~Fd()
	{
		reset();
	}

	int get() const
	{
		return (fd);
	}
	bool valid() const
	{
		return (fd != -1);
	}
	/* Gives the descriptor away: the caller closes it. */
	int release()
	{
		return (std::exchange(fd, -1));
	}
	void reset(int number = -1)
	{
		if (fd != -1)
			close(fd);
		fd = number;
	}

private:
	int fd = -1;
};

#endif
