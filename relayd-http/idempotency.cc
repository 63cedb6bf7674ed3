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

#include <algorithm>

#include "idempotency.h"

namespace {

bool
is_visible(char c)
{
	return (c > ' ' && c < 0x7f);
}

/* What is between the quotes; nullopt: not as RFC 8941 3.3.3 has it. */
std::optional<std::string>
unquoted(std::string_view text)
{
	std::string key;

	for (std::size_t i = 0; i < text.size(); i++) {
		if (text[i] == '\\') {
			if (++i == text.size() ||
			    (text[i] != '"' && text[i] != '\\'))
				return (std::nullopt);
		} else if (text[i] == '"' || !is_visible(text[i]))
			return (std::nullopt);
		key += text[i];
	}
	return (key);
}

std::optional<std::string>
bare(std::string_view text)
{
	if (!std::all_of(text.begin(), text.end(), is_visible) ||
	    (!text.empty() && text.front() == '"'))
		return (std::nullopt);
	return (std::string(text));
}

/* Texts one behind the other, so that no two lists of them look the same. */
class CanonicalForm {
public:
	/* tag, length, text */
	void add(char tag, std::string_view text)
	{
		form += tag;
		form += std::to_string(text.size());
		form += ':';
		form += text;
	}
	/* What may be large is not copied: its digest stands for it. */
	void add_large(char tag, std::string_view text)
	{
		Sha256Digest digest = sha256(text);

		add(tag, std::string_view(
		    reinterpret_cast<const char *>(digest.data()),
		    digest.size()));
	}
	void add_addresses(char tag, const std::vector<MailAddress> &addresses)
	{
		add_count(tag, addresses.size());
		for (const MailAddress &address : addresses)
			add('a', address.text());
	}
	void add_count(char tag, std::size_t count)
	{
		add(tag, std::to_string(count));
	}
	Sha256Digest digest() const
	{
		return (sha256(form));
	}

private:
	std::string form;
};

} /* namespace */

std::optional<std::string>
parse_idempotency_key(std::string_view value)
{
	bool quoted = value.size() >= 2 && value.front() == '"' &&
	    value.back() == '"';
	std::optional<std::string> key = quoted
	    ? unquoted(value.substr(1, value.size() - 2))
	    : bare(value);

	if (key && (key->empty() || key->size() > idempotency_key_max))
		return (std::nullopt);
	return (key);
}

Sha256Digest
content_digest(const SendRequest &request)
{
	CanonicalForm form;

	form.add_addresses('t', request.to);
	form.add_addresses('c', request.cc);
	form.add_addresses('r', request.reply_to);
	form.add('s', request.subject);
	form.add('f', request.from_name);
	form.add_large('b', request.body);
	if (request.body_html)
		form.add_large('h', *request.body_html);
	form.add_count('A', request.attachments.size());
	for (const Attachment &attachment : request.attachments) {
		form.add('n', attachment.filename);
		form.add('y', attachment.content_type);
		form.add('i', attachment.content_id);
		/* Canonical base64: one text for one content. */
		form.add_large('d', attachment.data);
	}
	return (form.digest());
}

IdempotencyMark
idempotency_mark(std::string_view key, const SendRequest &request)
{
	return {sha256(key), content_digest(request)};
}

/* No key holds NUL. */
IdempotencyMark
idempotency_mark(std::string_view key, std::uint32_t index,
    const SendRequest &request)
{
	std::string name(key);

	name += '\0';
	name += std::to_string(index);
	return {sha256(name), content_digest(request)};
}
