"""Typed Kubernetes clients, listers and informers for Python, in the shape of client-go.

The names here are what most programs need; each is imported when it is first used, so that
``import kubewright`` costs next to nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kubewright._clock import StopToken as StopToken
    from kubewright.config.connect import connect as connect
    from kubewright.config.loader import load_config as load_config
    from kubewright.config.overrides import Overrides as Overrides
    from kubewright.errors import AlreadyExistsError as AlreadyExistsError
    from kubewright.errors import ApiError as ApiError
    from kubewright.errors import ConfigError as ConfigError
    from kubewright.errors import ConflictError as ConflictError
    from kubewright.errors import DecodeError as DecodeError
    from kubewright.errors import ExpiredError as ExpiredError
    from kubewright.errors import ForbiddenError as ForbiddenError
    from kubewright.errors import GoneError as GoneError
    from kubewright.errors import InvalidError as InvalidError
    from kubewright.errors import KubeError as KubeError
    from kubewright.errors import NotFoundError as NotFoundError
    from kubewright.errors import TooManyRequestsError as TooManyRequestsError
    from kubewright.errors import TransportError as TransportError
    from kubewright.errors import UnauthorizedError as UnauthorizedError
    from kubewright.meta_v1 import Condition as Condition
    from kubewright.meta_v1 import KubernetesObject as KubernetesObject
    from kubewright.meta_v1 import LabelSelector as LabelSelector
    from kubewright.meta_v1 import LabelSelectorRequirement as LabelSelectorRequirement
    from kubewright.meta_v1 import ObjectList as ObjectList
    from kubewright.meta_v1 import ObjectMeta as ObjectMeta
    from kubewright.meta_v1 import OwnerReference as OwnerReference
    from kubewright.quantity import Quantity as Quantity
    from kubewright.rest.client import RESTClient as RESTClient
    from kubewright.rest.config import Config as Config
    from kubewright.schema import GroupVersion as GroupVersion
    from kubewright.schema import GroupVersionKind as GroupVersionKind
    from kubewright.schema import GroupVersionResource as GroupVersionResource
    from kubewright.schema import ObjectName as ObjectName
    from kubewright.watch import WatchEvent as WatchEvent

_HOMES = {
    "_clock": "StopToken",
    "config.connect": "connect",
    "config.loader": "load_config",
    "config.overrides": "Overrides",
    "errors": (
        "AlreadyExistsError ApiError ConfigError ConflictError DecodeError ExpiredError "
        "ForbiddenError GoneError InvalidError KubeError NotFoundError TooManyRequestsError "
        "TransportError UnauthorizedError"
    ),
    "meta_v1": (
        "Condition KubernetesObject LabelSelector LabelSelectorRequirement ObjectList ObjectMeta "
        "OwnerReference"
    ),
    "quantity": "Quantity",
    "rest.client": "RESTClient",
    "rest.config": "Config",
    "schema": "GroupVersion GroupVersionKind GroupVersionResource ObjectName",
    "watch": "WatchEvent",
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names.split()}

__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    """Import a public name from the module that defines it."""
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME_OF})
