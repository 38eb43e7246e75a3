"""Selectors: what apimachinery's labels and fields packages parse, print and match."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from kubewright.selectors import (
    FieldRequirements,
    FieldSelector,
    FieldSelectorTerm,
    LabelRequirements,
    LabelSelectorTerm,
    Operator,
    Selector,
    SelectorError,
    field_requirements,
    field_selector_text,
    label_requirements,
    parse_field_selector,
    parse_label_selector,
    requirements_of,
    selector_text,
)

LABEL_TEXTS = [
    ("", ""),
    ("  \t\n", ""),
    ("app=web", "app=web"),
    (" app = web ", "app=web"),
    ("app==web", "app==web"),
    ("app!=web", "app!=web"),
    ("app=", "app="),
    ("app=,b", "app=,b"),
    ("b,a", "a,b"),
    ("!canary", "!canary"),
    ("! canary", "!canary"),
    ("app in (b,a,b)", "app in (a,b)"),
    ("app in(a)", "app in (a)"),
    ("app notin ( a , b )", "app notin (a,b)"),
    ("app in ()", "app in ()"),
    ("app in (,)", "app in ()"),
    ("app in (a,,b)", "app in (,a,b)"),
    ("in in (in,notin)", "in in (in,notin)"),
    ("notin", "notin"),
    ("a=in", "a=in"),
    ("cpus>4,cpus<32", "cpus>4,cpus<32"),
    ("app.kubernetes.io/name=web", "app.kubernetes.io/name=web"),
    ("A_b.c-d=E_f.g-h", "A_b.c-d=E_f.g-h"),
    ("x in (foo,,baz),y,z notin ()", "x in (,baz,foo),y,z notin ()"),
]


@pytest.mark.parametrize(("text", "canonical"), LABEL_TEXTS, ids=[repr(t) for t, _ in LABEL_TEXTS])
def test_label_selectors_print_as_in_go(text: str, canonical: str) -> None:
    assert str(parse_label_selector(text)) == canonical


@pytest.mark.parametrize(
    ("text", "position", "expected"),
    [
        ("a,", 2, "a label key or '!'"),
        (",a", 0, "a label key or '!'"),
        ("a,,b", 2, "a label key or '!'"),
        ("=a", 0, "a label key or '!'"),
        ("!", 1, "a label key"),
        ("!!a", 1, "a label key"),
        ("!a=b", 2, "',' or the end"),
        ("a b", 2, "one of = == != in notin > <"),
        ("a)", 1, "one of = == != in notin > <"),
        ("a=b=c", 3, "',' or the end"),
        ("a=(b)", 2, "a label value"),
        ("a in b", 5, "'('"),
        ("a in", 4, "'('"),
        ("a in (b", 7, "',' or ')'"),
        ("a in (b c)", 8, "',' or ')'"),
        ("a in ((b))", 6, "',' or ')'"),
        ("n>", 2, "a 64-bit integer"),
        ("n>x", 2, "a 64-bit integer"),
        ("n<9223372036854775808", 2, "a 64-bit integer"),
    ],
)
def test_a_malformed_label_selector_is_told_where(text: str, position: int, expected: str) -> None:
    with pytest.raises(SelectorError) as caught:
        parse_label_selector(text)

    error = caught.value
    assert (error.text, error.position, error.expected) == (text, position, expected)


LONG = "a" * 64


@pytest.mark.parametrize(
    "text",
    ["-a=b", "a-=b", "a/b/c", "/a", "a/", "A.io/x", "a..b/x", "ü", f"{LONG}=b", f"{'a' * 254}/x"],
)
def test_keys_that_no_label_has_are_refused(text: str) -> None:
    with pytest.raises(SelectorError, match="bad label key"):
        parse_label_selector(text)


@pytest.mark.parametrize("text", ["a=-b", "a=b.", "a=x/y", f"a={LONG}", "a in (b,ü)", "n>-1"])
def test_values_that_no_label_has_are_refused(text: str) -> None:
    with pytest.raises(SelectorError, match="bad label value"):
        parse_label_selector(text)


@pytest.mark.parametrize("text", ["a" * 10**6, "a in (" + "b," * 10**5, "-=" * 10**5], ids=len)
def test_a_long_selector_gets_a_short_message(text: str) -> None:
    for parse in (parse_label_selector, parse_field_selector):
        with pytest.raises(SelectorError) as caught:
            parse(text)
        assert len(str(caught.value)) < 500


@pytest.mark.parametrize(
    ("operator", "values"),
    [("=", ()), ("=", ("a", "b")), ("in", ()), ("notin", ()), ("exists", ("a",)), ("!", ("a",))],
)
def test_a_term_needs_the_values_of_its_operator(
    operator: Operator, values: tuple[str, ...]
) -> None:
    with pytest.raises(SelectorError, match=r"\d values for 'app'"):
        LabelSelectorTerm("app", operator, values)


WEB = {"app": "web", "cpus": "8", "empty": ""}


@pytest.mark.parametrize(
    ("text", "matched"),
    [
        ("", True),
        ("app=web", True),
        ("app==web", True),
        ("app=db", False),
        ("absent=", False),
        ("empty=", True),
        ("app!=db", True),
        ("absent!=db", True),
        ("app!=web", False),
        ("app in (db,web)", True),
        ("absent in (db)", False),
        ("absent in ()", False),
        ("app notin (db)", True),
        ("absent notin (db)", True),
        ("app notin (db,web)", False),
        ("app", True),
        ("absent", False),
        ("!app", False),
        ("!absent", True),
        ("cpus>7,cpus<9", True),
        ("cpus>8", False),
        ("cpus<8", False),
        ("app>1", False),
        ("absent<1", False),
        ("app=web,!app", False),
    ],
)
def test_label_selectors_match_as_in_go(text: str, matched: bool) -> None:
    assert parse_label_selector(text).matches(WEB) is matched


@pytest.mark.parametrize(
    ("selector", "text"),
    [
        (None, None),
        ("", None),
        ({}, None),
        (LabelRequirements.everything(), None),
        ("as it is, even if ( odd", "as it is, even if ( odd"),
        ({"tier": "front", "app": "web"}, "app=web,tier=front"),
        ({"app": ["web", "db"], "x": ""}, "app in (db,web),x="),
        (parse_label_selector("b,a"), "a,b"),
    ],
)
def test_every_form_of_a_label_selector_has_its_wire_text(
    selector: Selector | None, text: str | None
) -> None:
    assert selector_text(selector) == text


def test_the_selector_of_nothing_never_reaches_a_server() -> None:
    nothing = LabelRequirements.nothing()

    with pytest.raises(SelectorError, match="takes nothing"):
        selector_text(nothing)
    with pytest.raises(SelectorError):
        parse_label_selector(str(nothing))


@pytest.mark.parametrize("labels", [{"-": "x"}, {"app": "a b"}, {"app": []}], ids=repr)
def test_an_invalid_mapping_is_refused(labels: Selector) -> None:
    with pytest.raises(SelectorError):
        selector_text(labels)


def test_everything_and_nothing_are_known_without_matching() -> None:
    selectors = [None, "", "a", LabelRequirements.nothing()]

    known = [label_requirements(selector) for selector in selectors]

    assert [(each.is_everything, each.is_nothing) for each in known] == [
        (True, False),
        (True, False),
        (False, False),
        (False, True),
    ]


@pytest.mark.parametrize(
    ("text", "value"),
    [("a=1,b", "1"), ("a==1", "1"), ("a in (1)", "1"), ("a in (1,2)", None), ("a!=1", None)],
)
def test_a_required_value_is_found_for_an_index(text: str, value: str | None) -> None:
    assert parse_label_selector(text).required_value("a") == value


@dataclass
class Expression:
    key: str
    operator: str
    values: list[str] = field(default_factory=list[str])


@dataclass
class ApiSelector:
    match_labels: dict[str, str] = field(default_factory=dict[str, str])
    match_expressions: list[Expression] = field(default_factory=list[Expression])


API_SELECTOR = ApiSelector(
    {"app": "web"},
    [
        Expression("tier", "In", ["b", "a"]),
        Expression("env", "NotIn", ["dev"]),
        Expression("owner", "Exists"),
        Expression("canary", "DoesNotExist"),
    ],
)
WIRE_SELECTOR: dict[str, Any] = {
    "matchLabels": {"app": "web"},
    "matchExpressions": [
        {"key": "tier", "operator": "In", "values": ["b", "a"]},
        {"key": "env", "operator": "NotIn", "values": ["dev"]},
        {"key": "owner", "operator": "Exists"},
        {"key": "canary", "operator": "DoesNotExist", "values": None},
    ],
}


@pytest.mark.parametrize("selector", [API_SELECTOR, WIRE_SELECTOR], ids=["object", "json"])
def test_the_api_type_becomes_requirements(selector: ApiSelector | dict[str, Any]) -> None:
    text = "app=web,!canary,env notin (dev),owner,tier in (a,b)"

    assert str(requirements_of(selector)) == text


def test_an_absent_api_selector_takes_nothing_and_an_empty_one_everything() -> None:
    found = [requirements_of(None), requirements_of(ApiSelector()), requirements_of({})]

    everything = LabelRequirements.everything()
    assert found == [LabelRequirements.nothing(), everything, everything]


@pytest.mark.parametrize(
    "selector",
    [
        {"matchExpressions": [{"key": "a", "operator": "in", "values": ["b"]}]},
        {"matchExpressions": [{"key": "a", "operator": "Exists", "values": ["b"]}]},
        {"matchExpressions": [{"operator": "Exists"}]},
        {"matchExpressions": [{"key": 1, "operator": "Exists"}]},
        {"matchExpressions": [{"key": "a", "operator": "In", "values": 5}]},
        {"matchExpressions": [{"key": "a", "operator": "In", "values": [5]}]},
        {"matchExpressions": [{"key": "a", "operator": "In", "values": "ab"}]},
        {"matchExpressions": ["a"]},
        {"matchLabels": "a=b"},
        {"matchLabels": {"a": 1}},
    ],
    ids=repr,
)
def test_an_invalid_api_selector_is_refused(selector: dict[str, Any]) -> None:
    with pytest.raises(SelectorError):
        requirements_of(selector)


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("", ()),
        (",", ()),
        ("a=b", (FieldSelectorTerm("a", "=", "b"),)),
        ("a==b", (FieldSelectorTerm("a", "=", "b"),)),
        ("a!=b", (FieldSelectorTerm("a", "!=", "b"),)),
        ("a=", (FieldSelectorTerm("a", "=", ""),)),
        ("a= b ", (FieldSelectorTerm("a", "=", " b "),)),
        (r"a=x\,y\=z\\", (FieldSelectorTerm("a", "=", "x,y=z\\"),)),
        ("a=b!c", (FieldSelectorTerm("a", "=", "b!c"),)),
        (
            "spec.nodeName!=n1,metadata.name=x",
            (
                FieldSelectorTerm("metadata.name", "=", "x"),
                FieldSelectorTerm("spec.nodeName", "!=", "n1"),
            ),
        ),
    ],
)
def test_field_selectors_are_parsed(text: str, terms: tuple[FieldSelectorTerm, ...]) -> None:
    assert parse_field_selector(text) == FieldRequirements(terms)


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("a", 0),
        ("a=b,c", 4),
        ("a=b=c", 3),
        (r"a=\x", 2),
        ("a=b\\", 3),
        ("a=x\\,y\\z", 6),
        ("=a", 0),
        ("a=b, c=d", 4),
    ],
)
def test_a_malformed_field_selector_is_told_where(text: str, position: int) -> None:
    with pytest.raises(SelectorError) as caught:
        parse_field_selector(text)

    assert (caught.value.text, caught.value.position) == (text, position)


@pytest.mark.parametrize(
    ("text", "matched"),
    [
        ("", True),
        ("metadata.name=x", True),
        ("metadata.name!=x", False),
        ("metadata.name=x,status.phase=Running", False),
        ("status.phase=", True),
        ("status.phase!=Failed", True),
    ],
)
def test_field_selectors_match_with_absent_as_empty(text: str, matched: bool) -> None:
    assert parse_field_selector(text).matches({"metadata.name": "x"}) is matched


@pytest.mark.parametrize(
    ("selector", "text"),
    [
        (None, None),
        ("", None),
        ({}, None),
        ("a=b", "a=b"),
        ({"spec.nodeName": "n1", "metadata.name": "a,b"}, r"metadata.name=a\,b,spec.nodeName=n1"),
        (parse_field_selector("b==1,a!=2"), "a!=2,b=1"),
    ],
)
def test_every_form_of_a_field_selector_has_its_wire_text(
    selector: FieldSelector | None, text: str | None
) -> None:
    assert field_selector_text(selector) == text


def test_a_required_field_is_found_for_a_look_up_by_name() -> None:
    selector = field_requirements("metadata.name=x,metadata.namespace!=y")

    found = [selector.required_value(name) for name in ("metadata.name", "metadata.namespace")]

    assert found == ["x", None]
