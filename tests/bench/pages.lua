-- wrk script: asks for the paths of a file at random, then reports as JSON.
-- Requests are formatted once, before the clock starts.

local ready = {}

function init(args)
    math.randomseed(tonumber(args[2]))
    for path in io.lines(args[1]) do
        ready[#ready + 1] = wrk.format("GET", path)
    end
end

function request()
    return ready[math.random(#ready)]
end

local report = '{"requests":%d,"microseconds":%d,"bytes":%d,"errors":%d,"p50":%d,"p99":%d}\n'

function done(summary, latency)
    local e = summary.errors
    local errors = e.connect + e.read + e.write + e.status + e.timeout
    io.write(string.format(report, summary.requests, summary.duration, summary.bytes, errors,
        latency:percentile(50), latency:percentile(99)))
end
