"""What people notice: how much is asked, how much of it fails, how long it takes, and what is refused.

Requests are those the gateway saw: a service in a process of its own counts the same one once more.
"""

from monitoring.grafana.panels import Alert, Panel, Query

SEEN = 'observer="gateway",service=~"$service"'
REQUESTS = f"taskyard_requests_total{{{SEEN}}}"
FAILED = f'taskyard_requests_total{{{SEEN},status="5xx"}}'
# A stream lasts as long as its reader listens, so it says nothing about speed.
NO_STREAM = 'route!~".*/stream"'
TIMED = f"{SEEN},{NO_STREAM}"
COUNTED = f"taskyard_request_duration_seconds_count{{{TIMED}}}"
# Only the process that answers knows its routes, hence every observer: a gateway of the split shape counts a
# request under the first word of its path, and what the service never saw only there.
ROUTE = "observer, service, method, route"
FAILURES = f'sum by ({ROUTE}) (increase(taskyard_requests_total{{service=~"$service",status="5xx"}}[$__range]))'


def _quantile(share: float, *labels: str, among: str = TIMED) -> str:
    by = ", ".join(("le", *labels))
    series = f"rate(taskyard_request_duration_seconds_bucket{{{among}}}[5m])"
    return f"histogram_quantile({share}, sum by ({by}) ({series}))"


def _slowest(share: float) -> str:
    """Without the routes that nobody asked for, whose quantiles are no numbers."""
    return f'{_quantile(share, ROUTE, among=f"""service=~"$service",{NO_STREAM}""")} > 0'


AT_A_GLANCE = (
    Panel(
        "Requests",
        "reqps",
        "How much is asked at the moment. A fall to nothing at a busy hour is as bad as an error.",
        (Query(f"sum(rate({REQUESTS}[$__rate_interval]))", "requests"),),
        "TaskyardDown",
        kind="number", width=4, height=4,
    ),
    Panel(
        "Errors",
        "percentunit",
        "The share of requests that ended in a 5xx answer within five minutes. "
        'See "Errors by route" for where they come from.',
        (Query(f"sum(rate({FAILED}[5m])) / sum(rate({REQUESTS}[5m]))", "errors"),),
        "TaskyardErrors",
        kind="number", width=4, height=4, alert=Alert("TaskyardErrors", 0.01, "critical"), most=1,
    ),
    Panel(
        "Slow requests",
        "percentunit",
        "The share of requests over 250 ms within five minutes, without streams. The alert also wants 5 % within "
        'an hour. See "Slowest routes".',
        (
            Query(
                f'1 - sum(rate(taskyard_request_duration_seconds_bucket{{{TIMED},le="0.25"}}[5m])) '
                f"/ sum(rate({COUNTED}[5m]))",
                "slow",
            ),
        ),
        "TaskyardSlow",
        kind="number", width=4, height=4, alert=Alert("TaskyardSlow", 0.1), most=1,
    ),
    Panel(
        "Processes up",
        "percentunit",
        'The share of the ports Prometheus asks that answer. See "Up" for those that do not.',
        (Query('avg(up{job="taskyard"})', "up"),),
        "TaskyardDown",
        kind="number", width=4, height=4, alert=Alert("TaskyardDown", 1, "critical", below=True), most=1,
    ),
    Panel(
        "Oldest waiting event",
        "s",
        "How long the oldest committed event waits for its position. While it waits, streams and notifications "
        "stand still.",
        (Query("max(taskyard_events_unpositioned_age_seconds)", "oldest"),),
        "TaskyardEventsWait",
        kind="number", width=4, height=4, alert=Alert("TaskyardEventsWait", 30, "critical"),
    ),
    Panel(
        "Alerts firing",
        "none",
        "Alerts that fire now; each has a section of its name in the runbook. Prometheus' page /alerts lists them.",
        (Query('count(ALERTS{alertstate="firing",alertname=~"Taskyard.+"}) or vector(0)', "firing"),),
        "Reading the dashboard",
        kind="number", width=4, height=4,
    ),
    Panel(
        "Quantiles",
        "s",
        'How long 50, 95 and 99 of 100 requests take at most, as in "Response time". The objective is 250 ms for 99.',
        (
            Query(_quantile(0.5), "p50"),
            Query(_quantile(0.95), "p95"),
            Query(_quantile(0.99), "p99"),
        ),
        "TaskyardSlow",
        kind="number", width=6, height=4,
    ),
)  # fmt: skip

REQUESTS_AND_ERRORS = (
    Panel(
        "Requests by service",
        "reqps",
        "Who is asked how much; `gateway` is what the gateway answers itself: probes, documentation, refusals.",
        (Query(f"sum by (service) (rate({REQUESTS}[$__rate_interval]))", "{{service}}"),),
        "TaskyardDown",
        stacked=True,
    ),
    Panel(
        "Errors by service",
        "percentunit",
        "The share of each service's requests that ended in a 5xx answer. One service: look there. All: the database.",
        (
            Query(
                f"sum by (service) (rate({FAILED}[5m])) / sum by (service) (rate({REQUESTS}[5m]))",
                "{{service}}",
            ),
        ),
        "TaskyardErrors",
        alert=Alert("TaskyardErrors", 0.01, "critical"), most=1,
    ),
    Panel(
        "Answers by status",
        "reqps",
        '4xx are refusals: a client that does something wrong, or a limit. Many at once: see "Refused by limits".',
        (Query(f"sum by (status) (rate({REQUESTS}[$__rate_interval]))", "{{status}}"),),
        "TaskyardErrors",
        stacked=True,
    ),
    Panel(
        "Errors by route",
        "short",
        "5xx answers within the time shown, the ten worst routes; zeros when there were none. One that only the "
        'gateway saw never reached its service: see "Up".',
        (Query(f"topk(10, {FAILURES})", "errors"),),
        "TaskyardErrors",
        kind="table", width=10, height=9,
    ),
    Panel(
        "Slowest routes",
        "s",
        "How long 50, 95 and 99 of 100 requests of a route take at most, within five minutes, without streams. "
        "Slow for the gateway and not for the service: the way between them.",
        (
            Query(_slowest(0.5), "p50"),
            Query(_slowest(0.95), "p95"),
            Query(_slowest(0.99), "p99"),
        ),
        "TaskyardSlow",
        kind="table", width=14, height=9,
    ),
    Panel(
        "Response time",
        "s",
        "How long 50, 95 and 99 of 100 requests take at most, all routes but streams. The objective is 250 ms for 99.",
        (
            Query(_quantile(0.5), "p50"),
            Query(_quantile(0.95), "p95"),
            Query(_quantile(0.99), "p99"),
        ),
        "TaskyardSlow",
        width=12,
    ),
    Panel(
        "Response time by service",
        "s",
        "How long 99 of 100 requests of a service take at most. One service: see its pool. All: processor or database.",
        (Query(_quantile(0.99, "service"), "{{service}}"),),
        "TaskyardSlow",
        width=12,
    ),
)  # fmt: skip

LIMITS_AND_SIGN_INS = (
    Panel(
        "Refused by limits",
        "reqps",
        "Requests refused with 429, by the limit they met. A few are clients that hurry; many from one place are "
        "an attack or a client that does not wait.",
        (
            Query(
                'sum by (policy) (rate(taskyard_rate_limit_decisions_total{outcome="refused"}[$__rate_interval]))',
                "{{policy}}",
            ),
        ),
        "Limits",
    ),
    Panel(
        "Share refused by limits",
        "percentunit",
        "How much of what counts against a limit it refuses. A limit that refuses much all day is too tight.",
        (
            Query(
                'sum by (policy) (rate(taskyard_rate_limit_decisions_total{outcome="refused"}[5m])) '
                "/ (sum by (policy) (rate(taskyard_rate_limit_decisions_total[5m])) > 0)",
                "{{policy}}",
            ),
        ),
        "Limits",
        most=1,
    ),
    Panel(
        "Sign-ins",
        "cps",
        "Sign-ins with a password: accepted, refused for a wrong one, held back after too many. Refusals that rise "
        "alone are somebody who guesses.",
        (Query("sum by (outcome) (rate(taskyard_sign_ins_total[$__rate_interval]))", "{{outcome}}"),),
        "Sign-ins",
    ),
    Panel(
        "Refused as too much",
        "reqps",
        "Requests refused with 503 because more was asked for than can be done, by how much they matter. Bulk and "
        "lists alone mean that the rest is answered.",
        (Query("sum by (rank) (rate(taskyard_shed_requests_total[$__rate_interval]))", "{{rank}}"),),
        "Too much at once",
        width=12,
    ),
    Panel(
        "Requests at once",
        "none",
        "Requests that are worked on, and those that wait for that. A line that does not go away is too much.",
        (
            Query("sum(taskyard_requests_under_way)", "worked on"),
            Query("sum(taskyard_requests_waiting)", "waiting"),
        ),
        "Too much at once",
        width=12,
    ),
)
