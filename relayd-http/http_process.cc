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

#include <errno.h>
#include <string.h>

#include <cstdint>
#include <string>

#include "http_process.h"
#include "log.h"

namespace {

constexpr std::size_t pending_configs_max = 4;

} /* namespace */

HttpProcess::HttpProcess(EventLoop &event_loop, Fd parent_socket,
    std::uint32_t process_slot, std::uint64_t descriptors)
    : loop(event_loop),
      parent(event_loop, std::move(parent_socket),
	  ImsgSocket::Descriptors::received, *this),
      slot(process_slot), descriptors_max(descriptors),
      configs(UINT32_MAX, pending_configs_max)
{
	log_on_syslog_lost(
	    [](void *process) {
		    static_cast<HttpProcess *>(process)->syslog_lost();
	    },
	    this);
	parent.compose(type_of(MessageType::hello), write_hello());
}

bool
HttpProcess::channel_message(Channel &, Imsg &message)
{
	switch (static_cast<MessageType>(message.type)) {
	case MessageType::segment:
		return (take_segment(message));
	case MessageType::config:
		return (take_config(message));
	case MessageType::listener:
		return (take_listener(message));
	case MessageType::ticket_keys:
		return (take_ticket_keys(message));
	case MessageType::commit:
		return (take_commit(message));
	case MessageType::ping:
		parent.compose(type_of(MessageType::pong), "");
		return (message.data.empty());
	case MessageType::peer:
		return (take_peer(message));
	case MessageType::syslog:
		return (take_syslog(message));
	case MessageType::drain:
		return (end(false));
	case MessageType::shutdown:
		return (end(true));
	default:
		return (false);
	}
}

/* Whoever has no parent has no right to go on. */
void
HttpProcess::channel_closed(Channel &)
{
	log_warnx("the parent is gone");
	loop.stop();
}

bool
HttpProcess::take_segment(Imsg &message)
{
	auto address_key = read_segment(message.data);

	if (segment || !address_key)
		return (false);
	if (!message.fd.valid())
		fatalx("out of descriptors for the shared memory");
	segment.emplace(std::move(message.fd), *address_key);
	segment->own_slot(slot);
	meter.emplace(segment->statistics(slot), *segment);
	ServerOwner &self = *this;
	server = std::make_unique<Server>(
	    loop, self, *segment, slot, descriptors_max);
	return (true);
}

bool
HttpProcess::take_config(Imsg &message)
{
	std::uint64_t generation;
	std::string_view blob;
	std::string storage;

	switch (configs.add(
	    message.data, SIZE_MAX, generation, blob, storage)) {
	case BlobAssembler::State::more:
		return (true);
	case BlobAssembler::State::complete:
		break;
	default:
		return (false);
	}
	std::optional<HttpConfig> config = read_http_config(blob);
	/* It held private keys. */
	explicit_bzero(storage.data(), storage.size());
	parent.clear_taken();
	if (!config || config->generation != generation) {
		log_warnx("the configuration cannot be read");
		return (false);
	}
	/* One that was not committed is forgotten. */
	Staged next;
	next.generation = generation;
	TlsServers servers;
	for (HttpListener &listener : config->listeners) {
		servers.push_back(make_tls(listener));
		if (listener.tls && servers.back() == nullptr)
			next.failed = true;
	}
	next.config = std::make_shared<const ServingConfig>(
	    std::move(*config), std::move(servers));
	staged = std::move(next);
	report_staged();
	return (true);
}

/* What was made of the keys is kept, and not the keys; nullptr: none. */
std::shared_ptr<TlsServer>
HttpProcess::make_tls(HttpListener &listener)
{
	if (!listener.tls)
		return (nullptr);
	auto made = TlsServer::make(*listener.tls, ticket_keys);
	if (!made)
		log_warnx("listen on %s port %u: tls: %s",
		    listener.address.text().c_str(), listener.port,
		    made.error().c_str());
	for (HttpCertificate &certificate : listener.tls->certificates) {
		certificate.key = Secret();
		certificate.chain = std::string();
		certificate.ocsp = std::string();
	}
	listener.tls->client_authorities = std::string();
	return (made ? *made : nullptr);
}

/* For the sessions to come, and for those that clients bring back. */
bool
HttpProcess::take_ticket_keys(Imsg &message)
{
	BlobAssembler whole(imsg_payload_max, 1);
	std::uint64_t id;
	std::string_view blob;
	std::string storage;

	if (whole.add(message.data, SIZE_MAX, id, blob, storage) !=
	    BlobAssembler::State::complete)
		return (false);
	std::optional<TicketKeys> keys = read_ticket_keys(blob);
	parent.clear_taken();
	if (!keys)
		return (false);
	ticket_keys = std::move(*keys);
	for (const SharedConfig &config :
	    {current, staged ? staged->config : nullptr}) {
		if (config == nullptr)
			continue;
		for (const std::shared_ptr<TlsServer> &tls : config->tls)
			if (tls != nullptr &&
			    !tls->use_ticket_keys(ticket_keys))
				log_warnx("a new ticket key is of no use");
	}
	log_debug("TLS ticket key %llu",
	    static_cast<unsigned long long>(id));
	return (true);
}

bool
HttpProcess::take_listener(Imsg &message)
{
	std::optional<ListenerPlace> place = read_listener(message.data);

	if (!place)
		return (false);
	/* Else of a configuration that another one has overtaken. */
	if (staged && place->generation == staged->generation)
		return (stage_listener(*place, std::move(message.fd)));
	if (current && place->generation == current->config.generation)
		replace_listener(*place, std::move(message.fd));
	return (true);
}

bool
HttpProcess::stage_listener(const ListenerPlace &place, Fd fd)
{
	const std::vector<HttpListener> &listeners =
	    staged->config->config.listeners;

	if (place.index > staged->sockets.size() ||
	    place.index >= listeners.size())
		return (false);
	/* The parent had to bind another one since. */
	if (place.index < staged->sockets.size()) {
		if (fd.valid()) {
			staged->sockets[place.index].fd = std::move(fd);
			staged->sockets[place.index].number = place.socket;
		}
		return (true);
	}
	if (!fd.valid()) {
		log_warnx("out of descriptors for a listener");
		staged->failed = true;
	}
	ListenerUse use;
	use.monitor = listeners[place.index].monitor;
	use.proxy = listeners[place.index].proxy;
	use.tls = staged->config->tls[place.index];
	staged->sockets.push_back(
	    {std::move(fd), std::move(use), place.socket});
	report_staged();
	return (true);
}

/* One that was lost on the way is asked for again. */
void
HttpProcess::replace_listener(const ListenerPlace &place, Fd fd)
{
	if (fd.valid())
		server->replace_listener(
		    place.index, std::move(fd), place.socket);
	else
		listener_failed(place.index, place.socket, EMFILE);
}

void
HttpProcess::listener_failed(
    std::uint32_t index, std::uint64_t socket, int error)
{
	parent.compose(type_of(MessageType::listener_failed),
	    write_listener(
		{current->config.generation, index, socket, error}));
}

void
HttpProcess::mail_unlinked(std::uint64_t link)
{
	parent.compose(type_of(MessageType::unlinked), write_unlinked(link));
}

/* Once everything is there. */
void
HttpProcess::report_staged()
{
	if (staged->sockets.size() < staged->config->config.listeners.size())
		return;
	parent.compose(type_of(MessageType::staged),
	    write_generation({staged->generation, staged->failed}));
}

bool
HttpProcess::take_commit(Imsg &message)
{
	std::optional<Generation> generation = read_generation(message.data);

	if (!generation || server == nullptr || !staged || staged->failed ||
	    generation->number != staged->generation ||
	    staged->sockets.size() < staged->config->config.listeners.size())
		return (false);
	log_configure(staged->config->config.log);
	current = staged->config;
	server->use(std::move(staged->config), std::move(staged->sockets));
	staged.reset();
	parent.compose(type_of(MessageType::committed),
	    write_generation({generation->number, false}));
	return (true);
}

bool
HttpProcess::take_peer(Imsg &message)
{
	std::optional<Peer> peer = read_peer(message.data);

	if (!peer || server == nullptr)
		return (false);
	if (message.fd.valid())
		server->mail().attach(std::move(message.fd), peer->link);
	else
		mail_unlinked(peer->link);
	return (true);
}

bool
HttpProcess::take_syslog(Imsg &message)
{
	if (message.fd.valid())
		log_set_syslog(message.fd.release());
	return (true);
}

bool
HttpProcess::end(bool at_once)
{
	if (server == nullptr)
		loop.stop();
	else if (at_once)
		server->shutdown();
	else
		server->drain();
	return (true);
}

void
HttpProcess::syslog_lost()
{
	parent.compose(type_of(MessageType::syslog_lost), "");
}
