"""What kubectl would read is read the same way; what is hostile ends early and clearly."""

from typing import Any

import pytest

from kubewright._yaml_documents import MAX_FILE_SIZE
from kubewright_gen.errors import SourceError
from kubewright_gen.sources.yaml_documents import load_documents


def load(text: str | bytes, file: str = "f.yaml") -> list[Any]:
    data = text.encode() if isinstance(text, str) else text
    return [value for value, _ in load_documents(data, file)]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("=", "="),
        ("on", True),
        ("No", False),
        ("y", True),
        ("'yes'", "yes"),
        ("~", None),
        ("0o17", 15),
        ("017", 15),
        ("-0x1F", -31),
        ("0b11", 3),
        ("08", 8.0),
        ("1_000", 1000),
        ("+1", 1),
        (".5", 0.5),
        ("1e3", 1000.0),
        ("1e999", "1e999"),
        ("12:30:45", "12:30:45"),
        ("2020-01-01", "2020-01-01"),
        ("2020-01-01T00:00:00Z", "2020-01-01T00:00:00Z"),
        ("18446744073709551615", 2**64 - 1),
        ("18446744073709551616", float(2**64)),
        ("!!str 1", "1"),
        ("!!float 1", 1.0),
        ("!!int 7", 7),
        ('"\\0\\x1b"', "\0\x1b"),
        ("|\n  a\n  b\n", "a\nb\n"),
        ("<<", "<<"),
    ],
)
def test_a_scalar_is_what_go_makes_of_it(text: str, value: object) -> None:
    read = load(f"- {text}")[0][0]
    assert (read, type(read)) == (value, type(value))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("y: 1", {"true": 1}),
        ("1: a", {"1": "a"}),
        ("a: &x {b: 1}\nc: *x", {"a": {"b": 1}, "c": {"b": 1}}),
        ("a: &x {b: 1, c: 2}\nd: {c: 3, <<: *x}", {"a": {"b": 1, "c": 2}, "d": {"c": 3, "b": 1}}),
        ("a: &x {b: 1}\nd: {<<: [*x], b: 2}", {"a": {"b": 1}, "d": {"b": 2}}),
        ('{"a": [1, 2.5, null, true]}', {"a": [1, 2.5, None, True]}),
        ("{a: 1}", {"a": 1}),
    ],
    ids=["bool-key", "int-key", "alias", "merge", "merge-list", "json", "flow"],
)
def test_an_object_is_what_kubectl_makes_of_it(text: str, value: object) -> None:
    assert load(text) == [value]


def test_documents_come_with_their_lines() -> None:
    found = list(load_documents(b"a: 1\n---\n# nothing\n---\nb: 2\n", "f.yaml"))
    assert [value for value, _ in found] == [{"a": 1}, {"b": 2}]
    assert [line for _, line in found] == [1, 4]


BOMB = "a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{previous}'] * 10)}]\n"
    for previous, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (BOMB, "aliases stand for more than 200,000 values"),
        ("a: &a [*a]", "line 1: the alias 'a' has no anchor before it"),
        ("[" * 100_000, "nested deeper than 500 levels"),
        ("- " * 100_000, "nested deeper than 500 levels"),
        ('{"a":' * 100_000, "nested deeper than 500 levels"),
        ("a: 1\nb: 2\na: 3\n", "line 3: the key 'a' comes twice"),
        ('{"a": 1, "b": {"c": 1, "c": 2}}', "the key 'c' comes twice"),
        ("!!python/object/apply:os.system [x]", "refused: only plain data is read"),
        ("a: !!python/name:os.system x", "refused: only plain data is read"),
        ("a: !!binary eA==", "refused: only plain data is read"),
        ("a: !own x", "refused: only plain data is read"),
        ("a: .inf", "line 1: .inf cannot be said in JSON"),
        ("a: .nan", "line 1: .nan cannot be said in JSON"),
        ("? [a]\n: b", "cannot be a key: keys are text"),
        ("a:\n  - b\n c: d", "line 3: no YAML"),
        (b"a: \xff", "no YAML"),
        (b"a: \0", "no YAML: control characters are not allowed"),
        ("<<: 1", "<< takes an object or a list of objects"),
    ],
    ids=lambda value: str(value)[:20].strip() if isinstance(value, str) else None,
)
def test_what_is_hostile_or_malformed_is_one_line(text: str | bytes, message: str) -> None:
    with pytest.raises(SourceError) as caught:
        load(text)
    assert message in str(caught.value)
    assert str(caught.value).startswith("f.yaml: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"a": 1,}', "f.json: line 1: no JSON"),
        ('{"a": NaN}', "f.json: NaN is no JSON"),
        ('{"a": 1e999', "f.json: line 1: no JSON"),
        ('{"a": ' + "9" * 5000 + "}", "a number beyond the range of a double"),
    ],
    ids=["comma", "nan", "cut", "huge-integer"],
)
def test_malformed_json_is_named_as_such(text: str, message: str) -> None:
    with pytest.raises(SourceError, match=message):
        load(text, "f.json")


def test_a_huge_file_is_refused_unread() -> None:
    with pytest.raises(SourceError, match="more than 134,217,728 are not read"):
        load(b"#" * (MAX_FILE_SIZE + 1))


def test_too_many_values_are_refused() -> None:
    with pytest.raises(SourceError, match="more than 3,000,000 values"):
        load(b"[" + b"[]," * 1_600_000 + b"[]]", "f.json")
