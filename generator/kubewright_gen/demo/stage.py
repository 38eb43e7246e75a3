"""How the demo shows things: with colours and rules on a terminal, as plain text elsewhere."""

from __future__ import annotations

import sys
import textwrap
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["Stage"]

_PIPE_WIDTH: Final = 100


class Stage:
    """A console, and the few things that are shown on it."""

    def __init__(self, console: Console | None = None) -> None:
        """Take a console; by default standard output, with colours on a terminal only."""
        from rich.console import Console

        width = None if sys.stdout.isatty() else _PIPE_WIDTH
        self.console = console or Console(highlight=False, width=width)

    @property
    def is_terminal(self) -> bool:
        """Whether colours are shown, and things may move."""
        return self.console.is_terminal

    def title(self, text: str) -> None:
        """Begin a part."""
        self.console.print()
        if self.is_terminal:
            self.console.rule(f"[bold]{text}", align="left")
        else:
            self.console.print(f"## {text}", markup=False)
        self.console.print()

    def say(self, text: str) -> None:
        """Say something in a line."""
        self.console.print(f"  {text}", markup=False, soft_wrap=True)

    def answer(self, text: str) -> None:
        """Show a line that a program printed."""
        self.console.print(f"  → {text}", style="green", markup=False, soft_wrap=True)

    def code(self, text: str, language: str) -> None:
        """Show code."""
        if not self.is_terminal:
            self.console.print(textwrap.indent(text, "    "), markup=False, soft_wrap=True)
            self.console.print()
            return
        from rich.padding import Padding
        from rich.syntax import Syntax

        theme, background = "ansi_dark", "default"
        syntax = Syntax(text, language, theme=theme, background_color=background, word_wrap=True)
        self.console.print(Padding(syntax, (0, 0, 1, 4)))
