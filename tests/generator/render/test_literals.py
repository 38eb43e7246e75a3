"""Whatever a text holds, the code is one string, and the string is the text."""

import ast
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubewright_gen.output.verify import verify_text
from kubewright_gen.render.format import format_python
from kubewright_gen.render.literals import docstring, literal
from tests.support.hostile import PAYLOADS

TEXTS = [
    *PAYLOADS.values(),
    '"', '""', '"""', '""""', '"""""""', 'a"', '"a', 'a"""', '\\"', '\\"""', "'", "'''", "\\",
    "\\\\", "a\\", "\\n", "\\x41", "\\N{BULLET}", "\\u0041", "\0", "\x1b[31m", "\x7f", "\x85",
    "\xa0", "\u2028", "\u202e", "\u2066", "\u200b", "\ufeff", "\ud800", "\ue000", "{{ a }}", "{% b",
    "{0} %s ${x}", "#", "a\tb", "a\r\nb", "a\rb", "a\fb\vc", "  a", "a  ", "a\n\n\nb", "é 💥 µ ﬁ",
    "word " * 60, "w" * 300, "- a\n- b\n    c", '"""\n"""\n"""', " ", "",
]  # fmt: skip
texts = st.text(max_size=200) | st.text('"\\\n\t a', max_size=40)


@pytest.mark.parametrize("text", TEXTS, ids=ascii)
def test_a_literal_evaluates_to_its_text(text: str) -> None:
    assert ast.literal_eval(literal(text)) == text


@pytest.mark.parametrize("text", TEXTS, ids=ascii)
@pytest.mark.parametrize("indent", [0, 4, 8])
def test_a_docstring_evaluates_to_the_words_of_its_text(text: str, indent: int) -> None:
    assert ast.literal_eval(docstring(text, indent)).split() == text.split()


@given(texts)
def test_any_text_is_its_literal(text: str) -> None:
    assert ast.literal_eval(literal(text)) == text


@given(texts, st.sampled_from([0, 4, 8]))
def test_the_words_of_any_text_are_in_its_docstring(text: str, indent: int) -> None:
    assert ast.literal_eval(docstring(text, indent)).split() == text.split()


@given(texts)
def test_code_of_any_text_is_fit_to_be_shown_and_stays_what_it_is_when_formatted(text: str) -> None:
    module = (
        f"class A:\n    {docstring(text)}\n\n    a: str = {literal(text)}\n    {docstring(text)}\n"
    )
    verify_text(module, "a.py")
    formatted = verify_text(format_python(module, "a.py"), "a.py")

    constants = [node.value for node in ast.walk(formatted) if isinstance(node, ast.Constant)]
    docs = [value.split() for value in (constants[0], constants[-1]) if isinstance(value, str)]
    assert constants[1] == text
    assert docs == [text.split(), text.split()]


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (None, "None"),
        (True, "True"),
        (-7, "-7"),
        ((), "()"),
        (("a",), '("a",)'),
        (("a", 1), '("a", 1)'),
        (["a", "b"], '["a", "b"]'),
        ([], "[]"),
        (("a", ("b",)), '("a", ("b",))'),
        ("\x00\u202e\U000e0001", '"\\x00\\u202e\\U000e0001"'),
    ],
    ids=repr,
)
def test_a_literal_is_spelled(value: Any, code: str) -> None:
    assert literal(value) == code


@pytest.mark.parametrize(
    "value", [1.5, b"a", {"a": 1}, object(), {1}], ids=lambda v: type(v).__name__
)
def test_other_values_have_no_literal(value: object) -> None:
    with pytest.raises(TypeError, match="no literal for"):
        literal(value)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("One line.", '"""One line."""'),
        ("", '""""""'),
        ('ends "so"', '"""ends "so"\n    """'),
        ("first\n\nsecond", '"""first\n\n    second\n    """'),
        ("list:\n  - a\n  - b", '"""list:\n      - a\n      - b\n    """'),
        ("  both ends  ", '"""both ends"""'),
    ],
)
def test_a_docstring_is_spelled(text: str, code: str) -> None:
    assert docstring(text) == code


def test_a_docstring_is_no_wider_than_the_line() -> None:
    code = docstring("some words " * 100, 8)

    assert max(map(len, ("        " + code).splitlines())) <= 100
