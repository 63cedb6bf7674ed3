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

/* What the parent, its children and the resolver say to each other. */

#include "config_wire.h"
#include "messages.h"
#include "pathnames.h"
#include "segment.h"

namespace {

constexpr std::size_t version_max = 64;
constexpr std::size_t host_max = 255;
constexpr std::size_t key_name_max = 64;
constexpr std::size_t address_text_max = 254;

} /* namespace */

std::string
write_hello()
{
	std::string payload;
	WireWriter out(payload);

	out.integer(protocol_number);
	out.string(release_version);
	return (payload);
}

bool
read_hello(std::string_view payload)
{
	WireReader in(payload);

	return (in.integer<std::uint32_t>() == protocol_number &&
	    in.string(version_max) == release_version && in.done());
}

std::string
write_segment(const std::array<std::uint8_t, 16> &address_key)
{
	std::string payload;
	WireWriter out(payload);

	out.octets(address_key);
	return (payload);
}

std::optional<std::array<std::uint8_t, 16>>
read_segment(std::string_view payload)
{
	WireReader in(payload);
	auto address_key = in.octets<16>();

	if (!in.done())
		return (std::nullopt);
	return (address_key);
}

std::string
write_generation(const Generation &generation)
{
	std::string payload;
	WireWriter out(payload);

	out.integer(generation.number);
	out.boolean(generation.failed);
	return (payload);
}

std::optional<Generation>
read_generation(std::string_view payload)
{
	WireReader in(payload);
	Generation generation;

	generation.number = in.integer<std::uint64_t>();
	generation.failed = in.boolean();
	if (!in.done())
		return (std::nullopt);
	return (generation);
}

std::string
write_listener(const ListenerPlace &place)
{
	std::string payload;
	WireWriter out(payload);

	out.integer(place.generation);
	out.integer(place.index);
	out.integer(place.socket);
	out.integer(place.error);
	return (payload);
}

std::optional<ListenerPlace>
read_listener(std::string_view payload)
{
	WireReader in(payload);
	ListenerPlace place;

	place.generation = in.integer<std::uint64_t>();
	place.index = in.integer<std::uint32_t>();
	place.socket = in.integer<std::uint64_t>();
	place.error = in.integer<std::int32_t>();
	if (!in.done())
		return (std::nullopt);
	return (place);
}

/* Room for all of it first: no half of it is left in memory. */
std::string
write_ticket_keys(const TicketKeys &keys)
{
	std::string payload;
	WireWriter out(payload);

	payload.reserve(sizeof(keys.session_id) +
	    ticket_keys_max * (2 * sizeof(std::uint32_t) + ticket_key_size) +
	    sizeof(std::uint32_t));
	out.octets(keys.session_id);
	out.integer(static_cast<std::uint32_t>(keys.keys.size()));
	for (const TicketKey &key : keys.keys) {
		out.integer(key.revision);
		out.string(key.key.view());
	}
	return (payload);
}

std::optional<TicketKeys>
read_ticket_keys(std::string_view payload)
{
	WireReader in(payload);
	TicketKeys keys;
	std::uint32_t newest = 0;

	keys.session_id = in.octets<32>();
	std::uint32_t count =
	    in.at_most(static_cast<std::uint32_t>(ticket_keys_max));
	for (std::uint32_t i = 0; i < count && in.ok(); i++) {
		TicketKey key;
		key.revision = in.integer<std::uint32_t>();
		key.key = Secret(in.string(ticket_key_size));
		if (key.revision <= newest ||
		    key.key.view().size() != ticket_key_size)
			in.fail();
		newest = key.revision;
		keys.keys.push_back(std::move(key));
	}
	if (!in.done())
		return (std::nullopt);
	return (keys);
}

std::string
write_peer(const Peer &peer)
{
	std::string payload;
	WireWriter out(payload);

	out.integer(peer.slot);
	out.integer(peer.link);
	return (payload);
}

std::optional<Peer>
read_peer(std::string_view payload)
{
	WireReader in(payload);
	Peer peer;

	peer.slot = in.at_most(process_slots_max - 1);
	peer.link = in.integer<std::uint64_t>();
	if (!in.done())
		return (std::nullopt);
	return (peer);
}

std::string
write_unlinked(std::uint64_t link)
{
	std::string payload;
	WireWriter out(payload);

	out.integer(link);
	return (payload);
}

std::optional<std::uint64_t>
read_unlinked(std::string_view payload)
{
	WireReader in(payload);
	std::uint64_t link = in.integer<std::uint64_t>();

	if (!in.done())
		return (std::nullopt);
	return (link);
}

std::string
write_connect(const ConnectRequest &request)
{
	std::string payload;
	WireWriter out(payload);

	out.integer(request.id);
	out.integer(request.generation);
	out.enumerator(request.target);
	out.integer(request.relay);
	out.integer(request.attempt);
	out.boolean(request.failing);
	return (payload);
}

std::optional<ConnectRequest>
read_connect(std::string_view payload)
{
	WireReader in(payload);
	ConnectRequest request;

	request.id = in.integer<std::uint64_t>();
	request.generation = in.integer<std::uint64_t>();
	request.target = in.enumerator(ConnectTarget::store);
	request.relay = in.integer<std::uint32_t>();
	request.attempt = in.integer<std::uint32_t>();
	request.failing = in.boolean();
	if (!in.done())
		return (std::nullopt);
	return (request);
}

std::string
write_connected(const ConnectResult &result)
{
	std::string payload;
	WireWriter out(payload);

	out.integer(result.id);
	out.enumerator(result.target);
	out.integer(result.error);
	out.integer(result.addresses);
	write_address(out, result.address);
	write_address(out, result.own);
	return (payload);
}

std::optional<ConnectResult>
read_connected(std::string_view payload)
{
	WireReader in(payload);
	ConnectResult result;

	result.id = in.integer<std::uint64_t>();
	result.target = in.enumerator(ConnectTarget::store);
	result.error = in.integer<std::int32_t>();
	result.addresses = in.integer<std::uint32_t>();
	result.address = read_address(in);
	result.own = read_address(in);
	if (!in.done())
		return (std::nullopt);
	return (result);
}

std::string
write_run(const RunRequest &request)
{
	std::string payload;
	WireWriter out(payload);

	out.integer(request.generation);
	out.integer(request.relay);
	out.string(request.key);
	out.integer(static_cast<std::uint32_t>(request.recipients.size()));
	for (const std::string &recipient : request.recipients)
		out.string(recipient);
	return (payload);
}

std::optional<RunRequest>
read_run(std::string_view payload)
{
	WireReader in(payload);
	RunRequest request;

	request.generation = in.integer<std::uint64_t>();
	request.relay = in.integer<std::uint32_t>();
	request.key = in.string(key_name_max);
	std::uint32_t count =
	    in.at_most(static_cast<std::uint32_t>(recipients_limit));
	for (std::uint32_t i = 0; i < count && in.ok(); i++)
		request.recipients.emplace_back(in.string(address_text_max));
	if (!in.done() || request.recipients.empty())
		return (std::nullopt);
	return (request);
}

std::string
write_run_result(const RunResult &result)
{
	std::string payload;
	WireWriter out(payload);

	out.integer(result.id);
	out.integer(result.error);
	return (payload);
}

std::optional<RunResult>
read_run_result(std::string_view payload)
{
	WireReader in(payload);
	RunResult result;

	result.id = in.integer<std::uint64_t>();
	result.error = in.integer<std::int32_t>();
	if (!in.done())
		return (std::nullopt);
	return (result);
}

std::string
write_finish(const RunFinish &finish)
{
	std::string payload;
	WireWriter out(payload);

	out.integer(finish.id);
	out.boolean(finish.kill);
	return (payload);
}

std::optional<RunFinish>
read_finish(std::string_view payload)
{
	WireReader in(payload);
	RunFinish finish;

	finish.id = in.integer<std::uint64_t>();
	finish.kill = in.boolean();
	if (!in.done())
		return (std::nullopt);
	return (finish);
}

std::string
write_exited(const RunStatus &status)
{
	std::string payload;
	WireWriter out(payload);

	out.integer(status.id);
	out.enumerator(status.how);
	out.integer(status.number);
	return (payload);
}

std::optional<RunStatus>
read_exited(std::string_view payload)
{
	WireReader in(payload);
	RunStatus status;

	status.id = in.integer<std::uint64_t>();
	status.how = in.enumerator(RunEnd::not_started);
	status.number = in.integer<std::int32_t>();
	if (!in.done())
		return (std::nullopt);
	return (status);
}

std::string
write_usage(const ProcessUsage &usage)
{
	std::string payload;
	WireWriter out(payload);

	out.integer(usage.cpu_us);
	out.integer(usage.memory);
	return (payload);
}

std::optional<ProcessUsage>
read_usage(std::string_view payload)
{
	WireReader in(payload);
	ProcessUsage usage;

	usage.cpu_us = in.integer<std::uint64_t>();
	usage.memory = in.integer<std::uint64_t>();
	if (!in.done())
		return (std::nullopt);
	return (usage);
}

std::string
write_resolve(const NameQuery &query)
{
	std::string payload;
	WireWriter out(payload);

	out.integer(query.id);
	out.string(query.name);
	return (payload);
}

std::optional<NameQuery>
read_resolve(std::string_view payload)
{
	WireReader in(payload);
	NameQuery query;

	query.id = in.integer<std::uint64_t>();
	query.name = in.string(host_max);
	if (!in.done() || query.name.empty())
		return (std::nullopt);
	return (query);
}

std::string
write_resolved(const NameAnswer &answer)
{
	std::string payload;
	WireWriter out(payload);

	out.integer(answer.id);
	out.integer(answer.error);
	out.integer(static_cast<std::uint32_t>(answer.addresses.size()));
	for (const IpAddress &address : answer.addresses)
		write_address(out, address);
	return (payload);
}

std::optional<NameAnswer>
read_resolved(std::string_view payload)
{
	WireReader in(payload);
	NameAnswer answer;

	answer.id = in.integer<std::uint64_t>();
	answer.error = in.integer<std::int32_t>();
	std::uint32_t count =
	    in.at_most(static_cast<std::uint32_t>(name_addresses_max));
	for (std::uint32_t i = 0; i < count && in.ok(); i++)
		answer.addresses.push_back(read_address(in));
	if (!in.done() || (answer.error == 0) == answer.addresses.empty())
		return (std::nullopt);
	return (answer);
}
