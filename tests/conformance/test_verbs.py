"""Every verb on many kinds, built-in and custom, through the generated clients."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from kubewright._json import is_object
from kubewright.config.loader import load_config
from kubewright.errors import BadRequestError, InvalidError, NotFoundError, RequestError
from kubewright.meta_v1 import Preconditions
from kubewright.rest.client import RESTClient
from kubewright.rest.warnings import ServerWarning
from kubewright.watch import WatchEvent
from tests.support.apiserver import Endpoint
from tests.support.subjects import BUILT_IN, CUSTOM, Subject

pytestmark = pytest.mark.conformance

SUBJECTS = [*BUILT_IN, *CUSTOM]
LIMIT = 20.0  # seconds until a watch counts as hung
MANAGER = "tests"


@dataclass(frozen=True, slots=True)
class Stage:
    """A subject on the server, where only one test acts.

    Attributes:
        subject: what it is.
        everywhere: the client of the cluster or of all namespaces.
        client: the client of the namespace, or again of the cluster.
        labels: what all objects of the test carry, and no others.
    """

    subject: Subject
    everywhere: Any
    client: Any
    labels: dict[str, str] = field(default_factory=lambda: {"test": secrets.token_hex(6)})

    def new(self, **more: Any) -> Any:
        """Another object, not yet on the server."""
        wire = self.subject.wire(f"t-{secrets.token_hex(6)}", self.labels)
        return self.client.model.from_wire({**wire, **more})

    def made(self) -> Any:
        return self.client.create(self.new())

    def names(self) -> set[str]:
        return {obj.metadata.name for obj in self.client.list(label_selector=self.labels)}

    def remove(self) -> None:
        for name in self.names():
            with suppress(NotFoundError):  # one that was on its way out
                self.client.delete(name)


def on_stage(request: pytest.FixtureRequest, namespace: str) -> Iterator[Stage]:
    subject: Subject = request.param
    fixture = "clientset" if subject.package == "built-in" else "shop"
    scope = subject.scope(request.getfixturevalue(fixture))
    stage = Stage(subject, scope, scope(namespace) if scope.info.namespaced else scope)
    yield stage
    if not scope.info.namespaced:
        stage.remove()


@pytest.fixture(params=SUBJECTS, ids=str)
def stage(request: pytest.FixtureRequest, namespace: str) -> Iterator[Stage]:
    yield from on_stage(request, namespace)


@pytest.fixture(params=[s for s in SUBJECTS if s.status is not None], ids=str)
def with_status(request: pytest.FixtureRequest, namespace: str) -> Iterator[Stage]:
    yield from on_stage(request, namespace)


@pytest.fixture(params=[s for s in SUBJECTS if s.replicas], ids=str)
def scalable(request: pytest.FixtureRequest, namespace: str) -> Iterator[Stage]:
    yield from on_stage(request, namespace)


def contains(whole: object, part: object) -> bool:
    """Whether all that `part` says is in `whole`, which the server may have added to."""
    if is_object(part):
        return is_object(whole) and all(
            key in whole and contains(whole[key], value) for key, value in part.items()
        )
    if isinstance(part, list) and isinstance(whole, list):
        pairs = zip(cast("list[object]", whole), cast("list[object]", part), strict=False)
        return len(cast("list[object]", whole)) == len(cast("list[object]", part)) and all(
            contains(*pair) for pair in pairs
        )
    return whole == part


def is_gone(stage: Stage, name: str) -> bool:
    try:
        return stage.client.get(name).metadata.deletion_timestamp is not None
    except NotFoundError:
        return True


def test_create_answers_with_what_was_asked_for(stage: Stage) -> None:
    new = stage.new()

    made = stage.client.create(new)

    assert contains(made.to_wire(), new.to_wire())
    assert made.metadata.uid
    assert (made.api_version, made.kind) == (
        stage.client.info.kind.api_version,
        stage.client.info.kind.kind,
    )


def test_the_server_makes_up_a_name_from_its_beginning(stage: Stage) -> None:
    new = stage.new()
    new.metadata.generate_name = "made-up-"
    new.metadata.name = ""

    if stage.subject.name == "$NAME":
        assert stage.client.create(new).metadata.name.startswith("made-up-")
    else:
        # the name of a CRD says what it defines
        with pytest.raises(InvalidError):
            stage.client.create(new)


def test_get_reads_what_create_stored(stage: Stage) -> None:
    name = stage.made().metadata.name

    assert stage.client.get(name).metadata.name == name


def test_list_finds_it_in_its_namespace_and_everywhere(stage: Stage) -> None:
    names = {stage.made().metadata.name for _ in range(2)}

    everywhere = stage.everywhere.list(label_selector=stage.labels)

    assert stage.names() == names
    assert {obj.metadata.name for obj in everywhere} == names


def test_a_field_selector_finds_one(stage: Stage) -> None:
    name = stage.made().metadata.name
    stage.made()

    found = stage.client.list(field_selector=f"metadata.name={name}")

    assert [obj.metadata.name for obj in found] == [name]


def test_watch_tells_of_create_update_and_delete(stage: Stage) -> None:
    since = stage.client.list(label_selector=stage.labels)
    with stage.client.watch(label_selector=stage.labels, since=since, timeout=LIMIT) as events:
        made = stage.made()
        first = next(events)
        stage.client.patch(made.metadata.name, {"metadata": {"annotations": {"a": "b"}}})
        seen = {next(events).type}
        stage.client.delete(made.metadata.name, propagation_policy="Background")
        # an object that stays is changed by its deletion
        seen |= set() if stage.subject.stays else {next_deletion(events)}

    assert (first.type, first.object.metadata.uid) == ("ADDED", made.metadata.uid)
    assert seen == {"MODIFIED"} | (set() if stage.subject.stays else {"DELETED"})


def next_deletion(events: Iterator[WatchEvent[Any]]) -> str:
    return next(event.type for event in events if event.type == "DELETED")


def test_update_replaces(stage: Stage) -> None:
    obj = stage.made()
    obj = settled(stage, obj)
    obj.metadata.annotations["changed"] = "yes"

    answer = stage.client.update(obj)

    assert answer.metadata.annotations == {"changed": "yes"}
    assert answer.metadata.resource_version != obj.metadata.resource_version


def settled(stage: Stage, obj: Any) -> Any:
    """The object once the server is done with it: of a CRD it writes the status itself."""
    if stage.client.info.kind.kind != "CustomResourceDefinition":
        return obj
    with stage.client.watch(label_selector=stage.labels, timeout=LIMIT) as events:
        return next(
            event.object
            for event in events
            if ("Established", "True")
            in [(each.type, each.status) for each in event.object.status.conditions]
        )


def test_a_merge_patch_sets_and_deletes(stage: Stage) -> None:
    name = stage.made().metadata.name
    stage.client.patch(name, {"metadata": {"annotations": {"a": "1", "b": "2"}}})

    answer = stage.client.patch(name, {"metadata": {"annotations": {"a": None, "c": "3"}}})

    assert answer.metadata.annotations == {"b": "2", "c": "3"}


def test_a_json_patch_does_its_operations(stage: Stage) -> None:
    name = stage.made().metadata.name
    operations = [
        {"op": "test", "path": "/metadata/name", "value": name},
        {"op": "add", "path": "/metadata/annotations", "value": {"example.com/b": "1"}},
        {"op": "replace", "path": "/metadata/annotations/example.com~1b", "value": "2"},
    ]

    answer = stage.client.patch(name, operations, type="json")

    assert answer.metadata.annotations == {"example.com/b": "2"}


def test_a_strategic_patch_merges_lists_of_built_in_kinds(stage: Stage) -> None:
    name = stage.made().metadata.name
    owners = [{"apiVersion": "v1", "kind": "Node", "name": n, "uid": f"uid-{n}"} for n in "ab"]

    def add(owner: dict[str, str]) -> Any:
        patch = {"metadata": {"ownerReferences": [owner]}}
        return stage.client.patch(name, patch, type="strategic")

    if stage.subject.package == "built-in":
        add(owners[0])
        answer = add(owners[1])
        assert sorted(owner.name for owner in answer.metadata.owner_references) == ["a", "b"]
    else:
        with pytest.raises(RequestError, match="strategic"):
            add(owners[0])


def test_apply_makes_and_then_owns(stage: Stage) -> None:
    wire = stage.new().to_wire()
    name = wire["metadata"]["name"]
    made = stage.client.apply(wire, field_manager=MANAGER)
    wire["metadata"]["annotations"] = {"a": "b"}

    answer = stage.client.apply(wire, field_manager=MANAGER)

    assert (made.metadata.name, made.metadata.uid) == (name, answer.metadata.uid)
    assert answer.metadata.annotations == {"a": "b"}
    assert (MANAGER, "Apply") in [(e.manager, e.operation) for e in answer.metadata.managed_fields]


def test_what_is_no_longer_applied_goes(stage: Stage) -> None:
    wire = stage.new().to_wire()
    with_label = {**wire, "metadata": {**wire["metadata"], "annotations": {"a": "b"}}}
    stage.client.apply(with_label, field_manager=MANAGER)

    assert stage.client.apply(wire, field_manager=MANAGER).metadata.annotations == {}


def test_delete_takes_it_away(stage: Stage) -> None:
    name = stage.made().metadata.name

    stage.client.delete(name, grace_period_seconds=0, propagation_policy="Background")

    assert is_gone(stage, name)


def test_delete_checks_its_preconditions(stage: Stage) -> None:
    made = stage.made()

    stage.client.delete(made.metadata.name, preconditions=Preconditions(uid=made.metadata.uid))

    assert is_gone(stage, made.metadata.name)


def test_delete_collection_takes_what_is_selected(stage: Stage) -> None:
    if not hasattr(stage.client, "delete_collection"):
        assert "deletecollection" not in stage.client.info.verbs
        return
    names = [stage.made().metadata.name for _ in range(2)]
    other = Stage(stage.subject, stage.everywhere, stage.client)
    kept = other.made().metadata.name

    stage.client.delete_collection(label_selector=stage.labels)

    assert all(is_gone(stage, name) for name in names)
    assert other.names() == {kept}
    other.remove()


def test_a_dry_run_stores_nothing(stage: Stage) -> None:
    client = stage.client
    made = settled(stage, stage.made())
    name = made.metadata.name
    changed = made.model_copy()
    changed.metadata.annotations["a"] = "b"

    client.create(stage.new(), dry_run=True)
    client.update(changed, dry_run=True)
    client.patch(name, {"metadata": {"annotations": {"a": "b"}}}, dry_run=True)
    client.apply(stage.new().to_wire(), field_manager=MANAGER, dry_run=True)
    client.delete(name, dry_run=True)

    assert stage.names() == {name}
    assert client.get(name).metadata.resource_version == made.metadata.resource_version


def test_strict_validation_refuses_an_unknown_field(stage: Stage) -> None:
    new = stage.new(nonsense=1)

    with pytest.raises(BadRequestError, match='unknown field "nonsense"'):
        stage.client.create(new, field_validation="Strict")

    assert stage.names() == set()


def test_lenient_validation_warns_of_an_unknown_field(stage: Stage, api_server: Endpoint) -> None:
    told: list[ServerWarning] = []
    config = load_config(kubeconfig_of(api_server))
    with RESTClient.for_config(config, warning_handler=told.append) as rest:
        client = type(stage.client)(rest, stage.client.namespace)
        client.create(stage.new(nonsense=1), field_validation="Warn")

    assert 'unknown field "nonsense"' in [warning.text for warning in told]


def kubeconfig_of(endpoint: Endpoint) -> dict[str, Any]:
    return dict(json.loads(endpoint.kubeconfig_text()))


def test_update_status_changes_the_status_alone(with_status: Stage) -> None:
    made = with_status.made()
    wire = made.to_wire()
    wire["metadata"]["labels"]["ignored"] = "yes"
    wire["spec"] = {}

    answer = with_status.client.update_status(
        with_status.client.model.from_wire({**wire, "status": with_status.subject.status})
    )

    assert contains(answer.to_wire()["status"], with_status.subject.status)
    assert answer.to_wire().get("spec") == made.to_wire().get("spec")


def test_apply_status_owns_the_status_alone(with_status: Stage) -> None:
    name = with_status.made().metadata.name

    answer = with_status.client.apply_status(
        {"metadata": {"name": name}, "status": with_status.subject.status}, field_manager=MANAGER
    )

    assert contains(answer.to_wire()["status"], with_status.subject.status)
    assert (MANAGER, "Apply", "status") in [
        (entry.manager, entry.operation, entry.subresource)
        for entry in answer.metadata.managed_fields
    ]


def test_the_scale_is_read_replaced_and_set(scalable: Stage) -> None:
    name = scalable.made().metadata.name
    scale = scalable.client.get_scale(name)
    before = scale.spec.replicas
    scale.spec.replicas = 4

    replaced = scalable.client.update_scale(name, scale)
    answer = scalable.client.scale(name, replicas=0)

    assert (before, replaced.spec.replicas, answer.spec.replicas) == (1, 4, 0)
    assert scalable.client.get(name).to_wire()["spec"]["replicas"] == 0


def test_the_client_has_the_verbs_that_the_server_has(stage: Stage) -> None:
    verbs: tuple[str, ...] = stage.client.info.verbs
    methods = ["delete_collection" if verb == "deletecollection" else verb for verb in verbs]

    assert all(hasattr(stage.client, method) for method in methods)
