-- The latest fifty tasks of all projects.
dofile(os.getenv("LOAD_COMMON"))
request = function() return wrk.format("GET", "/api/v1/tasks?limit=50") end
