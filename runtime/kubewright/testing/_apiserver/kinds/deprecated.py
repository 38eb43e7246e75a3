"""What is deprecated in pods and in templates of pods, and what of it has to be right all the same.

kubernetes: ``pkg/api/pod/warnings.go``, ``pkg/api/node/util.go``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from kubewright.testing._apiserver.causes import wrong
from kubewright.testing._apiserver.failures import Cause
from kubewright.testing._apiserver.parts import items_at, part_at, value_at
from kubewright.testing._apiserver.store import JSONObject

__all__ = ["deprecation_warnings", "profile_causes"]

_PODS: Final = ("", "pods")
_TEMPLATES: Final[Mapping[tuple[str, str], tuple[str, ...]]] = {
    ("", "podtemplates"): ("template",),
    ("", "replicationcontrollers"): ("spec", "template"),
    ("apps", "daemonsets"): ("spec", "template"),
    ("apps", "deployments"): ("spec", "template"),
    ("apps", "replicasets"): ("spec", "template"),
    ("apps", "statefulsets"): ("spec", "template"),
    ("batch", "cronjobs"): ("spec", "jobTemplate", "spec", "template"),
    ("batch", "jobs"): ("spec", "template"),
}
_LABELS: Final = {
    "beta.kubernetes.io/arch": 'deprecated since v1.14; use "kubernetes.io/arch" instead',
    "beta.kubernetes.io/os": 'deprecated since v1.14; use "kubernetes.io/os" instead',
    "beta.kubernetes.io/instance-type": (
        'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead'
    ),
    "failure-domain.beta.kubernetes.io/region": (
        'deprecated since v1.17; use "topology.kubernetes.io/region" instead'
    ),
    "failure-domain.beta.kubernetes.io/zone": (
        'deprecated since v1.17; use "topology.kubernetes.io/zone" instead'
    ),
    "app.kubernetes.io/created-by": "deprecated since v1.9",
    "scheduler.alpha.kubernetes.io/preferAvoidPods": (
        "deprecated since v1.22; use Taints and Tolerations instead"
    ),
    "node-role.kubernetes.io/master": 'use "node-role.kubernetes.io/control-plane" instead',
}
_ANNOTATIONS: Final = {
    "scheduler.alpha.kubernetes.io/critical-pod": (
        'non-functional in v1.16+; use the "priorityClassName" field instead'
    ),
    "security.alpha.kubernetes.io/sysctls": (
        'non-functional in v1.11+; use the "sysctls" field instead'
    ),
    "security.alpha.kubernetes.io/unsafe-sysctls": (
        'non-functional in v1.11+; use the "sysctls" field instead'
    ),
}
_VOLUMES: Final = {
    "photonPersistentDisk": "deprecated in v1.11, non-functional in v1.16+",
    "gitRepo": "deprecated in v1.11, and disabled by default in v1.33+",
    "scaleIO": "deprecated in v1.16, non-functional in v1.22+",
    "flocker": "deprecated in v1.22, non-functional in v1.25+",
    "storageos": "deprecated in v1.22, non-functional in v1.25+",
    "quobyte": "deprecated in v1.22, non-functional in v1.25+",
    "glusterfs": "deprecated in v1.25, non-functional in v1.26+",
    "cephfs": "deprecated in v1.28, non-functional in v1.31+",
    "rbd": "deprecated in v1.28, non-functional in v1.31+",
}
_PROFILE: Final = "seccomp.security.alpha.kubernetes.io/pod"
_CONTAINER_PROFILE: Final = "container.seccomp.security.alpha.kubernetes.io/"
_PROFILES: Final = ("docker/default", "runtime/default", "unconfined")
_IN_A_FILE: Final = "localhost/"
_NO_PROFILE: Final = 'non-functional in v1.27+; use the "seccompProfile" field instead'


def deprecation_warnings(
    store: tuple[str, str], new: JSONObject, old: JSONObject | None
) -> Iterator[str]:
    """Yield what to warn of; pods are only looked at when they are new.

    Args:
        store: group and plural.
        new: an object that is valid.
        old: as it is stored; None for a new one.
    """
    pod, at = _pod_in(store, new)
    is_same = old is not None and old.get("spec") == new.get("spec")
    if pod is None or is_same or (old is not None and store == _PODS):
        return
    spec = part_at(pod, "spec")
    yield from _of_nodes(spec, f"{at}spec")
    annotations, place = part_at(pod, "metadata", "annotations"), f"{at}metadata.annotations"
    for key, why in _ANNOTATIONS.items():
        if key in annotations:
            yield f"{place}[{key}]: {why}"
    for index, volume in enumerate(items_at(spec, "volumes")):
        for kind, why in _VOLUMES.items():
            if kind in volume:
                yield f"{at}spec.volumes[{index}].{kind}: {why}"
    if _PROFILE in annotations and not value_at(spec, "securityContext", "seccompProfile"):
        yield f"{place}[{_PROFILE}]: {_NO_PROFILE}"
    for container in [*items_at(spec, "initContainers"), *items_at(spec, "containers")]:
        key = f"{_CONTAINER_PROFILE}{container.get('name')}"
        if key in annotations and not value_at(container, "securityContext", "seccompProfile"):
            yield f"{place}[{key}]: {_NO_PROFILE}"


def profile_causes(store: tuple[str, str], new: JSONObject) -> Iterator[Cause]:
    """Yield which of the annotations of a pod, or of a template, name no seccomp profile."""
    pod, at = _pod_in(store, new)
    place = f"{at}annotations" if at else "metadata.annotations"
    for key, profile in part_at(pod or {}, "metadata", "annotations").items():
        if key != _PROFILE and not key.startswith(_CONTAINER_PROFILE):
            continue
        path = str(profile).removeprefix(_IN_A_FILE)
        if path == profile and profile not in _PROFILES:
            yield wrong(f"{place}.{key}", profile, "must be a valid seccomp profile")
        elif path != profile and path.startswith("/"):
            yield wrong(f"{place}.{key}", path, "must be a relative path")
        elif path != profile and ".." in path.split("/"):
            yield wrong(f"{place}.{key}", path, "must not contain '..'")


def _pod_in(store: tuple[str, str], obj: JSONObject) -> tuple[JSONObject | None, str]:
    """Return the pod that an object is, or what is one in its template; and what is before it."""
    if store == _PODS:
        return obj, ""
    path = _TEMPLATES.get(store)
    return (None, "") if path is None else (part_at(obj, *path), f"{'.'.join(path)}.")


def _of_nodes(spec: JSONObject, at: str) -> Iterator[str]:
    for key in part_at(spec, "nodeSelector"):
        if key in _LABELS:
            yield f"{at}.nodeSelector[{key}]: {_LABELS[key]}"
    wanted = part_at(spec, "affinity", "nodeAffinity")
    place = f"{at}.affinity.nodeAffinity"
    required, preferred = (
        f"{kind}DuringSchedulingIgnoredDuringExecution" for kind in ("required", "preferred")
    )
    for index, term in enumerate(items_at(wanted, required, "nodeSelectorTerms")):
        yield from _of_term(term, f"{place}.{required}.nodeSelectorTerms[{index}]")
    for index, term in enumerate(items_at(wanted, preferred)):
        yield from _of_term(part_at(term, "preference"), f"{place}.{preferred}[{index}].preference")
    for index, constraint in enumerate(items_at(spec, "topologySpreadConstraints")):
        key = str(constraint.get("topologyKey"))
        if key in _LABELS:
            yield f"{at}.topologySpreadConstraints[{index}].topologyKey: {key} is {_LABELS[key]}"


def _of_term(term: Mapping[str, Any], at: str) -> Iterator[str]:
    for index, expression in enumerate(items_at(term, "matchExpressions")):
        key = str(expression.get("key"))
        if key in _LABELS:
            yield f"{at}.matchExpressions[{index}].key: {key} is {_LABELS[key]}"
