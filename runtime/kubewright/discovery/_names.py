"""Short names: what stands for which resource.

client-go: ``restmapper.NewShortcutExpander``.
"""

from __future__ import annotations

import logging

from kubewright.discovery.apis import APIResource, ServerAPIs

__all__ = ["GroupNames"]

logger = logging.getLogger("kubewright.discovery")


class GroupNames:
    """The names of a server's resources."""

    def __init__(self, apis: ServerAPIs) -> None:
        """Take what the server serves."""
        self._apis = apis

    def expanded(self, name: str, group: str | None) -> tuple[str, str | None]:
        """Put the plural in the place of a short name.

        A plural or singular name goes before any short name; of several short names the first in
        the server's order is meant, and a warning tells of the others.

        Args:
            name: any name; short names count in lower case only, as in client-go.
            group: a group or the beginning of one; ``None`` for any.

        Returns:
            The plural with its group, or both as they came when the name is no short name.
        """
        for each in self._apis.resources:
            if group in (None, "", each.gvr.group) and name in (
                each.gvr.resource,
                each.info.singular,
            ):
                return name, group
        short = [each for each in self._apis.resources if name in each.info.short_names]
        found = [each for each in short if group in (None, "", each.gvr.group)]
        if not found and group:
            found = [each for each in short if each.gvr.group.startswith(group)]
        if not found:
            return name, group
        self._warn(name, found)
        return found[0].gvr.resource, found[0].gvr.group

    def _warn(self, name: str, found: list[APIResource]) -> None:
        resources = dict.fromkeys((each.gvr.resource, each.gvr.group) for each in found)
        if len(resources) > 1:
            (plural, group), *others = resources
            logger.warning(
                "the short name %r stands for %s.%s here, and could be %s too",
                name,
                plural,
                group,
                ", ".join(".".join(filter(None, other)) for other in others),
            )
