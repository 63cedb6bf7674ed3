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

#include "tally.h"

namespace {

/* None, as yet, for a status that api.md does not have. */
std::size_t
status_index(int status)
{
	auto found =
	    std::find(http_statuses.begin(), http_statuses.end(), status);

	return (static_cast<std::size_t>(found - http_statuses.begin()));
}

} /* namespace */

static_assert(static_cast<std::size_t>(Resource::last) <= routes_max);

/* "attachments[1].filename" is "attachments.filename". */
std::size_t
validation_field_index(std::string_view field)
{
	std::size_t opening = field.find('[');
	std::size_t closing = field.find(']', opening);
	std::string_view head = field.substr(0, opening);
	std::string_view tail;

	if (closing != std::string_view::npos)
		tail = field.substr(closing + 1);
	for (std::size_t i = 1; i < validation_fields.size(); i++) {
		std::string_view name = validation_fields[i];
		if (name.size() == head.size() + tail.size() &&
		    name.substr(0, head.size()) == head &&
		    name.substr(head.size()) == tail)
			return (i);
	}
	return (validation_fields.size() - 1);
}

void
Tally::answer(Resource resource, int status, Clock::time_point begun,
    Clock::time_point now)
{
	using std::chrono::microseconds;
	std::size_t index = status_index(status);

	if (index < own.answers.size())
		count_in(own.answers[index]);
	if (begun == Clock::time_point() || now < begun)
		return;
	auto duration = std::chrono::duration_cast<microseconds>(now - begun);
	observe(own.request_durations[static_cast<std::size_t>(resource)],
	    static_cast<std::uint64_t>(duration.count()));
}

void
Tally::accepted_message()
{
	count_in(own.messages[0]);
}

void
Tally::refused_message(ErrorCode code)
{
	count_in(own.messages[result_code_index(error_code_name(code))]);
}

void
Tally::invalid_document(const ApiError &error)
{
	if (error.code == ErrorCode::bad_request && error.field.empty())
		count_in(own.validation_failures[0]);
	else if (error.code == ErrorCode::bad_request ||
	    error.code == ErrorCode::validation_failed)
		count_in(own.validation_failures[validation_field_index(
		    error.field)]);
}
