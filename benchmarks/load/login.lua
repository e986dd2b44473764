-- A sign-in of any of the people, each on a device that is known.
dofile(os.getenv("LOAD_COMMON"))
local devices = lines("devices")
request = function()
  local number = math.random(#people)
  wrk.headers["X-Device-Token"] = devices[number]
  local body = '{"email":"' .. people[number] .. '","password":"' .. os.getenv("LOAD_PASSWORD") .. '"}'
  return wrk.format("POST", "/api/v1/auth/login", nil, body)
end
