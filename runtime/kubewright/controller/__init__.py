"""Controllers: informers, a queue, and workers that bring what is to what should be.

client-go leaves this to each program (``examples/workqueue``); the shape is controller-runtime's.
"""

from kubewright.controller.controller import Controller, ControllerStats, Reconcile, Requeue
from kubewright.controller.health import HealthServer
from kubewright.controller.mapping import owner_names
from kubewright.controller.signals import stop_on_signals

__all__ = [
    "Controller",
    "ControllerStats",
    "HealthServer",
    "Reconcile",
    "Requeue",
    "owner_names",
    "stop_on_signals",
]
