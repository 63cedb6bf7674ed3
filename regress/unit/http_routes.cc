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
#include <vector>

#include "catch.h"
#include "media_type.h"
#include "routes.h"

namespace {

Route
route_of(const char *method, const char *path, bool monitor = false)
{
	HttpHead head;

	head.method = method;
	head.target.path = path;
	return (find_route(head, monitor));
}

} /* namespace */

TEST_CASE("paths name resources octet by octet")
{
	struct {
		const char *path;
		Resource resource;
	} cases[] = {
	    {"/v1/send", Resource::send},
	    {"/v1/send-bulk", Resource::send_bulk},
	    {"/v1/keys/self", Resource::key_self},
	    {"/v1/submissions/x", Resource::submission},
	    {"/healthz", Resource::health},
	    {"/readyz", Resource::readiness},
	    {"/metrics", Resource::metrics},
	    {"/openapi.json", Resource::openapi},
	    {"/", Resource::none},
	    {"", Resource::none},
	    {"/v1/send/", Resource::none},
	    {"//v1/send", Resource::none},
	    {"/v1/./send", Resource::none},
	    {"/v1/x/../send", Resource::none},
	    {"/v1/%73end", Resource::none},
	    {"/V1/send", Resource::none},
	    {"/v1/submissions", Resource::none},
	    {"/v1/submissions/", Resource::none},
	    {"/v1/submissions/a/b", Resource::none},
	    {"/healthz/", Resource::none},
	};

	for (const auto &c : cases) {
		INFO(c.path);
		CHECK(route_of("GET", c.path).resource == c.resource);
	}
	CHECK(route_of("GET", "/v1/submissions/req_1").id == "req_1");
}

TEST_CASE("methods")
{
	CHECK(route_of("GET", "/healthz").method_allowed);
	CHECK(route_of("HEAD", "/healthz").method_allowed);
	CHECK(route_of("HEAD", "/healthz").head);
	CHECK(!route_of("get", "/healthz").method_allowed);
	CHECK(!route_of("POST", "/healthz").method_allowed);
	CHECK(route_of("POST", "/healthz").allow == "GET, HEAD");
	CHECK(route_of("POST", "/v1/send").method_allowed);
	CHECK(!route_of("HEAD", "/v1/send").method_allowed);
	CHECK(route_of("GET", "/v1/send").allow == "POST");
	CHECK(route_of("POST", "/v1/send").versioned);
	CHECK(!route_of("GET", "/readyz").versioned);
}

TEST_CASE("a monitor listener serves monitoring only")
{
	CHECK(route_of("GET", "/healthz", true).resource == Resource::health);
	CHECK(route_of("GET", "/readyz", true).resource ==
	    Resource::readiness);
	CHECK(route_of("GET", "/metrics", true).resource == Resource::metrics);
	for (const char *path : {"/v1/send", "/v1/send-bulk", "/v1/keys/self",
		 "/v1/submissions/x", "/openapi.json", "/x"})
		CHECK(route_of("POST", path, true).resource == Resource::none);
}

TEST_CASE("dry_run is never overlooked")
{
	CHECK(dry_run_of("") == DryRun::no);
	CHECK(dry_run_of("x=1&y") == DryRun::no);
	CHECK(dry_run_of("xdry_run=1") == DryRun::no);
	CHECK(dry_run_of("dry_run=0") == DryRun::no);
	CHECK(dry_run_of("dry_run=false&x") == DryRun::no);
	CHECK(dry_run_of("dry_run=1") == DryRun::yes);
	CHECK(dry_run_of("x&dry_run=true") == DryRun::yes);
	CHECK(dry_run_of("dry%5Frun=%31") == DryRun::yes);
	CHECK(dry_run_of("dry_run") == DryRun::invalid);
	CHECK(dry_run_of("dry_run=") == DryRun::invalid);
	CHECK(dry_run_of("dry_run=TRUE") == DryRun::invalid);
	CHECK(dry_run_of("dry_run=2") == DryRun::invalid);
	CHECK(dry_run_of("dry_run=0&dry_run=1") == DryRun::invalid);
	CHECK(dry_run_of("dry_run=1&dry_run=1") == DryRun::invalid);
}

TEST_CASE("media types: RFC 9110 8.3")
{
	for (const char *good : {"application/json", "Application/JSON",
		 "application/json;charset=utf-8",
		 "application/json ; charset=\"UTF-8\" ; a=b",
		 "application/json; a=\"b;charset=x\\\"\"", "application/json;",
		 "application/json;;a=b"}) {
		INFO(good);
		CHECK(is_json_media_type(good));
	}
	for (const char *bad : {"", "application", "application/",
		 "application/jsonx", "application/json+x", "text/json",
		 "application/ json", "application/json charset=utf-8",
		 "application/json;charset=latin1", "application/json;charset",
		 "application/json;charset=", "application/json;charset=\"utf-8",
		 "application/json, text/plain", "application/json;=x",
		 "application/json;charset=utf-8;charset=latin1",
		 "*/*"}) {
		INFO(bad);
		CHECK(!is_json_media_type(bad));
	}

	HttpHead head;
	CHECK(refused_media_type(head) != nullptr);
	auto &type = head.fields[static_cast<std::size_t>(
	    HttpField::content_type)];
	type.value = "application/json";
	type.count = 1;
	CHECK(refused_media_type(head) == nullptr);
	type.count = 2;
	CHECK(refused_media_type(head) != nullptr);
	type.count = 1;
	head.fields[static_cast<std::size_t>(HttpField::content_encoding)]
	    .count = 1;
	CHECK(refused_media_type(head) != nullptr);
}
