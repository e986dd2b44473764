-- GCRA for many waiting requests at once. KEYS are buckets; ARGV[1] is 1 where limits are enforced and 0 where they are
-- only counted, ARGV[2] the number of requests, then their numbers of buckets, then for every bucket its interval and its
-- window in microseconds. An enforced request takes from all its buckets or from none, a counted one from all.
-- The answer is one number a bucket: what is left of the window, or minus the time to wait.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local counted, requests = ARGV[1] == '0', tonumber(ARGV[2])
local answer, bucket = {}, 0
for request = 1, requests do
  local size = tonumber(ARGV[2 + request])
  local allowed, arrivals = true, {}
  for offset = 1, size do
    local key = bucket + offset
    local interval = tonumber(ARGV[requests + 2 * key + 1])
    local window = tonumber(ARGV[requests + 2 * key + 2])
    local arrival = tonumber(redis.call('GET', KEYS[key]) or now)
    arrival = math.min(math.max(arrival, now), now + window) + interval
    arrivals[offset] = arrival
    answer[key] = window - (arrival - now)
    allowed = allowed and (counted or answer[key] >= 0)
  end
  for offset = 1, size do
    local key = bucket + offset
    if allowed then
      redis.call('SET', KEYS[key], string.format('%.0f', arrivals[offset]), 'PX', math.ceil((arrivals[offset] - now) / 1000) + 1)
    elseif answer[key] >= 0 then
      answer[key] = answer[key] + tonumber(ARGV[requests + 2 * key + 1])
    end
  end
  bucket = bucket + size
end
return answer
