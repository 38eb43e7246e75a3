"""What a run says at its end: a summary in a line, remarks, and for ``--check`` a diff."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Iterator
from itertools import islice
from typing import Final

import click

from kubewright._shown import one_line
from kubewright_gen.generate import Outcome
from kubewright_gen.output.write import Change, Plan
from kubewright_gen.progress import Progress, peak_memory

__all__ = ["Reporter", "diff"]

_DIFF_LINES: Final = 200
_COLOURS: Final = {"+": "green", "-": "red", "@": "cyan"}


def diff(plan: Plan) -> Iterator[str]:
    """The changes of a plan as a unified diff, line by line, without line ends."""
    for change in plan.changes:
        name = (plan.folder / change.path).as_posix()
        yield from difflib.unified_diff(
            _lines(change.old),
            _lines(change.new),
            name if change.old is not None else "/dev/null",
            name if change.new is not None else "/dev/null",
            lineterm="",
        )


def _lines(data: bytes | None) -> list[str]:
    return (data or b"").decode("utf-8", "replace").splitlines()


class Reporter:
    """Says what a run did: the result on standard output, remarks on standard error."""

    def __init__(self, *, quiet: bool, verbose: bool) -> None:
        self._quiet = quiet
        self._verbose = verbose

    def outcome(self, outcome: Outcome, progress: Progress, *, only_check: bool) -> None:
        """Report a run for one package."""
        self._remarks("warning", outcome.problems)
        self._remarks("note", outcome.notes)
        plan = outcome.plan
        if only_check and plan is not None and plan.changes and not self._quiet:
            self._diff(plan)
        words = _words(plan.added if plan else (), plan.changed if plan else (), plan)
        if outcome.is_current:
            words = "up to date"
        elif only_check:
            words = f"stale: {words}; run the command without --check"
        self._summary(f"{outcome.options.folder.as_posix()}: {words}", progress)

    def saved(self, output: str, count: int, problems: tuple[str, ...], progress: Progress) -> None:
        """Report what `fetch` saved."""
        self._remarks("warning", problems)
        self._summary(f"{output}: {count} documents saved", progress)

    def _remarks(self, kind: str, lines: tuple[str, ...]) -> None:
        if not self._quiet:
            for line in lines:
                click.echo(f"{kind}: {one_line(line)}", err=True)

    def _diff(self, plan: Plan) -> None:
        lines = diff(plan)
        for line in islice(lines, _DIFF_LINES):
            click.echo(click.style(one_line(line), fg=_COLOURS.get(line[:1])))
        if next(lines, None) is not None:
            names = [change.path for change in plan.changes]
            shown = ", ".join(names[:10]) + (" …" if len(names) > 10 else "")
            click.echo(f"… the diff goes on; {len(names)} files differ: {shown}")

    def _summary(self, text: str, progress: Progress) -> None:
        if self._quiet:
            return
        details = [f"{sum(progress.seconds.values()):.1f} s"]
        if self._verbose:
            details += [f"{name} {took:.2f} s" for name, took in progress.seconds.items()]
            memory = peak_memory()
            details += [f"peak memory {memory / 1e6:.0f} MB"] if memory is not None else []
        click.echo(f"{one_line(text)} ({', '.join(details)})")
        sys.stdout.flush()


def _words(added: tuple[Change, ...], changed: tuple[Change, ...], plan: Plan | None) -> str:
    counts = {
        "added": len(added),
        "changed": len(changed),
        "unchanged": plan.unchanged if plan else 0,
        "removed": len(plan.removed) if plan else 0,
    }
    return ", ".join(f"{count} {word}" for word, count in counts.items() if count)
