--
-- Copyright (c) 2026 The http-smtp-rele authors
--
-- Permission to use, copy, modify, and distribute this software for any
-- purpose with or without fee is hereby granted, provided that the above
-- copyright notice and this permission notice appear in all copies.
--
-- THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
-- WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
-- MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
-- ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
-- WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
-- ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
-- OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.
--

-- wrk's script: look-ups of submissions that ledger.py filled a file with, at
-- random, each of which must be found.

local first = tonumber(os.getenv("FIRST"))
local last = tonumber(os.getenv("LAST"))

wrk.headers["Authorization"] = "Bearer " .. os.getenv("SECRET")

function request()
	return wrk.format("GET", string.format("/v1/submissions/req_01A%023d",
	    math.random(first, last - 1)))
end

function done(summary, latency, requests)
	local errors = summary.errors
	print("figure requests " .. summary.requests)
	print(string.format("figure seconds %.6f", summary.duration / 1e6))
	print("figure failures " .. errors.connect + errors.read +
	    errors.write + errors.status + errors.timeout)
end
