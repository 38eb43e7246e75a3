"""How an informer keeps and tells what it hears."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from kubewright._errors import KubeError
from kubewright.watch.resuming import DEFAULT_IDLE_TIMEOUT

__all__ = ["InformerOptions", "QueueKind"]

QueueKind: TypeAlias = Literal["in order", "by object"]
"""``in order``: `RealFIFO`, every change as it came; ``by object``: `DeltaFIFO`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InformerOptions:
    """Options of one informer, or of all informers of a factory.

    Attributes:
        transform: changes each object before it is kept, most often to make it smaller; called
            once for each state. An object for which it fails is kept as it came.
        resync: seconds after which handlers that say nothing else are told everything again; 0 for
            never.
        keep_managed_fields: keep who owns which field; they are half of a typical pod.
        compress: keep about a tenth, and spend time on each read and write.
        queue: between server and cache.
        watch_list: take stock by a streaming watch where the server can, else by lists.
        idle_timeout: seconds without a byte after which a connection counts as dead. A server sends
            a bookmark about once a minute.
        on_error: told of each failure of a list or watch; the informer goes on all the same.
    """

    transform: Callable[[Any], Any] | None = None
    resync: float = 0.0
    keep_managed_fields: bool = False
    compress: bool = False
    queue: QueueKind = "in order"
    watch_list: bool = True
    idle_timeout: float = DEFAULT_IDLE_TIMEOUT
    on_error: Callable[[KubeError], object] | None = None
