"""Keys, certificates, requests and the files of a store are the same to client-go and to us."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from kubewright._json import is_array
from kubewright.certificates import (
    CertificatePair,
    CertificateTemplate,
    FileStore,
    PrivateKey,
    SentRequest,
    SigningError,
    certificates_from_pem,
    certificates_to_pem,
    generate_key,
    key_from_pem,
    key_to_pem,
    request_certificate,
    self_signed_authority,
    self_signed_pair,
)
from kubewright.certificates.models import (
    CertificateSigningRequest,
    CertificateSigningRequestSpec,
)
from kubewright.certificates.template import names_in
from kubewright.errors import DecodeError
from kubewright.meta_v1 import ObjectMeta
from kubewright.testing import FakeCluster
from tests.differential import ask, seeded
from tests.support.signer import sign

pytestmark = [
    pytest.mark.conformance,
    pytest.mark.filterwarnings("ignore:Attribute's length must be"),
]

_COUNT = 300
_KEYS: list[PrivateKey] = [
    generate_key(),
    generate_key(bits=384),
    generate_key(bits=521),
    generate_key("rsa"),
    generate_key("rsa", bits=3072),
]
_NAMES = ["jane", "system:node:" + "n" * 80, "größe", "a b", "x,y=z", "q"]
_GROUPS = ["system:nodes", "developers", "ü", "a+b", "z"]
_HOSTS = ["a.example", "*.b.example", "localhost", "web.shop.svc"]
_ADDRESSES = ["10.0.0.1", "::1", "fd00::1", "192.168.0.7", "::ffff:10.0.0.9"]


def _some(rand: random.Random, values: list[str]) -> tuple[str, ...]:
    return tuple(rand.sample(values, rand.choice([0, 0, 1, 2, 3])))


def _template(rand: random.Random) -> CertificateTemplate:
    return CertificateTemplate(
        rand.choice(_NAMES),
        organizations=_some(rand, _GROUPS),
        dns_names=_some(rand, _HOSTS),
        ip_addresses=_some(rand, _ADDRESSES),
    )


def _different(pairs: list[tuple[Any, Any, Any]]) -> list[tuple[Any, Any, Any]]:
    return [each for each in pairs if each[1] != each[2]]


def _pkcs8(key: PrivateKey | ed25519.Ed25519PrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def _block(label: str, body: str) -> str:
    return f"-----BEGIN {label}-----\n{body}\n-----END {label}-----\n"


def _pieces() -> list[str]:
    keys = [text for key in _KEYS for text in (key_to_pem(key).decode(), _pkcs8(key))]
    certificates = [self_signed_authority(name).certificate_pem.decode() for name in "ab"]
    headers = key_to_pem(_KEYS[0]).decode().replace("-----\n", "-----\nProc-Type: 4\n\n", 1)
    marked = certificates[0].replace("-----\n", "-----\nAbout: this\n\n", 1)
    return [
        *keys,
        *certificates,
        *certificates,
        *certificates,
        headers,
        marked,
        _pkcs8(ed25519.Ed25519PrivateKey.generate()),
        _block("EC PARAMETERS", "BggqhkjOPQMBBw=="),
        _block("PRIVATE KEY", "AAAA"),
        _block("CERTIFICATE REQUEST", "AAAA"),
        "some text\n",
        "\n\n",
    ]


def _spoiled(rand: random.Random, text: str) -> str:
    """Write the same otherwise, or spoil it."""
    lines = text.split("\n")
    match rand.choice(["lines", "spaces", "cut", "swap", "label", "indent", "short"]):
        case "lines":
            return "\r\n".join(lines)
        case "spaces":
            return "\n".join(line + " " for line in lines)
        case "cut":
            return "\n".join(lines[: max(len(lines) // 2, 1)]) + "\n"
        case "swap":
            rand.shuffle(lines)
            return "\n".join(lines)
        case "label":
            return text.replace("END ", "END OF ", 1)
        case "indent":
            return "\n".join(" " + line for line in lines)
        case _:
            return text.replace("-----\n", "----\n", 1)


def _pem_text(rand: random.Random, pieces: list[str]) -> str:
    chosen = [rand.choice(pieces) for _ in range(rand.choice([1, 1, 2, 3, 4]))]
    return "".join(_spoiled(rand, each) if rand.random() < 0.3 else each for each in chosen)


def _held(text: str) -> dict[str, str]:
    held = {"key": "", "certificates": ""}
    with suppress(DecodeError):
        held["key"] = key_to_pem(key_from_pem(text.encode())).decode()
    with suppress(DecodeError):
        held["certificates"] = certificates_to_pem(certificates_from_pem(text.encode())).decode()
    return held


def test_any_text_holds_the_same_key_and_certificates() -> None:
    rand = seeded()
    pieces = _pieces()
    texts = [_pem_text(rand, pieces) for _ in range(_COUNT)]
    answers = ask("certificates/pem", ({"text": text} for text in texts))

    results: list[tuple[Any, Any, Any]] = []
    for text, answer in zip(texts, answers, strict=True):
        # client-go reads such a key, and then cannot write it
        if answer.output["key"] != "ed25519.PrivateKey":
            results.append((text, _held(text), answer.output))
    assert sum(bool(each[1]["key"]) for each in results) > _COUNT / 5
    assert sum(bool(each[1]["certificates"]) for each in results) > _COUNT / 5
    assert not _different(results), (len(_different(results)), _different(results)[:2])


def _said(
    holder: x509.CertificateSigningRequest | x509.Certificate, key: PrivateKey
) -> dict[str, Any]:
    names, addresses = names_in(holder)
    subject = holder.subject
    digest = holder.signature_hash_algorithm
    assert digest is not None
    bits = digest.name.removeprefix("sha")
    family = {"rsa": f"SHA{bits}-RSA", "ec": f"ECDSA-SHA{bits}"}
    common = subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    organizations = subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    return {
        "common_name": "".join(str(each.value) for each in common),
        "organizations": sorted(str(each.value) for each in organizations),
        "dns_names": sorted(names),
        "ip_addresses": sorted(addresses),
        "signature": family["rsa" if isinstance(key, rsa.RSAPrivateKey) else "ec"],
    }


def _sorted(said: dict[str, Any]) -> dict[str, Any]:
    return {k: sorted(v) if is_array(v) else v for k, v in said.items()}


def test_requests_say_the_same_in_both_directions() -> None:
    rand = seeded()
    asked = [(_template(rand), rand.choice(_KEYS)) for _ in range(_COUNT)]
    requests = [template.signing_request(key) for template, key in asked]
    answers = ask(
        "certificates/request",
        (
            {
                "key": (key_to_pem(key).decode() if rand.random() < 0.5 else _pkcs8(key)),
                "request": request.decode(),
                "common_name": template.common_name,
                "organizations": template.organizations,
                "dns_names": template.dns_names,
                "ip_addresses": template.ip_addresses,
            }
            for (template, key), request in zip(asked, requests, strict=True)
        ),
    )

    results: list[tuple[Any, Any, Any]] = []
    for (template, key), request, answer in zip(asked, requests, answers, strict=True):
        assert answer.output, (template, answer.error)
        ours = x509.load_pem_x509_csr(request)
        theirs = x509.load_pem_x509_csr(answer.output["made"].encode())
        results.append((template, _said(ours, key), _sorted(answer.output["read"])))
        results.append((template, _said(ours, key), _said(theirs, key)))
        results.append((template, ours.subject == theirs.subject, True))
        results.append((template, theirs.is_signature_valid, True))
        results.append((template, list(template.usages_for(key)), answer.output["usages"]))
    assert not _different(results), (len(_different(results)), _different(results)[:2])


def test_self_signed_pairs_are_good_in_both_directions() -> None:
    rand = seeded()
    # client-go makes two RSA keys for each of its own
    hosts = [rand.choice(["one.example", "web.svc", "10.0.0.1", "::1"]) for _ in range(20)]
    pairs = [
        self_signed_pair(host, alternate_names=_some(rand, _HOSTS), key=rand.choice(_KEYS))
        for host in hosts
    ]
    answers = ask(
        "certificates/pair",
        (
            {
                "certificates": pair.certificate_pem.decode(),
                "key": pair.key_pem.decode(),
                "host": host,
            }
            for host, pair in zip(hosts, pairs, strict=True)
        ),
    )

    results: list[tuple[Any, Any, Any]] = []
    for host, pair, answer in zip(hosts, pairs, answers, strict=True):
        assert answer.output, (host, answer.error)
        read = _sorted(answer.output["read"])
        ours = _said(pair.leaf, _KEYS[0])  # signed by an authority with such a key
        results.append((host, ours, read))
        life = [pair.not_before.timestamp(), pair.not_after.timestamp()]
        results.append((host, life, [answer.output["not_before"], answer.output["not_after"]]))
        theirs = CertificatePair.from_pem(
            answer.output["certificates"].encode(), answer.output["key"].encode()
        )
        theirs.leaf.verify_directly_issued_by(theirs.certificates[1])
        same = CertificateTemplate(
            str(theirs.leaf.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value),
            dns_names=() if ":" in host or host[0] == "1" else (host,),
            ip_addresses=(host,) if ":" in host or host[0] == "1" else (),
        )
        results.append((host, same.missing_in(theirs.leaf), ""))
    assert not _different(results), (len(_different(results)), _different(results)[:2])


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder in some state, and the question about it."""

    path: Path
    question: dict[str, Any]

    @property
    def store(self) -> FileStore:
        return FileStore(
            "client",
            self.path,
            key_folder=self.question["key_folder"],
            cert_file=self.question["cert_file"],
            key_file=self.question["key_file"],
        )

    def current(self) -> str:
        found = self.store.current()
        return "" if found is None else found.pem.decode()


def _folder(rand: random.Random, path: Path, pairs: list[CertificatePair]) -> Folder:
    """Put files there as a program may have left them, in the middle of things too."""
    path.mkdir()
    (path / "keys").mkdir()
    folder = Folder(
        path,
        {
            "name": "client",
            "folder": str(path),
            "key_folder": str(path / rand.choice(["", "keys"])),
            "cert_file": str(path / "given.crt"),
            "key_file": str(path / "given.key"),
        },
    )
    if rand.random() < 0.5:
        (path / "given.crt").write_bytes(rand.choice(pairs).certificate_pem)
    for name in rand.sample(["given", "client", "keys/client"], rand.choice([0, 1, 2])):
        pair = rand.choice(pairs)
        crt = path / f"{name.removeprefix('keys/')}.crt"
        crt.write_bytes(pair.certificate_pem)
        (path / f"{name}.key").write_bytes(pair.key_pem)
    if rand.random() < 0.6:
        folder.store.update(rand.choice(pairs))
        if rand.random() < 0.4:
            (path / "client-current.pem").rename(path / "client-updated.pem")
    return folder


def _either(call: Callable[[], str]) -> str:
    try:
        return call()
    except Exception:
        return "an error"


def test_a_store_is_shared_with_client_go(tmp_path: Path) -> None:
    rand = seeded()
    pairs = [self_signed_pair(host, key=rand.choice(_KEYS)) for host in _HOSTS]
    folders = [_folder(rand, tmp_path / str(number), pairs) for number in range(200)]
    next_pairs = [rand.choice([None, *pairs]) for _ in folders]
    # what client-go finishes when it opens a folder is ours to finish too: half of them before it
    before = [_either(each.current) if rand.random() < 0.5 else None for each in folders]
    given = [
        (
            {"certificates": pair.certificate_pem.decode(), "key": pair.key_pem.decode()}
            if pair
            else {}
        )
        for pair in next_pairs
    ]
    answers = ask(
        "certificates/store",
        (each.question | more for each, more in zip(folders, given, strict=True)),
    )

    results: list[tuple[Any, Any, Any]] = []
    for folder, ours, pair, answer in zip(folders, before, next_pairs, answers, strict=True):
        theirs = answer.output["current"] if answer.output else "an error"
        if ours is not None:
            results.append((folder, ours, theirs))
        after = theirs if pair is None or not answer.output else pair.pem.decode()
        results.append((folder, _either(folder.current), after))
    assert not _different(results), (len(_different(results)), _different(results)[:2])

    for folder in folders:
        folder.store.update(rand.choice(pairs))
    answers = ask("certificates/store", (each.question for each in folders))
    results = [
        (each, each.current(), answer.output and answer.output["current"])
        for each, answer in zip(folders, answers, strict=True)
    ]
    assert not _different(results), (len(_different(results)), _different(results)[:2])


@dataclass(frozen=True, slots=True)
class Again:
    """A request, and the one that is there under its name."""

    template: CertificateTemplate
    key: PrivateKey
    there: CertificateTemplate
    there_key: PrivateKey
    there_signer: str
    signed: bytes

    @property
    def question(self) -> dict[str, Any]:
        return {
            "key": key_to_pem(self.key).decode(),
            "request": self.template.signing_request(self.key).decode(),
            "signer": "example.com/a",
            "there": self.there.signing_request(self.there_key).decode(),
            "there_signer": self.there_signer,
            "signed": self.signed.decode(),
        }


def _again(rand: random.Random, authority: CertificatePair) -> Again:
    template, key = _template(rand), rand.choice(_KEYS)
    there = rand.choice(
        [
            template,
            template,
            replace(template, common_name=rand.choice(_NAMES)),
            replace(template, organizations=_some(rand, _GROUPS)),
        ]
    )
    there_key = key if rand.random() < 0.8 else rand.choice(_KEYS)
    signed = b""
    if rand.random() < 0.4:
        now = datetime.now(UTC)
        end = now + timedelta(hours=rand.choice([-1, 1]))
        request = there.signing_request(there_key)
        signed = sign(request, authority, begin=now - timedelta(hours=2), end=end)
    signer = rand.choice(["example.com/a", "example.com/a", "example.com/a", "example.com/b"])
    return Again(template, key, there, there_key, signer, signed)


def _reuses(case: Again, question: dict[str, Any]) -> bool:
    there = CertificateSigningRequest(
        metadata=ObjectMeta(name="there", uid="uid"),
        spec=CertificateSigningRequestSpec(
            request=question["there"].encode(), signer_name=case.there_signer
        ),
    )
    if case.signed:
        there.status.certificate = case.signed
    cluster = FakeCluster()
    cluster.add(there)
    try:
        found = request_certificate(
            cluster.rest,
            question["request"].encode(),
            key=case.key,
            signer_name=question["signer"],
            usages=["client auth"],
            name="there",
        )
    except SigningError:
        return False
    return found == SentRequest("there", "uid")


def test_a_request_that_is_there_is_used_again_when_client_go_would() -> None:
    rand = seeded()
    authority = self_signed_authority("tests")
    cases = [_again(rand, authority) for _ in range(_COUNT)]
    questions = [case.question for case in cases]
    answers = ask("certificates/reuse", questions)

    results: list[tuple[Any, Any, Any]] = []
    for case, question, answer in zip(cases, questions, answers, strict=True):
        results.append((case, _reuses(case, question), answer.output == ["there", "uid"]))
    assert 0 < sum(each[2] for each in results) < _COUNT
    assert not _different(results), (len(_different(results)), _different(results)[:2])
