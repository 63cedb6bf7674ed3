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

/* The OpenAPI document, compared with the code that it describes. */

#include <jansson.h>

#include <memory>
#include <set>
#include <span>
#include <string>
#include <utility>

#include "answer.h"
#include "api_error.h"
#include "attachments_reader.h"
#include "catch.h"
#include "openapi.h"
#include "pathnames.h"
#include "routes.h"
#include "send_request.h"

namespace {

using Names = std::set<std::string>;

class Document {
public:
	Document() : root(json_loads(openapi_document().c_str(),
		     JSON_REJECT_DUPLICATES, nullptr), json_decref)
	{
		REQUIRE(root != nullptr);
	}
	/* "info/version" */
	json_t *at(const std::string &pointer) const
	{
		return (below(root.get(), pointer));
	}
	/* The object itself, or what it refers to. */
	json_t *resolved(json_t *object) const
	{
		const char *ref =
		    json_string_value(json_object_get(object, "$ref"));

		return (ref == nullptr ? object : at(ref + 2)); /* "#/" */
	}
	static json_t *below(json_t *value, const std::string &pointer)
	{
		std::size_t begin = 0;

		while (value != nullptr && begin <= pointer.size()) {
			std::size_t end = pointer.find('/', begin);
			if (end == std::string::npos)
				end = pointer.size();
			value = json_object_get(value,
			    pointer.substr(begin, end - begin).c_str());
			begin = end + 1;
		}
		return (value);
	}

private:
	std::unique_ptr<json_t, void (*)(json_t *)> root;
};

Names
keys_of(json_t *object)
{
	Names names;

	for (void *i = json_object_iter(object); i != nullptr;
	     i = json_object_iter_next(object, i))
		names.insert(json_object_iter_key(i));
	return (names);
}

Names
strings_of(json_t *array)
{
	Names names;

	for (std::size_t i = 0; i < json_array_size(array); i++)
		names.insert(json_string_value(json_array_get(array, i)));
	return (names);
}

Route
route_of(const std::string &method, std::string path)
{
	HttpHead head;
	std::size_t brace = path.find('{');

	if (brace != std::string::npos)
		path = path.substr(0, brace) + "x";
	head.method = method;
	head.target.path = path;
	return (find_route(head, false));
}

json_t *
schema_of(json_t *response)
{
	json_t *content = json_object_get(response, "content");

	return (json_object_get(
	    json_object_get(content, "application/json"), "schema"));
}

/* The codes that a response has; none: it is no error. */
Names
codes_of(json_t *response)
{
	return (strings_of(Document::below(
	    schema_of(response), "properties/code/enum")));
}

/* /readyz says 503 for the mail server, and with a body of its own. */
bool
is_no_error(const std::string &path, int status)
{
	return (status < 400 || (path == "/readyz" && status == 503));
}

/* Calls back with path, method, status and response of each. */
template <typename Callback>
void
for_each_response(const Document &document, Callback callback)
{
	json_t *paths = document.at("paths");

	for (const std::string &path : keys_of(paths)) {
		json_t *item = json_object_get(paths, path.c_str());
		for (const std::string &method : keys_of(item)) {
			json_t *responses = Document::below(
			    item, method + "/responses");
			for (const std::string &status : keys_of(responses)) {
				json_t *response =
				    document.resolved(json_object_get(
				    responses, status.c_str()));
				INFO(path << " " << method << " " << status);
				REQUIRE(response != nullptr);
				callback(path, method, std::stoi(status),
				    response);
			}
		}
	}
}

/* Whether answers can have it: it has a reason phrase. */
bool
is_answered(int status)
{
	AnswerHead head;
	std::string answer;

	head.status = status;
	append_answer(answer, head, "");
	return (answer.substr(13, 2) != "\r\n");
}

void
compare_members(const Document &document, const char *schema,
    std::span<const JsonMember> members)
{
	json_t *object =
	    document.at(std::string("components/schemas/") + schema);
	Names all, required;

	for (const JsonMember &member : members) {
		all.emplace(member.name);
		if (member.required)
			required.emplace(member.name);
	}
	CHECK(keys_of(json_object_get(object, "properties")) == all);
	CHECK(strings_of(json_object_get(object, "required")) == required);
	CHECK(json_is_false(json_object_get(object, "additionalProperties")));
}

} /* namespace */

TEST_CASE("the OpenAPI document is of this release", "[openapi]")
{
	Document document;

	CHECK(std::string(json_string_value(document.at("openapi"))) ==
	    "3.1.0");
	CHECK(std::string(json_string_value(document.at("info/version"))) ==
	    release_version);
	json_t *health = json_object_get(
	    document.at("components/responses/Health/content"),
	    "application/json");
	CHECK(std::string(json_string_value(Document::below(health,
		  "example/version"))) == release_version);
	CHECK(openapi_document().find("%VERSION%") == std::string::npos);
}

TEST_CASE("every resource is described, with its methods", "[openapi]")
{
	Document document;
	json_t *paths = document.at("paths");
	std::set<Resource> described;

	for (const std::string &path : keys_of(paths)) {
		INFO(path);
		Route route = route_of("TRACE", path);
		CHECK(route.resource != Resource::none);
		CHECK(described.insert(route.resource).second);
		CHECK(keys_of(json_object_get(paths, path.c_str())) ==
		    (route.allow == "POST" ? Names{"post"}
					   : Names{"get", "head"}));
		/* A key is needed below /v1/, and nowhere else. */
		for (const std::string &method :
		    keys_of(json_object_get(paths, path.c_str()))) {
			json_t *security = json_object_get(json_object_get(
			    json_object_get(paths, path.c_str()),
			    method.c_str()), "security");
			CHECK(json_is_array(security));
			CHECK((json_array_size(security) == 2) ==
			    route.versioned);
		}
	}
	CHECK(described.size() + 1 == static_cast<std::size_t>(Resource::last));
}

TEST_CASE("every error is described with its status", "[openapi]")
{
	using StatusAndCode = std::pair<int, std::string>;
	Document document;
	std::set<StatusAndCode> in_code, described;
	Names names;

	for (std::size_t i = 0; i < static_cast<std::size_t>(ErrorCode::last);
	     i++) {
		auto code = static_cast<ErrorCode>(i);
		in_code.insert({error_code_status(code),
		    error_code_name(code)});
		names.insert(error_code_name(code));
	}
	/* HTTP's framing (api.md). */
	for (int status : {411, 414, 417, 431, 501, 505})
		in_code.insert({status, "bad_request"});

	for_each_response(document, [&](const std::string &path,
	    const std::string &, int status, json_t *response) {
		Names codes = codes_of(response);
		CHECK(codes.empty() == is_no_error(path, status));
		for (const std::string &code : codes)
			described.insert({status, code});
	});
	CHECK(described == in_code);
	CHECK(strings_of(document.at(
	    "components/schemas/ErrorCode/examples")) == names);
}

TEST_CASE("whether an error may be tried again is described", "[openapi]")
{
	Document document;

	for_each_response(document, [&](const std::string &,
	    const std::string &, int status, json_t *response) {
		json_t *retryable = Document::below(
		    schema_of(response), "properties/retryable/const");
		if (retryable == nullptr)
			return;
		ApiError error;
		error.code = ErrorCode::bad_request;
		error.status = status;
		CHECK(json_is_true(retryable) == error.retryable());
	});
}

TEST_CASE("every status that there is is described", "[openapi]")
{
	Document document;
	std::set<int> described;

	for_each_response(document, [&](const std::string &,
	    const std::string &, int status, json_t *) {
		described.insert(status);
	});
	for (int status = 200; status < 600; status++) {
		INFO(status);
		CHECK(is_answered(status) == (described.count(status) == 1));
	}
}

TEST_CASE("every answer says which request it is of", "[openapi]")
{
	Document document;

	for_each_response(document, [&](const std::string &path,
	    const std::string &, int status, json_t *response) {
		Names fields = keys_of(json_object_get(response, "headers"));
		CHECK(fields.count("X-Request-Id") == 1);
		CHECK(fields.count("Date") == 1);
		CHECK(fields.count("Cache-Control") == 1);
		CHECK(fields.count("Allow") == (status == 405));
		CHECK(fields.count("WWW-Authenticate") == (status == 401));
		CHECK(fields.count("Retry-After") ==
		    (status == 429 ||
			(status == 503 && !is_no_error(path, status))));
	});
}

TEST_CASE("what is posted is described member by member", "[openapi]")
{
	Document document;
	auto integer = [&](const std::string &pointer) {
		json_t *value =
		    document.at("components/schemas/" + pointer);
		REQUIRE(json_is_integer(value));
		return (static_cast<std::size_t>(json_integer_value(value)));
	};

	compare_members(document, "Message", message_members());
	compare_members(document, "Attachment", attachment_members());
	CHECK(integer("Message/properties/from_name/maxLength") ==
	    from_name_max);
	CHECK(integer("Attachment/properties/filename/maxLength") ==
	    filename_max);
	CHECK(integer("Attachment/properties/content_type/maxLength") ==
	    content_type_max);
	CHECK(integer("Attachment/properties/content_id/maxLength") ==
	    content_id_max);
	json_t *reply_to = json_array_get(document.at(
	    "components/schemas/Message/properties/reply_to/oneOf"), 1);
	CHECK(json_integer_value(json_object_get(reply_to, "maxItems")) ==
	    static_cast<json_int_t>(reply_to_max));
}
