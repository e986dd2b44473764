"""Write the dashboard from its parts: `python -m monitoring.grafana.dashboard`, which `make dashboard` calls.

Numbers of panels are their order within a section, so that a new panel changes no other section's links.
"""

import json
import sys
from pathlib import Path

from grafana_foundation_sdk.builders import dashboard as frame
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import dashboard

from monitoring.grafana.panels import SOURCE, build_panel
from monitoring.grafana.sections import backups, events, processes, requests, saturation, upstreams

FILE = Path(__file__).parent / "dashboards/taskyard.json"
UID = "taskyard"
SECTIONS = (
    ("At a glance", requests.AT_A_GLANCE + saturation.AT_A_GLANCE),
    ("Requests", requests.REQUESTS_AND_ERRORS),
    ("Saturation", saturation.SATURATION),
    ("Between processes", upstreams.UPSTREAMS),
    ("Limits and sign-ins", requests.LIMITS_AND_SIGN_INS),
    ("Events and jobs", events.EVENTS_AND_JOBS),
    ("Webhooks", events.WEBHOOKS),
    ("Backups", backups.BACKUPS),
    ("People", processes.PEOPLE),
    ("Processes", processes.PROCESSES),
)


def render() -> str:
    """The dashboard as the text of its file."""
    built = (
        frame.Dashboard("Taskyard")
        .uid(UID)
        .description("How Taskyard is. The text of each panel says what it is for and where the runbook goes on.")
        .tags(["taskyard"])
        .readonly()
        .refresh("30s")
        .time("now-1h", "now")
        .timezone("browser")
        .tooltip(dashboard.DashboardCursorSync.CROSSHAIR)
        .variables([_datasource(), _choice("service", "taskyard_requests_total"), _choice("instance", _UP)])
        .annotation(_firing_alerts())
    )
    for place, (title, panels) in enumerate(SECTIONS, 1):
        built.with_row(frame.Row(title).id(place * 100))
        for number, panel in enumerate(panels, place * 100 + 1):
            built.with_panel(build_panel(panel, number))
    document = json.loads(json.dumps(built.build(), cls=JSONEncoder))
    # The library has no words for what Grafana reads of an alert's labels.
    document["annotations"]["list"][0] |= {"titleFormat": "{{alertname}}", "textFormat": "{{service}} {{instance}}"}
    return json.dumps(document, indent=2) + "\n"


_UP = 'up{job="taskyard"}'


def _datasource() -> frame.DatasourceVariable:
    return frame.DatasourceVariable("datasource").label("Prometheus").type("prometheus")


def _choice(label: str, series: str) -> frame.QueryVariable:
    """Some of a label's values, or all of them, which also takes in series without the label."""
    everything = dashboard.VariableOption(selected=True, text=["All"], value=["$__all"])
    question = f"label_values({series}, {label})"
    return (
        frame.QueryVariable(label)
        .label(label.capitalize())
        .datasource(SOURCE)
        .query({"qryType": 1, "query": question, "refId": "PrometheusVariableQueryEditor-VariableQuery"})
        .refresh(dashboard.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(dashboard.VariableSort.ALPHABETICAL_ASC)
        .multi(True)  # noqa: FBT003 - the library's own
        .include_all(True)  # noqa: FBT003 - as above
        .all_value(".*")
        .current(everything)
    )


def _firing_alerts() -> frame.AnnotationQuery:
    """Marks on every panel for as long as an alert fires."""
    return (
        frame.AnnotationQuery()
        .name("Alerts")
        .datasource(SOURCE)
        .enable(True)  # noqa: FBT003 - the library's own
        .icon_color("red")
        .expr('ALERTS{alertstate="firing",alertname=~"Taskyard.+"}')
    )


def main() -> int:
    """Write the file."""
    FILE.write_text(render(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
