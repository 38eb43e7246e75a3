"""The command ``kubewright``; what it does is in the generator, which the extra ``gen`` completes.

The runtime knows nothing of the generator (import-linter sees to that); this one place looks for it
by name when the command is run.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Callable

__all__ = ["main"]

_NEEDED = ("black", "click", "datamodel_code_generator", "jinja2", "rich")


def main() -> None:
    """Run the command line, or say in a line what to install for it."""
    missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        sys.stderr.write(
            f"error: the command kubewright needs {', '.join(missing)}, which the runtime does"
            " not; install it: pip install 'kubewright[gen]'\n"
        )
        sys.exit(1)
    run: Callable[[], None] = importlib.import_module("kubewright_gen.cli").main
    run()


if __name__ == "__main__":
    main()
