"""Whatever a kubeconfig holds, it is used or refused: no other exception, no secret in a message."""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from kubewright._json import is_array, is_object
from kubewright.config.kubeconfig import parse
from kubewright.config.loader import load_config
from kubewright.config.yaml_document import read_yaml
from kubewright.errors import ConfigError

_GOOD: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "Config",
    "current-context": "c",
    "clusters": [
        {
            "name": "k",
            "cluster": {
                "server": "https://x:6443",
                "certificate-authority-data": "UEVN",
                "tls-server-name": "y",
                "proxy-url": "http://proxy:1",
                "extensions": [
                    {"name": "client.authentication.k8s.io/exec", "extension": {"a": 1}}
                ],
            },
        }
    ],
    "users": [
        {
            "name": "u",
            "user": {
                "exec": {
                    "command": "login",
                    "apiVersion": "client.authentication.k8s.io/v1",
                    "args": ["a"],
                    "env": [{"name": "A", "value": "b"}],
                    "interactiveMode": "Never",
                    "provideClusterInfo": True,
                },
                "as": "bob",
                "as-groups": ["g"],
                "as-user-extra": {"k": ["v"]},
            },
        }
    ],
    "contexts": [{"name": "c", "context": {"cluster": "k", "user": "u", "namespace": "n"}}],
}
_SECRET = "hunter2-very-secret"

_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just(_SECRET),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def _paths(value: Any, here: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    yield here
    if is_object(value):
        for key, item in value.items():
            yield from _paths(item, (*here, key))
    elif is_array(value):
        for index, item in enumerate(value):
            yield from _paths(item, (*here, index))


_PLACES = [path for path in _paths(_GOOD) if path]


def _with(path: tuple[str | int, ...], value: Any) -> dict[str, Any]:
    document = copy.deepcopy(_GOOD)
    inner: Any = document
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    return document


@given(path=st.sampled_from(_PLACES), value=_json)
@settings(max_examples=300)
def test_any_value_at_any_place_is_used_or_refused(path: tuple[str | int, ...], value: Any) -> None:
    document = _with(path, value)

    # any other exception fails the test
    with contextlib.suppress(ConfigError):
        load_config(document, environ={}, service_account=Path("/not/there"))


@given(
    field=st.sampled_from(
        ["token", "password", "client-key-data", "client-certificate-data", "tokenFile", "exec"]
    ),
    value=st.sampled_from([[_SECRET], {_SECRET: 1}, {"a": _SECRET}, [[_SECRET]]]),
)
def test_a_secret_of_the_wrong_type_is_not_shown(field: str, value: Any) -> None:
    _, problems = parse({"users": [{"name": "u", "user": {field: value}}]}, file="f")

    assert _SECRET not in "".join(problems)


@given(
    data=st.binary(max_size=200) | st.text(max_size=200).map(lambda t: t.encode("utf-8", "ignore"))
)
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    message = ""
    try:
        read_yaml(data)
    except ConfigError as error:
        message = str(error)

    assert "\n" not in message


@given(
    value=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner)
        | st.dictionaries(st.text().filter(lambda t: t != "<<"), inner),
    )
)
def test_what_yaml_writes_is_read_back(value: Any) -> None:
    text: str = yaml.safe_dump(value)

    assert read_yaml(text.encode()) == value
