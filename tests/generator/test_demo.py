"""The demo: what it shows, what it keeps, and that it leaves nothing behind."""

from __future__ import annotations

import io
import re
import sys
import threading
from pathlib import Path

import pytest
from rich.console import Console

from kubewright_gen import demo
from kubewright_gen.demo.examples import example_file
from kubewright_gen.errors import SourceError


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> str:
    shown = io.StringIO()
    folder = tmp_path_factory.mktemp("demo")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tempfile.tempdir", str(folder))
        assert demo.main(Console(file=shown, width=100)) == 0
    assert list(folder.iterdir()) == []
    return shown.getvalue()


@pytest.mark.parametrize(
    "expected",
    [
        "$ kubewright testserver --crd website-crd.yaml --kubeconfig kubeconfig",
        "$ kubewright generate --cluster --include 'web.example.com/*' --package acme.kube",
        "! the server warns: web.example.com/v1beta1 Website is deprecated",
        "acme/kube/web_example_com_v1/models.py",
        "class WebsiteSpec(Model):",
        "→ premium: ['shop']",
        "→ MODIFIED shop: shop:1.4, 5 replicas, Ready",
        '→ ConflictError: Apply failed with 1 conflict: conflict with "pipeline": .spec.image',
        "→ both changes are there: free {'LANG': 'en'}",
        "→ left: ['shop']",
        "you       create the Website news: 3 of news:1",
        "operator  creates the Deployment news: 3 of news:1",
        "operator  updates the Deployment news: 5 of news:1",
        "operator  updates the Deployment news: 5 of news:2",
        "operator  creates the Deployment news: 5 of news:2",
        "operator  says that news is Ready: 5 ready",
        "  NAME        READY       UP-TO-DATE  AVAILABLE   AGE",
        "  news        5/5         5           5 ",
    ],
)
def test_it_shows(plain: str, expected: str) -> None:
    assert expected in plain


def test_a_pipe_gets_plain_text(plain: str) -> None:
    assert "\x1b" not in plain


def test_a_terminal_gets_colours_and_the_progress_of_each_stage() -> None:
    shown = io.StringIO()

    demo.main(Console(file=shown, width=100, force_terminal=True, color_system="standard"))

    assert "\x1b[" in shown.getvalue()
    stages = re.findall(r"  (\w+) +\d\.\d\d s", shown.getvalue())
    assert stages == ["read", "resolve", "models", "format", "verify", "write"]


def test_the_package_stays_where_it_is_asked_for(tmp_path: Path) -> None:
    demo.main(Console(file=io.StringIO()), output=tmp_path)

    assert (tmp_path / "acme" / "kube" / "clientset.py").is_file()
    assert not list(tmp_path.rglob("__pycache__"))


def test_nothing_stays_in_the_process() -> None:
    def state() -> object:
        modules = {module for module in sys.modules if "acme" in module}
        return list(sys.path), sys.dont_write_bytecode, modules, set(threading.enumerate())

    before = state()

    demo.main(Console(file=io.StringIO()))

    assert state() == before


def test_an_example_that_is_not_installed_is_a_clear_error() -> None:
    with pytest.raises(SourceError, match=r"none\.yaml: this example is not installed"):
        example_file("none.yaml")
