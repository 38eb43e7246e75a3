"""kubectl's JSONPath: what is found, what is printed, what is no template."""

from __future__ import annotations

from typing import Any

import pytest

from kubewright.jsonpath import JSONPath, JSONPathError

PODS: dict[str, Any] = {
    "kind": "List",
    "items": [
        {
            "metadata": {"name": "web", "labels": {"app.kubernetes.io/name": "shop"}},
            "status": {"phase": "Running", "restarts": 3, "load": 0.5},
        },
        {"metadata": {"name": "db", "labels": {}}, "status": {"phase": "Pending", "restarts": 0}},
    ],
}


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{.kind}", "List"),
        ("kind is {.kind}", "kind is List"),
        ("{.items[*].metadata.name}", "web db"),
        ("{.items[0].metadata.name}", "web"),
        ("{.items[-1:].metadata.name}", "db"),
        ("{.items[-1].metadata.name}", "db"),
        ("{.items[0:2:2].metadata.name}", "web"),
        ("{..name}", "web db"),
        ("{.items[*]['metadata.name', 'status.phase']}", "web db Running Pending"),
        (r"{.items[0].metadata.labels.app\.kubernetes\.io/name}", "shop"),
        (r"{.items[0].metadata.labels['app\.kubernetes\.io/name']}", "shop"),
        ('{.items[?(@.metadata.name=="db")].status.phase}', "Pending"),
        ("{.items[?(@.status.restarts>1)].metadata.name}", "web"),
        ("{.items[?(@.status.restarts>=0.5)].metadata.name}", "web"),
        ("{.items[?(@.status.load)].metadata.name}", "web"),
        ('{range .items[*]}{.metadata.name}={.status.restarts}{"\\n"}{end}', "web=3\ndb=0\n"),
        ("{range .items[*]}{range .status}{.phase},{end}{end}", "Running,Pending,"),
        ("{range .missing}{.x}{end}done", "done"),
        ("{.items[0].status}", '{"load":0.5,"phase":"Running","restarts":3}'),
        ("{.items[0].status.load}", "0.5"),
        ("{.missing}", ""),
        ("{1}{true}{'a'}", "1truea"),
    ],
)
def test_templates_print_what_kubectl_prints(template: str, text: str) -> None:
    assert JSONPath.parse(template, allow_missing=True).render(PODS) == text


@pytest.mark.parametrize("text", ["kind", ".kind", "{kind}", "{.kind}"])
def test_a_path_alone_may_leave_out_what_is_clear(text: str) -> None:
    assert JSONPath.relaxed(text).values(PODS) == ["List"]


@pytest.mark.parametrize("text", ["", "{.a}{.b}", "{", "a}"])
def test_what_is_no_path_is_an_error(text: str) -> None:
    with pytest.raises(JSONPathError):
        JSONPath.relaxed(text)


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("{.a", "character 4: an action that is not closed"),
        ("{.a\n}", "not closed"),
        ("{.a[}", "a bracket that is not closed"),
        ("{.a[x]}", "'x' is no index"),
        ("{.a[-]}", "'-' is no index"),
        ("{.a[?(@.b==1]}", "a filter that is not closed"),
        ("{.a[?(@.b=1)]}", "'=' is no comparison"),
        ("{.a....b}", "two recursive descents"),
        ("{'a}", "a text that is not closed"),
        (r"{'\q'}", "an escape"),
        (r"{'\ud800'}", "is no character"),
        ("{foo}", "the word 'foo' means nothing"),
        ("{range .a}{.b}", "a range without an end"),
        ("{.a}{end}", "an end without a range"),
        ("{1.2.3}", "'1.2.3' is no number"),
        ("{#}", "'#' means nothing"),
        ("x" * 100_001, "more than 100000 characters"),
        ("{range .a}" * 60 + "{end}" * 60, "more than 50 ranges"),
        ("{.a[" + "9" * 5000 + "]}", "is no index or slice"),
    ],
)
def test_what_is_no_template_says_where(template: str, message: str) -> None:
    with pytest.raises(JSONPathError, match=message.replace("(", r"\(")):
        JSONPath.parse(template)


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("{.missing}", "missing is not found"),
        ("{.items[9]}", "the index 9 is outside of a list of 2"),
        ("{.items[1:0]}", "starts at 1 and ends at 0"),
        ("{.items[0:2:0]}", "at least 1"),
        ("{.kind[0]}", "'List' is no list"),
        ("{.kind[?(@.a)]}", "'List' is no list that could be filtered"),
        ("{.items[?(@.kind==1)]}", "kind is not found"),
        ("{.items[?(@.status==1)]}", "an object cannot be compared"),
        ('{.items[?(@.status.restarts=="x")]}', "cannot be compared"),
        ("{.items[?(@..name==1)]}", "cannot be compared"),
        ("{.items[?(true<false)]}", "neither less nor greater"),
        ("{.items[?(@..restarts==@..name)]}", "cannot be compared"),
        ("{.items[?(@['metadata','status']==1)]}", "there are several"),
    ],
)
def test_what_does_not_fit_the_data_is_an_error(template: str, message: str) -> None:
    with pytest.raises(JSONPathError, match=message):
        JSONPath.parse(template).render(PODS)


def test_deep_data_are_no_problem() -> None:
    deep: Any = "x"
    for _ in range(100_000):
        deep = [deep]
    assert len(JSONPath.parse("{..}").values(deep)) == 100_001


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.0, "1"),
        (1e20, "100000000000000000000"),
        (1e21, "1e+21"),
        (1.5e-7, "1.5e-07"),
        (None, "null"),
    ],
)
def test_numbers_are_printed_as_in_go(value: float | None, text: str) -> None:
    assert JSONPath.parse("{.a}").render({"a": value}) == text
