"""Dry runs answer as if, and store nothing."""

from __future__ import annotations

from tests.scenarios.harness import Server, scenario, scenarios
from tests.scenarios.objects import config_map, widget


@scenario
def create(s: Server) -> None:
    s.post("configmaps", config_map("a"), dryRun="All")
    s.get("configmaps/a")
    s.post("widgets", widget("a"), dryRun="All")


@scenario
def create_with_a_generated_name(s: Server) -> None:
    s.post("configmaps", {"metadata": {"generateName": "made-"}}, dryRun="All")
    s.get("configmaps")


@scenario
def create_what_is_there_or_wrong(s: Server) -> None:
    s.made("configmaps", config_map("a"))
    s.post("configmaps", config_map("a"), dryRun="All")
    s.post("configmaps", config_map("Wrong"), dryRun="All")


@scenario
def replace_and_patch(s: Server) -> None:
    made = s.made("configmaps", config_map("a"))
    s.put("configmaps/a", {**made, "data": {"b": "2"}}, dryRun="All")
    s.merge("configmaps/a", {"data": {"b": "2"}}, dryRun="All")
    s.json_patch("configmaps/a", {"op": "remove", "path": "/data"}, dryRun="All")
    s.get("configmaps/a")


@scenario
def replace_at_a_stale_version(s: Server) -> None:
    made = s.made("configmaps", config_map("a"))
    s.given("PATCH", "configmaps/a", {"data": {"b": "2"}})
    s.put("configmaps/a", made, dryRun="All")


@scenario
def apply(s: Server) -> None:
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"a": "1"}}
    s.apply("configmaps/a", body, dryRun="All")
    s.get("configmaps/a")


@scenario
def delete(s: Server) -> None:
    s.made("configmaps", config_map("a"))
    s.delete("configmaps/a", dryRun="All")
    s.delete("configmaps/a", {"kind": "DeleteOptions", "apiVersion": "v1", "dryRun": ["All"]})
    s.get("configmaps/a")


@scenario
def delete_with_a_body_that_does_not_say_so(s: Server) -> None:
    s.made("configmaps", config_map("a"))
    s.delete("configmaps/a", {"kind": "DeleteOptions", "apiVersion": "v1"}, dryRun="All")
    s.get("configmaps/a")


@scenario
def delete_what_has_finalizers(s: Server) -> None:
    s.made("configmaps", config_map("a", finalizers=["example.com/hold"]))
    s.delete("configmaps/a", dryRun="All")
    s.get("configmaps/a")


@scenario
def status_and_scale(s: Server) -> None:
    s.made("widgets", widget("a"))
    s.merge("widgets/a/status", {"status": {"phase": "Good"}}, dryRun="All")
    s.merge("widgets/a/scale", {"spec": {"replicas": 5}}, dryRun="All")
    s.get("widgets/a")


@scenarios({"none": "None", "lower case": "all", "empty": ""})
def an_odd_word(s: Server, word: str) -> None:
    s.post("configmaps", config_map("a"), dryRun=word)
    s.get("configmaps")


@scenario
def nothing_is_told(s: Server) -> None:
    made = s.made("configmaps", config_map("a"))
    s.given("PATCH", "configmaps/a", {"data": {"b": "2"}}, dryRun="All")
    s.given("POST", "configmaps", config_map("b"), dryRun="All")
    s.made("configmaps", config_map("end"))
    s.watch("configmaps", resourceVersion=made["metadata"]["resourceVersion"], until="end")
