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

/* What a trusted proxy says of a connection before its first octet. */

#include "connection.h"

/*
 * Never more than the header: what follows belongs to HTTP, or to TLS, which
 * reads the socket itself.
 */
void
Connection::read_proxy_header()
{
	ProxyHeader header = parse_proxy_header(input.view());

	while (header.status == ProxyHeader::Status::incomplete) {
		Stream::Transfer transfer = stream.read(
		    work.input.get(), header.size - input.size());

		if (transfer.status == Stream::Status::want_read) {
			watch();
			return;
		}
		if (!take_status(transfer.status))
			return;
		input.append({work.input.get(), transfer.count});
		header = parse_proxy_header(input.view());
	}
	finish_proxy_header(header);
}

void
Connection::finish_proxy_header(const ProxyHeader &header)
{
	if (header.status == ProxyHeader::Status::failed) {
		owner.proxy_refused(peer_address, header.reason);
		close();
		return;
	}
	input.consume(input.size());
	if (header.source) {
		if (!owner.connection_named(*this, *header.source)) {
			close();
			return;
		}
		source_address = *header.source;
	}
	state = begin();
	watch();
	/* The request may have come with it. */
	readable();
}
