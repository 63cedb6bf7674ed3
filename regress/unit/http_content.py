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

"""Reads contents back with the email package.

Standard input has a line a message, of two hexadecimal strings (- for an
empty one): content and text.  Exits 1 and shows the first that does not read
back as the text.
"""

import email
import email.policy
import sys


def octets(field):
    return b"" if field == "-" else bytes.fromhex(field)


def normal(text):
    """CRLF and LF are the same line break; a bare CR is none."""
    return text.replace("\r\n", "\n")


def wanted(text, encoding):
    """7bit cannot say that the last line has no line break."""
    text = normal(text)
    if encoding == "7bit" and text and not text.endswith("\n"):
        text += "\n"
    return text


def check(content, text):
    # As SMTP carries it, and as a Unix mailbox has it.
    for line_end in (b"\r\n", b"\n"):
        message = email.message_from_bytes(
            (b"MIME-Version: 1.0\r\n" + content).replace(b"\r\n", line_end),
            policy=email.policy.default)
        encoding = message["Content-Transfer-Encoding"]
        got = message.get_content()
        # In the mailbox a CR before a line's end is content.
        if line_end == b"\r\n" or encoding == "base64":
            got = normal(got)
        expected = wanted(text, encoding)
        if got != expected or message.defects:
            sys.exit("got      %r\nexpected %r\ndefects  %r\n%s" % (
                got, expected, message.defects, content.decode()))


for line in sys.stdin:
    content, text = map(octets, line.split())
    check(content, text.decode())
