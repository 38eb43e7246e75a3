"""``autoscaling/v1`` ``Scale``: the one form of the scale subresource of every resource.

Written by hand, as `kubewright.meta_v1` is, so that all generated packages share it.
"""

from __future__ import annotations

from kubewright.meta_v1 import KubernetesObject
from kubewright.model import Model, empty, required

__all__ = ["Scale", "ScaleSpec", "ScaleStatus"]


class ScaleSpec(Model):
    """How many replicas are wanted."""

    replicas: int = 0


class ScaleStatus(Model):
    """How many replicas there are, and the label selector that finds them, as text."""

    replicas: int = required()
    selector: str = ""


class Scale(KubernetesObject):
    """How many replicas of an object are wanted, and how many there are."""

    api_version: str = "autoscaling/v1"
    kind: str = "Scale"
    spec: ScaleSpec = empty(ScaleSpec)
    status: ScaleStatus = empty(ScaleStatus)
