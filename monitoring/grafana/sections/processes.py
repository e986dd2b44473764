"""Who is there, and the processes themselves."""

from monitoring.grafana.panels import Alert, Panel, Query
from monitoring.grafana.sections.saturation import HERE

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
            Query(
                f"sum by (service, instance, kind) (taskyard_open_streams{{{HERE}}})",
                "{{service}} {{instance}} {{kind}}",
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
