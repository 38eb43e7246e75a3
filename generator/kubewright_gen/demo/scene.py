"""What happens in a cluster, while it happens: what ``kubectl get`` would print, and who did what."""

from __future__ import annotations

import threading
import time
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from kubewright_gen.demo.stage import Stage

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.live import Live
    from rich.table import Table

    from kubewright.rest.transport import Transport

__all__ = ["Scene"]

_TABLE: Final = "application/json;as=Table;v=v1;g=meta.k8s.io"
_ROWS_OF_TABLES: Final = 10
_STYLES: Final = {"you": "bold yellow", "operator": "bold cyan", "cluster": "green"}


class _Event(NamedTuple):
    seconds: float
    who: str
    what: str


class Scene:
    """Tables of some resources and a log; they change in place on a terminal."""

    def __init__(self, stage: Stage, server: Transport, paths: Sequence[str]) -> None:
        """Take what to look at.

        Args:
            stage: where to show it.
            server: knows the tables.
            paths: of the resources.
        """
        self._stage = stage
        self._server = server
        self._paths = paths
        self._events: list[_Event] = []
        self._lock = threading.Lock()
        self._live: Live | None = None
        self._started = time.perf_counter()

    @contextmanager
    def shown(self) -> Generator[None]:
        """Show it meanwhile, and leave its last state."""
        self._started = time.perf_counter()
        if not self._stage.is_terminal:
            yield
            self._stage.console.print()
            self._stage.console.print(self._tables())
            return
        from rich.live import Live

        with Live(self._picture(), console=self._stage.console, auto_refresh=False) as live:
            self._live = live
            yield
            with self._lock:
                self._live = None
                live.update(self._picture(), refresh=True)

    def tell(self, who: str, what: str) -> None:
        """Add a line to the log; from any thread."""
        event = _Event(time.perf_counter() - self._started, who, what)
        with self._lock:
            self._events.append(event)
            if self._live is None:
                self._stage.say(f"{event.seconds:5.2f} s  {who:<10}{what}")
        self.refresh()

    def refresh(self) -> None:
        """Show what there is now."""
        with self._lock:
            if self._live is not None:
                # while things move, the newest lines are those to see
                rows = self._stage.console.height - _ROWS_OF_TABLES
                self._live.update(self._picture(last=max(rows, 1)), refresh=True)

    def _picture(self, *, last: int = 0) -> RenderableType:
        from rich.console import Group
        from rich.text import Text

        lines = [
            Text.assemble(
                (f"  {event.seconds:5.2f} s  ", "dim"),
                (f"{event.who:<10}", _STYLES.get(event.who, "")),
                event.what,
            )
            for event in self._events[-last:]
        ]
        return Group(self._tables(), Text(), *lines)

    def _tables(self) -> RenderableType:
        from rich.console import Group
        from rich.padding import Padding

        return Group(*(Padding(_drawn(self._table(path)), (0, 0, 0, 2)) for path in self._paths))

    def _table(self, path: str) -> Any:
        import msgspec

        from kubewright.rest.request import Request

        return msgspec.json.decode(self._server.send(Request("GET", path, accept=_TABLE)).body)


def _drawn(wire: Any) -> Table:
    """Return a table of the server as one of the terminal, without its wide columns."""
    from rich.table import Table

    columns: list[Any] = wire["columnDefinitions"]
    kept = [index for index, column in enumerate(columns) if column["priority"] == 0]
    drawn = Table(box=None, pad_edge=False, header_style="bold")
    for index in kept:
        drawn.add_column(str(columns[index]["name"]).upper(), min_width=10)
    for row in wire["rows"]:
        drawn.add_row(*_texts(row["cells"][index] for index in kept))
    return drawn


def _texts(cells: Iterable[Any]) -> list[str]:
    return ["" if cell is None else str(cell) for cell in cells]
