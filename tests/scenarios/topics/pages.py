"""Limits and continue tokens, and which version a list is of."""

from __future__ import annotations

import base64
import json
from typing import Any

from tests.scenarios.harness import Server, scenario, scenarios
from tests.scenarios.objects import config_map, widget


def three(s: Server) -> dict[str, Any]:
    return s.made("configmaps", *[config_map(n, labels={"x": n}) for n in "abc"])


def token(**data: Any) -> str:
    text = json.dumps({"v": "meta.k8s.io/v1", **data}, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


@scenario
def page_after_page(s: Server) -> None:
    three(s)
    first = s.get("configmaps", limit=1)
    second = s.get("configmaps", limit=1, continue_=first["metadata"]["continue"])
    s.get("configmaps", limit=1, continue_=second["metadata"]["continue"])


@scenario
def page_after_page_of_custom_objects(s: Server) -> None:
    s.made("widgets", *[widget(n) for n in "abc"])
    first = s.get("widgets", limit=2)
    s.get("widgets", limit=2, continue_=first["metadata"]["continue"])


@scenario
def later_pages_are_of_the_first_ones_version(s: Server) -> None:
    three(s)
    first = s.given("GET", "configmaps", limit=1)
    s.given("DELETE", "configmaps/b")
    s.made("configmaps", config_map("aa"))
    rest = s.get("configmaps", limit=5, continue_=first["metadata"]["continue"])
    s.note(same=rest["metadata"]["resourceVersion"] == first["metadata"]["resourceVersion"])


@scenario
def pages_may_have_another_size(s: Server) -> None:
    three(s)
    first = s.given("GET", "configmaps", limit=1)
    s.get("configmaps", continue_=first["metadata"]["continue"])


@scenario
def pages_with_a_selector_do_not_count_the_rest(s: Server) -> None:
    three(s)
    first = s.get("configmaps", limit=1, labelSelector="x in (a,c)")
    s.get(
        "configmaps", limit=1, labelSelector="x in (a,c)", continue_=first["metadata"]["continue"]
    )
    s.get("configmaps", limit=1, fieldSelector="metadata.name!=a")


@scenario
def the_last_page_is_full(s: Server) -> None:
    three(s)
    s.get("configmaps", limit=3)
    s.get("configmaps", limit=4)


@scenario
def a_full_page_ends_though_nothing_of_the_rest_is_selected(s: Server) -> None:
    three(s)
    first = s.get("configmaps", limit=1, labelSelector="x=b")
    s.get("configmaps", limit=1, labelSelector="x=b", continue_=first["metadata"]["continue"])
    s.get("configmaps", limit=1, labelSelector="x=c")


@scenarios({"zero": "0", "negative": "-1", "word": "x", "huge": "99999999999999999999"})
def an_odd_limit(s: Server, limit: str) -> None:
    three(s)
    s.get("configmaps", limit=limit)


@scenarios({"list": "configmaps", "get": "configmaps/a"})
def a_version_beyond_64_bits(s: Server, path: str) -> None:
    three(s)
    s.get(path, resourceVersion="18446744073709551616")
    s.get(path, resourceVersion="0" * 30)
    s.get(path, resourceVersion="9" * 5000)


@scenario
def a_token_with_a_version(s: Server) -> None:
    made = three(s)
    first = s.given("GET", "configmaps", limit=1)
    again = first["metadata"]["continue"]
    s.get("configmaps", continue_=again, resourceVersion="0")
    answer = s.get(
        "configmaps", continue_=again, resourceVersion=made["metadata"]["resourceVersion"]
    )
    s.answers.pop()
    s.note(refused=answer)


@scenario
def a_token_with_a_match(s: Server) -> None:
    three(s)
    first = s.given("GET", "configmaps", limit=1)
    s.get("configmaps", continue_=first["metadata"]["continue"], resourceVersionMatch="Exact")


@scenarios(
    {
        "no base64": "!",
        "no JSON": base64.urlsafe_b64encode(b"x").decode().rstrip("="),
        "half": base64.urlsafe_b64encode(b'{"v":').decode().rstrip("="),
        "more after it": base64.urlsafe_b64encode(b"{}x").decode().rstrip("="),
        "another version": base64.urlsafe_b64encode(b'{"v":"v0","rv":1,"start":"a"}')
        .decode()
        .rstrip("="),
        "no start": token(rv=5),
        "no version": token(start="a\0"),
        "version zero": token(rv=0, start="a\0"),
        "leaves the collection": token(rv=5, start="../a"),
    }
)
def a_token_of_no_page(s: Server, text: str) -> None:
    three(s)
    s.get("configmaps", continue_=text)


@scenario
def a_token_of_an_old_version(s: Server) -> None:
    three(s)
    s.get("configmaps", limit=1, continue_=token(rv=1, start="a\0"))


@scenario
def pages_in_all_namespaces(s: Server) -> None:
    s.made("configmaps", *[config_map(n, labels={"of": s.ns}) for n in "abc"])
    query = {"limit": 2, "labelSelector": f"of={s.ns}"}
    first = s.get("/api/v1/configmaps", **query)
    s.get("/api/v1/configmaps", **query, continue_=first["metadata"]["continue"])


@scenario
def lists_are_in_the_order_of_names(s: Server) -> None:
    s.made("configmaps", *[config_map(n) for n in ("b", "a-b", "a.b", "ab", "a", "a0")])
    found = s.get("configmaps")
    s.answers.pop()
    s.note(names=[item["metadata"]["name"] for item in found["items"]])


# ---- versions


@scenario
def a_list_at_an_exact_version(s: Server) -> None:
    made = three(s)
    version = made["metadata"]["resourceVersion"]
    s.given("DELETE", "configmaps/a")
    s.given("PATCH", "configmaps/b", {"data": {"a": "2"}})
    found = s.given("GET", "configmaps", resourceVersion=version, resourceVersionMatch="Exact")
    s.note(
        names=[(item["metadata"]["name"], item["data"]) for item in found["items"]],
        same=found["metadata"]["resourceVersion"] == version,
    )


@scenario
def pages_at_an_exact_version(s: Server) -> None:
    version = three(s)["metadata"]["resourceVersion"]
    s.given("DELETE", "configmaps/a")
    query = {"resourceVersion": version, "resourceVersionMatch": "Exact"}
    first = s.given("GET", "configmaps", limit=1, **query)
    more = s.given("GET", "configmaps", limit=1, continue_=first["metadata"]["continue"])
    s.note(
        first=[item["metadata"]["name"] for item in first["items"]],
        more=[item["metadata"]["name"] for item in more["items"]],
    )


@scenario
def a_list_no_older_than_a_version(s: Server) -> None:
    version = three(s)["metadata"]["resourceVersion"]
    s.given("DELETE", "configmaps/a")
    found = s.given(
        "GET", "configmaps", resourceVersion=version, resourceVersionMatch="NotOlderThan"
    )
    s.note(newer=int(found["metadata"]["resourceVersion"]) >= int(version))


_MATCHES: dict[str, dict[str, str]] = {
    "exact of nothing": {"resourceVersionMatch": "Exact"},
    "not older of nothing": {"resourceVersionMatch": "NotOlderThan"},
    "exact of zero": {"resourceVersionMatch": "Exact", "resourceVersion": "0"},
    "not older than zero": {"resourceVersionMatch": "NotOlderThan", "resourceVersion": "0"},
    "no such match": {"resourceVersionMatch": "Never", "resourceVersion": "1"},
    "no number": {"resourceVersion": "x"},
    "negative": {"resourceVersion": "-1"},
    "exact of old": {"resourceVersionMatch": "Exact", "resourceVersion": "1"},
    "zero": {"resourceVersion": "0"},
}


@scenarios(_MATCHES)
def a_list_of_an_odd_version(s: Server, query: dict[str, str]) -> None:
    if query.get("resourceVersion") == "1" and query["resourceVersionMatch"] == "Exact":
        answer = s.get("configmaps", **query)  # a server knows its first version for a while
        s.answers.pop()
        s.note(kind=answer["kind"])
        return
    s.get("configmaps", **query)


@scenario
def reading_one_object_at_a_version(s: Server) -> None:
    version = three(s)["metadata"]["resourceVersion"]
    s.get("configmaps/a", resourceVersion=version)
    s.get("configmaps/a", resourceVersion="x")
