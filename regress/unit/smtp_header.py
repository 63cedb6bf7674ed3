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

"""Reads headers back with the email package.

Standard input has a line a message, of hexadecimal strings (- for an empty
one): header, subject, display name, From, To, Cc, Reply-To, with a line feed
between addresses.  Exits 1 and shows the first that does not read back as it
was given.
"""

import email
import email.header
import email.policy
import sys


def text(field):
    return "" if field == "-" else bytes.fromhex(field).decode()


def addresses(message, name):
    if message[name] is None:
        return []
    return [(a.display_name, a.addr_spec) for a in message[name].addresses]


def wanted(field, display_name=""):
    return [(display_name, a) for a in text(field).split("\n") if a]


def sender(octets):
    """The one mailbox of From.  A display name of encoded words is decoded by
    decode_header(): what .addresses has is not exact, since get_phrase() makes
    every run of blanks one, and puts one between encoded words, against
    RFC 2047 6.2."""
    raw = email.message_from_bytes(octets)["From"]
    parsed = email.message_from_bytes(octets, policy=email.policy.default)
    [(name, address)] = addresses(parsed, "From")
    if "=?utf-8?" not in raw:
        return [(name, address)]
    phrase = raw[:raw.rindex("?=") + 2]
    decoded = str(email.header.make_header(email.header.decode_header(phrase)))
    assert name.split() == decoded.split() or raw.count("=?utf-8?") > 1
    return [(decoded, address)]


def differences(fields):
    header = bytes.fromhex(fields[0])
    octets = header + b"\r\nbody\r\n"
    message = email.message_from_bytes(octets, policy=email.policy.default)
    checks = [
        ("Subject", message["Subject"], text(fields[1])),
        ("From", sender(octets), wanted(fields[3], text(fields[2]))),
        ("To", addresses(message, "To"), wanted(fields[4])),
        ("Cc", addresses(message, "Cc"), wanted(fields[5])),
        ("Reply-To", addresses(message, "Reply-To"), wanted(fields[6])),
        ("Date", message["Date"].datetime.isoformat(),
            "2026-02-10T09:08:07+00:00"),
        ("MIME-Version", str(message["MIME-Version"]), "1.0"),
        ("defects", list(message.defects), []),
        ("body", message.get_payload(), "body\r\n"),
    ]
    for name, got, expected in checks:
        if got != expected:
            yield "%s\n got      %r\n expected %r\n%s" % (
                name, got, expected, header.decode())


for line in sys.stdin:
    for difference in differences(line.split()):
        sys.exit(difference)
