"""What keeps a server from taking an object of one built-in kind for one of another.

It decodes what it gets as what that says it is, and then looks for a way to what it should be.
"""

from __future__ import annotations

from kubewright.testing._apiserver.kinds.typed import WrongTypeError, is_typed, typed
from kubewright.testing._apiserver.parts import group_version_of
from kubewright.testing._apiserver.resources import CRD_GROUP, Served
from kubewright.testing._apiserver.store import JSONObject

__all__ = ["why_not_converted"]


def why_not_converted(obj: JSONObject, kind: str, api_version: str, wanted: Served) -> str:
    """Return why an object is none of a resource.

    Args:
        obj: as it was sent.
        kind: of it.
        api_version: of it; together another kind than that of the resource.
        wanted: the resource.
    """
    told = group_version_of({"apiVersion": api_version})
    group, version = (told.group, told.version) if told else ("", "")
    is_list = not is_typed(api_version, kind) and kind.endswith("List")
    # definitions are served by another server in the same process
    if group == CRD_GROUP or not is_typed(
        api_version, kind.removesuffix("List") if is_list else kind
    ):
        return (
            f'no kind "{kind}" is registered for version "{api_version}" in scheme '
            '"pkg/runtime/scheme.go:111"'
        )
    if not is_list:
        try:
            typed({**obj, "kind": kind, "apiVersion": api_version})
        except WrongTypeError as error:
            return str(error)
    package = wanted.group.partition(".")[0] or "core"
    target = f"{package}.{wanted.kind}"
    return f"converting ({version}.{kind}) to ({target}): unknown conversion"
