"""Unknown and doubled fields: refused, warned of, or ignored."""

from __future__ import annotations

from tests.scenarios.harness import Server, scenario, scenarios
from tests.scenarios.objects import config_map, deployment, widget

MODES = {"strict": "Strict", "warn": "Warn", "ignore": "Ignore", "default": "", "odd": "Maybe"}
DOUBLED = b'{"metadata":{"name":"a"},"data":{"a":"1","a":"2"}}'


@scenarios(MODES)
def an_unknown_field_of_a_built_in_kind(s: Server, mode: str) -> None:
    s.post("configmaps", {**config_map("a"), "extra": 1}, fieldValidation=mode)


@scenarios(MODES)
def an_unknown_field_of_a_custom_object(s: Server, mode: str) -> None:
    s.post("widgets", widget("a", extra=1, deep={"more": 2}), fieldValidation=mode)


@scenarios(MODES)
def a_field_twice(s: Server, mode: str) -> None:
    s.post("configmaps", DOUBLED, fieldValidation=mode)


@scenarios({"strict": "Strict", "warn": "Warn"})
def a_field_of_a_custom_object_twice(s: Server, mode: str) -> None:
    body = (
        b'{"apiVersion":"cases.example.com/v1","kind":"Widget","metadata":{"name":"a"},'
        b'"spec":{"size":1,"size":2}}'
    )
    s.post("widgets", body, fieldValidation=mode)


@scenarios({"strict": "Strict", "warn": "Warn"})
def unknown_fields_deep_in_a_deployment(s: Server, mode: str) -> None:
    body = deployment("web")
    body["spec"]["template"]["spec"]["containers"][0]["imagee"] = "x"
    body["spec"]["replica"] = 1
    s.post("deployments", body, fieldValidation=mode)


@scenario
def unknown_fields_of_the_metadata(s: Server) -> None:
    s.post("configmaps", config_map("a", extra=1))
    s.post("widgets", widget("a", meta={"extra": 1}))
    s.post("widgets", widget("b", meta={"extra": 1}), fieldValidation="Strict")


@scenarios({"strict": "Strict", "warn": "Warn"})
def unknown_fields_of_a_replacement(s: Server, mode: str) -> None:
    made = s.made("widgets", widget("a"))
    made["spec"]["extra"] = 1
    s.put("widgets/a", made, fieldValidation=mode)


@scenarios({"strict": "Strict", "warn": "Warn"})
def unknown_fields_of_a_patch(s: Server, mode: str) -> None:
    s.made("widgets", widget("a"))
    s.merge("widgets/a", {"spec": {"extra": 1}}, fieldValidation=mode)
    s.made("configmaps", config_map("a"))
    s.merge("configmaps/a", {"extra": 1}, fieldValidation=mode)


@scenarios({"strict": "Strict", "warn": "Warn"})
def unknown_fields_that_are_applied(s: Server, mode: str) -> None:
    s.apply("widgets/a", widget("a", extra=1), fieldValidation=mode)
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "extra": 1}
    s.apply("configmaps/a", body, fieldValidation=mode)


@scenario
def a_field_of_another_type(s: Server) -> None:
    s.post("configmaps", {"metadata": {"name": "a"}, "data": {"a": 1}})
    s.post("configmaps", {"metadata": {"name": "a"}, "data": "text"})
    s.post("configmaps", {"metadata": "text"})
    s.post("deployments", deployment("web", replicas="two"))


@scenario
def a_field_of_the_wrong_letter_case(s: Server) -> None:
    s.post("configmaps", {"metadata": {"name": "a"}, "Data": {"a": "1"}})


@scenario
def unknown_fields_of_a_dry_run(s: Server) -> None:
    s.post("widgets", widget("a", extra=1), dryRun="All", fieldValidation="Strict")


@scenarios(
    {
        "a long one": {"x" * 5000: 1},
        "a long one after others": {"a": 1, "x" * 5000: 1, "y" * 300: 2},
        "many": {"x" * (100 + number): 1 for number in range(60)},
        "just enough": {"x" * 4080: 1},
        "a control character": {"a\r\nb": 1, "c": 2},
        "other letters": {"\u20ac" * 300: 1, "\U0001f600": 2},
        "a tab": {"a\tb": 1},
        "of Latin 1": {"a\u0085b": 1},
    }
)
def warnings_of_odd_fields(s: Server, fields: dict[str, int]) -> None:
    s.post("configmaps", {**config_map("a"), **fields})
    s.post("configmaps", {**config_map("a"), **fields})
