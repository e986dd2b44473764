-- A new task in any project, with an Idempotency-Key of its own.
dofile(os.getenv("LOAD_COMMON"))
request = function()
  wrk.headers["Idempotency-Key"] = title()
  local project = projects[math.random(#projects)]
  return wrk.format("POST", "/api/v1/tasks", nil, '{"project_id":"' .. project .. '","title":"' .. title() .. '"}')
end
