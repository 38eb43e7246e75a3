"""Formatting is black's, whatever way it is done."""

import subprocess
from collections.abc import Mapping
from typing import Any

import black
import pytest
from black.mode import TargetVersion

from kubewright_gen.errors import VerifyError
from kubewright_gen.render import format as formatting
from kubewright_gen.render.format import format_files, format_python

MODE = black.Mode(line_length=100, target_versions={TargetVersion.PY311})

SOURCES = {
    "one line": "x = 1\n",
    "nothing": "",
    "classes close together": "from a import b\nclass A:\n    x: int = 1\nclass B(A):\n  y = 'a'\n",
    "classes far apart": "class A: pass\n\n\n\n\n\nclass B: pass\n\n\n\n\nx = A\n",
    "a comment before a class": "class A: pass\n# about B\nclass B: pass\n\n# C\n\nclass C: pass\n",
    "a decorator": "class A: pass\n@d\nclass B: pass\nclass C: pass\n",
    "a class in a text": 'class A:\n    """Text\nclass B: is text\nclass C\n"""\nclass D: pass\n',
    "a class in brackets": "x = (\n1)\nclass A: pass\ny = [\n\n1]\nclass B: pass\nclass C: pass\n",
    "header and docstring": '# Code\n"""Doc."""\nfrom a import b\nX = [\n"a"]\nclass A: pass\nclass B: pass\n',
    "only a docstring before": '"""Doc."""\nclass A: pass\nclass B: pass\nclass C: pass\n',
    "only a comment before": "# Code\nclass A: pass\nclass B: pass\nclass C: pass\n",
    "functions between": "class A: pass\ndef f(): pass\nclass B: pass\nx = 1\nclass C: pass\n",
    "an if before": "if X:\n    from a import b\nclass A: pass\nclass B: pass\nclass C: pass\n",
    "long lines": f"class A({'B' * 60}, {'C' * 60}): pass\nclass D: x = f({'a, ' * 60})\nclass E: ...\n",
}


@pytest.mark.parametrize("text", SOURCES.values(), ids=SOURCES)
def test_the_result_is_what_black_makes_of_the_whole(text: str) -> None:
    assert format_python(text, "a.py") == black.format_str(text, mode=MODE)


def many() -> dict[str, str]:
    body = "\n".join(f"    field_{i}: Annotated[str, Field(alias='x')]=None" for i in range(4))
    files = {f"m{i}.py": "\n".join(f"class A{j}:\n{body}" for j in range(i + 1)) for i in range(9)}
    return {**files, "py.typed": ""}


@pytest.fixture
def worth_little(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formatting, "_WORTH_A_PROCESS", 500)


@pytest.fixture(scope="module")
def formatted() -> Mapping[str, str]:
    return format_files(many(), processes=1)


@pytest.mark.usefixtures("worth_little")
def test_several_processes_give_the_same_in_the_same_order(formatted: Mapping[str, str]) -> None:
    assert list(format_files(many(), processes=3).items()) == list(formatted.items())


@pytest.mark.usefixtures("worth_little")
@pytest.mark.parametrize("python", ["", "/nowhere/python", "/bin/false", "/bin/true"])
def test_without_a_second_process_the_first_does_it_all(
    python: str, formatted: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.executable", python)

    assert format_files(many(), processes=2) == formatted


@pytest.mark.usefixtures("worth_little")
@pytest.mark.parametrize("bad", ["m0.py", "m8.py"])
def test_what_is_no_python_is_named_wherever_it_is_formatted(bad: str) -> None:
    with pytest.raises(VerifyError) as caught:
        format_files({**many(), bad: "class A:\n" + "x = (\n" * 300}, processes=3)

    assert caught.value.file == bad


@pytest.mark.usefixtures("worth_little")
def test_no_process_survives_an_interrupt(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[subprocess.Popen[bytes]] = []
    popen: Any = subprocess.Popen

    def watched(*arguments: Any, **options: Any) -> Any:
        started.append(popen(*arguments, **options))
        return started[-1]

    def interrupt(_: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(subprocess, "Popen", watched)
    with pytest.raises(KeyboardInterrupt):
        format_files(many(), processes=3, advance=interrupt)

    assert [process.returncode is not None for process in started] == [True, True]
