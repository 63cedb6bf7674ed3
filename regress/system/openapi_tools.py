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

"""Programs from PyPI that judge openapi.json: an OpenAPI validator, and
schemathesis."""

import subprocess

import pypi

WANTED = ["openapi-spec-validator==0.9.0", "schemathesis==4.32.5"]


def python():
	return pypi.python("openapi", WANTED)


def run(arguments, **how):
	"""Runs their interpreter; (exit status, output)."""
	result = subprocess.run([python()] + arguments, stdout=subprocess.PIPE,
	    stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True, **how)
	return result.returncode, result.stdout
