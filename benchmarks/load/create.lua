-- A new task in any project.
dofile(os.getenv("LOAD_COMMON"))
request = function()
  local project = projects[math.random(#projects)]
  return wrk.format("POST", "/api/v1/tasks", nil, '{"project_id":"' .. project .. '","title":"' .. title() .. '"}')
end
