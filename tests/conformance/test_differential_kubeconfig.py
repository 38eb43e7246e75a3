"""Random kubeconfigs, one or several, say to us what they say to clientcmd."""

from __future__ import annotations

import base64
import random
from pathlib import Path
from typing import Any

import pytest
import trustme
import yaml

from kubewright import ConfigError
from kubewright.auth.exec_plugin import ExecPluginSource
from kubewright.config.loader import load_config
from kubewright.config.overrides import Overrides
from kubewright.rest.config import Config
from tests.differential import ask, seeded

pytestmark = pytest.mark.conformance

_COUNT = 600
_NAMES = ["a", "b", "c"]


class Material:
    """Certificates and tokens, as data and as files."""

    def __init__(self, folder: Path) -> None:
        ca = trustme.CA()
        leaf = ca.issue_cert("client")
        contents = {
            "ca.crt": ca.cert_pem.bytes(),
            "client.crt": leaf.cert_chain_pems[0].bytes(),
            "client.key": leaf.private_key_pem.bytes(),
            "token": b"token-of-file",
        }
        self.data: dict[str, str] = {}
        for name, content in contents.items():
            (folder / name).write_bytes(content)
            self.data[name] = base64.b64encode(content).decode()
        self.paths = {name: str(folder / name) for name in contents}


def _maybe(rand: random.Random, chance: float, **fields: Any) -> dict[str, Any]:
    return fields if rand.random() < chance else {}


def _cluster(rand: random.Random, material: Material) -> dict[str, Any]:
    server = rand.choice(["https://one:6443", "https://two/base", "http://plain", "three:443", ""])
    cluster: dict[str, Any] = {"server": server}
    if rand.random() < 0.5:
        path = rand.choice(["ca.crt", material.paths["ca.crt"], "missing.crt"])
        cluster |= {"certificate-authority": path}
    cluster |= _maybe(rand, 0.3, **{"certificate-authority-data": material.data["ca.crt"]})
    cluster |= _maybe(rand, 0.2, **{"insecure-skip-tls-verify": True})
    cluster |= _maybe(rand, 0.2, **{"tls-server-name": "name"})
    return cluster | _maybe(rand, 0.2, **{"proxy-url": "http://proxy:3128"})


def _user(rand: random.Random, material: Material) -> dict[str, Any]:
    user: dict[str, Any] = {}
    user |= _maybe(rand, 0.4, token="tok")
    user |= _maybe(rand, 0.2, tokenFile=rand.choice(["token", material.paths["token"]]))
    user |= _maybe(rand, 0.15, username="u", password="p")
    if rand.random() < 0.3:
        user |= {"client-certificate": "client.crt", "client-key": "client.key"}
    elif rand.random() < 0.3:
        user |= {"client-certificate-data": material.data["client.crt"]}
        user |= _maybe(rand, 0.8, **{"client-key-data": material.data["client.key"]})
    user |= _maybe(rand, 0.15, **{"as": "bob", "as-groups": ["g", "h"]})
    user |= _maybe(rand, 0.05, **{"as-groups": ["g"]})
    version = rand.choice(["v1", "v1beta1"])
    plugin = {"command": rand.choice(["login", "./login", "/bin/login", ""])}
    plugin |= {"apiVersion": f"client.authentication.k8s.io/{version}"}
    plugin |= _maybe(rand, 0.7, interactiveMode=rand.choice(["Never", "IfAvailable", "Often"]))
    return user | _maybe(rand, 0.2, exec=plugin)


def _context(rand: random.Random) -> dict[str, Any]:
    context: dict[str, Any] = {}
    context |= _maybe(rand, 0.95, cluster=rand.choice(_NAMES))
    context |= _maybe(rand, 0.9, user=rand.choice(_NAMES))
    return context | _maybe(rand, 0.5, namespace=rand.choice(["shop", "shop", "No_Label"]))


def _file(rand: random.Random, material: Material) -> dict[str, Any]:
    def some(make: Any) -> list[str]:
        return rand.sample(_NAMES, rand.choice([1, 2, 3])) if make else []

    document: dict[str, Any] = {"apiVersion": "v1", "kind": "Config"}
    document["clusters"] = [{"name": n, "cluster": _cluster(rand, material)} for n in some(True)]
    document["users"] = [{"name": n, "user": _user(rand, material)} for n in some(True)]
    document["contexts"] = [{"name": n, "context": _context(rand)} for n in some(True)]
    return document | _maybe(rand, 0.8, **{"current-context": rand.choice([*_NAMES, "none"])})


def _question(rand: random.Random, folder: Path, material: Material) -> dict[str, Any]:
    files: list[str] = []
    for number in range(rand.choice([1, 1, 2, 3])):
        path = folder / f"{len(list(folder.iterdir()))}-{number}"
        files.append(str(path))
        if rand.random() < 0.95:
            path.write_text(yaml.safe_dump(_file(rand, material)))
    return {
        "files": files,
        "explicit": len(files) == 1 and rand.random() < 0.5,
        **_maybe(rand, 0.3, context=rand.choice([*_NAMES, "none"])),
        **_maybe(rand, 0.1, cluster=rand.choice(_NAMES)),
        **_maybe(rand, 0.1, user=rand.choice(_NAMES)),
        **_maybe(rand, 0.15, namespace="over"),
        **_maybe(rand, 0.1, server="https://over:1"),
        **_maybe(rand, 0.1, token="over"),
    }


def _loaded(question: dict[str, Any], home: Path) -> Config:
    options = {key: question.get(key) for key in ("context", "cluster", "user", "namespace")}
    overrides = Overrides(server=question.get("server"), token=question.get("token"), **options)
    environ = {"KUBECONFIG": ":".join(question["files"]), "HOME": str(home)}
    explicit = question["files"][0] if question["explicit"] else None
    return load_config(explicit, overrides=overrides, environ=environ, service_account=home)


def _ours(question: dict[str, Any], home: Path) -> dict[str, Any] | None:
    try:
        config = _loaded(question, home)
        source = config.credentials
        plugin = source.spec.command if isinstance(source, ExecPluginSource) else ""
        credentials = None if plugin else source.current()
    except ConfigError:
        return None
    certificate = credentials.certificate if credentials else None
    user = config.impersonate
    secure = config.url.startswith("https://")
    return {
        "host": config.host,
        "namespace": config.namespace,
        # client-go leaves out what is about TLS where there is none
        "insecure": secure and config.insecure_skip_tls_verify,
        "name": (secure and config.tls_server_name) or "",
        "ca": (secure and ((config.ca_data or b"").decode() or _content(config.ca_file))) or "",
        "cert": certificate.cert.decode() if certificate else "",
        "key": certificate.key.decode() if certificate else "",
        "token": (credentials and credentials.token) or "",
        "username": (credentials and credentials.username) or "",
        "password": (credentials and credentials.password) or "",
        "as": user.user if user else "",
        "groups": list(user.groups) if user else [],
        "command": plugin,
        "proxy": config.proxy_url or "",
    }


def _content(path: str | None) -> str:
    return Path(path).read_text() if path else ""


def _theirs(output: Any, override: str | None) -> Any:
    """What client-go's answer comes to: files as their content, and one kind of credentials."""
    if output is None:
        return None
    answer: dict[str, Any] = {**output, "groups": output["groups"] or []}
    for name in ("ca", "cert", "key"):
        path = answer.pop(f"{name}_file")
        answer[name] = answer[name] or _content(path)
    path = answer.pop("token_file")
    if path and override is None:  # in client-go the file goes before a token that is given
        answer["token"] = _content(path)
    if answer["token"] or answer["username"] or answer["cert"]:
        answer["command"] = ""  # client-go runs no plugin then, when it makes the transport
    return answer


# what we refuse and client-go takes, with the reason
_STRICTER = {
    "is no name of a namespace": "client-go looks at the namespace when it is given as a flag only",
    "does not exist": "client-go goes on without a cluster or user that the context names",
    "has both token and username": "client-go does not count a tokenFile beside a password",
    "exclude each other": "client-go refuses a CA beside insecure when it connects",
}
# what client-go refuses and we take
_LAXER = {
    "found [token basicAuth]": "an override goes before what the kubeconfig has of the kind",
    "are both specified": "data go before files, as client-go's message says itself",
}


def _is_meant(question: dict[str, Any], ours: Any, error: str, home: Path) -> bool:
    if ours is not None:
        if "://" not in ours["host"]:
            return True  # client-go takes it for http whatever the cluster says, and sends no token
        return any(part in error for part in _LAXER)
    try:
        _loaded(question, home)
    except ConfigError as refusal:
        return any(part in str(refusal) for part in _STRICTER)
    return False


def test_kubeconfigs_say_what_they_say_to_go(tmp_path: Path) -> None:
    rand = seeded()
    material = Material(tmp_path)
    questions = [_question(rand, tmp_path, material) for _ in range(_COUNT)]
    answers = ask("kubeconfig", questions)
    assert sum(answer.output is not None for answer in answers) > _COUNT / 8
    differences: list[Any] = []
    for question, answer in zip(questions, answers, strict=True):
        ours, theirs = _ours(question, tmp_path), _theirs(answer.output, question.get("token"))
        if ours != theirs and not _is_meant(question, ours, answer.error, tmp_path):
            differences.append((question, ours, theirs, answer.error))
    assert not differences, (len(differences), differences[:3])
