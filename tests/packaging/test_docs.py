"""What the documents say of files, modules and commands is so."""

from __future__ import annotations

import importlib
import os
import re

import pytest

from tests.scenarios.differences import DIFFERENCES, OTHER_WORDS
from tests.support.client_go_table import ROOT, Row, rows

UPDATE = "KUBEWRIGHT_UPDATE_GOLDEN"
_DOCUMENTS = sorted(path.name for path in ROOT.glob("*.md"))
_LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.packages[0])
def test_a_row_of_client_go_names_what_is_there(row: Row) -> None:
    assert row.ours
    assert row.shown
    assert row.files or not row.modules, "what is ours is shown by a test"
    for name in row.files:
        assert (ROOT / name).is_file(), name
    for name in row.modules:
        assert _exists(name), name


@pytest.mark.parametrize("name", _DOCUMENTS)
def test_links_lead_to_files(name: str) -> None:
    missing = [
        target
        for target in _LINK.findall((ROOT / name).read_text())
        if not (ROOT / target).exists()
    ]
    assert missing == []


def _exists(name: str) -> bool:
    try:
        importlib.import_module(name)
    except ModuleNotFoundError:
        module, _, attribute = name.rpartition(".")
        return hasattr(importlib.import_module(module), attribute)
    return True


def test_every_difference_of_the_server_in_memory_is_told() -> None:
    document = ROOT / "TESTING.md"
    text, mark, told = document.read_text().partition("test_docs.py -->\n")
    lines = [f"* {reason}" for reason in dict.fromkeys(DIFFERENCES.values())]
    lines += ["", "And these answers only say it in other words:", ""]
    lines += [f"* {reason}" for reason in dict.fromkeys(OTHER_WORDS.values())]
    expected = "\n" + "\n".join(lines) + "\n"
    if os.environ.get(UPDATE):
        document.write_text(text + mark + expected)
    else:
        assert told == expected, f"{UPDATE}=1 writes it anew"
