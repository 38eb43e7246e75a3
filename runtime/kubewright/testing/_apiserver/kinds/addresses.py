"""The addresses and ports that the server gives to services: always the lowest that is free.

kubernetes: ``pkg/registry/core/service/storage/alloc.go``, which gives any. The range is that of
``--service-cluster-ip-range=10.0.0.0/24``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from ipaddress import IPv4Network
from typing import Any, Final

from kubewright.testing._apiserver.failures import internal_error
from kubewright.testing._apiserver.parts import items_at, part_at

__all__ = ["allocate", "keep_allocated"]

JSONObject = dict[str, Any]

_NETWORK: Final = IPv4Network("10.0.0.0/24")
# the first is that of the server itself
_ADDRESSES: Final = tuple(str(address) for address in _NETWORK.hosts())[1:]
_GIVEN: Final = ("clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy")
_PORTS: Final = range(30000, 32768)
_WITH_PORTS: Final = ("NodePort", "LoadBalancer")


def allocate(service: Mapping[str, Any], others: Iterable[Mapping[str, Any]]) -> JSONObject:
    """Return the spec of a service with the addresses and ports that it lacks.

    Args:
        service: a new one, or one that has become of another type.
        others: all that are there.

    Raises:
        RefusedRequest: all addresses are taken.
    """
    spec: JSONObject = dict(part_at(service, "spec"))
    if spec.get("type") == "ExternalName":
        return spec
    if spec.get("clusterIP"):
        spec["clusterIPs"] = [spec["clusterIP"], *(spec.get("clusterIPs") or ())[1:]]
    taken = [part_at(other, "spec") for other in others]
    is_headless = spec.get("clusterIP") == "None"
    if not spec.get("clusterIP"):
        used = {each.get("clusterIP") for each in taken}
        free = next((address for address in _ADDRESSES if address not in used), None)
        if free is None:
            raise internal_error(
                "Internal error occurred: failed to allocate a serviceIP: range is full"
            )
        spec["clusterIP"] = free
    spec.setdefault("clusterIPs", [spec["clusterIP"]])
    if is_headless and not spec.get("selector"):
        spec.setdefault("ipFamilies", ["IPv4", "IPv6"])
        spec.setdefault("ipFamilyPolicy", "RequireDualStack")
    spec.setdefault("ipFamilies", ["IPv4"])
    spec.setdefault("ipFamilyPolicy", "SingleStack")
    if spec.get("type") in _WITH_PORTS and spec.get("allocateLoadBalancerNodePorts", True):
        _give_ports(spec, taken)
    return spec


def _give_ports(spec: JSONObject, taken: list[JSONObject]) -> None:
    ports = [port for each in (spec, *taken) for port in items_at(each, "ports")]
    used = {port.get("nodePort") for port in ports}
    free = (number for number in _PORTS if number not in used)
    spec["ports"] = [
        port if port.get("nodePort") else {**port, "nodePort": next(free)}
        for port in items_at(spec, "ports")
    ]


def keep_allocated(old: Mapping[str, Any], new: JSONObject) -> JSONObject:
    """Return an updated service that has what was given to it, where it does not say otherwise."""
    before, spec = part_at(old, "spec"), dict(part_at(new, "spec"))
    if spec.get("type") == "ExternalName" != before.get("type"):
        return {**new, "spec": {key: value for key, value in spec.items() if key not in _GIVEN}}
    if "ExternalName" in (before.get("type"), spec.get("type")):
        return new
    for key in _GIVEN:
        if key in before:
            spec.setdefault(key, before[key])
    if before.get("type") in _WITH_PORTS and spec.get("type") in _WITH_PORTS:
        numbers = {
            (port.get("protocol"), port.get("port")): port.get("nodePort")
            for port in items_at(before, "ports")
        }
        spec["ports"] = [
            _with_port(port, numbers.get((port.get("protocol"), port.get("port"))))
            for port in items_at(spec, "ports")
        ]
    return {**new, "spec": spec}


def _with_port(port: JSONObject, number: int | None) -> JSONObject:
    return port if port.get("nodePort") or not number else {**port, "nodePort": number}
