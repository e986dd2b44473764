"""What lies behind it: what is short, events and jobs, who is there, and the processes themselves.

Numbers of a process are summed per port already; several ports are told apart by ``instance``. What the
database was asked is the same number in every process that asked, hence the maximum.
"""

from monitoring.grafana.panels import Alert, Panel, Query

HERE = 'instance=~"$instance"'

SATURATION = (
    Panel(
        "Pool in use",
        "percentunit",
        "How much of its connections each role has handed out, the fullest port of each. Full for a moment is fine, "
        "full with requests waiting is not.",
        (
            Query(
                f"max by (role) (taskyard_pool_in_use{{{HERE}}} / taskyard_pool_size{{{HERE}}})",
                "{{role}}",
            ),
        ),
        "TaskyardPoolExhausted",
        width=6, most=1, alert=Alert("TaskyardPoolExhausted", 1),
    ),
    Panel(
        "Waiting for a connection",
        "none",
        "Requests that stand in line for a database connection. The alert fires when the pool is also full.",
        (Query(f"sum by (role) (taskyard_pool_waiting{{{HERE}}})", "{{role}}"),),
        "TaskyardPoolExhausted",
        width=6, alert=Alert("TaskyardPoolExhausted", 0),
    ),
    Panel(
        "Processor",
        "percentunit",
        "How much of one core each process uses, on average behind a port. A process can use one, not more.",
        (
            Query(
                f"sum by (service, instance) (rate(taskyard_process_cpu_seconds_total{{{HERE}}}[$__rate_interval])) "
                f"/ sum by (service, instance) (taskyard_processes{{{HERE}}})",
                "{{service}} {{instance}}",
            ),
        ),
        "TaskyardEventLoopLags",
        width=6,
    ),
    Panel(
        "Event loop lag",
        "s",
        "How much too late a process comes to what is due, 99 of 100 times at most. It is part of every answer's time.",
        (
            Query(
                "histogram_quantile(0.99, sum by (service, instance, le) "
                f"(rate(taskyard_event_loop_lag_seconds_bucket{{{HERE}}}[5m])))",
                "{{service}} {{instance}}",
            ),
        ),
        "TaskyardEventLoopLags",
        width=6, alert=Alert("TaskyardEventLoopLags", 0.25),
    ),
    Panel(
        "Wait for a connection",
        "s",
        "How long a request waits on average where no connection was idle, among them the time to open a new one.",
        (
            Query(
                f"sum by (role) (rate(taskyard_pool_wait_seconds_sum{{{HERE}}}[5m])) "
                f"/ (sum by (role) (rate(taskyard_pool_wait_seconds_count{{{HERE}}}[5m])) > 0)",
                "{{role}}",
            ),
        ),
        "TaskyardPoolExhausted",
        width=12,
    ),
    Panel(
        "Connections in use",
        "none",
        "Database connections that all processes together have handed out; PostgreSQL has to bear them.",
        (Query(f"sum by (role) (taskyard_pool_in_use{{{HERE}}})", "{{role}}"),),
        "TaskyardPoolExhausted",
        width=12, stacked=True,
    ),
)  # fmt: skip

EVENTS_AND_JOBS = (
    Panel(
        "Events by type",
        "cps",
        "What happens: events committed to the change log.",
        (Query("sum by (type) (rate(taskyard_events_total[$__rate_interval]))", "{{type}}"),),
        "TaskyardEventsWait",
        stacked=True,
    ),
    Panel(
        "Events without a position",
        "none",
        "Committed events that nobody may see yet. It should fall back to nothing within a second.",
        (Query("max(taskyard_events_unpositioned)", "events"),),
        "TaskyardEventsWait",
    ),
    Panel(
        "Events behind",
        "none",
        "Events a consumer has not handled yet. It rises in a burst and falls again.",
        (Query("max by (consumer) (taskyard_consumer_behind_events)", "{{consumer}}"),),
        "TaskyardConsumerBehind",
    ),
    Panel(
        "Time behind",
        "s",
        "How long ago the first event happened that a consumer has not handled yet.",
        (Query("max by (consumer) (taskyard_consumer_behind_seconds)", "{{consumer}}"),),
        "TaskyardConsumerBehind",
        alert=Alert("TaskyardConsumerBehind", 60),
    ),
    Panel(
        "Dead letters",
        "none",
        "Events put aside after all attempts; their effects are missing until they are handled once more.",
        (Query("max by (consumer) (taskyard_dead_letters)", "{{consumer}}"),),
        "TaskyardDeadLetters",
        alert=Alert("TaskyardDeadLetters", 0),
    ),
    Panel(
        "Oldest due job",
        "s",
        "How long the oldest job of a service has been due without a runner taking it.",
        (Query("max by (service) (taskyard_jobs_oldest_due_seconds)", "{{service}}"),),
        "TaskyardJobsStuck",
        alert=Alert("TaskyardJobsStuck", 300),
    ),
    Panel(
        "Jobs",
        "none",
        "Jobs that are not finished: scheduled for later, due, and running.",
        (Query("sum by (state) (max by (service, state) (taskyard_jobs))", "{{state}}"),),
        "TaskyardJobsStuck",
    ),
    Panel(
        "Attempts at jobs",
        "short",
        "Attempts that ended within an hour: done, to be tried again, failed for good.",
        (Query("sum by (outcome) (increase(taskyard_job_attempts_total[1h]))", "{{outcome}}"),),
        "TaskyardJobsFail",
    ),
    Panel(
        "Jobs given up",
        "short",
        "Jobs that failed in their last attempt within an hour and will not be tried again.",
        (Query('sum by (kind) (increase(taskyard_job_attempts_total{outcome="failed"}[1h]))', "{{kind}}"),),
        "TaskyardJobsFail",
        alert=Alert("TaskyardJobsFail", 0),
    ),
)  # fmt: skip

PEOPLE = (
    Panel(
        "People and sessions",
        "short",
        "How many there are, counted up to 100,000.",
        (Query('max by (kind) (taskyard_things{kind=~"people|sessions"})', "{{kind}}"),),
        "Growth",
        width=12,
    ),
    Panel(
        "Workspaces and projects",
        "short",
        "How many there are, counted up to 100,000.",
        (Query('max by (kind) (taskyard_things{kind=~"workspaces|projects"})', "{{kind}}"),),
        "Growth",
        width=12,
    ),
)

PROCESSES = (
    Panel(
        "Up",
        "none",
        "1 while Prometheus can read a port's numbers, 0 while it cannot.",
        (Query(f'min by (service, instance) (up{{job="taskyard",{HERE}}})', "{{service}} {{instance}}"),),
        "TaskyardDown",
        most=1, alert=Alert("TaskyardDown", 1, "critical", below=True),
    ),
    Panel(
        "Redis",
        "none",
        "1 while every process behind a port reaches Redis. Everything goes on without it.",
        (Query(f"min by (service, instance) (taskyard_redis_up{{{HERE}}})", "{{service}} {{instance}}"),),
        "TaskyardRedisDown",
        most=1, alert=Alert("TaskyardRedisDown", 1, below=True),
    ),
    Panel(
        "Log lines dropped",
        "short",
        "Lines lost within ten minutes because nothing took them.",
        (
            Query(
                f"sum by (service, instance) (increase(taskyard_log_lines_dropped_total{{{HERE}}}[10m]))",
                "{{service}} {{instance}}",
            ),
        ),
        "TaskyardLogLinesDropped",
        alert=Alert("TaskyardLogLinesDropped", 0),
    ),
    Panel(
        "Memory",
        "bytes",
        "Memory of all processes behind a port. A line that only rises for days is a leak.",
        (
            Query(
                f"sum by (service, instance) (taskyard_process_resident_memory_bytes{{{HERE}}})",
                "{{service}} {{instance}}",
            ),
        ),
        "Growth",
    ),
    Panel(
        "Files and connections open",
        "none",
        "Open files and sockets behind a port; each stream is one. Compare with the limit of the process.",
        (
            Query(
                f"sum by (service, instance) (taskyard_process_open_fds{{{HERE}}})",
                "{{service}} {{instance}}",
            ),
        ),
        "Growth",
    ),
    Panel(
        "Running for",
        "s",
        "How long the oldest process behind a port has been running. A line that starts anew is a crash or a release.",
        (
            Query(
                f"time() - min by (service, instance) (taskyard_process_start_time_seconds{{{HERE}}})",
                "{{service}} {{instance}}",
            ),
        ),
        "TaskyardDown",
    ),
    Panel(
        "Processes",
        "none",
        "Processes behind each port: as many as `--workers` says, one otherwise.",
        (Query(f"sum by (service, instance) (taskyard_processes{{{HERE}}})", "{{service}} {{instance}}"),),
        "TaskyardDown",
        width=12,
    ),
    Panel(
        "Versions",
        "none",
        "Ports by version. Two versions at once are a release under way.",
        (Query(f"count by (version, python) (taskyard_build_info{{{HERE}}})", "ports"),),
        "Reading the dashboard",
        kind="table", width=12,
    ),
)  # fmt: skip
