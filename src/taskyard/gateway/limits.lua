-- GCRA for many waiting requests at once. KEYS are buckets; ARGV[1] is the number of requests, then their numbers of
-- buckets, then for every bucket its interval and its window in microseconds. A request takes from all its buckets or from none.
-- The answer is one number a bucket: what is left of the window, or minus the time to wait.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local requests = tonumber(ARGV[1])
local answer, bucket = {}, 0
for request = 1, requests do
  local size = tonumber(ARGV[1 + request])
  local allowed, arrivals = true, {}
  for offset = 1, size do
    local key = bucket + offset
    local interval = tonumber(ARGV[requests + 2 * key])
    local window = tonumber(ARGV[requests + 2 * key + 1])
    local arrival = tonumber(redis.call('GET', KEYS[key]) or now)
    arrival = math.min(math.max(arrival, now), now + window) + interval
    arrivals[offset] = arrival
    answer[key] = window - (arrival - now)
    allowed = allowed and answer[key] >= 0
  end
  for offset = 1, size do
    local key = bucket + offset
    if allowed then
      redis.call('SET', KEYS[key], string.format('%.0f', arrivals[offset]), 'PX', math.ceil((arrivals[offset] - now) / 1000) + 1)
    elseif answer[key] >= 0 then
      answer[key] = answer[key] + tonumber(ARGV[requests + 2 * key])
    end
  end
  bucket = bucket + size
end
return answer
