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

-- wrk's script: a text message of 1 KiB, and the figures in lines that are easy to
-- read.  With KEYS in the environment so many keys (keys.py) take turns; wrk has
-- the same work for any number of them.

local text = string.rep(string.rep("x", 70) .. "\\n", 14)
local prepared = 10000
local keys = tonumber(os.getenv("KEYS"))

wrk.method = "POST"
wrk.headers["Authorization"] = "Bearer " .. os.getenv("SECRET")
wrk.headers["Content-Type"] = "application/json"
wrk.body = '{"to":"user@example.com","subject":"Hello","body":"' .. text .. '"}'

if keys then
	local requests = {}
	local last = 0

	function init()
		for i = 0, prepared - 1 do
			wrk.headers["Authorization"] = string.format(
			    "Bearer a-key-of-the-bench-among-many-%08d", i % keys)
			-- Each a string of its own.
			wrk.headers["X-Number"] = tostring(i)
			requests[i] = wrk.format()
		end
	end

	function request()
		last = (last + 1) % prepared
		return requests[last]
	end
end

function done(summary, latency, requests)
	local errors = summary.errors
	print("figure requests " .. summary.requests)
	print(string.format("figure seconds %.6f", summary.duration / 1e6))
	print("figure failures " .. errors.connect + errors.read +
	    errors.write + errors.status + errors.timeout)
end
