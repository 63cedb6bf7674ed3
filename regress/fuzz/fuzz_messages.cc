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
 * The messages between the processes: the first octet chooses a reader, the
 * rest is its payload.  What a reader took and its writer wrote is read again.
 */

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "http_config.h"
#include "messages.h"
#include "smtp_config.h"

namespace {

template <typename Read, typename Write>
void
there_and_back(std::string_view payload, Read read, Write write)
{
	auto value = read(payload);

	if (!value)
		return;
	std::string written = write(*value);
	auto again = read(written);
	if (!again || write(*again) != written)
		abort();
}

/* Pieces as they come: of every length that two octets say. */
void
assemble(std::string_view input)
{
	BlobAssembler assembler(100000, 4);

	while (input.size() >= 2) {
		std::size_t size = static_cast<unsigned char>(input[0]) << 8 |
		    static_cast<unsigned char>(input[1]);
		std::string_view payload = input.substr(2, size);
		std::uint64_t id;
		std::string_view blob;
		std::string storage;
		if (assembler.add(payload, 50000, id, blob, storage) ==
		    BlobAssembler::State::malformed)
			return;
		if (assembler.held() > 4 * 50000)
			abort();
		input.remove_prefix(2 + payload.size());
	}
}

} /* namespace */

extern "C" int
LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
	std::string_view input(reinterpret_cast<const char *>(data), size);

	if (input.empty())
		return (0);
	std::string_view payload = input.substr(1);
	switch (data[0] % 18) {
	case 0:
		there_and_back(payload, read_generation, write_generation);
		there_and_back(payload, read_listener, write_listener);
		break;
	case 1:
		there_and_back(payload, read_peer, write_peer);
		there_and_back(payload, read_unlinked, write_unlinked);
		there_and_back(payload, read_usage, write_usage);
		break;
	case 2:
		there_and_back(payload, read_connect, write_connect);
		break;
	case 3:
		there_and_back(payload, read_connected, write_connected);
		break;
	case 4:
		there_and_back(payload, read_resolve, write_resolve);
		break;
	case 5:
		there_and_back(payload, read_resolved, write_resolved);
		break;
	case 6:
		there_and_back(payload, read_cancel, write_cancel);
		break;
	case 7:
		there_and_back(payload, read_result, write_result);
		break;
	case 8:
		there_and_back(payload, read_found, write_found);
		break;
	case 9:
		there_and_back(payload, read_lookup, write_lookup);
		break;
	case 10:
		there_and_back(payload, read_rejected, write_rejected);
		break;
	case 11:
		read_submission(payload);
		read_hello(payload);
		break;
	case 12:
		read_http_config(payload);
		break;
	case 13:
		read_smtp_config(payload);
		break;
	case 15:
		there_and_back(payload, read_ticket_keys, write_ticket_keys);
		break;
	case 16:
		there_and_back(payload, read_take, write_take);
		break;
	case 17:
		there_and_back(payload, read_taken, write_taken);
		break;
	default:
		assemble(payload);
		break;
	}
	return (0);
}
