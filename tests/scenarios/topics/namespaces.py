"""Namespaces: made, read, ended."""

from __future__ import annotations

from tests.scenarios.harness import Server, scenario
from tests.scenarios.objects import config_map, widget

ALL = "/api/v1/namespaces"


@scenario
def create_a_namespace(s: Server) -> None:
    s.post(ALL, {"metadata": {"name": f"{s.ns}-a", "labels": {"a": "1"}}})
    s.get(f"{ALL}/{s.ns}-a")


@scenario
def the_servers_label_of_a_namespace(s: Server) -> None:
    s.post(ALL, {"metadata": {"name": f"{s.ns}-a", "labels": {"kubernetes.io/metadata.name": "x"}}})
    s.merge(f"{ALL}/{s.ns}", {"metadata": {"labels": {"kubernetes.io/metadata.name": None}}})
    s.merge(f"{ALL}/{s.ns}", {"metadata": {"labels": {"kubernetes.io/metadata.name": "x"}}})


@scenario
def finalizers_and_status_of_a_new_namespace_are_the_servers(s: Server) -> None:
    body = {"spec": {"finalizers": ["example.com/a"]}, "status": {"phase": "Terminating"}}
    s.post(ALL, {"metadata": {"name": f"{s.ns}-a"}, **body})


@scenario
def the_status_of_a_namespace(s: Server) -> None:
    s.get(f"{ALL}/{s.ns}/status")
    condition = {"type": "A", "status": "True"}
    s.merge(f"{ALL}/{s.ns}/status", {"status": {"conditions": [condition]}})
    s.merge(f"{ALL}/{s.ns}", {"status": {"phase": "Terminating"}})


@scenario
def nothing_is_created_where_there_is_no_namespace(s: Server) -> None:
    s.post(f"{ALL}/none-of-{s.ns}/configmaps", config_map("a"))
    s.post(f"/apis/cases.example.com/v1/namespaces/none-of-{s.ns}/widgets", widget("a"))


@scenario
def a_namespace_that_is_not_there_is_empty(s: Server) -> None:
    s.get(f"{ALL}/none-of-{s.ns}/configmaps")
    s.get(f"{ALL}/none-of-{s.ns}/configmaps/a")
    s.delete(f"{ALL}/none-of-{s.ns}/configmaps")
    s.get(f"{ALL}/none-of-{s.ns}")


@scenario
def delete_a_namespace(s: Server) -> None:
    s.delete(f"{ALL}/{s.ns}")


@scenario
def a_namespace_that_ends_takes_nothing_new(s: Server) -> None:
    s.made("configmaps", config_map("a", finalizers=["example.com/hold"]))
    s.given("DELETE", f"{ALL}/{s.ns}")
    s.post("configmaps", config_map("b"))
    s.post("widgets", widget("b"))
    s.apply("configmaps/c", {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}})


@scenario
def objects_can_be_changed_in_a_namespace_that_ends(s: Server) -> None:
    s.made("configmaps", config_map("a", finalizers=["example.com/hold"]))
    s.given("DELETE", f"{ALL}/{s.ns}")
    found = s.merge("configmaps/a", {"data": {"b": "2"}})
    s.answers.pop()
    s.note(data=found["data"])


@scenario
def a_namespace_is_over_when_it_is_empty(s: Server) -> None:
    s.given("DELETE", f"{ALL}/{s.ns}")
    s.get(f"{ALL}/{s.ns}")


@scenario
def finalize_a_namespace(s: Server) -> None:
    s.made("configmaps", config_map("a", finalizers=["example.com/hold"]))
    s.given("DELETE", f"{ALL}/{s.ns}")
    present = s.given("GET", f"{ALL}/{s.ns}")
    present["spec"]["finalizers"] = []
    present["metadata"].pop("resourceVersion")
    s.put(f"{ALL}/{s.ns}/finalize", present)


@scenario
def no_collection_of_namespaces_is_deleted(s: Server) -> None:
    s.delete(ALL, labelSelector=f"kubernetes.io/metadata.name={s.ns}")
    s.get(ALL, fieldSelector=f"metadata.name={s.ns}")


@scenario
def namespaces_by_phase(s: Server) -> None:
    s.get(ALL, fieldSelector=f"metadata.name={s.ns},status.phase=Active")
    s.get(ALL, fieldSelector=f"metadata.name={s.ns},status.phase=Terminating")
    s.get(ALL, labelSelector=f"kubernetes.io/metadata.name={s.ns}")


@scenario
def a_namespace_is_not_in_a_namespace(s: Server) -> None:
    s.get(f"{ALL}/{s.ns}/namespaces")
    s.get(f"{ALL}/{s.ns}/nothings")
