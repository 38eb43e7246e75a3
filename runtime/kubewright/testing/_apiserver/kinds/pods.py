"""What has to hold for the spec of a pod, of those rules that tests meet.

kubernetes: ``pkg/apis/core/validation/validation.go``.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from kubewright.quantity import Quantity
from kubewright.testing._apiserver.causes import (
    duplicate,
    forbidden_field,
    not_supported,
    required,
    wrong,
)
from kubewright.testing._apiserver.failures import Cause
from kubewright.testing._apiserver.golang import in_json, quoted
from kubewright.testing._apiserver.names import dns_label_errors
from kubewright.testing._apiserver.parts import items_at, part_at, value_at

__all__ = [
    "binding_causes",
    "ephemeral_causes",
    "pod_spec_causes",
    "pod_update_causes",
    "port_causes",
    "template_causes",
]

_PULL_POLICIES: Final = ("Always", "IfNotPresent", "Never")
_RESTART_POLICIES: Final = ("Always", "OnFailure", "Never")
_PROTOCOLS: Final = ("SCTP", "TCP", "UDP")
_LARGEST_PORT: Final = 65535
_LONGEST_PORT_NAME: Final = 15
_FIXED: Final = (
    "pod updates may not change fields other than `spec.containers[*].image`,"
    "`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions "
    "to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it "
    "was previously negative)"
)


def pod_spec_causes(spec: Mapping[str, Any], at: str) -> Iterator[Cause]:
    """Yield what is wrong with the spec of a pod, as it is or in a template.

    Args:
        spec: with its defaults.
        at: where it is.
    """
    containers = items_at(spec, "containers")
    volumes = {volume.get("name") for volume in items_at(spec, "volumes")}
    if not containers:
        yield required(f"{at}.containers")
    names: set[Any] = set()
    for part in ("containers", "initContainers", "ephemeralContainers"):
        for index, container in enumerate(items_at(spec, part)):
            place = f"{at}.{part}[{index}]"
            yield from _container_causes(container, place, volumes)
            if container.get("name") in names:
                yield duplicate(f"{place}.name", container["name"])
            names.add(container.get("name"))
    policy = spec.get("restartPolicy")
    if policy not in _RESTART_POLICIES:
        yield not_supported(f"{at}.restartPolicy", policy, _RESTART_POLICIES)
    yield from _volume_causes(items_at(spec, "volumes"), at)


def template_causes(spec: Mapping[str, Any], at: str) -> Iterator[Cause]:
    """Yield what is wrong with the spec in a template of pods; arguments as of `pod_spec_causes`."""
    yield from pod_spec_causes(spec, at)
    if spec.get("ephemeralContainers"):
        why = "ephemeral containers not allowed in pod template"
        yield forbidden_field(f"{at}.ephemeralContainers", why)


def _container_causes(container: Mapping[str, Any], at: str, volumes: set[Any]) -> Iterator[Cause]:
    name = container.get("name", "")
    if not name:
        yield required(f"{at}.name")
    else:
        yield from (wrong(f"{at}.name", name, error) for error in dns_label_errors(name))
    image = str(container.get("image", ""))
    if not image:
        yield required(f"{at}.image")
    elif image != image.strip():
        yield wrong(f"{at}.image", image, "must not have leading or trailing whitespace")
    for index, port in enumerate(items_at(container, "ports")):
        yield from _container_port_causes(port, f"{at}.ports[{index}]")
    for index, variable in enumerate(items_at(container, "env")):
        if not variable.get("name"):
            yield required(f"{at}.env[{index}].name")
    for index, mount in enumerate(items_at(container, "volumeMounts")):
        yield from _mount_causes(mount, f"{at}.volumeMounts[{index}]", volumes)
    policy = container.get("imagePullPolicy")
    if policy not in _PULL_POLICIES:
        yield not_supported(f"{at}.imagePullPolicy", policy, _PULL_POLICIES)
    yield from _resource_causes(part_at(container, "resources"), f"{at}.resources")


def _mount_causes(mount: Mapping[str, Any], at: str, volumes: set[Any]) -> Iterator[Cause]:
    name = mount.get("name", "")
    if not name:
        yield required(f"{at}.name")
    elif name not in volumes:
        yield Cause("FieldValueNotFound", f"Not found: {quoted(name)}", f"{at}.name")
    if not mount.get("mountPath"):
        yield required(f"{at}.mountPath")


def _container_port_causes(port: Mapping[str, Any], at: str) -> Iterator[Cause]:
    name = str(port.get("name", ""))
    if name:
        yield from (wrong(f"{at}.name", name, error) for error in _port_name_errors(name))
    if not port.get("containerPort"):
        yield required(f"{at}.containerPort")
    else:
        yield from port_causes(port["containerPort"], f"{at}.containerPort")
    protocol = port.get("protocol")
    if protocol not in _PROTOCOLS:
        yield not_supported(f"{at}.protocol", protocol, _PROTOCOLS)


def _port_name_errors(name: str) -> Iterator[str]:
    if len(name) > _LONGEST_PORT_NAME:
        yield f"must be no more than {_LONGEST_PORT_NAME} characters"
    if not re.fullmatch("[-a-z0-9]+", name):
        yield "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)"
    if not re.search("[a-z]", name):
        yield "must contain at least one letter (a-z)"


def port_causes(port: Any, at: str) -> Iterator[Cause]:
    """Yield what is wrong with the number of a port."""
    if isinstance(port, int) and not 1 <= port <= _LARGEST_PORT:
        yield wrong(at, port, f"must be between 1 and {_LARGEST_PORT}, inclusive")


def _resource_causes(resources: Mapping[str, Any], at: str) -> Iterator[Cause]:
    limits = part_at(resources, "limits")
    for name, request in part_at(resources, "requests").items():
        limit = limits.get(name)
        if limit is not None and Quantity(str(request)) > Quantity(str(limit)):
            why = f"must be less than or equal to {name} limit of {limit}"
            yield wrong(f"{at}.requests", request, why)


def _volume_causes(volumes: list[dict[str, Any]], at: str) -> Iterator[Cause]:
    seen: set[Any] = set()
    for index, volume in enumerate(volumes):
        name = volume.get("name", "")
        if not name:
            yield required(f"{at}.volumes[{index}].name")
            continue
        place = f"{at}.volumes[{index}].name"
        yield from (wrong(place, name, error) for error in dns_label_errors(name))
        if name in seen:
            yield duplicate(place, name)
        seen.add(name)


def pod_update_causes(new: Mapping[str, Any], old: Mapping[str, Any]) -> Iterator[Cause]:
    """Yield what an update of a pod may not change. A server adds the difference to its words."""
    spec, before = part_at(new, "spec"), part_at(old, "spec")
    for part in ("containers", "initContainers"):
        if len(items_at(spec, part)) != len(items_at(before, part)):
            yield forbidden_field(f"spec.{part}", "pod updates may not add or remove containers")
            return
    given = items_at(spec, "tolerations")
    if any(toleration not in given for toleration in items_at(before, "tolerations")):
        why = "existing toleration can not be modified except its tolerationSeconds"
        yield forbidden_field("spec.tolerations", why)
    if in_json(_fixed_part(spec)) != in_json(_fixed_part(before)):
        yield forbidden_field("spec", _FIXED)


def ephemeral_causes(new: Mapping[str, Any], old: Mapping[str, Any]) -> Iterator[Cause]:
    """Yield what is wrong with a pod that is given ephemeral containers: those it has stay.

    A server adds the difference to its words.
    """
    at = "spec.ephemeralContainers"
    yield from pod_spec_causes(part_at(new, "spec"), "spec")
    given = {each.get("name"): each for each in items_at(new, *at.split("."))}
    for before in items_at(old, *at.split(".")):
        name = before.get("name")
        if given.get(name) != before:
            what = "changed" if name in given else "removed"
            why = f"existing ephemeral containers {quoted(str(name))} may not be {what}\n"
            yield forbidden_field(at, why)


def binding_causes(binding: Mapping[str, Any]) -> Iterator[Cause]:
    """Yield what is wrong with what a pod is to be bound to."""
    kind = value_at(binding, "target", "kind")
    if kind not in (None, "", "Node"):
        yield not_supported("target.kind", kind, ["Node", "<empty>"])
    if not value_at(binding, "target", "name"):
        yield required("target.name")


def _fixed_part(spec: dict[str, Any]) -> dict[str, Any]:
    fixed = copy.deepcopy(spec)
    for container in [*items_at(fixed, "containers"), *items_at(fixed, "initContainers")]:
        container.pop("image", None)
    for name in ("activeDeadlineSeconds", "tolerations", "schedulingGates"):
        fixed.pop(name, None)
    return fixed
