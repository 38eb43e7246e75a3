"""``kubewright resources`` and ``kubewright explain`` as a user meets them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kubewright.rest.client import RESTClient
from kubewright_gen import cli
from tests.support.discovering import Answers, api_version, discovery_list, resource

CORE = {
    "": [
        api_version(
            "v1",
            resource("pods", "Pod", shortNames=["po"], categories=["all"], subs=("log",)),
            resource("nodes", "Node", namespaced=False),
        )
    ]
}
SHOP = {
    "shop.example": [
        api_version("v2", resource("carts", "Cart", shortNames=["ca"])),
        api_version("v1", resource("carts", "Cart", shortNames=["ca"])),
    ]
}
CART: dict[str, Any] = {
    "type": "object",
    "description": "Cart is what a customer carries.\n\nIt has a second paragraph.",
    "x-kubernetes-group-version-kind": [{"group": "shop.example", "version": "v2", "kind": "Cart"}],
    "required": ["spec"],
    "properties": {
        "kind": {"type": "string"},
        "spec": {"allOf": [{"$ref": "#/components/schemas/example.Spec"}], "description": "Own."},
        "odd\x1b[31m": {"type": "string", "description": "red\x1b[31m ink"},
    },
}
SPEC: dict[str, Any] = {
    "type": "object",
    "description": "Spec of the type.",
    "properties": {
        "items": {"type": "array", "items": {"$ref": "#/components/schemas/example.Item"}},
        "labels": {"type": "object", "additionalProperties": {"type": "string"}},
        "size": {"x-kubernetes-int-or-string": True},
        "pay": {"type": "string", "enum": ["cash", "card"], "description": "How."},
    },
}
ITEM: dict[str, Any] = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "parts": {"type": "array", "items": {"$ref": "#/components/schemas/example.Item"}},
    },
}
ENDLESS: dict[str, Any] = {"$ref": "#/components/schemas/example.Endless"}
DOCUMENT = {
    "components": {
        "schemas": {
            "example.Cart": CART,
            "example.Spec": SPEC,
            "example.Item": ITEM,
            "example.Endless": ENDLESS,
        }
    }
}
ANSWERS: dict[str, Any] = {
    "/api": discovery_list(CORE),
    "/apis": discovery_list(SHOP),
    "/openapi/v3": {
        "paths": {
            "apis/shop.example/v2": {
                "serverRelativeURL": "/openapi/v3/apis/shop.example/v2?hash=A1"
            }
        }
    },
    "/openapi/v3/apis/shop.example/v2": DOCUMENT,
}


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Answers:
    answers = Answers(ANSWERS)

    def connect(**_: object) -> RESTClient:
        return answers.client()

    monkeypatch.setattr("kubewright.config.connect.connect", connect)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return answers


@pytest.fixture
def run(server: Answers, capsys: pytest.CaptureFixture[str]) -> Any:
    def run(*arguments: str, expect: int = 0) -> tuple[list[str], str]:
        assert cli.run(arguments) == expect
        captured = capsys.readouterr()
        return captured.out.splitlines(), captured.err

    return run


def test_resources_are_a_table(run: Any) -> None:
    lines, _ = run("resources")
    assert lines == [
        "NAME    SHORTNAMES   APIVERSION        NAMESPACED   KIND",
        "nodes                v1                false        Node",
        "pods    po           v1                true         Pod",
        "carts   ca           shop.example/v2   true         Cart",
    ]


def test_a_wide_table_has_more(run: Any) -> None:
    lines, _ = run("resources", "-o", "wide")
    assert lines[0].split()[5:] == ["VERBS", "SUBRESOURCES", "CATEGORIES"]
    assert lines[2].split()[-3:] == ["get,list", "log", "all"]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ((), ["nodes", "pods", "carts.shop.example"]),
        (("--group", ""), ["nodes", "pods"]),
        (("--group", "shop.example"), ["carts.shop.example"]),
        (("--cluster-scoped",), ["nodes"]),
        (("--namespaced",), ["pods", "carts.shop.example"]),
        (("--category", "all"), ["pods"]),
        (("--verb", "get", "--verb", "watch"), []),
        (("--all-versions", "--group", "shop.example"), ["carts.shop.example"] * 2),
    ],
)
def test_resources_are_chosen(run: Any, options: tuple[str, ...], expected: list[str]) -> None:
    lines, _ = run("resources", "-o", "name", *options)
    assert lines == expected


def test_what_is_remembered_is_shown_on_demand_alone(run: Any, server: Answers) -> None:
    run("resources", "--cached")
    run("resources", "--cached")
    assert server.asked == ["/api", "/apis"]
    run("resources")
    assert len(server.asked) == 4


def test_what_does_not_answer_is_told(run: Any, server: Answers) -> None:
    stale = {**SHOP, "metrics.k8s.io": [api_version("v1", stale=True)]}
    server.answers["/apis"] = discovery_list(stale)
    lines, err = run("resources", expect=1)
    assert len(lines) == 4
    assert err.startswith("warning: metrics.k8s.io/v1: ")


def test_a_kind_is_explained(run: Any) -> None:
    lines, _ = run("explain", "carts")
    assert lines == [
        "GROUP:      shop.example",
        "KIND:       Cart",
        "VERSION:    v2",
        "",
        "DESCRIPTION:",
        "    Cart is what a customer carries.",
        "",
        "    It has a second paragraph.",
        "",
        "FIELDS:",
        "  kind <string>",
        "    <no description>",
        "",
        "  odd\\x1b[31m <string>",
        "    red\\x1b[31m ink",
        "",
        "  spec <Spec> -required-",
        "    Own.",
        "",
    ]


@pytest.mark.parametrize(
    "named", ["ca.spec.pay", "carts.shop.example.spec.pay", "Cart.shop.example.spec.pay"]
)
def test_a_field_is_explained_by_its_path(run: Any, named: str) -> None:
    lines, _ = run("explain", named)
    assert lines[4:] == ["FIELD: pay <string>", "enum: cash, card", "", "DESCRIPTION:", "    How."]


def test_a_path_goes_through_lists(run: Any) -> None:
    lines, _ = run("explain", "carts.spec.items.parts.name")
    assert lines[4] == "FIELD: name <string>"


def test_recursion_ends_where_a_type_holds_itself(run: Any) -> None:
    lines, _ = run("explain", "carts", "--recursive")
    assert lines[lines.index("FIELDS:") + 1 :] == [
        "  kind <string>",
        "  odd\\x1b[31m <string>",
        "  spec <Spec> -required-",
        "    items <[]Item>",
        "      name <string>",
        "      parts <[]Item>",
        "        ...",
        "    labels <map[string]string>",
        "    pay <string>",
        "    size <IntOrString>",
    ]


def test_a_reference_without_an_end_is_no_hang(run: Any, server: Answers) -> None:
    endless = {**CART, "properties": {"x": {"$ref": "#/components/schemas/example.Endless"}}}
    schemas = {"example.Cart": endless, "example.Endless": ENDLESS}
    server.answers["/openapi/v3/apis/shop.example/v2"] = {"components": {"schemas": schemas}}
    lines, _ = run("explain", "carts", "--recursive")
    assert lines[-1] == "  x <Endless>"


def test_objects_without_a_name_are_written_out_however_deep(run: Any, server: Answers) -> None:
    pod = {"type": "object", "properties": {"image": {"type": "string"}}}
    template = {"type": "object", "properties": {"pods": {"type": "array", "items": pod}}}
    spec = {"type": "object", "properties": {"template": template}}
    cart = {**CART, "properties": {"spec": spec}}
    server.answers["/openapi/v3/apis/shop.example/v2"] = {"components": {"schemas": {"Cart": cart}}}
    lines, _ = run("explain", "carts", "--recursive")
    assert lines[lines.index("FIELDS:") + 1 :] == [
        "  spec <object> -required-",
        "    template <object>",
        "      pods <[]object>",
        "        image <string>",
    ]


def test_a_kind_cannot_act_on_the_terminal(run: Any, server: Answers) -> None:
    kind = "Cart\x1b[2J"
    served = {"shop.example": [api_version("v2", resource("carts", kind))]}
    server.answers["/apis"] = discovery_list(served)
    identity = [{"group": "shop.example", "version": "v2", "kind": kind}]
    cart = {**CART, "x-kubernetes-group-version-kind": identity}
    server.answers["/openapi/v3/apis/shop.example/v2"] = {"components": {"schemas": {"Cart": cart}}}
    lines, _ = run("explain", "carts")
    assert lines[1] == "KIND:       Cart\\x1b[2J"


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("carts.spec.itms",), 1, "error: Cart.spec has no field 'itms'; did you mean items?"),
        (("cartz",), 1, "error: the server has no 'cartz'; did you mean cart or carts or Cart?"),
        (("carts", "--api-version", "a/b/c"), 2, "error: --api-version: 'a/b/c' is no apiVersion"),
        (("carts", "--api-version", "shop.example/v3"), 1, "error: the server has no"),
        (("carts", "--api-version", "shop.example/v1"), 1, "error: the server has no OpenAPI"),
        (("pods",), 1, "error: the server has no OpenAPI document of v1"),
    ],
)
def test_what_is_not_there_is_one_line(
    run: Any, arguments: tuple[str, ...], code: int, message: str
) -> None:
    _, err = run("explain", *arguments, expect=code)
    assert err.startswith(message)
    assert err.count("\n") == 1


def test_a_document_without_the_kind_is_one_line(run: Any, server: Answers) -> None:
    server.answers["/openapi/v3/apis/shop.example/v2"] = {"components": []}
    _, err = run("explain", "carts", expect=1)
    assert err == "error: the server's OpenAPI has no schema of Cart shop.example/v2\n"
