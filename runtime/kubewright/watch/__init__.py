"""Watching a collection so that nothing is lost: the iterator, and what informers stand on too.

`Watch` is for users. `resuming` decides how a watch goes on after each answer and fault, with
`watch_list` and `errors`; `lister_watcher` is what they ask for lists and watches. client-go:
``watch``, ``tools/watch`` and the watching half of ``tools/cache``'s Reflector.
"""

from kubewright.watch.iterator import Watch, WatchEvent
from kubewright.watch.lister_watcher import EventType

__all__ = ["EventType", "Watch", "WatchEvent"]
