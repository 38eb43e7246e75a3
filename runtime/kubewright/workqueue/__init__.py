"""Queues of work for controllers: each item is there once, and worked on by one at a time.

client-go: ``k8s.io/client-go/util/workqueue``.
"""

from kubewright.workqueue.delaying import DelayingQueue
from kubewright.workqueue.metrics import QueueMetrics, RecordedMetrics
from kubewright.workqueue.priority import PriorityOrder, PriorityQueue
from kubewright.workqueue.queue import FirstInFirstOut, Order, QueueShutDown, WorkQueue
from kubewright.workqueue.rate_limiters import (
    BucketLimiter,
    ExponentialLimiter,
    FastSlowLimiter,
    MaxOfLimiter,
    MaxWaitLimiter,
    RateLimiter,
    default_controller_limiter,
)
from kubewright.workqueue.rate_limiting import RateLimitingQueue

__all__ = [
    "BucketLimiter",
    "DelayingQueue",
    "ExponentialLimiter",
    "FastSlowLimiter",
    "FirstInFirstOut",
    "MaxOfLimiter",
    "MaxWaitLimiter",
    "Order",
    "PriorityOrder",
    "PriorityQueue",
    "QueueMetrics",
    "QueueShutDown",
    "RateLimiter",
    "RateLimitingQueue",
    "RecordedMetrics",
    "WorkQueue",
    "default_controller_limiter",
]
