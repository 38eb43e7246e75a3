"""What users install: the wheel, as hatchling builds it."""

from __future__ import annotations

import re
import zipfile
from email import message_from_bytes
from pathlib import Path

import pytest
from hatchling.build import build_wheel

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        return zipfile.ZipFile(folder / build_wheel(str(folder)))


def test_it_holds_the_four_packages_and_nothing_else(wheel: zipfile.ZipFile) -> None:
    tops = {name.split("/")[0] for name in wheel.namelist()}

    assert {top for top in tops if not top.endswith(".dist-info")} == {
        "kubewright",
        "kubewright_gen",
        "kubewright_k8s",
        "kubewright_templates",
    }


def test_every_source_file_is_in_it(wheel: zipfile.ZipFile) -> None:
    roots = ["runtime/kubewright", "generator/kubewright_gen", "templates/kubewright_templates"]
    expected = {
        path.relative_to(ROOT / root.split("/")[0]).as_posix()
        for root in [*roots, "generated/kubewright_k8s"]
        for path in (ROOT / root).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }

    assert expected <= set(wheel.namelist())


@pytest.mark.parametrize("package", ["kubewright", "kubewright_k8s"])
def test_it_says_that_it_is_typed(wheel: zipfile.ZipFile, package: str) -> None:
    assert f"{package}/py.typed" in wheel.namelist()


def test_the_base_needs_no_library_of_the_generator(wheel: zipfile.ZipFile) -> None:
    name = next(n for n in wheel.namelist() if n.endswith(".dist-info/METADATA"))
    needed = message_from_bytes(wheel.read(name)).get_all("Requires-Dist") or []
    base = {re.split(r"[^\w-]", text)[0] for text in needed if "extra ==" not in text}

    expected = "msgspec pydantic pyyaml requests typing-extensions urllib3 websockets"
    assert base == set(expected.split())


def test_it_has_the_command(wheel: zipfile.ZipFile) -> None:
    name = next(n for n in wheel.namelist() if n.endswith("entry_points.txt"))

    assert "kubewright = kubewright.__main__:main" in wheel.read(name).decode()


def test_it_has_the_licence_and_the_notice(wheel: zipfile.ZipFile) -> None:
    names = {name.rpartition("/")[2] for name in wheel.namelist() if "/licenses/" in name}

    assert names == {"LICENSE", "NOTICE"}
