"""The examples of the documents are what strict type checkers accept, and each of them is run."""

from __future__ import annotations

import importlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.documents import ROOT, Block, blocks
from tests.support.examples import RUN

_MYPY = ["--strict", "--config-file=", "--namespace-packages", "--explicit-package-bases"]
_SOURCES = ["runtime", "generated", "."]
_EXAMPLES = blocks("python")


def test_each_example_is_run() -> None:
    for path in Path(__file__).parent.glob("test_*.py"):
        importlib.import_module(f"tests.documents.{path.stem}")

    assert RUN.keys() == {each.place for each in _EXAMPLES}


@pytest.fixture(scope="module")
def modules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a module of each example, its lines where they are in the document."""
    folder = tmp_path_factory.mktemp("examples")
    for block in _EXAMPLES:
        names = ", ".join(sorted(block.takes))
        first = f"from tests.documents.brought import {names}" if names else ""
        (folder / f"{block.slug}.py").write_text(first + block.in_place, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def said(modules: Path, acme_folder: Path) -> Mapping[str, str]:
    """What each checker says of the modules; they work at the same time."""
    path = [str(each) for each in (acme_folder, *(ROOT / source for source in _SOURCES))]
    settings = {
        "include": ["*.py"],
        "extraPaths": path,
        "typeCheckingMode": "strict",
        "reportUnusedExpression": "none",  # some lines only show what there is
    }
    (modules / "pyrightconfig.json").write_text(json.dumps(settings))
    cache = f"--cache-dir={modules / 'cache'}"
    running = {
        "mypy": _started(
            "mypy", *_MYPY, cache, *sorted(modules.glob("*.py")), MYPYPATH=os.pathsep.join(path)
        ),
        "pyright": _started("pyright", f"--pythonpath={sys.executable}", f"--project={modules}"),
    }
    return {name: process.communicate()[0] for name, process in running.items()}


def _started(checker: str, *arguments: str | Path, **variables: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", checker, *map(str, arguments)]
    # with PYTHONPATH, mypy may find another package of the same name first
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environment.update(variables)
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
    )


@pytest.mark.parametrize("checker", ["mypy", "pyright"])
@pytest.mark.parametrize("block", _EXAMPLES, ids=str)
def test_a_checker_finds_nothing(said: Mapping[str, str], checker: str, block: Block) -> None:
    found = re.findall(rf"{block.slug}\.py:(\d+).*?(?: - |: )error: (.*)", said[checker])

    assert [f"{block.document}:{line}: {message}" for line, message in found] == []


@pytest.mark.parametrize(
    ("checker", "end"), [("mypy", f"in {len(_EXAMPLES)} source files"), ("pyright", "0 errors, ")]
)
def test_a_checker_has_looked(said: Mapping[str, str], checker: str, end: str) -> None:
    assert end in said[checker].splitlines()[-1], said[checker]
