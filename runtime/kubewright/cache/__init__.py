"""Caches that follow the server: reflector, queue of deltas, indexer, informer, lister.

Nothing here knows HTTP: objects come from a `ListerWatcher` as bytes, are kept as bytes, and are
decoded for whoever looks. client-go: ``k8s.io/client-go/tools/cache``.
"""

from kubewright.cache.backlog import OverflowPolicy
from kubewright.cache.changes import DeletedObject
from kubewright.cache.delta_fifo import DeltaFIFO
from kubewright.cache.deltas import (
    Bookmark,
    Delta,
    DeltaQueue,
    Deltas,
    DeltaType,
    Notification,
    Notifications,
    ReplacedAll,
    SyncAll,
)
from kubewright.cache.entries import Entry, EntryCodec
from kubewright.cache.expiring_store import ExpiringStore
from kubewright.cache.factory import InformerFactory
from kubewright.cache.indexer import NAMESPACE_INDEX, Indexer, Indexers, IndexFunc
from kubewright.cache.list_watch import InformerSource, ListerWatcher, ListWatch
from kubewright.cache.lister import ClusterLister, Lister, NamespaceLister
from kubewright.cache.mutation_cache import MutationCache
from kubewright.cache.options import InformerOptions, QueueKind
from kubewright.cache.real_fifo import RealFIFO
from kubewright.cache.reflector import Reflector
from kubewright.cache.registration import HandlerOverflowError, HandlerRegistration, HandlerStats
from kubewright.cache.shared_informer import CacheSyncError, SharedIndexInformer
from kubewright.cache.store import Store

__all__ = [
    "NAMESPACE_INDEX",
    "Bookmark",
    "CacheSyncError",
    "ClusterLister",
    "DeletedObject",
    "Delta",
    "DeltaFIFO",
    "DeltaQueue",
    "DeltaType",
    "Deltas",
    "Entry",
    "EntryCodec",
    "ExpiringStore",
    "HandlerOverflowError",
    "HandlerRegistration",
    "HandlerStats",
    "IndexFunc",
    "Indexer",
    "Indexers",
    "InformerFactory",
    "InformerOptions",
    "InformerSource",
    "ListWatch",
    "Lister",
    "ListerWatcher",
    "MutationCache",
    "NamespaceLister",
    "Notification",
    "Notifications",
    "OverflowPolicy",
    "QueueKind",
    "RealFIFO",
    "Reflector",
    "ReplacedAll",
    "SharedIndexInformer",
    "Store",
    "SyncAll",
]
