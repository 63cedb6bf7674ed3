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

"""Whether the client, the ledger and the log are told the same, and the truth."""

import json

from contract import check_accepted, check_error, check_response
from outcome import equal, wait_for

UNAVAILABLE = (502, "smtp_unavailable", "smtp_failed")
REJECTED = (502, "smtp_rejected", "smtp_failed")
TOO_LARGE = (413, "payload_too_large", "smtp_failed")
UNKNOWN = (504, "smtp_outcome_unknown", "smtp_outcome_unknown")
ACCEPTED = (202, None, "smtp_accepted")
LOG = "log { format json level info }"
ANY = "any"		# the documents leave open whether there is a reply code

TOLD = {
	202: "message accepted",
	504: "message's outcome is unknown",
}


def check_told(relay, response, answer, code, stage):
	"""answer: a status, code and ledger status as above; code: the server's
	reply code or None; stage: how far the log says it got, or several where
	that depends on who is faster.  The relay logs with LOG.  Returns the
	response's document.
	"""
	status, error, entry_status = answer
	if status == 202 and code is not None:
		document = check_accepted(response, None)
	elif status == 202:
		equal(response.status, 202, "status of %r" % response)
		document = check_response(response).json()
	else:
		document = check_error(response, status, error)
	check_code(document, code)
	entry = check_response(relay.submission(document["request_id"]))
	equal(entry.status, 200, "the ledger's entry")
	entry = entry.json()
	equal(entry["status"], entry_status, "the ledger")
	equal(entry["code"], error, "the ledger's code")
	check_code(entry, code)
	line = audit_line(relay, document["request_id"])
	equal(line["message"], TOLD.get(status, "message refused"), "the log")
	equal(line["status"], status, "the log's status")
	equal(line.get("code"), error, "the log's code")
	if not isinstance(stage, tuple) or line["stage"] not in stage:
		equal(line["stage"], stage, "the log's stage")
	equal(line.get("smtp_code"), (document.get("smtp") or {}).get("code"),
	    "the log's smtp_code")
	return document


def check_code(document, code):
	if code != ANY:
		equal((document.get("smtp") or {}).get("code"), code,
		    "smtp.code of %r" % document)


def audit_line(relay, request_id):
	"""The one line that the log has of a message."""
	def found():
		lines = [json.loads(line) for line in relay.log().splitlines()
		    if line.startswith("{") and request_id in line]
		return [line for line in lines if "octets" in line]
	lines = wait_for(found, "an audit line of " + request_id)
	equal(len(lines), 1, "audit lines")
	return lines[0]
