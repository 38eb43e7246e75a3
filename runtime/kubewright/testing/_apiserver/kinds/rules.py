"""What has to hold for built-in objects, of those rules that tests meet.

kubernetes: ``pkg/apis/*/validation/validation.go``. The words are the server's; where it prints its
internal types, JSON stands here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from kubewright.selectors import SelectorError, requirements_of
from kubewright.testing._apiserver.causes import forbidden_field, not_supported, required, wrong
from kubewright.testing._apiserver.custom.definitions import definition_causes
from kubewright.testing._apiserver.failures import Cause
from kubewright.testing._apiserver.kinds.pods import (
    pod_spec_causes,
    pod_update_causes,
    port_causes,
    template_causes,
)
from kubewright.testing._apiserver.kinds.secrets import secret_type_causes
from kubewright.testing._apiserver.parts import items_at, part_at, value_at
from kubewright.testing._apiserver.resources import CRD_GROUP, CRD_PLURAL
from kubewright.testing._apiserver.store import JSONObject

__all__ = ["builtin_causes"]

Rules = Callable[[JSONObject, JSONObject | None], Iterator[Cause]]

_FIXED: Final = "field is immutable"
_SET_FOREVER: Final = "field is immutable when `immutable` is set"
_CONFIG_KEY: Final = (
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  "
    "or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"
)
_SERVICE_TYPES: Final = ("ClusterIP", "ExternalName", "LoadBalancer", "NodePort")
_CRON_FIELDS: Final = 5


def builtin_causes(store: tuple[str, str], new: JSONObject, old: JSONObject | None) -> list[Cause]:
    """Return what is wrong with a built-in object, its metadata aside.

    Args:
        store: group and plural.
        new: as it would be stored.
        old: as it is stored; None for a new one.
    """
    rules = _RULES.get(store)
    return [] if rules is None else list(rules(new, old))


def _unchanged(new: JSONObject, old: JSONObject | None, *paths: str) -> Iterator[Cause]:
    if old is None:
        return
    for path in paths:
        value = value_at(new, *path.split("."))
        if value != value_at(old, *path.split(".")):
            yield wrong(path, value, _FIXED)


def _workload(new: JSONObject, old: JSONObject | None, *, needs_selector: bool) -> Iterator[Cause]:
    spec = part_at(new, "spec")
    replicas = spec.get("replicas")
    if isinstance(replicas, int) and replicas < 0:
        yield wrong("spec.replicas", replicas, "must be greater than or equal to 0")
    selector = spec.get("selector")
    if selector is None and needs_selector:
        yield required("spec.selector")
    elif selector is not None and not (
        selector.get("matchLabels") or selector.get("matchExpressions")
    ):
        yield wrong("spec.selector", selector, "empty selector is invalid for deployment")
    labels = value_at(spec, "template", "metadata", "labels")
    if not _matches(selector, labels):
        why = "`selector` does not match template `labels`"
        yield wrong("spec.template.metadata.labels", labels, why)
    template = part_at(spec, "template", "spec")
    yield from template_causes(template, "spec.template.spec")
    policy = template.get("restartPolicy")
    if policy in ("OnFailure", "Never"):
        yield not_supported("spec.template.spec.restartPolicy", policy, ["Always"])
    yield from _unchanged(new, old, "spec.selector")


def _matches(selector: Any, labels: Any) -> bool:
    if not selector:
        return False
    try:
        return requirements_of(selector).matches(labels or {})
    except SelectorError:
        return False


def _deployment(new: JSONObject, old: JSONObject | None) -> Iterator[Cause]:
    yield from _workload(new, old, needs_selector=True)


def _daemon_set(new: JSONObject, old: JSONObject | None) -> Iterator[Cause]:
    yield from _workload(new, old, needs_selector=False)


def _stateful_set(new: JSONObject, old: JSONObject | None) -> Iterator[Cause]:
    yield from _workload(new, old, needs_selector=True)
    paths = ("spec.serviceName", "spec.podManagementPolicy", "spec.volumeClaimTemplates")
    yield from _unchanged(new, old, *paths)


def _pod(new: JSONObject, old: JSONObject | None) -> Iterator[Cause]:
    if old is None:
        yield from pod_spec_causes(part_at(new, "spec"), "spec")
        if value_at(new, "spec", "ephemeralContainers"):
            yield forbidden_field("spec.ephemeralContainers", "cannot be set on create")
    else:
        yield from pod_update_causes(new, old)


def _job_template(spec: JSONObject, at: str) -> Iterator[Cause]:
    template = part_at(spec, "template", "spec")
    yield from template_causes(template, f"{at}.template.spec")
    if template.get("restartPolicy") == "Always":
        why = 'valid values: "OnFailure", "Never"'
        yield required(f"{at}.template.spec.restartPolicy", why)


def _job(new: JSONObject, old: JSONObject | None) -> Iterator[Cause]:
    yield from _job_template(part_at(new, "spec"), "spec")
    paths = ["spec.selector", "spec.template", "spec.completionMode"]
    is_indexed = value_at(new, "spec", "completionMode") == "Indexed"
    yield from _unchanged(new, old, *([] if is_indexed else ["spec.completions"]), *paths)


def _cron_job(new: JSONObject, _old: JSONObject | None) -> Iterator[Cause]:
    spec = part_at(new, "spec")
    yield from _job_template(part_at(spec, "jobTemplate", "spec"), "spec.jobTemplate.spec")
    schedule = str(spec.get("schedule", ""))
    words = schedule.split()
    if not schedule:
        yield required("spec.schedule")
    elif not schedule.startswith("@") and len(words) != _CRON_FIELDS:
        found = f"expected exactly {_CRON_FIELDS} fields, found {len(words)}: [{' '.join(words)}]"
        yield wrong("spec.schedule", schedule, found)


def _service(new: JSONObject, old: JSONObject | None) -> Iterator[Cause]:
    spec = part_at(new, "spec")
    ports = items_at(spec, "ports")
    kind = spec.get("type")
    if not ports and spec.get("clusterIP") != "None" and kind != "ExternalName":
        yield required("spec.ports")
    for index, port in enumerate(ports):
        at = f"spec.ports[{index}]"
        if len(ports) > 1 and not port.get("name"):
            yield required(f"{at}.name")
        yield from port_causes(port.get("port", 0), f"{at}.port")
        if port.get("protocol") not in ("SCTP", "TCP", "UDP"):
            yield not_supported(f"{at}.protocol", port.get("protocol"), ["SCTP", "TCP", "UDP"])
        yield from port_causes(port.get("targetPort"), f"{at}.targetPort")
    if kind not in _SERVICE_TYPES:
        yield not_supported("spec.type", kind, _SERVICE_TYPES)
    before = part_at(old or {}, "spec")
    is_kept = "ExternalName" not in (kind, before.get("type")) and before.get("clusterIP")
    if is_kept and spec.get("clusterIP") != before["clusterIP"]:
        yield wrong("spec.clusterIPs[0]", [spec.get("clusterIP")], "may not change once set")


def _data(new: JSONObject, old: JSONObject | None, *parts: str) -> Iterator[Cause]:
    for part in parts:
        for key in part_at(new, part):
            if not re.fullmatch("[-._a-zA-Z0-9]+", key):
                yield wrong(f"{part}[{key}]", key, _CONFIG_KEY)
    if old is None or not old.get("immutable"):
        return
    if not new.get("immutable"):
        yield forbidden_field("immutable", _SET_FOREVER)
    for part in parts:
        if part_at(new, part) != part_at(old, part):
            yield forbidden_field(part, _SET_FOREVER)


def _config_map(new: JSONObject, old: JSONObject | None) -> Iterator[Cause]:
    yield from _data(new, old, "data", "binaryData")


def _secret(new: JSONObject, old: JSONObject | None) -> Iterator[Cause]:
    yield from _unchanged(new, old, "type")
    yield from _data(new, old, "data")
    yield from secret_type_causes(new)


def _claim(new: JSONObject, old: JSONObject | None) -> Iterator[Cause]:
    spec = part_at(new, "spec")
    if not spec.get("accessModes"):
        yield required("spec.accessModes", "at least 1 access mode is required")
    if "storage" not in part_at(spec, "resources", "requests"):
        yield required("spec.resources[storage]")
    if old is None:
        return
    free = {"volumeName"} if not value_at(old, "spec", "volumeName") else set[str]()
    if value_at(old, "status", "phase") == "Bound":
        free |= {"resources", "volumeAttributesClassName"}
    kept = [{k: v for k, v in part_at(o, "spec").items() if k not in free} for o in (new, old)]
    if kept[0] != kept[1]:
        why = (
            "spec is immutable after creation except resources.requests and "
            "volumeAttributesClassName for bound claims"
        )
        yield forbidden_field("spec", why)


def _ingress(new: JSONObject, _old: JSONObject | None) -> Iterator[Cause]:
    spec = part_at(new, "spec")
    if not spec.get("defaultBackend") and not spec.get("rules"):
        yield wrong("spec", None, "either `defaultBackend` or `rules` must be specified")


def _role(new: JSONObject, _old: JSONObject | None) -> Iterator[Cause]:
    for index, rule in enumerate(items_at(new, "rules")):
        at = f"rules[{index}]"
        if not rule.get("nonResourceURLs"):
            for part, word in (("apiGroups", "api group"), ("resources", "resource")):
                if not rule.get(part):
                    yield required(
                        f"{at}.{part}", f"resource rules must supply at least one {word}"
                    )
        if not rule.get("verbs"):
            yield required(f"{at}.verbs")


def _binding(new: JSONObject, old: JSONObject | None, *kinds: str) -> Iterator[Cause]:
    role = part_at(new, "roleRef")
    if role.get("kind") not in kinds:
        yield not_supported("roleRef.kind", role.get("kind", ""), kinds)
    if not role.get("name"):
        yield required("roleRef.name")
    if old is not None and role != part_at(old, "roleRef"):
        # a server prints what it holds
        held = {"APIGroup": "", "Kind": "", "Name": ""}
        held |= {name: role[key] for name in held for key in role if key.lower() == name.lower()}
        yield wrong("roleRef", held, _FIXED)


def _role_binding(new: JSONObject, old: JSONObject | None) -> Iterator[Cause]:
    yield from _binding(new, old, "Role", "ClusterRole")


def _cluster_role_binding(new: JSONObject, old: JSONObject | None) -> Iterator[Cause]:
    yield from _binding(new, old, "ClusterRole")


def _storage_class(new: JSONObject, old: JSONObject | None) -> Iterator[Cause]:
    if not new.get("provisioner"):
        yield required("provisioner")
    for path in ("provisioner", "parameters", "reclaimPolicy", "volumeBindingMode"):
        if old is not None and new.get(path) != old.get(path):
            yield wrong(path, None, _FIXED)


def _lease(new: JSONObject, _old: JSONObject | None) -> Iterator[Cause]:
    for name in ("leaseDurationSeconds", "leaseTransitions"):
        value = value_at(new, "spec", name)
        least = 1 if name == "leaseDurationSeconds" else 0
        if isinstance(value, int) and value < least:
            words = "greater than 0" if least else "greater than or equal to 0"
            yield wrong(f"spec.{name}", value, f"must be {words}")


def _replication_controller(new: JSONObject, _old: JSONObject | None) -> Iterator[Cause]:
    spec = part_at(new, "spec")
    if "template" not in spec:
        yield required("spec.template")
        return
    yield from template_causes(part_at(spec, "template", "spec"), "spec.template.spec")


def _event(new: JSONObject, _old: JSONObject | None) -> Iterator[Cause]:
    if "involvedObject" not in new:
        return  # an event of the other group, which has its own words for the same
    namespace = new["metadata"].get("namespace", "")
    about = part_at(new, "involvedObject").get("namespace", "")
    if about != namespace and not (not about and namespace == "default"):
        yield wrong("involvedObject.namespace", about, "does not match event.namespace")


def _pod_template(new: JSONObject, _old: JSONObject | None) -> Iterator[Cause]:
    yield from template_causes(part_at(new, "template", "spec"), "template.spec")


_RULES: Final[Mapping[tuple[str, str], Rules]] = {
    ("", "configmaps"): _config_map,
    ("", "events"): _event,
    ("", "persistentvolumeclaims"): _claim,
    ("", "pods"): _pod,
    ("", "podtemplates"): _pod_template,
    ("", "replicationcontrollers"): _replication_controller,
    ("", "secrets"): _secret,
    ("", "services"): _service,
    (CRD_GROUP, CRD_PLURAL): definition_causes,
    ("apps", "daemonsets"): _daemon_set,
    ("apps", "deployments"): _deployment,
    ("apps", "replicasets"): _deployment,
    ("apps", "statefulsets"): _stateful_set,
    ("batch", "cronjobs"): _cron_job,
    ("batch", "jobs"): _job,
    ("coordination.k8s.io", "leases"): _lease,
    ("networking.k8s.io", "ingresses"): _ingress,
    ("rbac.authorization.k8s.io", "clusterrolebindings"): _cluster_role_binding,
    ("rbac.authorization.k8s.io", "clusterroles"): _role,
    ("rbac.authorization.k8s.io", "rolebindings"): _role_binding,
    ("rbac.authorization.k8s.io", "roles"): _role,
    ("storage.k8s.io", "storageclasses"): _storage_class,
}
