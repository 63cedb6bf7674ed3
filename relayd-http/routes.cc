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

#include <string>

#include "http_characters.h"
#include "routes.h"

namespace {

constexpr std::string_view submissions_prefix = "/v1/submissions/";

struct Entry {
	std::string_view path;
	Resource resource;
	bool posted; /* else GET and HEAD */
	bool monitor; /* on a monitor listener too */
};

constexpr Entry entries[] = {
    {"/v1/send", Resource::send, true, false},
    {"/healthz", Resource::health, false, true},
    {"/readyz", Resource::readiness, false, true},
    {"/metrics", Resource::metrics, false, true},
    {"/v1/keys/self", Resource::key_self, false, false},
    {"/v1/send-bulk", Resource::send_bulk, true, false},
    {"/openapi.json", Resource::openapi, false, false},
};

Route
make_route(const HttpHead &head, Resource resource, bool posted)
{
	Route route;

	route.resource = resource;
	route.allow = posted ? "POST" : "GET, HEAD";
	route.head = head.method == "HEAD";
	route.method_allowed = posted
	    ? head.method == "POST"
	    : head.method == "GET" || route.head;
	route.versioned = head.target.path.substr(0, 4) == "/v1/";
	return (route);
}

/* "%31" as "1": what is not an escape stays as it is. */
std::string
decoded(std::string_view text)
{
	std::string result;

	for (std::size_t i = 0; i < text.size(); i++) {
		if (text[i] != '%' || text.size() - i < 3) {
			result += text[i];
			continue;
		}
		result += static_cast<char>(
		    hex_value(text[i + 1]) << 4 | hex_value(text[i + 2]));
		i += 2;
	}
	return (result);
}

DryRun
dry_run_value(const std::string &value)
{
	if (value == "1" || value == "true")
		return (DryRun::yes);
	if (value == "0" || value == "false")
		return (DryRun::no);
	return (DryRun::invalid);
}

} /* namespace */

const char *
resource_name(Resource resource)
{
	if (resource == Resource::submission)
		return ("/v1/submissions/{request_id}");
	for (const Entry &entry : entries) {
		if (entry.resource == resource)
			return (entry.path.data());
	}
	return ("other");
}

Route
find_route(const HttpHead &head, bool monitor)
{
	std::string_view path = head.target.path;

	for (const Entry &entry : entries) {
		if (path != entry.path)
			continue;
		if (monitor && !entry.monitor)
			break;
		return (make_route(head, entry.resource, entry.posted));
	}
	if (!monitor && path.size() > submissions_prefix.size() &&
	    path.substr(0, submissions_prefix.size()) == submissions_prefix &&
	    path.find('/', submissions_prefix.size()) ==
		std::string_view::npos) {
		Route route = make_route(head, Resource::submission, false);

		route.id = path.substr(submissions_prefix.size());
		return (route);
	}
	return (make_route(head, Resource::none, false));
}

DryRun
dry_run_of(std::string_view query)
{
	DryRun found = DryRun::no;
	unsigned int count = 0;

	while (!query.empty()) {
		std::size_t end = query.find('&');
		std::string_view item = query.substr(0, end);
		std::size_t equals = item.find('=');

		query = end == std::string_view::npos ? std::string_view()
						      : query.substr(end + 1);
		/* An escaped name must not turn a dry run into a mail. */
		if (decoded(item.substr(0, equals)) != "dry_run")
			continue;
		count++;
		found = equals == std::string_view::npos
		    ? DryRun::invalid
		    : dry_run_value(decoded(item.substr(equals + 1)));
	}
	return (count > 1 ? DryRun::invalid : found);
}
