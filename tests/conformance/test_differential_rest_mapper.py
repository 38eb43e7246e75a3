"""Names and kinds find the resources that they find in client-go, on random servers."""

from __future__ import annotations

import random
from typing import Any

import pytest

from kubewright.discovery import (
    AmbiguousMatchError,
    APIResource,
    DiscoveryClient,
    NoMatchError,
    RESTMapper,
)
from tests.differential import ask, seeded
from tests.support.discovering import Answers

pytestmark = pytest.mark.conformance

_SERVERS = 250
_QUESTIONS = 12  # to each server
_GROUPS = ["", "apps", "app.example", "apps.example", "net.io", "networking.io"]
_VERSIONS = ["v1", "v1beta1", "v2"]
_KINDS = ["Pod", "Gateway", "Po", "Net", "Class", "Policy"]
_SHORT = ["po", "gw", "net", "p", "pod"]


def _server(rand: random.Random) -> dict[str, Any]:
    """Legacy discovery of some groups, in which names meet often."""
    groups: list[Any] = []
    lists: list[Any] = []
    for group in sorted(rand.sample(_GROUPS, rand.randrange(1, 5))):
        versions = rand.sample(_VERSIONS, rand.randrange(1, 4))
        entries = [{"groupVersion": f"{group}/{v}" if group else v, "version": v} for v in versions]
        groups.append({"name": group, "versions": entries, "preferredVersion": entries[0]})
        for entry in entries:
            resources = [
                {
                    "name": plural,
                    "singularName": kind.lower(),
                    "kind": kind,
                    "namespaced": rand.random() < 0.5,
                    "verbs": ["get"],
                    "shortNames": rand.sample(_SHORT, rand.randrange(3)),
                }
                # a server lists a kind once: it has one plural in a group
                for kind in rand.sample(_KINDS, rand.randrange(1, 4))
                for plural in [f"{kind.lower()}s"]
            ]
            lists.append({"groupVersion": entry["groupVersion"], "resources": resources})
    return {"groups": groups, "lists": lists}


def _question(rand: random.Random) -> dict[str, Any]:
    kind = rand.choice(_KINDS)
    if rand.random() < 0.4:
        versions = rand.sample(_VERSIONS, rand.choice([0, 0, 1, 2]))
        return {
            "kind": rand.choice([kind, kind.lower()]),
            "group": rand.choice(_GROUPS),
            "versions": versions,
        }
    name = rand.choice([kind, kind.lower(), f"{kind.lower()}s", f"{kind}s", rand.choice(_SHORT)])
    group = rand.choice([*_GROUPS, "app", "net", "n", "none"])
    version = f".{rand.choice(_VERSIONS)}" if rand.random() < 0.4 else ""
    suffix = f"{version}.{group}" if group else rand.choice(["", f"{version}."])
    return {"argument": name + suffix}


def _mapper(server: dict[str, Any]) -> RESTMapper:
    core = [group for group in server["groups"] if not group["name"]]
    versions = [entry["version"] for group in core for entry in group["versions"]]
    answers: dict[str, Any] = {
        "/api": {"kind": "APIVersions", "versions": versions},
        "/apis": {
            "kind": "APIGroupList",
            "groups": [group for group in server["groups"] if group["name"]],
        },
    }
    for each in server["lists"]:
        root = "apis" if "/" in each["groupVersion"] else "api"
        answers[f"/{root}/{each['groupVersion']}"] = each
    return RESTMapper(_Once(DiscoveryClient(Answers(answers).client())))


class _Once:
    def __init__(self, client: DiscoveryClient) -> None:
        self._apis = client.apis()

    def apis(self) -> Any:
        return self._apis

    refresh = apis


def _ours(mapper: RESTMapper, question: dict[str, Any]) -> dict[str, Any] | None:
    try:
        if "argument" in question:
            found: APIResource = mapper.find(question["argument"])
        else:
            found = mapper.resource_of(question["kind"], question["group"], *question["versions"])
    except (NoMatchError, AmbiguousMatchError):
        return None
    return {
        "resource": found.gvr.resource,
        "group": found.gvr.group,
        "version": found.gvr.version,
        "kind": found.kind.kind,
        "namespaced": found.info.namespaced,
    }


def _with_capitals(answer: Any, server: dict[str, Any]) -> Any:
    """client-go registers kinds in lower case too, and may answer with those."""
    if answer is None:
        return None
    kinds = {
        item["kind"].lower(): item["kind"] for each in server["lists"] for item in each["resources"]
    }
    return {**answer, "kind": kinds.get(answer["kind"], answer["kind"])}


def _loses_the_version(question: dict[str, Any], server: dict[str, Any]) -> bool:
    """A short name with a version: client-go forgets the version, we look for it."""
    name, *rest = question.get("argument", "").split(".")
    short = {
        short
        for each in server["lists"]
        for item in each["resources"]
        for short in item["shortNames"]
    }
    return len(rest) > 1 and name in short


def test_names_and_kinds_find_what_they_find_in_go() -> None:
    rand = seeded()
    asked: list[tuple[dict[str, Any], dict[str, Any], Any]] = []
    for _ in range(_SERVERS):
        server = _server(rand)
        mapper = _mapper(server)
        questions = [_question(rand) for _ in range(_QUESTIONS)]
        asked += [
            (server, question, _ours(mapper, question))
            for question in questions
            if not _loses_the_version(question, server)
        ]
    answers = ask("restmapper", [{**server, **question} for server, question, _ in asked])
    assert sum(answer.output is not None for answer in answers) > len(answers) / 10
    differences = [
        (question, ours, answer, server)
        for (server, question, ours), answer in zip(asked, answers, strict=True)
        if ours != _with_capitals(answer.output, server)
    ]
    assert not differences, (len(differences), differences[:3])
