#
# Copyright (c) 2026 The http-smtp-rele authors
#
# Permission to use, copy, modify, and distribute this software for any
# purpose with or without fee is hereby granted, provided that the above
# copyright notice and this permission notice appear in all copies.
#
# THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
# WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
# MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
# ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
# WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
# ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
# OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.
#

"""What api.md promises of every answer."""

import re

from outcome import Failure, equal, true

REQUEST_ID = re.compile(r"req_[0-7][0-9A-HJKMNP-TV-Z]{25}\Z")
DATE = re.compile(r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} "
    r"\d\d:\d\d:\d\d GMT\Z")
RETRYABLE = {"request_timeout", "idempotency_in_progress", "rate_limited",
    "smtp_unavailable", "overloaded", "shutting_down",
    "status_store_unavailable"}
RETRY_AFTER = {"rate_limited", "overloaded", "shutting_down",
    "status_store_unavailable"}


def check_response(response):
	"""The fields that every response has; returns it."""
	identifier = response.field("X-Request-Id")
	true(identifier and REQUEST_ID.match(identifier),
	    "X-Request-Id is %r" % identifier)
	true(DATE.match(response.field("Date") or ""),
	    "Date is %r" % response.field("Date"))
	equal(response.field("Cache-Control"), "no-store", "Cache-Control")
	equal((response.field("Content-Type") or "").split(";")[0],
	    "application/json", "Content-Type")
	return response


def check_error(response, status, code, field=None):
	"""An error's form in all its members; returns the document."""
	if response.status != status:
		raise Failure("found %r, wanted %d %s" % (response, status, code))
	check_response(response)
	document = response.json()
	equal(document["status"], "error", "status")
	equal(document["code"], code, "code of %r" % document)
	true(isinstance(document["message"], str) and document["message"],
	    "message is missing")
	equal(document["request_id"], response.field("X-Request-Id"), "request_id")
	equal(document["retryable"], code in RETRYABLE, "retryable")
	if field is not None:
		equal(document.get("field"), field, "field of %r" % document)
	if code in RETRY_AFTER:
		true((response.field("Retry-After") or "").isdigit(),
		    "Retry-After is %r" % response.field("Retry-After"))
	if status == 401:
		equal(response.field("WWW-Authenticate"), "Bearer",
		    "WWW-Authenticate")
	unknown = set(document) - {"status", "code", "message", "request_id",
	    "field", "retryable", "smtp", "recipients", "message_id",
	    "target_request_id"}
	true(not unknown, "members that api.md does not know: %s" % unknown)
	return document


def check_accepted(response, enhanced="2.0.0"):
	"""A 202; returns the document."""
	if response.status != 202:
		raise Failure("found %r, wanted 202" % response)
	check_response(response)
	document = response.json()
	equal(document["status"], "accepted", "status")
	equal(document["request_id"], response.field("X-Request-Id"), "request_id")
	equal(document["message_id"], "<%s@example.com>" % document["request_id"],
	    "message_id")
	equal(document["smtp"]["code"], 250, "smtp.code")
	if enhanced is not None:
		equal(document["smtp"]["enhanced"], enhanced, "smtp.enhanced")
	return document


def check_closing(connection, response):
	"""The response says that the connection ends, and it does."""
	equal(response.field("Connection"), "close", "Connection")
	true(connection.closed(), "the connection stays open")
