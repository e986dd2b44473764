"""The ways between processes of the split shape; in one process there are none, and every panel shows 0."""

from monitoring.grafana.panels import Alert, Panel, Query

HERE = 'instance=~"$instance"'
NOTHING = "or vector(0)"

UPSTREAMS = (
    Panel(
        "Services left alone",
        "none",
        "Services whose breaker is open in a process: it answers 503 for them at once, and tries now and then.",
        (Query(f"max by (upstream) (taskyard_upstream_breaker_open{{{HERE}}}) {NOTHING}", "{{upstream}}"),),
        "TaskyardServiceAway",
        alert=Alert("TaskyardServiceAway", 0, "critical"),
    ),
    Panel(
        "Addresses left out",
        "none",
        "Addresses of services that get no requests until a probe finds them well.",
        (
            Query(
                f"max by (upstream, address) (taskyard_upstream_left_out{{{HERE}}}) {NOTHING}",
                "{{upstream}} {{address}}",
            ),
        ),
        "TaskyardAddressLeftOut",
        alert=Alert("TaskyardAddressLeftOut", 0),
    ),
    Panel(
        "Under way at addresses",
        "none",
        "Requests, streams and sockets that each address has to answer. A slow one should have fewer than the others.",
        (
            Query(
                f"sum by (upstream, address) (taskyard_upstream_in_flight{{{HERE}}}) {NOTHING}",
                "{{upstream}} {{address}}",
            ),
        ),
        "TaskyardAddressLeftOut",
    ),
    Panel(
        "Tries that failed",
        "reqps",
        "Why addresses did not answer: no connection, a connection that was cut, the deadline, or an answer that says "
        "that there is none.",
        (
            Query(
                f"sum by (upstream, kind) (rate(taskyard_upstream_failures_total{{{HERE}}}[$__rate_interval])) "
                f"{NOTHING}",
                "{{upstream}} {{kind}}",
            ),
        ),
        "TaskyardServiceAway",
    ),
    Panel(
        "Tried again and refused at once",
        "reqps",
        "Further tries of requests, tries for which the budget of a fifth was spent, and requests that an open breaker "
        "refused.",
        (
            Query(
                f"sum by (upstream, outcome) (rate(taskyard_upstream_retries_total{{{HERE}}}[$__rate_interval])) "
                f"{NOTHING}",
                "{{upstream}} {{outcome}}",
            ),
            Query(
                f"sum by (upstream) (rate(taskyard_upstream_shed_total{{{HERE}}}[$__rate_interval])) {NOTHING}",
                "{{upstream}} shed",
            ),
        ),
        "TaskyardServiceAway",
    ),
    Panel(
        "Probes",
        "reqps",
        "Probes of addresses that are left out, and what they found.",
        (
            Query(
                f"sum by (upstream, outcome) (rate(taskyard_upstream_probes_total{{{HERE}}}[$__rate_interval])) "
                f"{NOTHING}",
                "{{upstream}} {{outcome}}",
            ),
        ),
        "TaskyardAddressLeftOut",
    ),
    Panel(
        "Canaries",
        "reqps",
        "Requests for the next version of a service: sent there, or answered by the present one as it fails.",
        (
            Query(
                f"sum by (upstream, outcome) (rate(taskyard_canary_requests_total{{{HERE}}}[$__rate_interval])) "
                f"{NOTHING}",
                "{{upstream}} {{outcome}}",
            ),
        ),
        "TaskyardServiceAway",
        width=24,
    ),
)
