-- What may be done with a task: answered to whoever is signed in, without the database.
dofile(os.getenv("LOAD_COMMON"))
request = function() return wrk.format("OPTIONS", "/api/v1/tasks/" .. tasks[math.random(#tasks)]) end
