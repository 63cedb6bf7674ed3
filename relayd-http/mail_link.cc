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

#include <iterator>

#include "log.h"
#include "mail_link.h"

namespace {

/* Beside submissions, of what relayd-smtp does not read. */
constexpr std::size_t queued_max = 4 * 1024 * 1024;

} /* namespace */

MailLink::MailLink(EventLoop &event_loop, MailLinkHandler &link_handler)
    : loop(event_loop), handler(link_handler),
      release_task(event_loop, this, calls<&MailLink::end_turn>)
{
}

void
MailLink::attach(Fd socket, std::uint64_t instance)
{
	links.emplace_back(*this, std::move(socket), instance);
	release_task.schedule();
}

bool
MailLink::available() const
{
	if (links.empty() || !links.back().channel.alive())
		return (false);
	/* What is held is bounded by `max memory'. */
	const Link &link = links.back();
	return (link.channel.queued() <= link.held_octets + queued_max);
}

Handover
MailLink::submit(std::uint64_t id, std::string blob, MemoryHold &&memory)
{
	Link &link = links.back();
	std::size_t octets = blob.size();
	std::uint64_t position = link.channel.compose_blob(
	    type_of(MessageType::submit), id, std::move(blob));

	return (submitted(link, position, octets, std::move(memory)));
}

Handover
MailLink::submit(std::uint64_t id, std::unique_ptr<BlobSource> blob,
    MemoryHold &&memory)
{
	Link &link = links.back();
	std::size_t octets = blob->size();
	std::uint64_t position = link.channel.compose_source(
	    type_of(MessageType::submit), id, std::move(blob));

	return (submitted(link, position, octets, std::move(memory)));
}

Handover
MailLink::submitted(Link &link, std::uint64_t position, std::size_t octets,
    MemoryHold &&memory)
{
	link.unanswered++;
	if (memory.octets() != 0) {
		link.held_octets += octets;
		link.held.push_back({position, octets, std::move(memory)});
		/* Behind the channel's own task: when it has written. */
		release_task.schedule();
	}
	return {link.instance, position};
}

Handover
MailLink::lookup(const LedgerQuery &query)
{
	Link &link = links.back();

	link.unanswered++;
	return {link.instance,
	    link.channel.compose(
		type_of(MessageType::lookup), write_lookup(query))};
}

Handover
MailLink::ask_ready(std::uint64_t id)
{
	Link &link = links.back();

	link.unanswered++;
	return {link.instance,
	    link.channel.compose(
		type_of(MessageType::ready_query), write_ready_query(id))};
}

Handover
MailLink::ask_limits(const LimitQuestion &question)
{
	Link &link = links.back();

	link.unanswered++;
	return {link.instance,
	    link.channel.compose(
		type_of(MessageType::take), write_take(question))};
}

void
MailLink::cancel(const Handover &handover, std::uint64_t id)
{
	Link *link = find(handover.instance);

	if (link != nullptr && link->channel.alive())
		link->channel.compose(
		    type_of(MessageType::cancel), write_cancel(id));
}

void
MailLink::reject(const Rejection &rejection)
{
	if (!available())
		return;
	links.back().channel.compose(
	    type_of(MessageType::rejected), write_rejected(rejection));
}

bool
MailLink::handed_over(const Handover &handover) const
{
	const Link *link = find(handover.instance);

	return (link == nullptr || link->channel.written(handover.position));
}

bool
MailLink::channel_message(Channel &channel, Imsg &message)
{
	release_written();
	for (Link &link : links) {
		if (&link.channel == &channel && answered(link, message))
			return (true);
	}
	log_error("relayd-smtp sent a message of type %u that is malformed "
	    "or that it may not send", message.type);
	return (false);
}

/* false: nothing was asked. */
bool
MailLink::count_answer(Link &link)
{
	if (link.unanswered == 0)
		return (false);
	if (--link.unanswered == 0 && links.size() > 1)
		release_task.schedule();
	return (true);
}

/* false: malformed, or not for relayd-smtp to say. */
bool
MailLink::answered(Link &link, const Imsg &message)
{
	MessageType type = static_cast<MessageType>(message.type);

	if (type == MessageType::ready) {
		auto answer = read_ready(message.data);
		if (answer && !count_answer(link))
			return (false);
		if (answer)
			handler.mail_ready(*answer);
		return (answer.has_value());
	}
	if (type == MessageType::taken) {
		auto answer = read_taken(message.data);
		if (answer && !count_answer(link))
			return (false);
		if (answer)
			handler.mail_taken(*answer);
		return (answer.has_value());
	}
	if (type != MessageType::result && type != MessageType::found)
		return (false);

	std::uint64_t id;
	std::string_view blob;
	std::string storage;
	BlobAssembler::State state =
	    link.answers.add(message.data, SIZE_MAX, id, blob, storage);
	if (state != BlobAssembler::State::complete)
		return (state == BlobAssembler::State::more);
	if (!count_answer(link))
		return (false);
	if (type == MessageType::result) {
		auto result = read_result(blob);
		if (result)
			handler.mail_result(*result);
		return (result.has_value());
	}
	auto answer = read_found(blob);
	if (answer)
		handler.mail_found(*answer);
	return (answer.has_value());
}

void
MailLink::channel_closed(Channel &channel)
{
	for (auto link = links.begin(); link != links.end(); ++link) {
		if (&link->channel != &channel)
			continue;
		handler.mail_lost(
		    link->instance, std::next(link) == links.end());
		links.erase(link);
		return;
	}
}

const MailLink::Link *
MailLink::find(std::uint64_t instance) const
{
	for (const Link &link : links)
		if (link.instance == instance)
			return (&link);
	return (nullptr);
}

MailLink::Link *
MailLink::find(std::uint64_t instance)
{
	return (const_cast<Link *>(
	    static_cast<const MailLink *>(this)->find(instance)));
}

/* What the socket did not take yet is looked at again with the next answer. */
void
MailLink::release_written()
{
	for (Link &link : links)
		while (!link.held.empty() &&
		    link.channel.written(link.held.front().position)) {
			link.held_octets -= link.held.front().octets;
			link.held.pop_front();
		}
}

void
MailLink::end_turn()
{
	release_written();
	leave_old();
}

/*
 * An older relayd-smtp ends when everybody has left it; what was refused here
 * and is its to note goes before.
 */
void
MailLink::leave_old()
{
	while (links.size() > 1 && links.front().unanswered == 0 &&
	    links.front().channel.alive() &&
	    links.front().channel.queued() == 0)
		links.pop_front();
}
