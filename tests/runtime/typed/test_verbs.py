"""What each call of a typed client sends, and what it refuses to send."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import pytest

from kubewright.autoscaling_v1 import Scale
from kubewright.errors import GoneError, NotFoundError, RequestError
from kubewright.meta_v1 import ObjectMeta, Preconditions, Status
from kubewright.resource import ResourceInfo
from kubewright.rest.client import RESTClient
from kubewright.schema import GroupVersionKind, GroupVersionResource
from kubewright.typed import (
    AllNamespaces,
    CreateSubresource,
    GetSubresource,
    PatchSubresource,
    ResourceClient,
    ScaleClient,
    StatusClient,
    UpdateSubresource,
)
from tests.support.scripted import (
    WIDGET,
    WIDGETS,
    Frame,
    ScriptedTransport,
    Widget,
    status,
    widget,
)

INFO = ResourceInfo(WIDGETS, kind=WIDGET, namespaced=True)
BASE = "/apis/example.com/v1/namespaces/shop/widgets"
KIND = {"apiVersion": "example.com/v1", "kind": "Widget"}


class WidgetClient(ResourceClient[Widget], StatusClient[Widget], ScaleClient[Widget]):
    info = INFO
    model = Widget
    create_ticket: CreateSubresource[Widget, Status] = CreateSubresource("ticket", Status)
    get_resize = GetSubresource("resize", Widget)
    update_resize = UpdateSubresource("resize", Widget)
    patch_resize = PatchSubresource("resize", Widget)


class Widgets(AllNamespaces[Widget, WidgetClient]):
    info = INFO
    model = Widget
    client = WidgetClient


class Cogs(ResourceClient[Widget]):
    info = ResourceInfo(
        GroupVersionResource("apps", "v1", "cogs"),
        kind=GroupVersionKind("apps", "v1", "Cog"),
        namespaced=False,
    )
    model = Widget


def named(name: str, **more: Any) -> Widget:
    return Widget(metadata=ObjectMeta(name=name, **more))


def sent(call: Callable[[WidgetClient], object], *answers: Frame) -> tuple[str, Any, str]:
    transport = ScriptedTransport(*answers)
    call(WidgetClient(RESTClient(transport), "shop"))
    (request,) = transport.requests
    return transport.lines[0], transport.bodies[0], request.content_type


JSON = "application/json"
MERGE = "application/merge-patch+json"
APPLY = "application/apply-patch+yaml"
WEB = {**KIND, "metadata": {"name": "web"}}
CALLS: list[tuple[str, Callable[[WidgetClient], object], str, Any, str]] = [
    ("get", lambda c: c.get("web"), f"GET {BASE}/web", None, JSON),
    (
        "get from the server's cache",
        lambda c: c.get("web", resource_version="0"),
        f"GET {BASE}/web?resourceVersion=0",
        None,
        JSON,
    ),
    ("create", lambda c: c.create(named("web")), f"POST {BASE}", WEB, JSON),
    (
        "create with options",
        lambda c: c.create(
            named("web"), dry_run=True, field_manager="me", field_validation="Strict"
        ),
        f"POST {BASE}?dryRun=All&fieldManager=me&fieldValidation=Strict",
        WEB,
        JSON,
    ),
    ("update", lambda c: c.update(named("web")), f"PUT {BASE}/web", WEB, JSON),
    (
        "update what came without a kind",
        lambda c: c.update(Widget.from_wire({"metadata": {"name": "web"}, "new": [1, None]})),
        f"PUT {BASE}/web",
        {**WEB, "new": [1, None]},
        JSON,
    ),
    ("update_status", lambda c: c.update_status(named("web")), f"PUT {BASE}/web/status", WEB, JSON),
    (
        "merge patch",
        lambda c: c.patch("web", {"size": None}),
        f"PATCH {BASE}/web",
        {"size": None},
        MERGE,
    ),
    (
        "JSON patch of the status",
        lambda c: c.patch("web", [{"op": "test"}], type="json", subresource="status"),
        f"PATCH {BASE}/web/status",
        [{"op": "test"}],
        "application/json-patch+json",
    ),
    (
        "apply a mapping",
        lambda c: c.apply({"metadata": {"name": "web"}, "size": 3}, field_manager="me", force=True),
        f"PATCH {BASE}/web?fieldManager=me&force=true",
        {**WEB, "size": 3},
        APPLY,
    ),
    (
        "apply a model",
        lambda c: c.apply(named("web"), field_manager="me"),
        f"PATCH {BASE}/web?fieldManager=me",
        WEB,
        APPLY,
    ),
    (
        "apply_status",
        lambda c: c.apply_status({"metadata": {"name": "web"}}, field_manager="me"),
        f"PATCH {BASE}/web/status?fieldManager=me",
        WEB,
        APPLY,
    ),
    ("delete", lambda c: c.delete("web"), f"DELETE {BASE}/web", None, JSON),
    (
        "delete with options",
        lambda c: c.delete(
            "web",
            propagation_policy="Foreground",
            grace_period_seconds=0,
            preconditions=Preconditions(uid="u"),
            dry_run=True,
        ),
        f"DELETE {BASE}/web",
        {
            "apiVersion": "v1",
            "kind": "DeleteOptions",
            "propagationPolicy": "Foreground",
            "gracePeriodSeconds": 0,
            "preconditions": {"uid": "u"},
            "dryRun": ["All"],
        },
        JSON,
    ),
    (
        "delete_collection",
        lambda c: c.delete_collection(label_selector={"tier": "front"}),
        f"DELETE {BASE}?labelSelector=tier%3Dfront",
        None,
        JSON,
    ),
    ("get_scale", lambda c: c.get_scale("web"), f"GET {BASE}/web/scale", None, JSON),
    (
        "update_scale",
        lambda c: c.update_scale("web", Scale.from_wire({"spec": {"replicas": 2}})),
        f"PUT {BASE}/web/scale",
        {"apiVersion": "autoscaling/v1", "kind": "Scale", "spec": {"replicas": 2}},
        JSON,
    ),
    (
        "scale",
        lambda c: c.scale("web", 3),
        f"PATCH {BASE}/web/scale",
        {"spec": {"replicas": 3}},
        MERGE,
    ),
    (
        "create of a subresource",
        lambda c: c.create_ticket("web", Widget(size=1)),
        f"POST {BASE}/web/ticket",
        {**KIND, "metadata": {"name": "web", "namespace": "shop"}, "size": 1},
        JSON,
    ),
    ("get of a subresource", lambda c: c.get_resize("web"), f"GET {BASE}/web/resize", None, JSON),
    (
        "update of a subresource",
        lambda c: c.update_resize("web", named("web")),
        f"PUT {BASE}/web/resize",
        WEB,
        JSON,
    ),
    (
        "patch of a subresource",
        lambda c: c.patch_resize("web", {"size": 2}),
        f"PATCH {BASE}/web/resize",
        {"size": 2},
        MERGE,
    ),
]


@pytest.mark.parametrize(
    ("call", "line", "body", "content_type"),
    [case[1:] for case in CALLS],
    ids=[case[0] for case in CALLS],
)
def test_what_is_sent(
    call: Callable[[WidgetClient], object], line: str, body: Any, content_type: str
) -> None:
    assert sent(call) == (line, body, content_type)


REFUSED: list[tuple[str, Callable[[WidgetClient], object], str]] = [
    ("get without a name", lambda c: c.get(""), "the name is empty"),
    ("delete without a name", lambda c: c.delete(""), "the name is empty"),
    ("get of None", lambda c: c.get(cast("str", None)), "the name is empty"),
    ("delete of None", lambda c: c.delete(cast("str", None)), "the name is empty"),
    ("patch of None", lambda c: c.patch(cast("str", None), {}), "the name is empty"),
    ("get of a number", lambda c: c.get(cast("str", 3)), "the name is no text: 3"),
    ("create of a dict", lambda c: c.create(cast("Widget", {})), "Widget.from_wire makes one"),
    ("update of a dict", lambda c: c.update(cast("Widget", {})), "Widget.from_wire makes one"),
    ("update without a name", lambda c: c.update(Widget()), "has no metadata.name"),
    (
        "create in another namespace",
        lambda c: c.create(named("web", namespace="bank")),
        "the object is of the namespace 'bank', and the client of 'shop'",
    ),
    (
        "apply to another namespace",
        lambda c: c.apply({"metadata": {"name": "a", "namespace": "bank"}}, field_manager="me"),
        "the object is of the namespace 'bank'",
    ),
    ("apply without a name", lambda c: c.apply({}, field_manager="me"), "needs metadata.name"),
    (
        "apply without a manager",
        lambda c: c.apply({"metadata": {"name": "a"}}, field_manager=""),
        "needs a field_manager",
    ),
    (
        "apply of an object as it was read",
        lambda c: c.apply(
            Widget.from_wire({"metadata": {"name": "a", "managedFields": [{"manager": "x"}]}}),
            field_manager="me",
        ),
        "leave out metadata.managedFields",
    ),
    (
        "strategic merge patch of a custom resource",
        lambda c: c.patch("web", {}, type="strategic"),
        "takes no strategic merge patch",
    ),
    ("JSON patch that is an object", lambda c: c.patch("web", {}, type="json"), "is a list"),
    (
        "merge patch that is a list",
        lambda c: c.patch("web", []),
        """a merge patch is an object; type="json" takes a list""",
    ),
    ("patch that is no JSON", lambda c: c.patch("web", {"a": object()}), "cannot be encoded"),
    (
        "subresource of another object",
        lambda c: c.create_ticket("web", named("other")),
        "the body is about 'other', and the call about 'web'",
    ),
]


@pytest.mark.parametrize(
    ("call", "message"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED]
)
def test_what_is_refused_before_anything_is_sent(
    call: Callable[[WidgetClient], object], message: str
) -> None:
    transport = ScriptedTransport()
    with pytest.raises(RequestError, match=message):
        call(WidgetClient(RESTClient(transport), "shop"))

    assert transport.requests == []


def test_a_namespace_in_an_object_without_one_is_refused() -> None:
    with pytest.raises(RequestError, match=r"cogs\.v1\.apps have none"):
        Cogs(RESTClient(ScriptedTransport())).create(named("a", namespace="shop"))


def test_built_in_resources_take_strategic_merge_patches() -> None:
    transport = ScriptedTransport()
    Cogs(RESTClient(transport)).patch("a", {"size": 1}, type="strategic")

    assert transport.requests[0].content_type == "application/strategic-merge-patch+json"


def test_an_empty_namespace_is_refused() -> None:
    with pytest.raises(RequestError, match="the namespace is empty"):
        Widgets(RESTClient(ScriptedTransport()))("")


def test_a_refusal_of_the_server_is_a_typed_error() -> None:
    with pytest.raises(NotFoundError):
        sent(lambda c: c.get("web"), status(404, "NotFound"))


def test_an_update_sends_back_what_it_does_not_know() -> None:
    wire = {**widget("web", 7), "unknown": {"b": 1, "a": [None, 1.5]}, "size": 1}
    obj = Widget.from_wire(wire)
    obj.size = 2

    assert sent(lambda c: c.update(obj))[1] == {**wire, "size": 2}


def pages(*pages: tuple[list[str], str]) -> list[Frame]:
    return [
        {
            "items": [widget(name, 1) for name in names],
            "metadata": {"resourceVersion": str(number), "continue": token},
        }
        for number, (names, token) in enumerate(pages, 1)
    ]


def test_a_list_follows_its_pages() -> None:
    transport = ScriptedTransport(*pages((["a", "b"], "next"), (["c"], "")))

    found = Widgets(RESTClient(transport)).list(
        label_selector="tier=front", resource_version="9", resource_version_match="NotOlderThan"
    )

    assert [obj.metadata.name for obj in found] == ["a", "b", "c"]
    assert (found.metadata.resource_version, found.metadata.continue_) == ("1", "")
    assert transport.lines == [
        "GET /apis/example.com/v1/widgets?labelSelector=tier%3Dfront&limit=500"
        "&resourceVersion=9&resourceVersionMatch=NotOlderThan",
        "GET /apis/example.com/v1/widgets?labelSelector=tier%3Dfront&limit=500&continue=next",
    ]


def test_a_list_whose_token_expires_is_asked_for_whole() -> None:
    first, whole = pages((["a"], "next"), (["a", "b", "c"], ""))
    transport = ScriptedTransport(first, status(410, "Expired"), whole)

    found = Widgets(RESTClient(transport)).list()

    assert [obj.metadata.name for obj in found] == ["a", "b", "c"]
    assert transport.lines[-1] == "GET /apis/example.com/v1/widgets"


def test_a_limit_gives_one_page_and_its_token() -> None:
    transport = ScriptedTransport(*pages((["a"], "next")))

    found = Widgets(RESTClient(transport)).list(limit=1, continue_token="before")

    assert found.metadata.continue_ == "next"
    assert transport.lines == ["GET /apis/example.com/v1/widgets?limit=1&continue=before"]


def test_a_page_size_of_0_asks_for_all_at_once() -> None:
    transport = ScriptedTransport(*pages((["a"], "")))
    Widgets(RESTClient(transport)).list(page_size=0)

    assert transport.lines == ["GET /apis/example.com/v1/widgets"]


def test_iterating_asks_for_a_page_when_the_one_before_is_used_up() -> None:
    transport = ScriptedTransport(*pages((["a", "b"], "next"), (["c"], "")))
    objects = Widgets(RESTClient(transport)).iterate(page_size=2)

    asked = [(obj.metadata.name, len(transport.requests)) for obj in objects]

    assert asked == [("a", 1), ("b", 1), ("c", 2)]


def test_iterating_goes_on_with_the_token_of_an_expired_one() -> None:
    first, last = pages((["a"], "next"), (["b"], ""))
    expired = status(410, "Expired", metadata={"continue": "inconsistent"})
    transport = ScriptedTransport(first, expired, last)

    found = [obj.metadata.name for obj in Widgets(RESTClient(transport)).iterate()]

    assert found == ["a", "b"]
    assert transport.lines[-1].endswith("continue=inconsistent")


def test_iterating_ends_with_an_error_where_it_cannot_go_on() -> None:
    transport = ScriptedTransport(*pages((["a"], "next")), status(410, "Expired"))

    with pytest.raises(GoneError):
        list(Widgets(RESTClient(transport)).iterate())


def test_a_watch_asks_for_bookmarks_and_an_end() -> None:
    frame = b'{"type":"ADDED","object":{"metadata":{"name":"a","resourceVersion":"6"}}}'
    transport = ScriptedTransport()
    with Widgets(RESTClient(transport))("shop").watch(
        field_selector="metadata.name=a", resource_version="5", timeout=100
    ) as events:
        transport.answer(frame)
        assert next(events).object.metadata.name == "a"

    assert transport.lines == [
        f"GET {BASE}?fieldSelector=metadata.name%3Da&watch=true&allowWatchBookmarks=true"
        "&resourceVersion=5&timeoutSeconds=100"
    ]


def test_an_informers_source_is_narrowed_to_a_namespace() -> None:
    transport = ScriptedTransport(*pages(([], "")))
    Widgets(RESTClient(transport)).lister_watcher(namespace="shop").list()

    assert transport.lines == [f"GET {BASE}"]


def test_an_informers_source_of_the_cluster_has_no_namespace() -> None:
    transport = ScriptedTransport(*pages(([], "")))
    Cogs(RESTClient(transport)).lister_watcher(namespace="shop").list()

    assert transport.lines == ["GET /apis/apps/v1/cogs"]
