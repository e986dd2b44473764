"""What an expression of Prometheus asks for, and what a scrape of Taskyard can answer."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import promql_parser as promql
from prometheus_client import CollectorRegistry

from taskyard.kit import metrics, vital_signs
from taskyard.kit.backup.watch import BackupWatch
from taskyard.kit.census import Census
from taskyard.kit.database import Database
from taskyard.kit.upstreams import numbers
from taskyard.notification.webhooks.watch import WebhookWatch

FROM_THE_TARGET = frozenset({"job", "instance", "service"})
OF_PROMETHEUS = {"up": FROM_THE_TARGET, "ALERTS": FROM_THE_TARGET | {"alertname", "alertstate", "severity"}}
VARIABLE = re.compile(r"\$(?:__)?\w+")


def exposed() -> dict[str, frozenset[str]]:
    """Every name a scrape of Taskyard can show, with its labels."""
    counted = CollectorRegistry()
    Census(Database("postgresql://nowhere"), {}, {}, registry=counted)
    BackupWatch(Path("nowhere"), registry=counted)
    WebhookWatch(Database("postgresql://nowhere"), registry=counted)
    assert vital_signs.EVERY_SECONDS  # imported for what they count
    assert numbers.FAILURES
    found: dict[str, frozenset[str]] = {}
    for collector in (*metrics.registry._collector_to_names, *counted._collector_to_names):
        number: Any = collector
        labels = frozenset(number._labelnames) | FROM_THE_TARGET
        if number._type == "histogram":
            found |= {number._name + end: labels for end in ("_count", "_sum")}
            found[number._name + "_bucket"] = labels | {"le"}
        else:
            found[number._name + ("_total" if number._type == "counter" else "")] = labels
    return found


def faults(expression: str, known: dict[str, frozenset[str]]) -> list[str]:
    """What in an expression Prometheus would not understand, or no process would ever answer."""
    try:
        tree = promql.parse(filled(expression))
    except ValueError as error:
        return [f"{expression}: {error}"]
    found, labels = [], set(FROM_THE_TARGET | {"le"})
    for name, asked in _series(tree):
        if name not in known:
            found.append(f"{name} is no number of Taskyard")
            continue
        labels |= known[name]
        found += [f"{name} has no label {label}" for label in sorted(asked - known[name])]
    return found + [f"nothing has a label {label}" for label in sorted(set(_grouped(tree)) - labels)]


def filled(expression: str, **values: str) -> str:
    """An expression as Grafana sends it, its variables filled in; All stands for every value."""
    defaults = {"__rate_interval": "1m", "__range": "1h", "service": ".*", "instance": ".*"}
    return VARIABLE.sub(lambda match: (defaults | values)[match.group()[1:]], expression)


def comparisons(expression: str) -> set[tuple[str, float]]:
    """Each comparison with a number."""
    return {
        (str(node.op), node.rhs.val)
        for node in _nodes(promql.parse(expression))
        if isinstance(node, promql.BinaryExpr) and isinstance(node.rhs, promql.NumberLiteral)
    }


def _series(tree: promql.Expr) -> Iterator[tuple[str, set[str]]]:
    for node in _nodes(tree):
        if isinstance(node, promql.VectorSelector):
            yield node.name or "", {matcher.name for matcher in node.matchers.matchers}


def _grouped(tree: promql.Expr) -> Iterator[str]:
    for node in _nodes(tree):
        if isinstance(node, promql.AggregateExpr) and node.modifier is not None:
            yield from node.modifier.labels


def _nodes(tree: promql.Expr) -> list[promql.Expr]:
    nodes: list[promql.Expr] = []
    promql.walk(tree, nodes.append)
    return nodes
