-- Fifty tasks of one project with one status.
dofile(os.getenv("LOAD_COMMON"))
local statuses = {"backlog", "todo", "in_progress", "in_review", "done"}
request = function()
  local query = "project_id=" .. projects[math.random(#projects)] .. "&status=" .. statuses[math.random(#statuses)]
  return wrk.format("GET", "/api/v1/tasks?" .. query .. "&limit=50")
end
