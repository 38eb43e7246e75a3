"""Scripts for both sides: some by hand, many at random."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

from kubewright.workqueue import WorkQueue

__all__ = ["BY_HAND", "random_histories", "random_scripts"]

_NAMES = st.sampled_from(["a", "b", "c"])


def _op(op: str, **values: Any) -> dict[str, Any]:
    return {"op": op, **values}


@st.composite
def _scripts(draw: st.DrawFn) -> dict[str, Any]:
    kind = draw(
        st.sampled_from(["delta_fifo", "real_fifo", "real_fifo_atomic", "indexer", "workqueue"])
    )
    if kind == "workqueue":
        return {"kind": kind, "steps": _sensible(draw(st.lists(_queue_steps(), max_size=30)))}
    versions = iter(range(1, 1000))
    steps: list[dict[str, Any]] = []
    for _ in range(draw(st.integers(1, 25))):
        step = draw(_index_steps() if kind == "indexer" else _fifo_steps(kind))
        steps.append(_numbered(step, versions))
    if kind != "indexer":
        steps += [_op("drain"), _op("synced")]
    return {"kind": kind, "steps": steps}


def _sensible(steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Leave out "done" for what nobody has: client-go's queue then holds an item twice."""
    queue = WorkQueue[str]()
    kept: list[dict[str, Any]] = []
    working: set[str] = set()
    for step in steps:
        if step["op"] == "add":
            queue.add(step["name"])
        elif step["op"] == "get" and len(queue):
            working.add(queue.get(0))
        elif step["op"] == "done":
            if step["name"] not in working:
                continue
            working.remove(step["name"])
            queue.done(step["name"])
        elif step["op"] == "shut_down":
            queue.shut_down()
        kept.append(step)
    return kept


def _numbered(step: dict[str, Any], versions: Any) -> dict[str, Any]:
    numbered = {**step, "version": str(next(versions)), "uid": "1"}
    if "items" in step:
        numbered["items"] = [
            {**item, "version": str(next(versions)), "uid": "1"} for item in step["items"]
        ]
    return numbered


def _items(more: dict[str, Any] | None = None) -> Any:
    item = st.fixed_dictionaries({"name": _NAMES, **(more or {})})
    return st.lists(item, max_size=3, unique_by=_name_of)


def _name_of(item: dict[str, Any]) -> str:
    return str(item["name"])


def _fifo_steps(kind: str) -> Any:
    changes = st.sampled_from(["add", "update", "update", "delete", "tombstone"])
    change = st.builds(_op, changes, name=_NAMES)
    others = ["resync", "synced", "drain"]
    if kind == "real_fifo_atomic":
        # otherwise the order of what a list or a resync finds, and so the batch, is chance in Go
        others += ["batches", "bookmark"]
    replace = st.builds(_op, st.just("replace"), items=_items())
    return st.one_of(change, change, change, replace, st.builds(_op, st.sampled_from(others)))


def _index_steps() -> Any:
    sizes = st.sampled_from(["", "1", "2", "1+2", "1+1"])
    add = st.builds(_op, st.just("add"), name=_NAMES, labels=sizes)
    ask = st.builds(_op, st.just("by_index"), value=st.sampled_from("12"))
    like = st.builds(_op, st.just("index"), name=_NAMES, labels=sizes)
    replace = st.builds(_op, st.just("replace"), items=_items({"labels": sizes}))
    late = st.just(_op("add_indexers", value="sizes"))
    delete = st.builds(_op, st.just("delete"), name=_NAMES)
    plain = st.builds(_op, st.sampled_from(["list", "values"]))
    return st.one_of(add, add, add, ask, like, replace, late, delete, plain)


def _queue_steps() -> Any:
    named = st.builds(_op, st.sampled_from(["add", "done"]), name=_NAMES)
    plain = st.builds(_op, st.sampled_from(["get", "get", "len"]))
    return st.one_of(named, named, plain, plain, st.just(_op("shut_down")))


random_scripts = _scripts()


def _thing(name: str, uid: str, version: int) -> dict[str, Any]:
    return {"name": name, "uid": uid, "version": str(version)}


def _event(op: str, name: str, uid: str, version: int) -> dict[str, Any]:
    return _op(op, **_thing(name, uid, version))


def _list(version: int, *items: dict[str, Any]) -> dict[str, Any]:
    return _op("list", version=str(version), items=list(items))


def _informer(*steps: dict[str, Any]) -> dict[str, Any]:
    end = _op("bookmark", version="90")
    return {"kind": "informer", "steps": [*steps, end]}


BY_HAND: dict[str, dict[str, Any]] = {
    "a list and nothing else": _informer(_list(5, _thing("a", "1", 3), _thing("b", "2", 4))),
    "an empty list": _informer(_list(5)),
    "changes": _informer(
        _list(5, _thing("a", "1", 3)),
        _event("update", "a", "1", 6),
        _event("add", "b", "2", 7),
        _event("delete", "a", "1", 8),
        _event("delete", "b", "2", 9),
        _event("add", "b", "3", 10),
    ),
    "made again while watched": _informer(
        _list(5, _thing("a", "1", 3)), _event("delete", "a", "1", 6), _event("add", "a", "2", 7)
    ),
    "gone unseen": _informer(
        _list(5, _thing("a", "1", 3), _thing("b", "2", 4)),
        _op("gone"),
        _list(9, _thing("b", "2", 4)),
    ),
    "changed unseen": _informer(
        _list(5, _thing("a", "1", 3), _thing("b", "2", 4)),
        _op("gone"),
        _list(9, _thing("a", "1", 8), _thing("b", "2", 4), _thing("c", "3", 7)),
    ),
    "made again unseen": _informer(
        _list(5, _thing("a", "1", 3)), _op("gone"), _list(9, _thing("a", "2", 8))
    ),
    "all gone": _informer(
        _list(5, _thing("a", "1", 3), _thing("b", "2", 4)), _op("gone"), _list(9)
    ),
    "twice": _informer(
        _list(5, _thing("a", "1", 3)),
        _event("update", "a", "1", 6),
        _op("gone"),
        _list(9, _thing("a", "1", 6), _thing("b", "2", 8)),
        _event("delete", "b", "2", 10),
        _op("gone"),
        _list(20, _thing("c", "3", 19)),
    ),
    "an object that comes again as it is": _informer(
        _list(5, _thing("a", "1", 3)), _event("update", "a", "1", 3), _event("add", "a", "1", 3)
    ),
    "a deletion of what nobody knows": _informer(_list(5), _event("delete", "x", "9", 7)),
}


@st.composite
def _histories(draw: st.DrawFn) -> dict[str, Any]:
    """What an informer meets: changes that it sees, and changes that only a list shows."""
    truth: dict[str, dict[str, Any]] = {}
    versions = iter(range(2, 90))
    changes = st.tuples(st.sampled_from(["put", "put", "delete", "again"]), _NAMES)
    steps: list[dict[str, Any]] = []
    for _ in range(draw(st.integers(1, 3))):
        for kind, name in draw(st.lists(changes, max_size=4)):
            _changed(truth, kind, name, versions)  # unseen
        if steps:
            steps.append(_op("gone"))
        steps.append(_list(next(versions), *map(dict, truth.values())))
        for kind, name in draw(st.lists(changes, max_size=5)):
            steps += _changed(truth, kind, name, versions)
    return _informer(*steps)


def _changed(
    truth: dict[str, dict[str, Any]], kind: str, name: str, versions: Iterator[int]
) -> list[dict[str, Any]]:
    """Change the truth, and return the events that tell it."""
    old = truth.get(name)
    if kind == "put" or old is None:
        version = next(versions)
        uid = old["uid"] if old else f"u{version}"
        truth[name] = _thing(name, uid, version)
        return [_event("update" if old else "add", name, uid, version)]
    del truth[name]
    gone = [_event("delete", name, old["uid"], next(versions))]
    return gone if kind == "delete" else gone + _changed(truth, "put", name, versions)


random_histories = _histories()
