"""Which objects a list or a watch is about.

apiserver: ``storage.SelectionPredicate``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kubewright._json import is_object
from kubewright.selectors import (
    FieldRequirements,
    LabelRequirements,
    SelectorError,
    parse_field_selector,
    parse_label_selector,
)
from kubewright.testing._apiserver.failures import bad_request
from kubewright.testing._apiserver.resources import Served
from kubewright.testing._apiserver.store import Change, JSONObject

__all__ = ["Selection", "selection_of"]

_ALWAYS = frozenset({"metadata.name", "metadata.namespace"})
# what a Go field that is no pointer says when nobody set it
_UNSET = {
    "spec.hostNetwork": "false",
    "spec.unschedulable": "false",
    "status.successful": "0",
    "status.replicas": "0",
}
_ALIASES = {"status.successful": "status.succeeded", "source": "source.component"}


@dataclass(frozen=True, slots=True)
class Selection:
    """A namespace (``None`` for all), and what labels and fields must be."""

    namespace: str | None
    labels: LabelRequirements
    fields: FieldRequirements

    @property
    def is_everything(self) -> bool:
        """Whether it takes every object of its scope."""
        return self.labels.is_everything and self.fields.is_everything

    def takes(self, obj: JSONObject | None) -> bool:
        """Whether an object is selected; one that is not there never is."""
        if obj is None:
            return False
        metadata: dict[str, Any] = obj["metadata"]
        if self.namespace is not None and metadata.get("namespace") != self.namespace:
            return False
        if not self.labels.matches(metadata.get("labels") or {}):
            return False
        if self.fields.is_everything:
            return True
        return self.fields.matches({t.field: _text_at(obj, t.field) for t in self.fields.terms})

    def event_of(self, change: Change) -> tuple[str, JSONObject] | None:
        """Return what a watch of the selection is told: objects may come into it and leave it."""
        was = self.takes(change.previous)
        is_now = change.type != "DELETED" and self.takes(change.obj)
        if is_now:
            return ("MODIFIED" if was else "ADDED"), change.obj
        if not was or change.previous is None:
            return None
        if change.type == "DELETED":
            return "DELETED", change.obj
        # it lives, and the watch sees the last state that was its business, at the new version
        metadata = change.previous["metadata"] | {"resourceVersion": str(change.version)}
        return "DELETED", {**change.previous, "metadata": metadata}


def selection_of(
    resource: Served, version: str, namespace: str | None, labels: str, fields: str
) -> Selection:
    """Read the selectors of a request.

    Raises:
        RefusedRequest: a selector that is none, or a field that cannot be selected by.
    """
    try:
        selection = Selection(namespace, parse_label_selector(labels), parse_field_selector(fields))
    except SelectorError as error:
        raise bad_request(f"unable to parse requirement: {error}") from error
    known = resource.versions[version].selectable_fields
    if known is not None:
        for term in selection.fields.terms:
            if term.field not in known and term.field not in _ALWAYS:
                if resource.store == ("batch", "jobs"):
                    raise bad_request(f'field label "{term.field}" not supported for Job')
                if known or not resource.is_builtin:
                    raise bad_request(f"field label not supported: {term.field}")
                raise bad_request(
                    f'"{term.field}" is not a known field selector: only "metadata.name", '
                    '"metadata.namespace"'
                )
    return selection


def _text_at(obj: JSONObject, path: str) -> str:
    value: Any = obj
    for step in _ALIASES.get(path, path).split("."):
        value = value.get(step) if is_object(value) else None
    if isinstance(value, bool):
        return "true" if value else "false"
    return _UNSET.get(path, "") if value is None else str(value)
