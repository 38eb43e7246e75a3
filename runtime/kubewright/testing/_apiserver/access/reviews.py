"""Reviews of tokens and of access, which are answered and never stored.

kubernetes: ``pkg/registry/{authentication,authorization}``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from kubewright.testing._apiserver.access.authorization import (
    AccessAttributes,
    Authorize,
    denial,
    user_of,
)
from kubewright.testing._apiserver.access.tokens import AUDIENCE, User, user_of_token
from kubewright.testing._apiserver.calls import Call
from kubewright.testing._apiserver.causes import wrong
from kubewright.testing._apiserver.failures import Cause, bad_request, invalid
from kubewright.testing._apiserver.intake import nothing_of, read_body
from kubewright.testing._apiserver.parts import items_at, part_at, value_at
from kubewright.testing._apiserver.patching.apply import track_update
from kubewright.testing._apiserver.patching.owners import Manager
from kubewright.testing._apiserver.patching.shapes import shape_of
from kubewright.testing._apiserver.state import State
from kubewright.testing._apiserver.store import JSONObject

__all__ = ["REVIEWS", "review"]

_ONE_OF: Final = "exactly one of nonResourceAttributes or resourceAttributes must be specified"
_EVERYTHING: Final[JSONObject] = {
    "resourceRules": [{"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}],
    "nonResourceRules": [{"verbs": ["*"], "nonResourceURLs": ["*"]}],
    "incomplete": False,
}


def review(state: State, call: Call, authorize: Authorize | None) -> JSONObject:
    """Answer a review.

    Args:
        state: of the server.
        call: creates one.
        authorize: judges what is asked; None allows it.

    Raises:
        RefusedRequest: it asks for nothing, or for too much.
    """
    obj = read_body(call)
    status = REVIEWS[call.resource.plural](state, call, obj, authorize)
    metadata = dict(obj["metadata"])
    if call.resource.plural == "selfsubjectreviews":
        metadata["creationTimestamp"] = state.now()
    elif call.resource.plural == "selfsubjectrulesreviews":
        return {**obj, "spec": {}, "status": status}
    else:
        metadata["managedFields"] = _managed(state, call, obj)
    return {**obj, "metadata": metadata, "status": status}


def _managed(state: State, call: Call, obj: JSONObject) -> list[JSONObject]:
    own = {key: value for key, value in obj.items() if key != "status"}
    manager = Manager(call.field_manager, "Update", call.api_version, time=state.now())
    shape = shape_of(call.builtin_schema, is_builtin=True)
    return track_update(nothing_of(call), own, manager, shape)


def _self(state: State, call: Call, _obj: JSONObject, _authorize: Authorize | None) -> JSONObject:
    return {"userInfo": user_of(state, call.request).to_wire()}


def _token(state: State, _call: Call, obj: JSONObject, _authorize: Authorize | None) -> JSONObject:
    token = value_at(obj, "spec", "token")
    if not token:
        raise bad_request("token is required for TokenReview in authentication")
    user = user_of_token(state, token)
    if user is None:
        return {"user": {}, "error": "invalid bearer token"}
    audiences: list[Any] = value_at(obj, "spec", "audiences") or [AUDIENCE]
    return {"authenticated": True, "user": user.to_wire(), "audiences": audiences}


def _access(_state: State, call: Call, obj: JSONObject, authorize: Authorize | None) -> JSONObject:
    spec = part_at(obj, "spec")
    causes = [*_access_causes(spec), *_subject_causes(spec)]
    if not causes and call.namespace is not None:
        asked = part_at(spec, "resourceAttributes").get("namespace", "")
        if asked != call.namespace:
            at = "spec.resourceAttributes.namespace"
            causes = [wrong(at, asked, "must match metadata.namespace")]
    if causes:
        raise invalid(call.resource.group, "", "", causes)
    groups: list[str] = spec.get("groups") or []
    return _judged(authorize, spec, User(str(spec.get("user", "")), tuple(groups)))


def _own_access(
    state: State, call: Call, obj: JSONObject, authorize: Authorize | None
) -> JSONObject:
    spec = part_at(obj, "spec")
    causes = list(_access_causes(spec))
    if causes:
        raise invalid(call.resource.group, "", "", causes)
    return _judged(authorize, spec, user_of(state, call.request))


def _access_causes(spec: JSONObject) -> Iterator[Cause]:
    if ("resourceAttributes" in spec) == ("nonResourceAttributes" in spec):
        yield wrong("spec", spec.get("nonResourceAttributes"), _ONE_OF)


def _subject_causes(spec: JSONObject) -> Iterator[Cause]:
    if not spec.get("user") and not spec.get("groups"):
        yield wrong("spec.user", "", "at least one of user or group must be specified")


def _judged(authorize: Authorize | None, spec: JSONObject, user: User) -> JSONObject:
    asked = part_at(spec, "resourceAttributes") or part_at(spec, "nonResourceAttributes")
    names = ("group", "version", "resource", "subresource", "namespace", "name", "path")
    given = {name: str(asked[name]) for name in names if name in asked}
    attributes = AccessAttributes(
        user=user.name, groups=user.groups, verb=str(asked.get("verb", "")), **given
    )
    why = denial(authorize, attributes)
    if why is None:
        return {"allowed": True}
    return {"allowed": False, "reason": why} if why else {"allowed": False}


def _rules(state: State, call: Call, obj: JSONObject, authorize: Authorize | None) -> JSONObject:
    namespace = value_at(obj, "spec", "namespace")
    if not namespace:
        raise bad_request("no namespace on request")
    if authorize is None:
        return _EVERYTHING
    user = user_of(state, call.request)
    rules = items_at({"rules": list(_allowed(state, authorize, user, namespace))}, "rules")
    # what a hook allows can only be tried, so this may not be all
    return {"resourceRules": rules, "nonResourceRules": [], "incomplete": True}


def _allowed(
    state: State, authorize: Authorize, user: User, namespace: str
) -> Iterator[JSONObject]:
    for resource in state.resources.values():
        verbs: list[str] = []
        for verb in resource.verbs:
            attributes = AccessAttributes(
                user=user.name,
                groups=user.groups,
                verb=verb,
                group=resource.group,
                version=resource.storage_version,
                resource=resource.plural,
                namespace=namespace if resource.namespaced else "",
            )
            if denial(authorize, attributes) is None:
                verbs.append(verb)
        if verbs:
            yield {"verbs": verbs, "apiGroups": [resource.group], "resources": [resource.plural]}


Review = Callable[[State, Call, JSONObject, Authorize | None], JSONObject]

REVIEWS: Final[Mapping[str, Review]] = {
    "localsubjectaccessreviews": _access,
    "selfsubjectaccessreviews": _own_access,
    "selfsubjectreviews": _self,
    "selfsubjectrulesreviews": _rules,
    "subjectaccessreviews": _access,
    "tokenreviews": _token,
}
"""What answers a review, by its plural."""
