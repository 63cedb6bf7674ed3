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

/* What a server tells of what it cannot mend itself: its process, the parent. */

#ifndef RELAYD_HTTP_SERVER_OWNER_H
#define RELAYD_HTTP_SERVER_OWNER_H

#include <cstdint>

class ServerOwner {
public:
	/* That socket takes no connections any more; error: of accept(2). */
	virtual void listener_failed(
	    std::uint32_t index, std::uint64_t socket, int error) = 0;
	/* It was the newest link to a relayd-smtp. */
	virtual void mail_unlinked(std::uint64_t link) = 0;

protected:
	~ServerOwner() = default;
};

#endif
