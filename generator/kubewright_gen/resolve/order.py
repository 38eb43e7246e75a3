"""The order of a module's classes: what a class body names comes before it.

That is what stands in a field when the wire has nothing for it; types can come later.
Go counterpart: none; there, declarations have no order, and a struct cannot hold itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from kubewright_gen.resolve.ir import Field, Model

__all__ = ["in_order"]


def in_order(models: Iterable[Model]) -> tuple[Model, ...]:
    """Models by name, each after those it needs; a loop of such needs is cut where it closes."""
    by_name = {model.name: model for model in sorted(models, key=lambda model: model.name)}
    done: dict[str, Model] = {}
    cut: set[tuple[str, str]] = set()  # class and field
    for name, model in by_name.items():
        # not recursive: a chain can be as long as a document
        way = [] if name in done else [(name, _needs(model))]
        on_way = {name}
        while way:
            current, needs = way[-1]
            for field in needs:
                target = field.type.name
                if target in on_way:
                    cut.add((current, field.name))
                elif target not in done:
                    way.append((target, _needs(by_name[target])))
                    on_way.add(target)
                    break
            else:
                done[current] = by_name[current]
                on_way.discard(current)
                way.pop()
    return tuple(_without(model, cut) for model in done.values())


def _needs(model: Model) -> Iterator[Field]:
    return (f for f in model.fields if f.presence == "empty" and f.type.form == "local")


def _without(model: Model, cut: set[tuple[str, str]]) -> Model:
    if all((model.name, field.name) not in cut for field in model.fields):
        return model
    fields = tuple(
        (
            replace(field, presence="optional", type=replace(field.type, optional=True))
            if (model.name, field.name) in cut
            else field
        )
        for field in model.fields
    )
    return replace(model, fields=fields)
