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

"""Ledgers in files, filled with as many records as a test wants."""

import os
import shutil
import sqlite3
import tempfile

from generators import wrk_lookups
from relay import Relay

CONNECTIONS = 32
RECORDS = (1000, 100000, 1000000)

# Ids of the past, in order; lookup.lua makes the same.
FILL = """
WITH RECURSIVE number(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM number
    WHERE i + 1 < :records)
INSERT INTO entries SELECT printf('req_01A%023d', i), 'test', 2, NULL,
    'the mail server accepted the message',
    printf('<req_01A%023d@example.com>', i), 'example.com', 1, :now + i, :now + i,
    :now + 604800000, 250, '2.0.0', 'Ok: queued as 0123456789AB', 0, NULL, NULL,
    NULL FROM number
"""


class Place:
	"""A directory for a ledger."""

	def __enter__(self):
		self.above = tempfile.mkdtemp(prefix="rele-ledger-",
		    dir=os.path.dirname(os.path.abspath(__file__)))
		os.chmod(self.above, 0o755)
		self.path = os.path.join(self.above, "ledger", "ledger.db")
		return self

	def __exit__(self, *_):
		shutil.rmtree(self.above, ignore_errors=True)

	def statement(self, records=1000000):
		return 'store sqlite "%s" { records %d }' % (self.path, records)

	def fill(self, configuration, records):
		"""The daemon makes the file; a moment ago there were so many."""
		with Relay(configuration=configuration):
			pass
		database = sqlite3.connect(self.path)
		now = int(os.stat(self.path).st_mtime * 1000) - records
		database.execute(FILL, {"records": records, "now": now})
		database.execute("UPDATE counts SET entries = ?", (records,))
		database.commit()
		database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
		database.close()

	def megabytes(self):
		return os.stat(self.path).st_size / 1e6


def lookups(relay, records, seconds):
	"""A second of them: of the newer half, which the load did not push out."""
	found = wrk_lookups(relay.port, CONNECTIONS, seconds, records // 2, records)
	return found["requests"] / found["seconds"]
