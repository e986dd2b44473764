-- Another title for any task.
dofile(os.getenv("LOAD_COMMON"))
wrk.headers["If-Match"] = "*"
request = function()
  return wrk.format("PATCH", "/api/v1/tasks/" .. tasks[math.random(#tasks)], nil, '{"title":"' .. title() .. '"}')
end
