"""Reviews, tokens, and discovery."""

from __future__ import annotations

from operator import itemgetter
from typing import Any

from tests.scenarios.harness import Server, scenario
from tests.scenarios.objects import pod

AUTHORIZATION = "/apis/authorization.k8s.io/v1"
AUTHENTICATION = "/apis/authentication.k8s.io/v1"


def _review(kind: str, spec: dict[str, Any]) -> dict[str, Any]:
    return {"apiVersion": "authorization.k8s.io/v1", "kind": kind, "spec": spec}


@scenario
def who_am_i(s: Server) -> None:
    body = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
    answer = s.post(f"{AUTHENTICATION}/selfsubjectreviews", body)
    s.answers.pop()
    s.note(kind=answer["kind"], keys=sorted(answer["status"]["userInfo"]))


@scenario
def may_i(s: Server) -> None:
    attributes = {"verb": "get", "resource": "pods", "namespace": s.ns}
    answer = s.post(
        f"{AUTHORIZATION}/selfsubjectaccessreviews",
        _review("SelfSubjectAccessReview", {"resourceAttributes": attributes}),
    )
    s.answers.pop()
    s.note(kind=answer["kind"], spec=answer["spec"], allowed=answer["status"]["allowed"])


@scenario
def may_i_nothing(s: Server) -> None:
    s.post(f"{AUTHORIZATION}/selfsubjectaccessreviews", _review("SelfSubjectAccessReview", {}))
    s.post(f"{AUTHORIZATION}/subjectaccessreviews", _review("SubjectAccessReview", {}))


@scenario
def a_local_review_of_another_namespace(s: Server) -> None:
    attributes = {"verb": "get", "resource": "pods", "namespace": "other"}
    s.post(
        "localsubjectaccessreviews",
        _review("LocalSubjectAccessReview", {"resourceAttributes": attributes, "user": "x"}),
    )


@scenario
def what_may_i(s: Server) -> None:
    answer = s.post(
        f"{AUTHORIZATION}/selfsubjectrulesreviews",
        _review("SelfSubjectRulesReview", {"namespace": s.ns}),
    )
    s.answers.pop()
    s.note(kind=answer["kind"], keys=sorted(answer["status"]))


@scenario
def reviews_are_not_kept(s: Server) -> None:
    s.get(f"{AUTHORIZATION}/selfsubjectaccessreviews")
    s.get(f"{AUTHORIZATION}/selfsubjectaccessreviews/a")


@scenario
def whose_token_is_it(s: Server) -> None:
    body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview"}
    s.post(f"{AUTHENTICATION}/tokenreviews", {**body, "spec": {"token": "no such token"}})


@scenario
def a_token_of_a_service_account(s: Server) -> None:
    s.made("serviceaccounts", {"metadata": {"name": "robot"}})
    body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest"}
    answer = s.post("serviceaccounts/robot/token", {**body, "spec": {"audiences": ["me"]}})
    s.answers.pop()
    s.note(
        kind=answer["kind"],
        audiences=answer["spec"]["audiences"],
        seconds=answer["spec"]["expirationSeconds"],
        keys=sorted(answer["status"]),
    )


@scenario
def a_token_of_nobody(s: Server) -> None:
    s.post("serviceaccounts/none/token", {"spec": {}})
    s.made("serviceaccounts", {"metadata": {"name": "robot"}})
    s.post("serviceaccounts/robot/token", {"spec": {"expirationSeconds": 1}})
    s.get("serviceaccounts/robot/token")


@scenario
def the_version(s: Server) -> None:
    answer = s.get("/version")
    s.answers.pop()
    s.note(major=answer["major"], minor=answer["minor"])


@scenario
def the_roots(s: Server) -> None:
    s.get("/api")
    s.answers[-1]["body"].pop("serverAddressByClientCIDRs", None)
    s.get("/apis/apps")
    s.get("/apis/apps/")


@scenario
def resources_of_a_group(s: Server) -> None:
    for path in ("/apis/apps/v1", "/apis/policy/v1", "/apis/cases.example.com/v1"):
        found = s.get(path)
        found["resources"].sort(key=itemgetter("name"))
        for resource in found["resources"]:
            resource.pop("storageVersionHash", None)
            resource["verbs"].sort()


@scenario
def resources_of_the_core(s: Server) -> None:
    found = s.get("/api/v1")
    s.answers.pop()
    s.note(names=[(r["name"], r["kind"], r.get("shortNames")) for r in found["resources"]])


@scenario
def aggregated_discovery(s: Server) -> None:
    accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
    found = s.call("GET", "/apis", accept=accept)
    s.answers.pop()
    own = [i for i in found["items"] if i["metadata"]["name"] in ("apps", "cases.example.com")]
    for item in own:
        item["metadata"].pop("creationTimestamp", None)
        for version in item["versions"]:
            for resource in version["resources"]:
                resource["verbs"].sort()
                for below in resource.get("subresources", []):
                    below["verbs"].sort()
    s.note(own=own)


@scenario
def old_protocol_of_logs(s: Server) -> None:
    s.made("pods", pod("a"))
    s.get("pods/a/log")
    s.get("pods/none/log")
