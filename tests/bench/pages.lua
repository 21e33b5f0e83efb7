-- wrk script: asks for the paths of a file at random, then reports as JSON.
-- Requests are formatted once, before the clock starts. A line is a path, or a
-- path, a tab and the value of If-None-Match.
-- Arguments: the file, the seed, the average pause before a request in ms.

local ready = {}

function init(args)
    math.randomseed(tonumber(args[2]))
    for line in io.lines(args[1]) do
        local path, tag = line:match("^([^\t]*)\t?(.*)$")
        local headers = tag ~= "" and { ["If-None-Match"] = tag } or nil
        ready[#ready + 1] = wrk.format("GET", path, headers)
    end
    local pause = tonumber(args[3])
    if pause > 0 then
        -- wrk waits if there is such a function; random, so that connections spread.
        function delay()
            return math.random(0, 2 * pause)
        end
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
