-- One task by its id, any of those there are.
dofile(os.getenv("LOAD_COMMON"))
request = function() return wrk.format("GET", "/api/v1/tasks/" .. tasks[math.random(#tasks)]) end
