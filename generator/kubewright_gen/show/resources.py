"""A table of the resources that a cluster serves.

client-go: what ``kubectl api-resources`` makes of ``discovery``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from kubewright.discovery import APIResource, ServerAPIs

__all__ = ["Choice", "chosen", "names", "table"]


@dataclass(frozen=True, slots=True)
class Choice:
    """Which resources to show; what is ``None`` or empty does not matter.

    Attributes:
        group: of this group; empty for the core group.
        namespaced: in namespaces, or not.
        verbs: that serve all of these.
        categories: that are in all of these.
        every_version: not only the preferred one.
    """

    group: str | None = None
    namespaced: bool | None = None
    verbs: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    every_version: bool = False

    def takes(self, resource: APIResource) -> bool:
        """Whether a resource is to be shown."""
        info = resource.info
        return (
            self.group in (None, info.gvr.group)
            and self.namespaced in (None, info.namespaced)
            and set(self.verbs) <= set(info.verbs)
            and set(self.categories) <= set(info.categories)
        )


def chosen(apis: ServerAPIs, choice: Choice) -> list[APIResource]:
    """The resources to show, by group and name."""
    resources = apis.resources if choice.every_version else apis.preferred()
    taken = [each for each in resources if choice.takes(each)]
    return sorted(taken, key=lambda each: (each.gvr.group, each.gvr.resource))


def names(resources: Iterable[APIResource]) -> list[str]:
    """What other commands take: ``deployments.apps``."""
    return [".".join(filter(None, (each.gvr.resource, each.gvr.group))) for each in resources]


_COLUMNS: dict[str, Callable[[APIResource], str]] = {
    "NAME": lambda each: each.gvr.resource,
    "SHORTNAMES": lambda each: ",".join(each.info.short_names),
    "APIVERSION": lambda each: each.gvr.api_version,
    "NAMESPACED": lambda each: "true" if each.info.namespaced else "false",
    "KIND": lambda each: each.kind.kind,
}
_WIDE: dict[str, Callable[[APIResource], str]] = {
    **_COLUMNS,
    "VERBS": lambda each: ",".join(each.info.verbs),
    "SUBRESOURCES": lambda each: ",".join(sub.name for sub in each.subresources),
    "CATEGORIES": lambda each: ",".join(each.info.categories),
}


def table(resources: Sequence[APIResource], *, wide: bool) -> list[str]:
    """The lines of a table, its head first."""
    columns = _WIDE if wide else _COLUMNS
    rows = [list(columns), *([cell(each) for cell in columns.values()] for each in resources)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "   ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
