"""One call from nothing to a client."""

from __future__ import annotations

from typing import Any, cast

import pytest

from kubewright.config.connect import connect
from kubewright.config.overrides import Overrides
from kubewright.errors import ConfigError
from kubewright.rest.config import Config


@pytest.mark.parametrize(
    ("options", "namespace"),
    [
        pytest.param({}, "team", id="context"),
        pytest.param({"namespace": "n"}, "n", id="argument"),
        pytest.param({"overrides": Overrides(namespace="o")}, "o", id="override"),
        pytest.param({"namespace": "n", "overrides": Overrides(namespace="o")}, "n", id="both"),
    ],
)
def test_the_namespace_of_the_client(
    kubeconfig: dict[str, Any], options: dict[str, Any], namespace: str
) -> None:
    with connect(kubeconfig=kubeconfig, **options) as client:
        assert client.namespace == namespace


def test_a_finished_configuration_is_used_as_it_is() -> None:
    with connect(Config(host="https://x", namespace="a")) as client:
        assert client.namespace == "a"


def test_a_namespace_goes_before_that_of_a_finished_configuration() -> None:
    with connect(Config(host="https://x", namespace="a"), namespace="b") as client:
        assert client.namespace == "b"


@pytest.mark.parametrize(
    "options",
    [{"kubeconfig": "x"}, {"context": "x"}, {"overrides": Overrides(token="t")}],
    ids=["kubeconfig", "context", "overrides"],
)
def test_a_finished_configuration_takes_nothing_else(options: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="config is finished"):
        connect(Config(host="https://x"), **options)


def test_a_path_in_the_place_of_the_configuration_is_told_apart() -> None:
    with pytest.raises(ConfigError, match="config is no Config but str; a file is kubeconfig="):
        connect(cast("Config", "admin.conf"))
