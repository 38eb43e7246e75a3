"""Each folder of ``golden`` holds documents and the package that they have to give.

``KUBEWRIGHT_UPDATE_GOLDEN=1`` writes the packages anew; the diff then tells what changed.
"""

import os
import shutil
from pathlib import Path

import pytest

from kubewright_gen.config import PackageOptions, Sources
from kubewright_gen.generate import read_documents, render_files
from kubewright_gen.progress import SilentProgress

GOLDEN = Path(__file__).parent / "golden"
CASES = sorted(path.parent.name for path in GOLDEN.glob("*/input"))
UPDATE = bool(os.environ.get("KUBEWRIGHT_UPDATE_GOLDEN"))


def generated(case: str) -> dict[str, str]:
    folder = str(GOLDEN / case / "input")
    is_saved = (GOLDEN / case / "input" / "openapi").is_dir()
    sources = Sources(openapi=(folder,)) if is_saved else Sources(crd=(folder,))
    options = PackageOptions(package=case, output=Path(), sources=sources)
    progress = SilentProgress()
    files, notes = render_files(read_documents(options, progress), options, progress)
    return {**files, "NOTES": "".join(f"{note}\n" for note in notes)}


def expected(case: str) -> dict[str, str]:
    folder = GOLDEN / case / "expected"
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in folder.rglob("*")
        if path.is_file() and path.parent.name != "__pycache__"
    }


def rewrite(case: str, files: dict[str, str]) -> None:
    folder = GOLDEN / case / "expected"
    shutil.rmtree(folder, ignore_errors=True)
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")


@pytest.mark.parametrize("case", CASES)
def test_the_package_is_the_expected_one(case: str) -> None:
    files = generated(case)
    if UPDATE:
        rewrite(case, files)
    assert files == expected(case)
