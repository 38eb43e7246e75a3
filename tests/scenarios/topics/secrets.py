"""Secrets: what they hold, and what they have to hold by their type."""

from __future__ import annotations

from tests.scenarios.harness import Server, scenario, scenarios


@scenario
def a_new_secret(s: Server) -> None:
    s.post("secrets", {"metadata": {"name": "a"}, "stringData": {"b": "text"}})
    s.post("secrets", {"metadata": {"name": "b"}, "data": {"b": "dGV4dA=="}})
    s.post("secrets", {"metadata": {"name": "c"}, "data": {"b": "not base64"}})
    s.merge("secrets/a", {"type": "other"})
    s.merge("secrets/a", {"stringData": {"c": "more"}})


_NO_BASE64 = {
    "one letter": "1",
    "three letters": "abc",
    "five letters": "abcde",
    "padding too soon": "a=",
    "padding missing": "ab=",
    "too much padding": "ab===",
    "letters after the padding": "ab==cd==",
    "padding alone": "=",
    "another letter": "ab$d",
    "another letter instead of padding": "ab=d",
    "another letter at the end": "abcd$",
    "lines": "ab\ncd\nef",
}


@scenarios(_NO_BASE64)
def data_that_is_not_in_base64(s: Server, data: str) -> None:
    s.post("secrets", {"metadata": {"name": "a"}, "data": {"a": data}})


@scenario
def secrets_of_a_type(s: Server) -> None:
    s.post("secrets", {"metadata": {"name": "a"}, "type": "kubernetes.io/tls"})
    s.post("secrets", {"metadata": {"name": "b"}, "type": "kubernetes.io/basic-auth"})
    s.post("secrets", {"metadata": {"name": "c"}, "type": "example.com/own"})


_SECRETS: dict[str, tuple[str, dict[str, str]]] = {
    "an account's without the account": ("service-account-token", {"token": "t"}),
    "registries without their file": ("dockercfg", {".dockerconfigjson": "{}"}),
    "registries": ("dockercfg", {".dockercfg": '{"example.com": {}}'}),
    "registries that are a list": ("dockercfg", {".dockercfg": "[]"}),
    "registries in JSON without their file": ("dockerconfigjson", {".dockercfg": "{}"}),
    "registries in JSON": ("dockerconfigjson", {".dockerconfigjson": '{"auths": {}}'}),
    "registries that are nothing": ("dockerconfigjson", {".dockerconfigjson": "null"}),
    "registries that are text": ("dockerconfigjson", {".dockerconfigjson": '"x"'}),
    "half a file of registries": ("dockerconfigjson", {".dockerconfigjson": '{"auths":'}),
    "an empty file of registries": ("dockerconfigjson", {".dockerconfigjson": ""}),
    "a user alone": ("basic-auth", {"username": "u"}),
    "a password alone": ("basic-auth", {"password": "p"}),
    "no key of SSH": ("ssh-auth", {"key": "k"}),
    "an empty key of SSH": ("ssh-auth", {"ssh-privatekey": ""}),
    "a key of SSH": ("ssh-auth", {"ssh-privatekey": "k"}),
}


@scenarios(_SECRETS)
def a_secret_of_a_type(s: Server, secret: tuple[str, dict[str, str]]) -> None:
    kind, data = secret
    body = {"metadata": {"name": "a"}, "type": f"kubernetes.io/{kind}", "stringData": data}
    s.post("secrets", body)


@scenario
def secrets_keep_the_keys_of_their_type(s: Server) -> None:
    annotations = {"kubernetes.io/service-account.name": "robot"}
    metadata = {"name": "a", "annotations": annotations}
    s.post("secrets", {"metadata": metadata, "type": "kubernetes.io/service-account-token"})
    s.merge("secrets/a", {"metadata": {"annotations": None}})
    data = {"username": "dQ=="}
    s.made("secrets", {"metadata": {"name": "b"}, "type": "kubernetes.io/basic-auth", "data": data})
    s.merge("secrets/b", {"data": None})
