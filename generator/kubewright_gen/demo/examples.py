"""The examples that the demo runs, wherever they are, and the package that they import."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from kubewright_gen.errors import SourceError

__all__ = ["example_file", "importable", "load_program"]


def example_file(name: str) -> Path:
    """Find a file of the examples, in a checkout or where a wheel has them.

    Raises:
        SourceError: it is in neither.
    """
    here = Path(__file__).resolve()
    for folder in (here.parents[1] / "examples", here.parents[3] / "examples"):
        if (folder / name).is_file():
            return folder / name
    raise SourceError("this example is not installed", file=name)


def load_program(name: str) -> Any:
    """Run an example as a module, and return it.

    Raises:
        SourceError: it is not installed.
    """
    path = example_file(name)
    spec = importlib.util.spec_from_file_location(f"kubewright_demo_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise SourceError("this is no Python file", file=str(path))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@contextmanager
def importable(folder: Path, package: str) -> Generator[None]:
    """Import the package from the folder meanwhile, and leave no trace of it."""
    root = package.partition(".")[0]
    before = _take_modules(root)
    writes_bytecode = not sys.dont_write_bytecode
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    try:
        yield
    finally:
        sys.path.remove(str(folder))
        sys.dont_write_bytecode = not writes_bytecode
        _take_modules(root)
        sys.modules.update(before)


def _take_modules(root: str) -> dict[str, ModuleType]:
    names = [name for name in sys.modules if name == root or name.startswith(f"{root}.")]
    return {name: sys.modules.pop(name) for name in names}
