"""Caches that follow the server: reflector, queue of deltas, indexer, informer, lister.

Nothing here knows HTTP: objects come from a `ListerWatcher` as bytes, are kept as bytes, and are
decoded for whoever looks. client-go: ``k8s.io/client-go/tools/cache``.
"""

from kubewright.cache.delta_fifo import Delta, DeltaFIFO, Deltas, DeltaType
from kubewright.cache.factory import InformerFactory
from kubewright.cache.handlers import DeletedObject, HandlerRegistration
from kubewright.cache.indexer import NAMESPACE_INDEX, Indexer, Indexers, IndexFunc
from kubewright.cache.list_watch import InformerSource, ListerWatcher, ListWatch
from kubewright.cache.lister import ClusterLister, Lister, NamespaceLister
from kubewright.cache.reflector import Reflector
from kubewright.cache.shared_informer import CacheSyncError, SharedIndexInformer
from kubewright.cache.store import Entry, Store

__all__ = [
    "NAMESPACE_INDEX",
    "CacheSyncError",
    "ClusterLister",
    "DeletedObject",
    "Delta",
    "DeltaFIFO",
    "DeltaType",
    "Deltas",
    "Entry",
    "HandlerRegistration",
    "IndexFunc",
    "Indexer",
    "Indexers",
    "InformerFactory",
    "InformerSource",
    "ListWatch",
    "Lister",
    "ListerWatcher",
    "NamespaceLister",
    "Reflector",
    "SharedIndexInformer",
    "Store",
]
