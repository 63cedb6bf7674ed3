-- wrk's script: every request on a connection of its own.

wrk.headers["Connection"] = "close"

function done(summary, latency, requests)
	local errors = summary.errors
	print("figure requests " .. summary.requests)
	print(string.format("figure seconds %.6f", summary.duration / 1e6))
	print("figure failures " .. errors.connect + errors.read +
	    errors.write + errors.status + errors.timeout)
end
