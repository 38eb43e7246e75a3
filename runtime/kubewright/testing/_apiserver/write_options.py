"""What a request that writes must be before anybody looks at the object.

apiserver: ``apis/meta/v1/validation``.
"""

from __future__ import annotations

from typing import Final

from kubewright.testing._apiserver.calls import Call
from kubewright.testing._apiserver.failures import Cause, invalid
from kubewright.testing._apiserver.golang import in_json, quoted
from kubewright.testing._apiserver.patching.patches import APPLY

__all__ = ["check_writing"]

_KINDS: Final = {
    "create": "CreateOptions",
    "update": "UpdateOptions",
    "patch": "PatchOptions",
    "delete": "DeleteOptions",
    "deletecollection": "DeleteOptions",
}
_LONGEST_MANAGER: Final = 128


def check_writing(call: Call) -> None:
    """Check the options of a request that writes.

    Raises:
        RefusedRequest: one of them is not valid.
    """
    kind = _KINDS.get(call.verb)
    if kind is None:
        return
    causes: list[Cause] = []
    manager = call.option("fieldManager")
    if len(manager.encode()) > _LONGEST_MANAGER:
        message = f"Too long: may not be more than {_LONGEST_MANAGER} bytes"
        causes.append(Cause("FieldValueTooLong", message, "fieldManager"))
    for position, character in enumerate(manager):
        if not character.isprintable():
            why = f"invalid character U+{ord(character):04X} (at position {position})"
            message = f"Invalid value: {quoted(manager)}: {why}"
            causes.append(Cause("FieldValueInvalid", message, "fieldManager"))
            break
    if call.verb == "patch" and call.option("force") and call.request.content_type != APPLY:
        message = "Forbidden: may not be specified for non-apply patch"
        causes.append(Cause("FieldValueForbidden", message, "force"))
    if call.request.content_type == APPLY and not manager and call.verb == "patch":
        message = "Required value: is required for apply patch"
        causes.append(Cause("FieldValueRequired", message, "fieldManager"))
    dry_run = [value for key, value in call.request.query if key == "dryRun"]
    if any(value != "All" for value in dry_run):
        message = f'Unsupported value: {in_json(dry_run)}: supported values: "All"'
        causes.append(Cause("FieldValueNotSupported", message, "dryRun"))
    if causes:
        raise invalid("meta.k8s.io", kind, "", causes)
