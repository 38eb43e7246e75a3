"""What the server refuses arrives as the error of that name, with the server's own words."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from kubewright import connect
from kubewright.config.loader import load_config
from kubewright.errors import (
    AlreadyExistsError,
    ApiError,
    BadRequestError,
    ConflictError,
    ForbiddenError,
    InvalidError,
    MethodNotAllowedError,
    NotAcceptableError,
    NotFoundError,
    RequestError,
    RequestTooLargeError,
    UnauthorizedError,
    UnsupportedMediaTypeError,
)
from kubewright.meta_v1 import ObjectMeta, Preconditions
from kubewright.rest.client import RESTClient
from kubewright.rest.request import Request
from kubewright.rest.warnings import ServerWarning
from kubewright.typed import Scope
from kubewright_k8s import Clientset
from kubewright_k8s.core_v1 import ConfigMap, Service, ServicePort, ServiceSpec
from kubewright_k8s.core_v1.client import ConfigMapClient
from tests.support.apiserver import Endpoint

pytestmark = pytest.mark.conformance


@pytest.fixture
def config_maps(clientset: Clientset, namespace: str) -> ConfigMapClient:
    return clientset.core_v1.config_maps(namespace)


@pytest.fixture
def as_token(api_server: Endpoint) -> Iterator[Callable[[str], Clientset]]:
    opened: list[RESTClient] = []

    def connected(token: str) -> Clientset:
        opened.append(connect(kubeconfig=json.loads(api_server.kubeconfig_text(token=token))))
        return Clientset(opened[-1])

    yield connected
    for rest in opened:
        rest.close()


def config_map(name: str = "a", **data: str) -> ConfigMap:
    return ConfigMap(metadata=ObjectMeta(name=name), data=data)


def facts(error: ApiError) -> tuple[int, str, str, str, str]:
    details = error.status.details
    return error.status.code, error.status.reason, details.group, details.kind, details.name


def test_what_is_not_there_is_not_found(config_maps: ConfigMapClient) -> None:
    with pytest.raises(NotFoundError, match=r'^configmaps "a" not found$') as caught:
        config_maps.get("a")

    assert facts(caught.value) == (404, "NotFound", "", "configmaps", "a")


def test_a_resource_that_is_not_served_is_not_found(rest: RESTClient) -> None:
    with pytest.raises(NotFoundError):
        rest.send(Request("GET", "/apis/nobody.example/v1/things"))


def test_a_second_object_of_a_name_exists_already(config_maps: ConfigMapClient) -> None:
    config_maps.create(config_map())

    with pytest.raises(AlreadyExistsError) as caught:
        config_maps.create(config_map())

    assert facts(caught.value) == (409, "AlreadyExists", "", "configmaps", "a")


def test_an_update_of_an_old_state_conflicts(config_maps: ConfigMapClient) -> None:
    old = config_maps.create(config_map())
    config_maps.patch("a", {"data": {"new": "yes"}})
    old.data["old"] = "yes"

    with pytest.raises(ConflictError, match="the object has been modified") as caught:
        config_maps.update(old)

    assert facts(caught.value) == (409, "Conflict", "", "configmaps", "a")
    assert config_maps.get("a").data == {"new": "yes"}


def test_a_precondition_that_does_not_hold_conflicts(config_maps: ConfigMapClient) -> None:
    config_maps.create(config_map())

    with pytest.raises(ConflictError, match="the UID in the precondition"):
        config_maps.delete("a", preconditions=Preconditions(uid="another"))

    assert config_maps.get("a").metadata.name == "a"


def test_reading_again_after_each_conflict_loses_no_update(config_maps: ConfigMapClient) -> None:
    config_maps.create(config_map(count="0"))

    def count(_: int) -> int:
        for conflicts in range(100):
            obj = config_maps.get("a")
            obj.data["count"] = str(int(obj.data["count"]) + 1)
            try:
                config_maps.update(obj)
            except ConflictError:
                continue
            return conflicts
        raise AssertionError("100 conflicts in a row")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(count, range(40)))

    assert config_maps.get("a").data == {"count": "40"}


def test_apply_tells_who_owns_which_field(config_maps: ConfigMapClient) -> None:
    mine = ConfigMap.from_wire({"metadata": {"name": "a"}, "data": {"k": "mine", "other": "x"}})
    yours = ConfigMap.from_wire({"metadata": {"name": "a"}, "data": {"k": "yours"}})
    config_maps.apply(mine, field_manager="me")

    with pytest.raises(ConflictError) as caught:
        config_maps.apply(yours, field_manager="you")

    (cause,) = caught.value.status.details.causes
    assert (cause.reason, cause.field) == ("FieldManagerConflict", ".data.k")
    assert 'conflict with "me"' in cause.message


def test_force_takes_the_field_over(config_maps: ConfigMapClient) -> None:
    config_maps.apply({"metadata": {"name": "a"}, "data": {"k": "mine"}}, field_manager="me")

    answer = config_maps.apply(
        {"metadata": {"name": "a"}, "data": {"k": "yours"}}, field_manager="you", force=True
    )

    assert answer.data == {"k": "yours"}


def test_each_wrong_field_is_a_cause(clientset: Clientset, namespace: str) -> None:
    ports = [ServicePort(name="a", port=0), ServicePort(name="a", port=80)]
    wrong = Service(metadata=ObjectMeta(name="Wrong_Name"), spec=ServiceSpec(ports=ports))

    with pytest.raises(InvalidError) as caught:
        clientset.core_v1.services(namespace).create(wrong)

    assert facts(caught.value) == (422, "Invalid", "", "Service", "Wrong_Name")
    assert {(cause.reason, cause.field) for cause in caught.value.status.details.causes} >= {
        ("FieldValueInvalid", "metadata.name"),
        ("FieldValueInvalid", "spec.ports[0].port"),
        ("FieldValueDuplicate", "spec.ports[1].name"),
    }


def test_a_rule_of_a_crd_is_a_cause(shop: Any, namespace: str) -> None:
    widgets = shop.shop_example_v1.widgets(namespace)
    wire = {"metadata": {"name": "a"}, "spec": {"size": "L", "replicas": 9}}

    with pytest.raises(InvalidError, match="at most five large ones"):
        widgets.create(widgets.model.from_wire(wire))


def test_a_failed_test_of_a_json_patch_is_invalid(config_maps: ConfigMapClient) -> None:
    config_maps.create(config_map(k="v"))
    operations = [{"op": "test", "path": "/data/k", "value": "other"}]

    with pytest.raises(InvalidError):
        config_maps.patch("a", operations, type="json")


@pytest.mark.parametrize("verb", ["get", "list", "watch", "create", "delete"])
def test_the_plain_user_is_forbidden(
    as_token: Callable[[str], Clientset], api_server: Endpoint, namespace: str, verb: str
) -> None:
    pods = as_token(api_server.plain_token).core_v1.config_maps(namespace)
    calls: dict[str, Callable[[], object]] = {
        "get": lambda: pods.get("a"),
        "list": pods.list,
        "watch": lambda: next(pods.watch()),
        "create": lambda: pods.create(config_map()),
        "delete": lambda: pods.delete("a"),
    }

    with pytest.raises(ForbiddenError, match='User "plain" cannot') as caught:
        calls[verb]()

    assert (caught.value.status.code, caught.value.status.details.kind) == (403, "configmaps")


@pytest.mark.parametrize("verb", ["get", "watch"])
def test_a_wrong_token_is_unauthorized(
    as_token: Callable[[str], Clientset], namespace: str, verb: str
) -> None:
    config_maps = as_token("no-such-token").core_v1.config_maps(namespace)

    with pytest.raises(UnauthorizedError) as caught:
        config_maps.get("a") if verb == "get" else next(config_maps.watch())

    assert caught.value.status.code == 401
    assert "no-such-token" not in str(caught.value) + repr(caught.value)


def test_a_verb_that_is_not_served_is_not_allowed(rest: RESTClient) -> None:
    with pytest.raises(MethodNotAllowedError) as caught:
        rest.send(Request("DELETE", "/api/v1/namespaces"))

    assert caught.value.status.code == 405


def test_a_selector_that_is_none_is_a_bad_request(config_maps: ConfigMapClient) -> None:
    with pytest.raises(BadRequestError, match="is not a known field selector"):
        config_maps.list(field_selector={"data.key": "x"})


def test_an_object_of_another_kind_is_a_bad_request(rest: RESTClient, namespace: str) -> None:
    body = b'{"apiVersion":"v1","kind":"Secret","metadata":{"name":"a"}}'

    with pytest.raises(BadRequestError, match="cannot be handled as a ConfigMap"):
        rest.send(Request("POST", f"/api/v1/namespaces/{namespace}/configmaps", (), body))


def test_an_object_of_another_namespace_is_not_sent(config_maps: ConfigMapClient) -> None:
    obj = config_map()
    obj.metadata.namespace = "another"

    with pytest.raises(RequestError, match="another"):
        config_maps.create(obj)


def test_a_continue_token_that_is_none_is_a_bad_request(config_maps: ConfigMapClient) -> None:
    with pytest.raises(BadRequestError, match="continue"):
        config_maps.list(limit=1, continue_token="nonsense")


def test_a_strategic_patch_of_a_custom_kind_is_an_unsupported_media_type(
    shop: Any, rest: RESTClient, namespace: str
) -> None:
    widgets = shop.shop_example_v1.widgets(namespace)
    widgets.create(widgets.model.from_wire({"metadata": {"name": "a"}, "spec": {"size": "S"}}))
    path = f"/apis/shop.example/v1/namespaces/{namespace}/widgets/a"

    with pytest.raises(UnsupportedMediaTypeError) as caught:
        rest.send(
            Request("PATCH", path, (), b"{}", content_type="application/strategic-merge-patch+json")
        )

    assert caught.value.status.code == 415


def test_a_form_that_the_server_does_not_speak_is_not_acceptable(rest: RESTClient) -> None:
    with pytest.raises(NotAcceptableError):
        rest.send(Request("GET", "/api/v1/namespaces", accept="application/x-nonsense"))


def test_a_body_that_is_too_big_is_refused(config_maps: ConfigMapClient) -> None:
    with pytest.raises((RequestTooLargeError, InvalidError)) as caught:
        config_maps.create(config_map(big="x" * (4 << 20)))

    assert caught.value.status.code in (413, 422)


def test_errors_can_be_told_by_their_common_base(config_maps: ConfigMapClient) -> None:
    with pytest.raises(ApiError) as caught:
        config_maps.delete("a")

    assert type(caught.value) is NotFoundError


def test_a_deprecated_version_is_warned_of(shop: Any, api_server: Endpoint, namespace: str) -> None:
    told: list[ServerWarning] = []
    config = load_config(json.loads(api_server.kubeconfig_text()))
    widgets: Scope = shop.shop_example_v1beta1.widgets(namespace)
    client: type[Any] = type(widgets)
    with RESTClient.for_config(config, warning_handler=told.append) as rest:
        client(rest, namespace).list()

    assert told == [ServerWarning(299, "-", "shop.example/v1beta1 Widget is old, use v1")]
