-- What every load shares: the things there are, the credential, and the figures as one line of JSON.
lines = function(name)
  local found = {}
  for line in io.lines(os.getenv("LOAD_FOLDER") .. "/" .. name) do found[#found + 1] = line end
  return found
end

tasks, projects, people = lines("tasks"), lines("projects"), lines("people")
math.randomseed(os.time())
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Authorization"] = "Bearer " .. os.getenv("LOAD_TOKEN")

local run, count = string.format("%x%x", os.time(), math.random(2 ^ 30)), 0
title = function()
  count = count + 1
  return "Oil the gears " .. run .. "-" .. count
end

done = function(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    '\n{"requests":%d,"seconds":%f,"failed":%d,"p50_ms":%f,"p99_ms":%f}\n', summary.requests, summary.duration / 1e6,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
