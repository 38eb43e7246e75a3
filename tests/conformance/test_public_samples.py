"""Public custom resources are taken, filled and refused by the server in memory as by a real one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from operator import itemgetter
from pathlib import Path
from typing import Any

import pytest

from kubewright import connect
from kubewright._json import is_array, is_object
from kubewright._yaml_documents import DocumentError, load_documents
from kubewright.testing import FakeCluster
from tests.scenarios.harness import CRDS
from tests.scenarios.normal import normal
from tests.support.apiserver import APIServer
from tests.support.generating import crds_in, install_crds
from tests.support.same_answers import Answer, on_fake, on_server

SHARED = os.environ.get("KUBEWRIGHT_SHARED", "")
NAMESPACE = "samples"
Wire = dict[str, Any]

pytestmark = [
    pytest.mark.conformance,
    pytest.mark.shared,
    pytest.mark.skipif(not SHARED, reason="KUBEWRIGHT_SHARED names no collection of CRDs"),
]


def samples() -> Iterator[tuple[str, Wire]]:
    """Every object in the files that can be read, and where it is."""
    for file in sorted(Path(SHARED).glob("crd-samples*/**/*.yaml")):
        try:
            documents = list(load_documents(file.read_bytes(), str(file)))
        except DocumentError:
            continue
        for document, line in documents:
            if is_object(document) and is_object(document.get("metadata")):
                yield f"{file.relative_to(SHARED)}:{line}", document


def messages_of_rules(schema: Any) -> Iterator[str]:
    """What the rules in CEL say, which the server in memory does not run."""
    if is_array(schema):
        for item in schema:
            yield from messages_of_rules(item)
    elif is_object(schema):
        rules = schema.get("x-kubernetes-validations")
        for rule in rules if is_array(rules) else ():
            yield str(rule.get("message") or rule["rule"]).strip()
        for below in schema.values():
            yield from messages_of_rules(below)


def comparable(answer: Answer, rules: set[str]) -> Any:
    """An answer without what is another in each run and without what rules refused."""
    ((status, body),) = normal([list(answer)], NAMESPACE, with_managed_fields=True)
    details: Wire = body.get("details") or {}
    if "causes" not in details:
        return status, body, answer.warnings
    causes: list[Wire] = details["causes"]
    left = [cause for cause in causes if not any(rule in cause["message"] for rule in rules)]
    return status if left else 201, left, answer.warnings


def test_samples_are_answered_as_by_a_real_server(
    own_api_server: APIServer, tmp_path: Path
) -> None:
    fake, real = on_fake(FakeCluster()), on_server(own_api_server.endpoint)
    definitions = crds_in(Path(SHARED) / "crds")
    with connect(kubeconfig=own_api_server.write_kubeconfig(tmp_path / "kubeconfig")) as rest:
        install_crds(rest, definitions)
    real("POST", "/api/v1/namespaces", {"metadata": {"name": NAMESPACE}})
    kinds: dict[tuple[str, str], Wire] = {}
    for definition in definitions:
        assert fake("POST", CRDS, definition)[0] == 201, definition["metadata"]["name"]
        spec = definition["spec"]
        for version in filter(itemgetter("served"), spec["versions"]):
            kinds[f"{spec['group']}/{version['name']}", spec["names"]["kind"]] = definition

    differing: list[str] = []
    compared = by_rules = 0
    for number, (place, sample) in enumerate(samples()):
        definition = kinds.get((sample["apiVersion"], sample["kind"]), {})
        if not definition:
            continue
        spec, rules = definition["spec"], set(messages_of_rules(definition))
        scope = f"namespaces/{NAMESPACE}/" if spec["scope"] == "Namespaced" else ""
        path = f"/apis/{sample['apiVersion']}/{scope}{spec['names']['plural']}"
        metadata = {k: v for k, v in sample["metadata"].items() if k in ("labels", "annotations")}
        body = {**sample, "metadata": {**metadata, "name": f"s{number}"}}
        answers = [comparable(send("POST", path, body), rules) for send in (fake, real)]
        compared += 1
        if answers[1][:2] == (201, []):
            by_rules += 1
        elif answers[0] != answers[1]:
            differing.append(place)

    assert differing == []
    assert compared > 700
    assert by_rules < compared / 20
