"""Random operations on both servers at once, whose answers must be the same after each step."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from kubewright._json import is_array, is_object
from kubewright.rest.request import Method
from kubewright.rest.transport import Transport
from kubewright.testing import FakeCluster
from tests.scenarios.harness import APPLY_TYPE, STRATEGIC, Server
from tests.scenarios.normal import Plain
from tests.scenarios.objects import config_map, deployment, shared_crds, widget
from tests.support.fake_cluster import JSON_PATCH, MERGE

__all__ = ["BothServers"]

Wire = dict[str, Any]
KINDS = ("configmaps", "deployments", "widgets")
HEADS = {
    "configmaps": {"apiVersion": "v1", "kind": "ConfigMap"},
    "deployments": {"apiVersion": "apps/v1", "kind": "Deployment"},
    "widgets": {"apiVersion": "cases.example.com/v1", "kind": "Widget"},
}
MAKERS: dict[str, Callable[[str], Wire]] = {
    "configmaps": config_map,
    "deployments": deployment,
    "widgets": widget,
}
HOLD = "example.com/hold"

kinds = st.sampled_from(KINDS)
names = st.sampled_from(["a", "b", "c"])
managers = st.sampled_from(["one", "two", "three"])
ages = st.integers(0, 3)
labels = st.dictionaries(st.sampled_from(["x", "y"]), st.sampled_from(["1", "2"]), max_size=2)
selectors = st.sampled_from(["", "x=1", "x!=1", "x in (1,2)", "!y", "x,y=2", "x>1"])
CONTENTS: dict[str, st.SearchStrategy[Wire]] = {
    "configmaps": st.fixed_dictionaries(
        {"data": st.dictionaries(st.sampled_from(["k", "l", "m"]), st.sampled_from(["1", "2"]))}
    ),
    "deployments": st.fixed_dictionaries(
        {
            "spec": st.fixed_dictionaries(
                {},
                optional={
                    "replicas": st.integers(0, 3),
                    "paused": st.booleans(),
                    "minReadySeconds": st.integers(0, 2),
                },
            )
        }
    ),
    "widgets": st.fixed_dictionaries(
        {
            "spec": st.fixed_dictionaries(
                {},
                optional={
                    "size": st.integers(-1, 3),
                    "color": st.sampled_from(["red", "green", "yellow"]),
                    # two lists with doubled items are told of in any order
                    "tags": st.lists(st.sampled_from(["s", "t", "u"]), max_size=3, unique=True),
                    "limits": st.dictionaries(st.sampled_from(["p", "q"]), st.just("1")),
                    "ports": st.lists(
                        st.fixed_dictionaries(
                            {"name": st.sampled_from(["p", "q"])},
                            optional={
                                "protocol": st.sampled_from(["TCP", "UDP"]),
                                "number": st.integers(1, 2),
                            },
                        ),
                        max_size=2,
                    ),
                    "steps": st.lists(st.sampled_from(["s", "t"]), min_size=1, max_size=2),
                    "deep": st.fixed_dictionaries(
                        {}, optional={"level": st.integers(1, 3), "name": st.just("n")}
                    ),
                },
            )
        }
    ),
}
STATUSES: dict[str, st.SearchStrategy[Wire]] = {
    "deployments": st.fixed_dictionaries({"replicas": st.integers(0, 2)}),
    "widgets": st.fixed_dictionaries(
        {},
        optional={
            "phase": st.sampled_from(["Good", "Bad", "Odd"]),
            "replicas": st.integers(0, 2),
        },
    ),
}


def unlike(fake: Any, real: Any, path: str = "") -> Iterator[str]:
    """Yield where two answers differ."""
    if is_object(fake) and is_object(real):
        for name in sorted(fake.keys() | real.keys()):
            yield from unlike(fake.get(name), real.get(name), f"{path}.{name}")
    elif is_array(fake) and is_array(real) and len(fake) == len(real):
        for index, pair in enumerate(zip(fake, real, strict=True)):
            yield from unlike(*pair, f"{path}[{index}]")
    elif fake != real:
        yield f"{path}: {fake!r} and not {real!r}"


@st.composite
def contents(draw: st.DrawFn) -> tuple[str, Wire]:
    """A kind, and some of the fields of an object of it."""
    kind = draw(kinds)
    return kind, draw(CONTENTS[kind])


class BothServers(RuleBasedStateMachine):
    """Runs one operation after the other on a fake and a real server.

    Attributes:
        real: how the real server is reached.
    """

    real: ClassVar[Transport]

    def __init__(self) -> None:
        super().__init__()
        ns = f"test-{secrets.token_hex(4)}"
        cluster = FakeCluster(require_namespaces=True)
        for crd in shared_crds():
            cluster.add_crd(crd)
        self._servers = (
            Server(cluster, ns, is_fake=True),
            Server(self.real, ns, is_fake=False),
        )
        self._plains = tuple(Plain(ns, with_managed_fields=True) for _ in self._servers)
        self._seen: dict[str, list[tuple[Wire, ...]]] = {}
        self._begins: dict[str, list[str]] = {}

    @initialize()
    def begin(self) -> None:
        for server in self._servers:
            server.given("POST", "/api/v1/namespaces", {"metadata": {"name": server.ns}})
        for kind in KINDS:
            made = [server.made(kind, MAKERS[kind]("begin")) for server in self._servers]
            self._begins[kind] = [obj["metadata"]["resourceVersion"] for obj in made]

    @rule(what=contents(), name=names, labels=labels, held=st.booleans(), owner=names)
    def create(
        self, what: tuple[str, Wire], name: str, labels: Wire, held: bool, owner: str
    ) -> None:
        kind, content = what
        body = {**MAKERS[kind](name)}
        metadata: Wire = {"name": name, "labels": labels}
        if held:
            metadata["finalizers"] = [HOLD]
        body["metadata"] = metadata
        for part, fields in content.items():
            body[part] = {**body.get(part, {}), **fields}
        self._both("POST", kind, lambda at: self._owned(body, at, f"{kind}/{owner}"))

    @rule(what=contents(), name=names, age=ages, labels=labels, keeps_version=st.booleans())
    def replace(
        self, what: tuple[str, Wire], name: str, age: int, labels: Wire, keeps_version: bool
    ) -> None:
        kind, content = what
        path = f"{kind}/{name}"

        def body(at: int) -> Wire:
            past = self._past(path, at, age)
            obj = past or MAKERS[kind](name)
            metadata = {**obj["metadata"], "labels": labels}
            metadata.pop("managedFields", None)
            if not keeps_version:
                metadata.pop("resourceVersion", None)
            spec = {part: {**obj.get(part, {}), **fields} for part, fields in content.items()}
            return {**obj, **spec, "metadata": metadata}

        self._both("PUT", path, body)

    @rule(what=contents(), name=names, labels=labels, age=st.none() | ages)
    def merge(self, what: tuple[str, Wire], name: str, labels: Wire, age: int | None) -> None:
        kind, content = what
        path = f"{kind}/{name}"

        def body(at: int) -> Wire:
            metadata: Wire = {"labels": labels}
            past = None if age is None else self._past(path, at, age)
            if past is not None:
                metadata["resourceVersion"] = past["metadata"]["resourceVersion"]
            return {**content, "metadata": metadata}

        self._both("PATCH", path, body, content_type=MERGE)

    @rule(kind=st.sampled_from(["configmaps", "deployments"]), name=names, data=st.data())
    def strategic(self, kind: str, name: str, data: st.DataObject) -> None:
        content = data.draw(CONTENTS[kind])
        self._both("PATCH", f"{kind}/{name}", lambda _: content, content_type=STRATEGIC)

    @rule(kind=kinds, name=names, value=st.sampled_from(["1", "2"]))
    def json_patch(self, kind: str, name: str, value: str) -> None:
        operation = {"op": "add", "path": "/metadata/labels", "value": {"x": value}}
        self._both("PATCH", f"{kind}/{name}", lambda _: [operation], content_type=JSON_PATCH)

    @rule(what=contents(), name=names, manager=managers, labels=labels, force=st.booleans())
    def apply(
        self, what: tuple[str, Wire], name: str, manager: str, labels: Wire, force: bool
    ) -> None:
        kind, content = what
        metadata: Wire = {"name": name}
        if labels:
            metadata["labels"] = labels
        body = {**HEADS[kind], "metadata": metadata, **content}
        if kind == "deployments" and manager == "one":
            body["spec"] = {**deployment(name)["spec"], **content["spec"]}
        query: Wire = {"fieldManager": manager, "force": str(force).lower()}
        self._both("PATCH", f"{kind}/{name}", lambda _: body, content_type=APPLY_TYPE, **query)

    @rule(kind=st.sampled_from(sorted(STATUSES)), name=names, data=st.data())
    def write_status(self, kind: str, name: str, data: st.DataObject) -> None:
        status = data.draw(STATUSES[kind])
        path = f"{kind}/{name}/status"
        self._both("PATCH", path, lambda _: {"status": status}, content_type=MERGE)

    @rule(kind=st.sampled_from(["deployments", "widgets"]), name=names, replicas=st.integers(-1, 3))
    def scale(self, kind: str, name: str, replicas: int) -> None:
        body = {"spec": {"replicas": replicas}}
        self._both("PATCH", f"{kind}/{name}/scale", lambda _: body, content_type=MERGE)

    @rule(
        kind=kinds,
        name=names,
        condition=st.sampled_from(["", "uid", "resourceVersion"]),
        age=ages,
        dry=st.booleans(),
    )
    def delete(self, kind: str, name: str, condition: str, age: int, dry: bool) -> None:
        path = f"{kind}/{name}"

        def body(at: int) -> Wire | None:
            past = self._past(path, at, age)
            if not condition or past is None:
                return None
            held = {condition: past["metadata"][condition]}
            return {"kind": "DeleteOptions", "apiVersion": "v1", "preconditions": held}

        query: Wire = {"dryRun": "All"} if dry else {}
        self._both("DELETE", path, body, **query)

    @rule(kind=kinds, name=names)
    def release(self, kind: str, name: str) -> None:
        body = {"metadata": {"finalizers": None}}
        self._both("PATCH", f"{kind}/{name}", lambda _: body, content_type=MERGE)

    @rule(kind=kinds, selector=st.sampled_from(["x=1", "x!=1", "y"]))
    def delete_some(self, kind: str, selector: str) -> None:
        self._both("DELETE", kind, labelSelector=selector)

    @rule(kind=kinds, name=names)
    def read(self, kind: str, name: str) -> None:
        self._both("GET", f"{kind}/{name}")

    @rule(kind=kinds, selector=selectors, name=st.none() | names, limit=st.integers(0, 2))
    def list_present(self, kind: str, selector: str, name: str | None, limit: int) -> None:
        query: Wire = {"labelSelector": selector, "limit": limit}
        if name is not None:
            query["fieldSelector"] = f"metadata.name!={name}"
        tokens: list[str] = ["", ""]
        while True:
            answers = self._both("GET", kind, tokens=tokens, **query)
            tokens = [answer["metadata"].get("continue") or "" for answer in answers]
            if not all(tokens):
                break

    @rule(kind=kinds, name=names, age=ages)
    def list_past(self, kind: str, name: str, age: int) -> None:
        past = [self._past(f"{kind}/{name}", at, age) for at in range(2)]
        if past[0] is None or past[1] is None:
            return
        versions = [obj["metadata"]["resourceVersion"] for obj in past if obj is not None]
        self._both("GET", kind, versions=versions, resourceVersionMatch="Exact")

    def teardown(self) -> None:
        """The watches from the beginning tell the same story."""
        for kind, begins in self._begins.items():
            told: list[Any] = []
            for server, plain, begin in zip(self._servers, self._plains, begins, strict=True):
                server.given("POST", kind, MAKERS[kind]("end"))
                for selector in ("", "x=1"):
                    if selector:
                        patch = {"metadata": {"labels": {"x": "1"}}}
                        server.given("PATCH", f"{kind}/end", patch)
                    events = server.watch(
                        kind,
                        until="end",
                        resourceVersion=begin,
                        labelSelector=selector,
                        keep=False,
                    )
                    told.append(plain.plain(events))
            assert list(unlike(told[:2], told[2:])) == []

    def _both(
        self,
        method: Method,
        path: str,
        body: Callable[[int], object] = lambda _: None,
        *,
        content_type: str = "application/json",
        tokens: list[str] | None = None,
        versions: list[str] | None = None,
        **query: Any,
    ) -> list[Any]:
        found: list[Any] = []
        for at, server in enumerate(self._servers):
            own = dict(query)
            if tokens is not None and tokens[at]:
                own["continue_"] = tokens[at]
            if versions is not None:
                own["resourceVersion"] = versions[at]
            server.call(method, path, body(at), content_type=content_type, **own)
            found.append(server.answers.pop())
        fake, real = (plain.plain(a) for plain, a in zip(self._plains, found, strict=True))
        assert list(unlike(fake, real)) == []
        self._remember(path, [answer["body"] for answer in found])
        return [answer["body"] for answer in found]

    def _remember(self, path: str, objects: list[Any]) -> None:
        kind = path.partition("/")[0]
        if objects[0].get("kind") == HEADS[kind]["kind"]:
            name = objects[0]["metadata"]["name"]
            self._seen.setdefault(f"{kind}/{name}", []).append(tuple(objects))

    def _past(self, path: str, at: int, age: int) -> Wire | None:
        """Return what a server said of an object some answers ago."""
        seen = self._seen.get(path, [])
        return seen[-1 - min(age, len(seen) - 1)][at] if seen else None

    def _owned(self, body: Wire, at: int, owner: str) -> Wire:
        past = self._past(owner, at, 0)
        if past is None:
            return body
        reference = {name: past["metadata"][name] for name in ("name", "uid")}
        kind = {name: past[name] for name in ("apiVersion", "kind")}
        metadata = {**body["metadata"], "ownerReferences": [{**kind, **reference}]}
        return {**body, "metadata": metadata}
