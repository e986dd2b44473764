-- A sign-in of any of the people.
dofile(os.getenv("LOAD_COMMON"))
request = function()
  local person = people[math.random(#people)]
  local body = '{"email":"' .. person .. '","password":"' .. os.getenv("LOAD_PASSWORD") .. '"}'
  return wrk.format("POST", "/api/v1/auth/login", nil, body)
end
