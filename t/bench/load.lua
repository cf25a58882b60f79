-- SPDX-License-Identifier: AGPL-3.0-or-later
-- wrk's requests and its figures as one line of JSON.
--   load.lua get TOKEN FILE		GET the addresses in FILE, one a line, in turn
--   load.lua once TOKEN FILE		the same, no address twice: blanks before the
--						filter, of two kinds, count
--   load.lua events TOKEN NAME		POST single events, each of somebody new
local counter = 0
local threads = {}

function setup(thread)
	thread:set("number", #threads)
	table.insert(threads, thread)
end

function init(args)
	what, token = args[1], args[2]
	wrk.headers["Authorization"] = "Bearer " .. token
	refused = 0
	if what ~= "events" then
		addresses = {}
		for line in io.lines(args[3]) do
			addresses[#addresses + 1] = what == "once" and line or
			    wrk.format("GET", line)
		end
		response = nil	-- wrk looks at the status by itself
	else
		name = args[3]
		wrk.headers["Content-Type"] = "application/json"
	end
end

local function blanks(n)
	local out = {}

	for i = 1, 24 do
		out[i] = n % 2 == 0 and "%20" or "%09"
		n = math.floor(n / 2)
	end
	return table.concat(out)
end

function request()
	counter = counter + 1
	if what == "once" then
		local line = addresses[counter % #addresses + 1]

		return wrk.format("GET", (line:gsub("([?&]f=)", "%1" ..
		    blanks(counter):gsub("%%", "%%%%"), 1)))
	end
	if what == "get" then
		return addresses[counter % #addresses + 1]
	end
	return wrk.format("POST", "/api/v1/events", nil, string.format(
	    '{"type":"user","userId":"%s-%d-%d","at":"2026-11-01T10:00:00Z",' ..
	    '"attributes":{"default_name":"Ana Silva","default_country":' ..
	    '"Brazil","plan":"free","score":%d}}',
	    name, number, counter, counter % 101))
end

function response(status, headers, body)
	if status == 200 and not body:find('"accepted":1', 1, true) then
		refused = refused + 1
	end
end

function done(summary, latency, requests)
	local e, refusals = summary.errors, 0

	for _, thread in ipairs(threads) do
		refusals = refusals + thread:get("refused")
	end
	print(string.format('{"rate":%.3f,"p50":%.3f,"p99":%.3f,' ..
	    '"requests":%d,"bytes":%d,"failed":%d}',
	    summary.requests / summary.duration * 1e6,
	    latency:percentile(50) / 1000, latency:percentile(99) / 1000,
	    summary.requests, summary.bytes,
	    refusals + e.status + e.connect + e.read + e.write + e.timeout))
end
