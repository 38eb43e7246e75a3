"""A document from anywhere becomes plain values, or one clear error."""

from __future__ import annotations

from typing import Any

import pytest

from kubewright.config.yaml_document import LARGEST_DOCUMENT, read_yaml
from kubewright.errors import ConfigError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", None, id="empty"),
        pytest.param("# only a comment\n", None, id="comment"),
        pytest.param("a: on\nb: =\nc: yes", {"a": "on", "b": "=", "c": "yes"}, id="words are text"),
        pytest.param("a: 10\nb: 0x1f\nc: 0", {"a": 10, "b": 31, "c": 0}, id="integers"),
        pytest.param("a: 010\nb: 089", {"a": "010", "b": "089"}, id="a leading zero makes text"),
        pytest.param("a: 1.5\nb: 1.0e+3", {"a": 1.5, "b": 1000.0}, id="floats"),
        pytest.param("a: 1e3\nb: .inf", {"a": "1e3", "b": ".inf"}, id="no floats to everybody"),
        pytest.param("a: ~\nb:\nc: ''", {"a": None, "b": None, "c": ""}, id="null is not empty"),
        pytest.param("a: '1'\nb: !!str 1", {"a": "1", "b": "1"}, id="quoted is text"),
        pytest.param("a: 2026-01-01", {"a": "2026-01-01"}, id="no dates"),
        pytest.param('{"a": [1, {"b": true}]}', {"a": [1, {"b": True}]}, id="JSON"),
        pytest.param("a: |\n  x\n  y\n", {"a": "x\ny\n"}, id="block"),
        pytest.param("a: &x [1]\nb: *x", {"a": [1], "b": [1]}, id="alias"),
        pytest.param("a: " + "9" * 5000, {"a": "9" * 5000}, id="no endless number"),
    ],
)
def test_plain_yaml_becomes_plain_values(text: str, expected: Any) -> None:
    assert read_yaml(text.encode()) == expected


_BOMB = "a0: &a0 [x, x, x]\n" + "".join(
    f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 12)
)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        pytest.param(b"a: [", "line 2, column 1: not YAML: did not find", id="damaged"),
        pytest.param(b"a:\n\tb: c", "line 2, column 1: not YAML: found character", id="tab"),
        pytest.param(b"\x00\xff", "bytes that are not UTF-8 text", id="binary"),
        pytest.param(b"a: \xff", "bytes that are not UTF-8 text", id="latin"),
        pytest.param(b"a: !!python/object/apply:os.system [x]", "column 4: a tag", id="python"),
        pytest.param(b"password: !hunter2", "column 11: a tag (!)", id="own tag"),
        pytest.param(b"a: !!binary aGk=", "column 4: a tag", id="binary tag"),
        pytest.param(b"a: 1\na: 2", "line 2, column 1: the key 'a' is there twice", id="doubled"),
        pytest.param(b"a: &x {b: 1}\nc: {<<: *x}", "merge keys", id="merge"),
        pytest.param(b"1: a", "a key that is not text", id="number for a key"),
        pytest.param(b"? [a]\n: b", "a key that is not text", id="list for a key"),
        pytest.param(b"a: &x [*x]", "an alias (*) without an anchor", id="alias to itself"),
        pytest.param(b"a: 1\n---\nb: 2", "a second document", id="two documents"),
        pytest.param(b"[" * 100_000, "nested more than 64", id="deep list"),
        pytest.param(b"{a: " * 100_000, "nested more than 64", id="deep object"),
        pytest.param(_BOMB.encode(), "more than 1,000,000 values", id="alias bomb"),
        pytest.param(b"#" * (LARGEST_DOCUMENT + 1), "larger than 16 MiB", id="large"),
    ],
)
def test_hostile_yaml_is_one_clear_error(data: bytes, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_yaml(data)

    assert message in str(caught.value)
    assert "hunter2" not in str(caught.value)
