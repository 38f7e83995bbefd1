"""The files of deploy/: every metric and every label that they name is one of ours."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from prometheus_client.metrics import MetricWrapperBase

from genonaut.monitoring import metrics
from genonaut.monitoring.gauges import SOURCES, UP
from genonaut.replicas import gauges as replicas
from tests.test_docs import ROOT

ALERTS = ROOT / "deploy/prometheus/alerts.yml"
DASHBOARD = ROOT / "deploy/grafana/genonaut.json"
# What Prometheus adds by itself.
OF_PROMETHEUS = {"instance", "job"}


def labels_by_name() -> dict[str, set[str]]:
    """Return the labels of each series that /metrics may show."""
    known = {UP: {"source"}, "up": set()}
    for metric in vars(metrics).values():
        if isinstance(metric, MetricWrapperBase):
            for sample in endings(metric):
                known[sample] = {*metric._labelnames, *(["le"] if sample.endswith("_bucket") else [])}
    for source in (*SOURCES.values(), replicas.SOURCE):
        known |= {gauge.name: set(gauge.labels) for gauge in source.gauges}
    return known


def endings(metric: MetricWrapperBase) -> list[str]:
    """Return the names of a metric's series."""
    endings_of = {"counter": ["_total"], "histogram": ["_bucket", "_sum", "_count"], "gauge": [""]}
    return [metric._name + ending for ending in endings_of[metric._type]]


def queries(path: Path) -> Iterator[str]:
    """Yield the queries of a file."""
    if path == ALERTS:
        yield from (rule["expr"] for group in yaml.safe_load(path.read_text())["groups"] for rule in group["rules"])
        return
    board = json.loads(path.read_text())
    yield from (target["expr"] for panel in board["panels"] for target in panel.get("targets", ()))
    yield from (variable["query"] for variable in board["templating"]["list"] if variable["type"] == "query")


@pytest.mark.parametrize("path", [ALERTS, DASHBOARD], ids=lambda path: path.name)
def test_every_metric_and_label_of_a_query_is_there(path: Path) -> None:
    known, wrong = labels_by_name(), []
    every = list(queries(path))
    for query in every:
        named = set(re.findall(r"\b(?:genonaut_\w+|up\b)", query))
        labels = set().union(*(known.get(name, set()) for name in named)) | OF_PROMETHEUS
        used = {label for part in re.findall(r"(?:by|on) \(([^)]*)\)", query) for label in re.split(r",\s*", part)}
        used |= set(re.findall(r'(\w+)\s*(?:=~|!=|!~|=)\s*"', query))
        if not named or named - known.keys() or used - labels:
            wrong.append((query, sorted(named - known.keys()), sorted(used - labels)))
    assert wrong == []
    assert len(every) >= 15


def test_the_dashboard_shows_every_metric() -> None:
    shown = " ".join(queries(DASHBOARD))
    bases = {re.sub("_(bucket|sum|count)$", "", name) for name in labels_by_name()} - {"up", UP}
    assert {base for base in bases if base not in shown} == set()


def test_an_alert_says_what_to_look_at_and_names_labels_of_its_query() -> None:
    for group in yaml.safe_load(ALERTS.read_text())["groups"]:
        for rule in group["rules"]:
            said = rule["annotations"]
            assert said["description"] and rule["labels"]["severity"] in ("page", "warning")
            named = set(re.findall(r"\$labels\.(\w+)", f"{said['summary']} {said['description']}"))
            assert {name for name in named if name not in rule["expr"] and name not in OF_PROMETHEUS} <= {"source"}


def test_each_metric_and_alert_is_documented() -> None:
    text = (ROOT / "docs/monitoring.md").read_text()
    names = {re.sub("_(bucket|sum|count)$", "", name) for name in labels_by_name()} - {"up"}
    assert {name for name in names if f"`{name}`" not in text} == set()
    scrape = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text())
    assert scrape["rule_files"] == [ALERTS.name]
    assert scrape["scrape_configs"][0]["metrics_path"] == "/metrics"
