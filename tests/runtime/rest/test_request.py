"""Requests as values: paths and parameters, without a server."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from kubewright.errors import KubeError, RequestError
from kubewright.rest.request import Request, Subject, encode_query, resource_path
from kubewright.schema import GroupVersionResource

PODS = GroupVersionResource("", "v1", "pods")
DEPLOYMENTS = GroupVersionResource("apps", "v1", "deployments")
NODES = GroupVersionResource("", "v1", "nodes")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (resource_path(PODS), "/api/v1/pods"),
        (resource_path(NODES, name="n1"), "/api/v1/nodes/n1"),
        (resource_path(PODS, namespace="a"), "/api/v1/namespaces/a/pods"),
        (
            resource_path(DEPLOYMENTS, namespace="a", name="b"),
            "/apis/apps/v1/namespaces/a/deployments/b",
        ),
        (
            resource_path(DEPLOYMENTS, namespace="a", name="b", subresource="scale"),
            "/apis/apps/v1/namespaces/a/deployments/b/scale",
        ),
        (
            resource_path(PODS, namespace="a", name="b", subresource=("proxy", "metrics")),
            "/api/v1/namespaces/a/pods/b/proxy/metrics",
        ),
        (
            resource_path(GroupVersionResource("x.io", "v1", "Widgets"), name="system:node:a b?#ä"),
            "/apis/x.io/v1/widgets/system:node:a%20b%3F%23%C3%A4",
        ),
    ],
)
def test_resource_path(path: str, expected: str) -> None:
    assert path == expected


@pytest.mark.parametrize("value", ["", ".", "..", "a/b", "../x", "a%2Fb"])
@pytest.mark.parametrize("part", ["namespace", "name", "subresource"])
def test_part_that_would_change_the_path_is_refused(part: str, value: str) -> None:
    parts = {"name": "n", part: value}

    with pytest.raises(RequestError, match=part) as caught:
        resource_path(PODS, **parts)

    assert isinstance(caught.value, KubeError)
    assert isinstance(caught.value, ValueError)


def test_subresource_needs_a_name() -> None:
    with pytest.raises(RequestError, match="the subresource log of pods needs a name"):
        resource_path(PODS, namespace="a", subresource="log")


def test_query_keeps_order_types_and_repetitions() -> None:
    query = encode_query(
        {
            "limit": 500,
            "absent": None,
            "watch": True,
            "force": False,
            "container": ["a", "b"],
            "sinceTime": datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone(timedelta(hours=2))),
            "labelSelector": "a in (b,c)",
            "empty": "",
        }
    )

    assert query == [
        ("limit", "500"),
        ("watch", "true"),
        ("force", "false"),
        ("container", "a"),
        ("container", "b"),
        ("sinceTime", "2026-01-02T01:04:05Z"),
        ("labelSelector", "a in (b,c)"),
        ("empty", ""),
    ]


def test_time_without_a_zone_is_not_guessed() -> None:
    with pytest.raises(RequestError, match="time zone"):
        encode_query({"sinceTime": datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None)})


def test_target_has_the_encoded_query() -> None:
    request = Request("GET", "/api/v1/pods", query=[("a", "x y&z"), ("a", "ä")])

    assert request.target == "/api/v1/pods?a=x+y%26z&a=%C3%A4"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/api/v1/pods", ("", "pods", "")),
        ("/api/v1/namespaces", ("", "namespaces", "")),
        ("/api/v1/namespaces/a", ("", "namespaces", "a")),
        ("/api/v1/namespaces/a/status", ("", "namespaces", "a")),
        ("/api/v1/namespaces/a/finalize", ("", "namespaces", "a")),
        ("/api/v1/namespaces/a/pods", ("", "pods", "")),
        ("/api/v1/namespaces/a/pods/b/log", ("", "pods", "b")),
        ("/apis/apps/v1/namespaces/a/deployments/b", ("apps", "deployments", "b")),
        ("/apis/apps/v1", ("", "", "")),
        ("/api", ("", "", "")),
        ("/", ("", "", "")),
        ("/version", ("", "", "")),
        ("/openapi/v3/apis/apps/v1", ("", "", "")),
    ],
)
def test_subject_of_a_path(path: str, expected: tuple[str, str, str]) -> None:
    assert Subject.of(path)[:3] == expected
