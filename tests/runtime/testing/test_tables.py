"""Objects as tables, and as their metadata alone."""

from __future__ import annotations

from datetime import timedelta
from itertools import islice
from typing import Any

import msgspec
import pytest

from kubewright.rest.request import Request
from kubewright.testing import FakeCluster, ManualClock
from kubewright.testing._apiserver.tables.durations import human_duration
from tests.support.fake_cluster import MAPS, WEBSITES, call, config_map, website_crd

TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"
PARTIAL = "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io"
KUBECTL = f"{TABLE},application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json"


def table(cluster: FakeCluster, path: str, accept: str = KUBECTL, **query: str) -> Any:
    answer = cluster.send(Request("GET", path, list(query.items()), accept=accept))
    return msgspec.json.decode(answer.body)


def printed(shown: Any) -> list[list[Any]]:
    """The headings and rows of a table that is not wide."""
    kept = [i for i, c in enumerate(shown["columnDefinitions"]) if c["priority"] == 0]
    headings = [shown["columnDefinitions"][i]["name"] for i in kept]
    return [headings, *([row["cells"][i] for i in kept] for row in shown["rows"])]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-3, "<invalid>"),
        (-1.5, "0s"),
        (0, "0s"),
        (119, "119s"),
        (120, "2m"),
        (210, "3m30s"),
        (600, "10m"),
        (3 * 3600 - 1, "179m"),
        (3 * 3600, "3h"),
        (5 * 3600 + 60, "5h1m"),
        (30 * 3600, "30h"),
        (49 * 3600, "2d1h"),
        (48 * 3600, "2d"),
        (9 * 86400, "9d"),
        (800 * 86400, "2y70d"),
        (730 * 86400, "2y"),
        (4000 * 86400, "10y"),
    ],
)
def test_durations_are_short(seconds: float, text: str) -> None:
    assert human_duration(seconds) == text


def test_ages_are_those_of_the_clusters_clock() -> None:
    clock = ManualClock()
    cluster = FakeCluster(clock=clock)
    clock.advance(3700)
    assert printed(table(cluster, "/api/v1/namespaces"))[:2] == [
        ["Name", "Status", "Age"],
        ["default", "Active", "61m"],
    ]


def test_columns_of_a_definition_are_read_by_json_path() -> None:
    crd = website_crd()
    schema = crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    schema["properties"]["status"]["x-kubernetes-preserve-unknown-fields"] = True
    crd["spec"]["versions"][0]["additionalPrinterColumns"] = [
        {"name": "Domain", "type": "string", "jsonPath": ".spec.domain"},
        {"name": "First", "type": "string", "jsonPath": ".spec.routes[0]"},
        {"name": "Any", "type": "string", "jsonPath": ".spec.routes[*].path"},
        {"name": "Replicas", "type": "integer", "jsonPath": ".spec.replicas"},
        {"name": "Half", "type": "integer", "jsonPath": ".status.half"},
        {"name": "Text", "type": "integer", "jsonPath": ".spec.domain"},
        {"name": "Ready", "type": "boolean", "jsonPath": ".status.ready"},
        {"name": "Since", "type": "date", "jsonPath": ".status.since"},
        {"name": "When", "type": "date", "jsonPath": ".spec.domain"},
        {"name": "Nothing", "type": "string", "jsonPath": ".status.nothing"},
        {"name": "Wide", "type": "string", "jsonPath": ".spec.tier", "priority": 1},
    ]
    clock = ManualClock()
    since = clock.now() - timedelta(hours=24)
    cluster = FakeCluster(clock=clock)
    cluster.add_crd(crd)
    site = {
        "apiVersion": "web.example.com/v1",
        "kind": "Website",
        "metadata": {"name": "a"},
        "spec": {"domain": "a.b", "replicas": 3, "routes": [{"path": "/"}, {"path": "/x"}]},
        "status": {"half": 1.5, "ready": True, "since": since.isoformat()},
    }
    cluster.add(site)
    (row,) = table(cluster, WEBSITES)["rows"]
    assert row["cells"] == (
        ["a", "a.b", '{"path":"/"}', "/", 3, 1, None, True, "24h", "<invalid>", None, "standard"]
    )


def test_a_row_holds_what_was_asked_for() -> None:
    cluster = FakeCluster()
    call(cluster, "POST", MAPS, config_map("a"))
    objects = {
        include: table(cluster, f"{MAPS}/a", includeObject=include)["rows"][0]["object"]
        for include in ("", "Object", "None")
    }
    assert objects[""]["kind"] == "PartialObjectMetadata"
    assert sorted(objects[""]) == ["apiVersion", "kind", "metadata"]
    assert (objects["Object"]["kind"], objects["Object"]["data"]) == ("ConfigMap", {"a": "1"})
    assert objects["None"] is None


def test_a_page_of_a_table_leads_to_the_next() -> None:
    cluster = FakeCluster()
    first = table(cluster, "/api/v1/namespaces", limit="3")
    token = first["metadata"]["continue"]
    second = table(cluster, "/api/v1/namespaces", **{"limit": "3", "continue": token})
    names = [row["cells"][0] for page in (first, second) for row in page["rows"]]
    assert names == ["default", "kube-node-lease", "kube-public", "kube-system"]
    assert first["metadata"]["remainingItemCount"] == 1


def test_a_watch_of_tables_has_headings_once() -> None:
    cluster = FakeCluster()
    query = [("watch", "1")]
    with cluster.stream(Request("GET", "/api/v1/namespaces", query, accept=TABLE)) as stream:
        events = [msgspec.json.decode(line) for line in islice(stream.lines(), 2)]
    assert [event["object"]["kind"] for event in events] == ["Table", "Table"]
    headings = [event["object"]["columnDefinitions"] for event in events]
    assert (len(headings[0]), headings[1]) == (3, None)


def test_a_watch_of_metadata() -> None:
    cluster = FakeCluster()
    query = [("watch", "1")]
    with cluster.stream(Request("GET", "/api/v1/namespaces", query, accept=PARTIAL)) as stream:
        event = msgspec.json.decode(next(iter(stream.lines())))
    assert event["object"]["kind"] == "PartialObjectMetadata"
    assert "status" not in event["object"]


def test_errors_keep_their_form() -> None:
    cluster = FakeCluster()
    assert table(cluster, f"{MAPS}/no")["reason"] == "NotFound"
    call(cluster, "POST", MAPS, config_map("a"))
    gone = cluster.send(Request("DELETE", f"{MAPS}/a", accept=KUBECTL))
    assert msgspec.json.decode(gone.body)["kind"] == "Status"


def test_what_cannot_be_written_is_refused_before_it_is_done() -> None:
    cluster = FakeCluster()
    body = msgspec.json.encode(config_map("a"))
    answer = cluster.send(Request("POST", MAPS, body=body, accept="text/html"))
    assert answer.status == 406
    assert call(cluster, "GET", f"{MAPS}/a")[0] == 404
