"""Watches: where they begin, what they tell, how they end."""

from __future__ import annotations

from typing import Any

from tests.scenarios.harness import Server, scenario, scenarios
from tests.scenarios.objects import config_map, widget

INITIAL: dict[str, Any] = {"sendInitialEvents": "true", "resourceVersionMatch": "NotOlderThan"}


def changes(s: Server, resource: str = "configmaps") -> str:
    """Some history; return the version before it."""
    make = config_map if resource == "configmaps" else _labelled_widget
    version = s.made(resource, make("a", labels={"x": "1"}))["metadata"]["resourceVersion"]
    s.made(resource, make("b", labels={"x": "2"}))
    s.given("PATCH", f"{resource}/a", {"metadata": {"labels": {"x": "2"}}})
    s.given("PATCH", f"{resource}/b", {"metadata": {"labels": {"x": "1"}}})
    s.given("PATCH", f"{resource}/b", {"metadata": {"annotations": {"n": "1"}}})
    s.given("DELETE", f"{resource}/a")
    s.given("DELETE", f"{resource}/b")
    s.made(resource, make("end", labels={"x": "1"}))
    return str(version)


def _labelled_widget(name: str, **meta: object) -> dict[str, object]:
    return widget(name, meta=meta)


@scenario
def from_a_version(s: Server) -> None:
    s.watch("configmaps", resourceVersion=changes(s), until="end")


@scenario
def of_custom_objects_from_a_version(s: Server) -> None:
    s.watch("widgets", resourceVersion=changes(s, "widgets"), until="end")


@scenario
def objects_enter_and_leave_by_labels(s: Server) -> None:
    s.watch("configmaps", resourceVersion=changes(s), until="end", labelSelector="x=1")


@scenario
def custom_objects_enter_and_leave_by_labels(s: Server) -> None:
    version = changes(s, "widgets")
    s.watch("widgets", resourceVersion=version, until="end", labelSelector="x=1")


@scenario
def objects_are_told_by_absent_labels(s: Server) -> None:
    s.watch("configmaps", resourceVersion=changes(s), until="end", labelSelector="x!=2")


@scenario
def one_object_by_its_name(s: Server) -> None:
    version = changes(s)
    s.watch("configmaps", resourceVersion=version, fieldSelector="metadata.name=b", events=4)


@scenario
def the_path_of_an_object_is_not_watched(s: Server) -> None:
    s.made("configmaps", config_map("a"))
    s.get("configmaps/a", watch="true")
    s.get("configmaps/none", watch="true")


@scenario
def custom_objects_enter_and_leave_by_fields(s: Server) -> None:
    version = s.made("widgets", widget("a"))["metadata"]["resourceVersion"]
    s.given("PATCH", "widgets/a", {"spec": {"color": "blue"}})
    s.given("PATCH", "widgets/a", {"spec": {"size": 2}})
    s.given("PATCH", "widgets/a", {"spec": {"color": "green"}})
    s.made("widgets", widget("end", color="blue"))
    s.watch("widgets", resourceVersion=version, fieldSelector="spec.color=blue", until="end")


@scenarios({"nothing": {}, "zero": {"resourceVersion": "0"}, "empty": {"resourceVersion": ""}})
def from_what_is_there(s: Server, query: dict[str, Any]) -> None:
    s.made("configmaps", config_map("a"), config_map("b"))
    s.watch("configmaps", events=2, **query)


@scenario
def from_what_is_there_with_a_selector(s: Server) -> None:
    s.made("configmaps", config_map("a", labels={"x": "1"}), config_map("b"))
    s.made("configmaps", config_map("c", labels={"x": "1"}))
    s.watch("configmaps", events=2, labelSelector="x=1")


@scenario
def a_watch_list_ends_with_a_bookmark(s: Server) -> None:
    s.made("configmaps", config_map("a"), config_map("b"))
    s.watch("configmaps", events=3, allowWatchBookmarks="true", **INITIAL)


@scenario
def a_watch_list_of_custom_objects(s: Server) -> None:
    s.made("widgets", widget("a"), widget("b"))
    s.watch("widgets", events=3, allowWatchBookmarks="true", **INITIAL)


@scenario
def a_watch_list_of_nothing(s: Server) -> None:
    s.watch("configmaps", events=1, allowWatchBookmarks="true", **INITIAL)


@scenario
def a_watch_list_with_a_selector(s: Server) -> None:
    s.made("configmaps", config_map("a", labels={"x": "1"}), config_map("b"))
    s.watch("configmaps", events=2, allowWatchBookmarks="true", labelSelector="x=1", **INITIAL)


@scenario
def a_watch_list_from_a_version(s: Server) -> None:
    version = s.made("configmaps", config_map("a"))["metadata"]["resourceVersion"]
    query = {**INITIAL, "resourceVersion": version}
    s.watch("configmaps", events=2, allowWatchBookmarks="true", **query)


@scenario
def a_watch_list_tells_what_comes_after(s: Server) -> None:
    s.made("configmaps", config_map("a"))
    first = s.watch("configmaps", events=2, allowWatchBookmarks="true", keep=False, **INITIAL)
    version = first[-1]["object"]["metadata"]["resourceVersion"]
    s.made("configmaps", config_map("b"))
    s.watch("configmaps", events=1, resourceVersion=version)


_REFUSED: dict[str, dict[str, Any]] = {
    "no match": {"sendInitialEvents": "true", "watch": "1"},
    "exact": {"sendInitialEvents": "true", "resourceVersionMatch": "Exact"},
    "no bookmarks": INITIAL,
    "not wanted, no match": {"sendInitialEvents": "false"},
    "no number": {"resourceVersion": "x"},
    "match alone": {"resourceVersionMatch": "NotOlderThan"},
    "match with a version": {"resourceVersionMatch": "NotOlderThan", "resourceVersion": "1"},
    "huge version": {"resourceVersion": "18446744073709551616"},
    "bad labels": {"labelSelector": "x in ("},
    "bad fields": {"fieldSelector": "data.a=1"},
    "bad bool": {"sendInitialEvents": "maybe", "resourceVersionMatch": "NotOlderThan"},
}


@scenarios(_REFUSED)
def a_watch_that_is_refused(s: Server, query: dict[str, Any]) -> None:
    s.made("configmaps", config_map("a"))
    query = {key: value for key, value in query.items() if key != "watch"}
    s.watch("configmaps", events=1, **query)


@scenario
def initial_events_are_for_watches(s: Server) -> None:
    s.get("configmaps", **INITIAL)
    s.get("configmaps", sendInitialEvents="false")


@scenario
def bookmarks_are_for_watches(s: Server) -> None:
    s.get("configmaps", allowWatchBookmarks="true")


@scenario
def without_initial_events(s: Server) -> None:
    version = s.made("configmaps", config_map("a"))["metadata"]["resourceVersion"]
    s.made("configmaps", config_map("b"))
    query: dict[str, Any] = {"sendInitialEvents": "false", "resourceVersionMatch": "NotOlderThan"}
    s.watch("configmaps", events=1, resourceVersion=version, **query)


@scenario
def the_server_ends_a_watch_in_time(s: Server) -> None:
    s.made("configmaps", config_map("a"))
    s.watch("configmaps", timeoutSeconds=1)


@scenario
def a_limit_is_nothing_to_a_watch(s: Server) -> None:
    s.made("configmaps", config_map("a"), config_map("b"))
    s.watch("configmaps", limit=1, events=2)


@scenarios({"true": "true", "1": "1", "True": "True", "empty": "", "yes": "yes"})
def words_for_a_watch(s: Server, word: str) -> None:
    s.made("configmaps", config_map("a"))
    answer = s.get("configmaps", watch=word, timeoutSeconds=1)
    s.answers.pop()
    s.note(kind=answer.get("kind") or answer["type"])


@scenario
def finalizers_and_deletion_are_told(s: Server) -> None:
    made = s.made("configmaps", config_map("a", finalizers=["example.com/hold"]))
    s.given("DELETE", "configmaps/a")
    s.given("PATCH", "configmaps/a", {"metadata": {"finalizers": None}})
    s.watch("configmaps", resourceVersion=made["metadata"]["resourceVersion"], events=2)


@scenario
def a_change_of_the_status_is_told(s: Server) -> None:
    made = s.made("widgets", widget("a"))
    s.given("PATCH", "widgets/a/status", {"status": {"phase": "Good"}})
    s.watch("widgets", resourceVersion=made["metadata"]["resourceVersion"], events=1)


@scenario
def what_changes_nothing_is_not_told(s: Server) -> None:
    made = s.made("configmaps", config_map("a"))
    s.given("PATCH", "configmaps/a", {"data": {"a": "1"}})
    s.given("PUT", "configmaps/a", made)
    s.made("configmaps", config_map("end"))
    s.watch("configmaps", resourceVersion=made["metadata"]["resourceVersion"], until="end")


@scenario
def all_namespaces(s: Server) -> None:
    made = s.made("configmaps", config_map("a", labels={"of": s.ns}))
    s.given("PATCH", "configmaps/a", {"data": {"a": "2"}})
    s.watch(
        "/api/v1/configmaps",
        labelSelector=f"of={s.ns}",
        resourceVersion=made["metadata"]["resourceVersion"],
        events=1,
    )


@scenario
def other_namespaces_are_not_told(s: Server) -> None:
    made = s.made("configmaps", config_map("a"))
    s.given("POST", "/api/v1/namespaces/default/configmaps", config_map(f"{s.ns}-other"))
    s.made("configmaps", config_map("end"))
    s.watch("configmaps", resourceVersion=made["metadata"]["resourceVersion"], until="end")


@scenario
def a_collection_that_is_deleted_is_told(s: Server) -> None:
    made = s.made("configmaps", config_map("a"), config_map("b"))
    s.given("DELETE", "configmaps")
    found = s.watch(
        "configmaps", resourceVersion=made["metadata"]["resourceVersion"], events=2, keep=False
    )
    s.note(told=sorted((e["type"], e["object"]["metadata"]["name"]) for e in found))


@scenario
def a_deprecated_version_is_told_in_its_own_shape(s: Server) -> None:
    path = "/apis/cases.example.com/v1beta1/gadgets"
    body = {"apiVersion": "cases.example.com/v1beta1", "kind": "Gadget"}
    s.made(path, {**body, "metadata": {"name": f"{s.ns}-a"}})
    s.watch(path, fieldSelector=f"metadata.name={s.ns}-a", events=1)


@scenario
def a_deprecated_resource_is_watched(s: Server) -> None:
    s.watch("endpoints", events=0, timeoutSeconds=1)
    s.get("endpoints", watch=1, resourceVersion="x")
    root = "/apis/cases.example.com/v1beta1/gadgets"
    s.get(root, watch=1, fieldSelector="nothing=1")
    s.get(root, watch=1, timeoutSeconds="x")


@scenario
def a_resource_that_cannot_be_watched(s: Server) -> None:
    s.get("/api/v1/componentstatuses", watch=1, timeoutSeconds=1)
    s.get("/api/v1/nothings", watch=1)
