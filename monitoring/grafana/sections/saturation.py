"""What is short: connections, processor, the event loop.

Numbers of a process are summed per port already; several ports are told apart by ``instance``.
"""

from monitoring.grafana.panels import Alert, Panel, Query

HERE = 'instance=~"$instance"'
POOL = f"taskyard_pool_in_use{{{HERE}}} / taskyard_pool_size{{{HERE}}}"
PROCESSOR = (
    f"sum by (service, instance) (rate(taskyard_process_cpu_seconds_total{{{HERE}}}[$__rate_interval])) "
    f"/ sum by (service, instance) (taskyard_processes{{{HERE}}})"
)
LAG = (
    "histogram_quantile(0.99, sum by (service, instance, le) "
    f"(rate(taskyard_event_loop_lag_seconds_bucket{{{HERE}}}[5m])))"
)

AT_A_GLANCE = (
    Panel(
        "Fullest pool",
        "percentunit",
        'How much of the fullest pool is in use. See "Pool in use" for which.',
        (Query(f"max({POOL})", "in use"),),
        "TaskyardPoolExhausted",
        kind="number", width=6, height=4, most=1, alert=Alert("TaskyardPoolExhausted", 1),
    ),
    Panel(
        "Busiest process",
        "percentunit",
        'How much of a core the busiest process uses. See "Processor" for which.',
        (Query(f"max({PROCESSOR})", "core"),),
        "TaskyardEventLoopLags",
        kind="number", width=6, height=4,
    ),
    Panel(
        "Longest event loop lag",
        "s",
        'How much too late the latest process comes to what is due. See "Event loop lag" for which.',
        (Query(f"max({LAG})", "lag"),),
        "TaskyardEventLoopLags",
        kind="number", width=6, height=4, alert=Alert("TaskyardEventLoopLags", 0.25),
    ),
)  # fmt: skip

SATURATION = (
    Panel(
        "Pool in use",
        "percentunit",
        "How much of its connections each role has handed out, the fullest port of each. Full for a moment is fine, "
        "full with requests waiting is not.",
        (
            Query(
                f"max by (role) ({POOL})",
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
                PROCESSOR,
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
                LAG,
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
