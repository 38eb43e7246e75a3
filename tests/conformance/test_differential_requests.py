"""URLs are built, and answers read, as in client-go's REST client."""

from __future__ import annotations

import json
import random
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from kubewright.errors import (
    AlreadyExistsError,
    ApiError,
    BadRequestError,
    ConfigError,
    ConflictError,
    ExpiredError,
    ForbiddenError,
    GatewayTimeoutError,
    GoneError,
    InternalServerError,
    InvalidError,
    MethodNotAllowedError,
    NotAcceptableError,
    NotFoundError,
    RequestError,
    RequestTooLargeError,
    ServerTimeoutError,
    ServiceUnavailableError,
    TooManyRequestsError,
    UnauthorizedError,
    UnsupportedMediaTypeError,
)
from kubewright.rest.config import Config
from kubewright.rest.request import Request, resource_path
from kubewright.schema import GroupVersionResource
from tests.differential import ask, seeded

pytestmark = pytest.mark.conformance

_COUNT = 1500
_NAMES = [
    "web",
    "a.b",
    "system:node:x",
    "A b",
    "é",
    "x+y",
    "a?b",
    "a#b",
    "..",
    ".",
    "a/b",
    "a%2f",
    "",
]
_HOSTS = [
    "https://one:6443",
    "http://two/base/",
    "three",
    "four:443",
    "five/base",
    "https://[::1]:1/p",
]


def _url_question(rand: random.Random) -> dict[str, Any]:
    name = rand.choice(_NAMES) if rand.random() < 0.7 else None
    params = [
        [rand.choice(["limit", "labelSelector"]), rand.choice(["1", "a=b,c", "é &?", ""])]
        for _ in range(rand.randrange(3))
    ]
    return {
        "host": rand.choice(_HOSTS),
        "group": rand.choice(["", "apps", "x.example"]),
        "version": rand.choice(["v1", "v1beta1"]),
        "namespace": rand.choice([None, None, "shop", *_NAMES]),
        "resource": rand.choice(["pods", "Pods", "x"]),
        "name": name,
        "subresources": rand.sample(["status", "proxy", "a", ".."], rand.choice([0, 0, 1, 2])),
        "params": params,
    }


def _our_url(question: dict[str, Any]) -> dict[str, Any] | None:
    try:
        path = resource_path(
            GroupVersionResource(question["group"], question["version"], question["resource"]),
            namespace=question["namespace"],
            name=question["name"],
            subresource=question["subresources"],
        )
        url = Config(host=question["host"]).url
    except (RequestError, ConfigError):
        return None
    target = Request("GET", path, [tuple(param) for param in question["params"]]).target
    parts = urlsplit(url + target)
    return {
        "url": unquote(f"{parts.scheme}://{parts.netloc}{parts.path}"),
        "query": parse_qs(parts.query, keep_blank_values=True),
    }


def _is_meant(question: dict[str, Any], ours: Any) -> bool:
    """What we refuse and client-go lets through: a path that is another than was meant."""
    if ours is not None:
        return False
    # an empty namespace stands for all of them in client-go; here that is None
    return question["namespace"] == "" or (question["subresources"] and question["name"] is None)


def test_urls_are_those_of_go() -> None:
    rand = seeded()
    questions = [_url_question(rand) for _ in range(_COUNT)]
    answers = ask("url", questions)
    assert sum(answer.output is not None for answer in answers) > _COUNT / 5
    differences: list[Any] = []
    for question, answer in zip(questions, answers, strict=True):
        ours, theirs = _our_url(question), answer.output
        if theirs is not None:
            theirs = {**theirs, "url": unquote(theirs["url"])}
        if ours != theirs and not _is_meant(question, ours):
            differences.append((question, ours, answer))
    assert not differences, (len(differences), differences[:4])


_PREDICATES: dict[str, type[ApiError]] = {
    "BadRequest": BadRequestError,
    "Unauthorized": UnauthorizedError,
    "Forbidden": ForbiddenError,
    "NotFound": NotFoundError,
    "MethodNotSupported": MethodNotAllowedError,
    "NotAcceptable": NotAcceptableError,
    "Conflict": ConflictError,
    "AlreadyExists": AlreadyExistsError,
    "Gone": GoneError,
    "ResourceExpired": ExpiredError,
    "RequestEntityTooLarge": RequestTooLargeError,
    "UnsupportedMediaType": UnsupportedMediaTypeError,
    "Invalid": InvalidError,
    "TooManyRequests": TooManyRequestsError,
    "InternalError": InternalServerError,
    "ServerTimeout": ServerTimeoutError,
    "ServiceUnavailable": ServiceUnavailableError,
    "Timeout": GatewayTimeoutError,
}
_CODES = [400, 401, 403, 404, 405, 406, 408, 409, 410, 413, 415, 418, 422, 429, 500, 502, 503, 504]
_REASONS = ["", "Odd", *(kind.reason for kind in _PREDICATES.values())]


def _answer_question(rand: random.Random) -> dict[str, Any]:
    code = rand.choice(_CODES)
    status: dict[str, Any] = {"kind": "Status", "apiVersion": "v1", "status": "Failure"}
    status |= {"message": "told", "reason": rand.choice(_REASONS), "code": code}
    if rand.random() < 0.4:
        status["details"] = {"name": "n", "kind": "k", "retryAfterSeconds": rand.choice([0, 7])}
    if rand.random() < 0.2:
        del status["code"]
    bodies = [json.dumps(status)] * 4
    bodies += ["", "no JSON", "{}", '{"kind":"Pod","apiVersion":"v1"}', "<html>gone</html>"]
    body = rand.choice(bodies)
    kind = "application/json" if body.startswith("{") else rand.choice(["text/plain", "text/html"])
    headers = {"Content-Type": kind}
    if rand.random() < 0.3:
        headers["Retry-After"] = rand.choice(["3", "0", "soon", "Wed, 21 Oct 2099 07:28:00 GMT"])
    return {
        "verb": rand.choice(["GET", "POST", "PUT", "DELETE", "PATCH"]),
        "code": code,
        "headers": headers,
        "body": body,
        "group": rand.choice(["", "apps"]),
        "resource": "things",
        "name": rand.choice(["", "one"]),
    }


def _our_answer(question: dict[str, Any]) -> dict[str, Any]:
    asked = {key: question[key] for key in ("verb", "group", "resource", "name")}
    body = question["body"].encode()
    error = ApiError.from_response(question["code"], question["headers"], body, **asked)
    details = error.status.details
    return {
        "reason": error.status.reason,
        "code": error.status.code,
        "is": sorted(name for name, kind in _PREDICATES.items() if isinstance(error, kind)),
        "group": details.group,
        "kind": details.kind,
        "name": details.name,
    }


def _as_ours(theirs: dict[str, Any], question: dict[str, Any], keys: set[str]) -> dict[str, Any]:
    """What differs on purpose put right."""
    kinds = set(theirs["is"])
    code = theirs["code"] or question["code"]  # a status that has none gets that of the answer
    if theirs["reason"] in _REASONS[2:]:
        # there is one class for an error: the reason, where it is known, goes before the code
        kinds -= {"TooManyRequests", "RequestEntityTooLarge"} - _of_reason(theirs["reason"])
    elif not theirs["code"]:
        kinds |= {name for name, kind in _PREDICATES.items() if _BY_CODE.get(code) is kind}
    if "ResourceExpired" in kinds:
        kinds.add("Gone")  # what is expired is gone
    return {**{key: theirs[key] for key in keys}, "code": code, "is": sorted(kinds)}


def _of_reason(reason: str) -> set[str]:
    return {name for name, kind in _PREDICATES.items() if kind.reason == reason}


_BY_CODE = {
    kind.code: kind
    for kind in reversed(_PREDICATES.values())
    if kind not in (AlreadyExistsError, ExpiredError, ServerTimeoutError)
}


def test_answers_mean_what_they_mean_to_go() -> None:
    rand = seeded()
    questions = [_answer_question(rand) for _ in range(_COUNT)]
    answers = ask("errors", questions)
    differences: list[Any] = []
    for question, answer in zip(questions, answers, strict=True):
        ours, theirs = _our_answer(question), answer.output
        if theirs is not None:
            theirs = _as_ours(theirs, question, set(ours))
        if ours != theirs:
            differences.append((question, ours, answer))
    assert not differences, (len(differences), differences[:4])
