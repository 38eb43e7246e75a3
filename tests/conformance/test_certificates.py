"""A real API server takes the certificates that were asked for through it, while they rotate."""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from kubewright.certificates import (
    CertificateDeniedError,
    CertificateManager,
    CertificatePair,
    CertificateTemplate,
    FileStore,
    SigningError,
    SigningTimeoutError,
    generate_key,
    key_to_pem,
    request_certificate,
    wait_for_certificate,
)
from kubewright.config.loader import load_config
from kubewright.errors import ForbiddenError
from kubewright.rest.client import RESTClient
from kubewright.rest.config import Config
from kubewright.rest.credentials import CredentialSource, StaticCredentials
from kubewright_k8s import Clientset
from kubewright_k8s.authentication_v1 import SelfSubjectReview
from tests.support.apiserver import Endpoint
from tests.support.patience import wait_until
from tests.support.signer import Signer

pytestmark = pytest.mark.conformance

ADMINS = "system:masters"
KEY = generate_key()
LIMIT = 30.0


@pytest.fixture
def config(api_server: Endpoint) -> Config:
    return load_config(json.loads(api_server.kubeconfig_text()))


@pytest.fixture
def signer(rest: RESTClient, api_server: Endpoint) -> Signer:
    """Signs with the key whose certificates the server accepts from clients."""
    authority = CertificatePair.from_pem(api_server.ca_data, api_server.ca_key)
    return Signer(rest, authority)


@pytest.fixture
def signer_name() -> str:
    return f"example.com/{secrets.token_hex(4)}"


@contextmanager
def client(config: Config, credentials: CredentialSource) -> Generator[RESTClient]:
    with RESTClient.for_config(replace(config, credentials=credentials)) as made:
        yield made


def who_am_i(rest: RESTClient) -> tuple[str | None, set[str]]:
    reviews = Clientset(rest).authentication_v1.self_subject_reviews
    user = reviews.create(SelfSubjectReview()).status.user_info
    return user.username, set(user.groups) - {"system:authenticated"}


@pytest.mark.parametrize("kind", ["ec", "rsa"])
def test_a_certificate_that_was_asked_for_says_who_one_is(
    rest: RESTClient, config: Config, signer: Signer, signer_name: str, kind: str
) -> None:
    key = generate_key("rsa" if kind == "rsa" else "ec")
    template = CertificateTemplate("jane", ("developers", ADMINS))
    sent = request_certificate(
        rest,
        template.signing_request(key),
        key=key,
        signer_name=signer_name,
        usages=template.usages_for(key),
        lifetime=timedelta(hours=1),
    )
    signer.approve(sent.name)
    signer.sign(sent.name)
    pair = CertificatePair.from_pem(
        wait_for_certificate(rest, sent, timeout=LIMIT), key_to_pem(key)
    )

    assert template.missing_in(pair.leaf) == ""
    with client(config, StaticCredentials(pair.credentials)) as as_jane:
        assert who_am_i(as_jane) == ("jane", {"developers", ADMINS})


def test_a_request_is_found_again_by_who_has_the_key(rest: RESTClient, signer_name: str) -> None:
    def send(template: CertificateTemplate) -> object:
        return request_certificate(
            rest,
            template.signing_request(KEY),
            key=KEY,
            signer_name=signer_name,
            usages=template.usages_for(KEY),
            name=f"jane-{signer_name.rpartition('/')[2]}",
        )

    first = send(CertificateTemplate("jane"))
    assert send(CertificateTemplate("jane")) == first
    with pytest.raises(SigningError, match="it is for 'CN=jane'"):
        send(CertificateTemplate("joe"))


def test_a_denial_ends_the_waiting(rest: RESTClient, signer: Signer, signer_name: str) -> None:
    request = CertificateTemplate("jane").signing_request(KEY)
    usages = ["client auth"]
    sent = request_certificate(rest, request, key=KEY, signer_name=signer_name, usages=usages)
    timer = threading.Timer(0.3, signer.deny, [sent.name])
    timer.start()

    with pytest.raises(CertificateDeniedError, match="was denied: TestDenied: the test says no"):
        wait_for_certificate(rest, sent, timeout=LIMIT)
    timer.join()


def test_a_timeout_tells_what_is_missing(
    rest: RESTClient, signer: Signer, signer_name: str
) -> None:
    request = CertificateTemplate("jane").signing_request(KEY)
    usages = ["client auth"]
    sent = request_certificate(rest, request, key=KEY, signer_name=signer_name, usages=usages)

    with pytest.raises(SigningTimeoutError, match="was not approved within"):
        wait_for_certificate(rest, sent, timeout=1.0)
    signer.approve(sent.name)
    with pytest.raises(SigningTimeoutError, match="was not signed, though approved, within"):
        wait_for_certificate(rest, sent, timeout=1.0)


def test_who_may_not_watch_requests_is_told_at_once(
    rest: RESTClient, api_server: Endpoint, signer_name: str
) -> None:
    request = CertificateTemplate("jane").signing_request(KEY)
    usages = ["client auth"]
    sent = request_certificate(rest, request, key=KEY, signer_name=signer_name, usages=usages)
    plain = load_config(json.loads(api_server.kubeconfig_text(token=api_server.plain_token)))

    with RESTClient.for_config(plain) as as_plain:
        with pytest.raises(ForbiddenError):
            wait_for_certificate(as_plain, sent, timeout=LIMIT)
        with pytest.raises(ForbiddenError):
            request_certificate(as_plain, request, key=KEY, signer_name=signer_name, usages=usages)


class Callers:
    """Threads that go on asking who they are, and keep what they were told."""

    def __init__(self, rest: RESTClient, count: int = 3) -> None:
        self.seen: list[tuple[str | None, set[str]]] = []
        self.errors: list[Exception] = []
        self._rest = rest
        self._done = threading.Event()
        self._threads = [threading.Thread(target=self._ask, daemon=True) for _ in range(count)]

    def __enter__(self) -> Callers:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        for thread in self._threads:
            thread.join(LIMIT)

    def have_seen(self, *groups: str) -> Callable[[], bool]:
        return lambda: bool(self.errors) or any(set(groups) <= found for _, found in self.seen)

    def _ask(self) -> None:
        while not self._done.is_set():
            try:
                self.seen.append(who_am_i(self._rest))
            except Exception as error:
                self.errors.append(error)
            self._done.wait(0.01)


def test_requests_go_on_while_certificates_rotate(
    config: Config, signer: Signer, signer_name: str, tmp_path: Path
) -> None:
    wanted = [CertificateTemplate("robot", (ADMINS, "round-0"))]
    manager = CertificateManager(
        connect=lambda: RESTClient.for_config(rotating),
        template=lambda: wanted[0],
        signer_name=signer_name,
        store=FileStore("client", tmp_path),
    )
    rotating = replace(config, credentials=manager.credentials(until_then=config.credentials))
    with signer.serving(signer_name), RESTClient.for_config(rotating) as rest:
        assert who_am_i(rest) == ("admin", {ADMINS})
        with manager:
            manager.wait(LIMIT)
            with Callers(rest) as callers:
                for number in range(1, 4):
                    wanted[0] = CertificateTemplate("robot", (ADMINS, f"round-{number}"))
                    wait_until(callers.have_seen(f"round-{number}"), limit=LIMIT)

    assert callers.errors == []
    assert {user for user, _ in callers.seen} == {"robot"}
    assert signer.signed == 4
    kept = FileStore("client", tmp_path).current()
    assert kept is not None
    assert wanted[0].missing_in(kept.leaf) == ""


def test_a_certificate_is_renewed_before_it_expires(
    config: Config, signer: Signer, signer_name: str
) -> None:
    renewed: list[float] = []
    manager = CertificateManager(
        connect=lambda: RESTClient.for_config(rotating),
        template=CertificateTemplate("robot", (ADMINS,)),
        signer_name=signer_name,
        on_renewed=lambda new, old: renewed.append(time.time()),
        rand=lambda: 0.0,
    )
    signer.lifetime = timedelta(seconds=5)
    rotating = replace(config, credentials=manager.credentials(until_then=config.credentials))
    with signer.serving(signer_name), RESTClient.for_config(rotating) as rest, manager:
        first = manager.wait(LIMIT)
        with Callers(rest) as callers:
            wait_until(lambda: len(renewed) >= 2, limit=LIMIT)
            assert renewed[1] < first.not_after.timestamp()
            wait_until(lambda: time.time() > first.not_after.timestamp() + 0.5, limit=LIMIT)

    assert callers.errors == []
    assert {user for user, _ in callers.seen} == {"robot"}


def test_a_program_that_starts_again_asks_for_nothing(
    config: Config, signer: Signer, signer_name: str, tmp_path: Path
) -> None:
    def manager() -> CertificateManager:
        return CertificateManager(
            connect=lambda: RESTClient.for_config(config),
            template=CertificateTemplate("robot", (ADMINS,)),
            signer_name=signer_name,
            store=FileStore("client", tmp_path),
        )

    with signer.serving(signer_name), manager() as first:
        pair = first.wait(LIMIT)
    with manager() as second:
        assert second.wait(LIMIT).leaf == pair.leaf
        with client(config, second.credentials()) as rest:
            assert who_am_i(rest) == ("robot", {ADMINS})
    assert signer.signed == 1
