"""Pods and what is below them; events, leases, secrets and other kinds with ways of their own."""

from __future__ import annotations

from typing import Any

from tests.scenarios.harness import Server, scenario, scenarios
from tests.scenarios.objects import deployment, pod, widget


@scenario
def a_new_pod(s: Server) -> None:
    s.post("pods", pod("a"))


@scenario
def bind_a_pod(s: Server) -> None:
    s.made("pods", pod("a"))
    target = {"apiVersion": "v1", "kind": "Node", "name": "n"}
    binding = {"apiVersion": "v1", "kind": "Binding", "metadata": {"name": "a"}, "target": target}
    s.post("pods/a/binding", binding)
    found = s.get("pods/a")
    s.answers.pop()
    s.note(node=found["spec"].get("nodeName"), conditions=found["status"].get("conditions"))
    s.post("pods/a/binding", binding)
    s.post("pods/none/binding", {**binding, "metadata": {"name": "none"}})


@scenario
def bind_through_the_collection(s: Server) -> None:
    s.made("pods", pod("a"))
    target = {"kind": "Node", "name": "n"}
    s.post("bindings", {"metadata": {"name": "a"}, "target": target})
    s.post("pods/a/binding", {"metadata": {"name": "a"}, "target": {"kind": "Node", "name": ""}})
    s.post("pods/a/binding", {"metadata": {"name": "a"}})
    s.post("pods/a/binding", {"metadata": {"name": "a"}, "target": {"kind": "Pod", "name": "n"}})
    s.post("pods/a/binding", {"metadata": {"name": "a"}, "target": {"kind": "Pod", "name": ""}})
    s.post("pods/none/binding", {"metadata": {"name": "none"}, "target": {"kind": "Node"}})
    s.post("bindings", {"metadata": {"name": "a"}})
    s.post("bindings", {"target": target})
    s.post("pods/a/binding", {"metadata": {"name": "b"}, "target": target})
    s.post("pods/a/binding", {"target": target}, dryRun="All")


@scenario
def evict_a_pod(s: Server) -> None:
    s.made("pods", pod("a"))
    eviction = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "a"}}
    s.post("pods/a/eviction", eviction, dryRun="All")
    s.post("pods/a/eviction", eviction)
    s.get("pods/a")
    s.post("pods/a/eviction", eviction)


@scenario
def evict_a_pod_with_a_budget(s: Server) -> None:
    s.made("pods", pod("a", meta={"labels": {"app": "a"}}, nodeName="n"))
    s.given("PATCH", "pods/a/status", {"status": {"phase": "Running"}})
    selector = {"matchLabels": {"app": "a"}}
    s.made(
        "poddisruptionbudgets",
        {"metadata": {"name": "b"}, "spec": {"minAvailable": 1, "selector": selector}},
    )
    s.post("pods/a/eviction", {"metadata": {"name": "a"}})


_READY = {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}
_HEALTHY = {"currentHealthy": 3, "desiredHealthy": 2, "expectedPods": 3}
_BUDGETS: dict[str, dict[str, Any]] = {
    "not counted yet": {"status": {}},
    "one allowed": {"status": {**_HEALTHY, "disruptionsAllowed": 1}},
    "two allowed": {"status": {**_HEALTHY, "disruptionsAllowed": 2}},
    "none allowed": {"status": {**_HEALTHY, "disruptionsAllowed": 0}},
    "too few are healthy": {"status": {**_HEALTHY, "currentHealthy": 1, "disruptionsAllowed": 0}},
    "none allowed for a reason": {
        "status": {
            **_HEALTHY,
            "disruptionsAllowed": 0,
            "conditions": [
                {
                    "type": "DisruptionAllowed",
                    "status": "False",
                    "reason": "InsufficientPods",
                    "message": "why",
                    "lastTransitionTime": "2001-01-01T00:00:00Z",
                }
            ],
        }
    },
    "counting failed": {
        "status": {
            **_HEALTHY,
            "disruptionsAllowed": 0,
            "conditions": [
                {
                    "type": "DisruptionAllowed",
                    "status": "False",
                    "reason": "SyncFailed",
                    "message": "why",
                    "lastTransitionTime": "2001-01-01T00:00:00Z",
                }
            ],
        }
    },
    "of a pod that is not ready": {
        "pod": {"phase": "Running"},
        "status": {**_HEALTHY, "disruptionsAllowed": 0},
    },
    "of a pod that is not ready among few": {
        "pod": {"phase": "Running"},
        "status": {**_HEALTHY, "currentHealthy": 1, "disruptionsAllowed": 0},
    },
    "for ready pods alone": {
        "pod": {"phase": "Running"},
        "spec": {"unhealthyPodEvictionPolicy": "AlwaysAllow"},
        "status": {**_HEALTHY, "currentHealthy": 1, "disruptionsAllowed": 0},
    },
    "of a pod that is pending": {
        "pod": {"phase": "Pending"},
        "status": {**_HEALTHY, "disruptionsAllowed": 0},
    },
    "of a pod that is over": {
        "pod": {"phase": "Succeeded"},
        "status": {**_HEALTHY, "disruptionsAllowed": 0},
    },
    "of other pods": {
        "spec": {"selector": {"matchLabels": {"app": "other"}}},
        "status": {**_HEALTHY, "disruptionsAllowed": 0},
    },
}


@scenarios(_BUDGETS)
def evict_a_pod_within_a_budget(s: Server, given: dict[str, Any]) -> None:
    _disrupted(s, given)
    s.post("pods/a/eviction", {"metadata": {"name": "a"}}, dryRun="All")
    s.get("poddisruptionbudgets/b")
    s.post("pods/a/eviction", {"metadata": {"name": "a"}})
    found = s.get("poddisruptionbudgets/b")
    s.answers.pop()
    status = found["status"]
    s.note(
        allowed=status.get("disruptionsAllowed"),
        disrupted=sorted(status.get("disruptedPods", {})),
        conditions=[(c["status"], c["reason"]) for c in status.get("conditions", [])],
    )
    left = s.get("pods/a")
    s.answers.pop()
    conditions = left.get("status", {}) if left["kind"] == "Pod" else {}
    s.note(
        is_ending="deletionTimestamp" in left["metadata"],
        conditions=[
            {k: v for k, v in c.items() if k != "lastTransitionTime"}
            for c in conditions.get("conditions", [])
        ],
    )


def _disrupted(s: Server, given: dict[str, Any]) -> None:
    s.made("pods", pod("a", meta={"labels": {"app": "a"}}, nodeName="n"))
    s.given("PATCH", "pods/a/status", {"status": given.get("pod", _READY)})
    spec = {"minAvailable": 1, "selector": {"matchLabels": {"app": "a"}}, **given.get("spec", {})}
    made = s.made("poddisruptionbudgets", {"metadata": {"name": "b"}, "spec": spec})
    counted = {"observedGeneration": made["metadata"]["generation"]}
    if given["status"]:
        s.given(
            "PATCH", "poddisruptionbudgets/b/status", {"status": {**given["status"], **counted}}
        )


@scenario
def evict_a_pod_of_two_budgets(s: Server) -> None:
    _disrupted(s, {"status": {**_HEALTHY, "disruptionsAllowed": 1}})
    spec = {"minAvailable": 1, "selector": {}}
    s.made("poddisruptionbudgets", {"metadata": {"name": "c"}, "spec": spec})
    s.post("pods/a/eviction", {"metadata": {"name": "a"}})


@scenario
def evictions_on_conditions(s: Server) -> None:
    s.made("pods", pod("a", nodeName="n"))
    s.post("pods/a/eviction", {"metadata": {"name": "b"}})
    s.post("pods/a/eviction", {})
    s.post("pods/none/eviction", {"metadata": {"name": "none"}})
    other = {"preconditions": {"uid": "other"}}
    s.post("pods/a/eviction", {"metadata": {"name": "a"}, "deleteOptions": other})
    dry = {"dryRun": ["All"]}
    s.post("pods/a/eviction", {"metadata": {"name": "a"}, "deleteOptions": dry})
    found = s.get("pods/a")
    s.answers.pop()
    s.note(is_ending="deletionTimestamp" in found["metadata"], status=found["status"]["phase"])
    s.post(
        "pods/a/eviction", {"metadata": {"name": "a"}, "deleteOptions": {"gracePeriodSeconds": 3}}
    )
    found = s.get("pods/a")
    s.answers.pop()
    s.note(grace=found["metadata"]["deletionGracePeriodSeconds"])
    s.post("pods/a/eviction", {"metadata": {"name": "a"}})


@scenario
def add_an_ephemeral_container(s: Server) -> None:
    s.made("pods", pod("a"))
    container = {"name": "debug", "image": "debug:1"}
    found = s.strategic(
        "pods/a/ephemeralcontainers", {"spec": {"ephemeralContainers": [container]}}
    )
    s.answers.pop()
    s.note(names=[c["name"] for c in found["spec"].get("ephemeralContainers", [])])
    s.merge("pods/a/ephemeralcontainers", {"spec": {"ephemeralContainers": None}})
    s.merge("pods/a", {"spec": {"ephemeralContainers": [container]}})


@scenario
def change_an_ephemeral_container(s: Server) -> None:
    s.made("pods", pod("a"))
    containers = [{"name": "debug", "image": "debug:1"}, {"name": "more", "image": "debug:1"}]
    path = "pods/a/ephemeralcontainers"
    s.given("PATCH", path, {"spec": {"ephemeralContainers": containers}})
    s.merge(path, {"spec": {"ephemeralContainers": containers[::-1]}})
    s.merge(path, {"spec": {"ephemeralContainers": []}})
    found = s.merge(path, {"spec": {"ephemeralContainers": [{**containers[0], "image": "b"}]}})
    s.answers.pop()
    # what it prints of the difference is another thing
    s.note(reason=found["reason"], causes=len(found["details"]["causes"]))
    s.merge(path, {"spec": {"ephemeralContainers": [*containers, {"name": "third"}]}})
    s.merge(path, {"spec": {"ephemeralContainers": [*containers, {"image": "third"}]}})
    s.merge(path, {"spec": {"ephemeralContainers": [*containers, {"name": "web", "image": "w"}]}})


@scenario
def ephemeral_containers_are_not_created(s: Server) -> None:
    spec = pod("a", ephemeralContainers=[{"name": "debug", "image": "debug:1"}])["spec"]
    s.post("pods", pod("a", **spec))
    template = {"metadata": {"labels": {"app": "web"}}, "spec": spec}
    s.post("deployments", deployment("web", template=template))


@scenario
def resize_a_pod(s: Server) -> None:
    s.made("pods", pod("a"))
    resources = {"requests": {"cpu": "1"}}
    container = {"name": "web", "resources": resources}
    found = s.strategic("pods/a/resize", {"spec": {"containers": [container]}})
    s.answers.pop()
    s.note(kind=found["kind"], reason=found.get("reason"))


_SIZED = {"requests": {"cpu": "1", "memory": "1Gi"}, "limits": {"cpu": "2"}}
_SIZES: dict[str, dict[str, Any]] = {
    "more": {"resources": {"requests": {"cpu": "2", "memory": "2Gi"}, "limits": {"cpu": "3"}}},
    "guaranteed": {
        "resources": {
            "requests": {"cpu": "1", "memory": "1Gi"},
            "limits": {"cpu": "1", "memory": "1Gi"},
        }
    },
    "best effort": {"resources": None},
    "no request": {"resources": {"requests": {"memory": None}}},
    "no limit": {"resources": {"limits": {"cpu": None}}},
    "more than the limit": {"resources": {"requests": {"cpu": "5"}}},
    "another resource": {"resources": {"requests": {"ephemeral-storage": "1Gi"}}},
    "a new limit": {"resources": {"limits": {"memory": "2Gi"}}},
    "another image": {"image": "web:2"},
    "a policy": {"resizePolicy": [{"resourceName": "cpu", "restartPolicy": "RestartContainer"}]},
    "another container": {"name": "other", "image": "other:1"},
}


@scenarios(_SIZES)
def resize_a_pod_of_a_size(s: Server, change: dict[str, Any]) -> None:
    s.made("pods", pod("a", containers=[{"name": "web", "image": "web:1", "resources": _SIZED}]))
    patch = {"spec": {"containers": [{"name": "web", **change}]}}
    found = s.strategic("pods/a/resize", {**patch, "metadata": {"annotations": {"x": "1"}}})
    s.answers.pop()
    container = found.get("spec", {}).get("containers", [{}])[-1]
    s.note(
        reason=found.get("reason"),
        causes=found.get("details", {}).get("causes"),
        container=container,
        generation=found["metadata"].get("generation"),
        policy=found.get("spec", {}).get("restartPolicy"),
    )


@scenario
def the_status_of_a_pod(s: Server) -> None:
    s.made("pods", pod("a"))
    condition = {"type": "Ready", "status": "True"}
    s.strategic("pods/a/status", {"status": {"phase": "Running", "conditions": [condition]}})
    s.strategic("pods/a/status", {"status": {"conditions": [{"type": "Fine", "status": "True"}]}})


_PODS: dict[str, dict[str, Any]] = {
    "no containers": {"containers": []},
    "no image": {"containers": [{"name": "web"}]},
    "no name": {"containers": [{"image": "web:1"}]},
    "twice a name": {"containers": [{"name": "a", "image": "a"}, {"name": "a", "image": "b"}]},
    "bad name": {"containers": [{"name": "A_B", "image": "a"}]},
    "bad port": {"containers": [{"name": "a", "image": "a", "ports": [{"containerPort": 0}]}]},
    "bad restart policy": {"restartPolicy": "Sometimes"},
    "no volume": {
        "containers": [
            {"name": "a", "image": "a", "volumeMounts": [{"name": "v", "mountPath": "/v"}]}
        ]
    },
    "bad quantity": {
        "containers": [{"name": "a", "image": "a", "resources": {"requests": {"cpu": "x"}}}]
    },
}


@scenarios(_PODS)
def a_pod_that_is_refused(s: Server, spec: dict[str, Any]) -> None:
    s.post("pods", pod("a", **spec))


_DEPLOYMENTS: dict[str, dict[str, Any]] = {
    "selector of other labels": {"selector": {"matchLabels": {"app": "other"}}},
    "no selector": {"selector": None},
    "negative replicas": {"replicas": -1},
    "no template": {"template": None},
}


@scenarios(_DEPLOYMENTS)
def a_deployment_that_is_refused(s: Server, spec: dict[str, Any]) -> None:
    s.post("deployments", deployment("web", **spec))


@scenario
def the_selector_of_a_deployment_stays(s: Server) -> None:
    s.made("deployments", deployment("web"))
    labels = {"app": "web", "more": "1"}
    s.merge(
        "deployments/web",
        {
            "spec": {
                "selector": {"matchLabels": labels},
                "template": {"metadata": {"labels": labels}},
            }
        },
    )


@scenario
def a_new_deployment(s: Server) -> None:
    s.post("deployments", deployment("web"))


@scenario
def a_new_service(s: Server) -> None:
    s.post("services", {"metadata": {"name": "a"}, "spec": {"clusterIP": "None", "ports": []}})
    found = s.post("services", {"metadata": {"name": "b"}, "spec": {"ports": [{"port": 80}]}})
    s.answers.pop()
    s.note(type=found["spec"]["type"], has_address=bool(found["spec"].get("clusterIP")))
    s.post("services", {"metadata": {"name": "c"}, "spec": {"ports": []}})


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


@scenario
def a_lease_is_taken_and_renewed(s: Server) -> None:
    spec = {"holderIdentity": "me", "leaseDurationSeconds": 15}
    times = {
        "acquireTime": "2001-01-01T00:00:00.000001Z",
        "renewTime": "2001-01-01T00:00:00.000000Z",
    }
    made = s.post("leases", {"metadata": {"name": "a"}, "spec": {**spec, **times}})
    made["spec"]["leaseTransitions"] = 1
    s.put("leases/a", made)
    s.put("leases/a", made)
    s.post("leases", {"metadata": {"name": "b"}, "spec": {"leaseDurationSeconds": 0}})
    s.post("leases", {"metadata": {"name": "c"}, "spec": {"renewTime": "yesterday"}})


@scenario
def events_of_both_groups_are_the_same(s: Server) -> None:
    about = {"kind": "Pod", "name": "a", "namespace": s.ns}
    s.post(
        "events",
        {"metadata": {"name": "e"}, "involvedObject": about, "reason": "R", "type": "Normal"},
    )
    s.get(f"/apis/events.k8s.io/v1/namespaces/{s.ns}/events/e")
    s.get("events", fieldSelector="involvedObject.name=a")
    s.get("events", fieldSelector="reason=other")


@scenario
def events_of_the_new_group(s: Server) -> None:
    about = {"kind": "Pod", "name": "a", "namespace": s.ns}
    body = {
        "metadata": {"name": "e"},
        "regarding": about,
        "reason": "R",
        "type": "Normal",
        "note": "text",
        "action": "Do",
        "reportingController": "example.com/c",
        "reportingInstance": "c-1",
        "eventTime": "2001-01-01T00:00:00.000000Z",
    }
    s.post(f"/apis/events.k8s.io/v1/namespaces/{s.ns}/events", body)
    s.get("events/e")


@scenario
def events_about_another_namespace(s: Server) -> None:
    about = {"kind": "Pod", "name": "a", "namespace": "other"}
    s.post("events", {"metadata": {"name": "e"}, "involvedObject": about})
    s.post("events", {"metadata": {"name": "e"}, "involvedObject": {}})


@scenario
def a_job_and_a_stateful_set(s: Server) -> None:
    template = {"spec": {"restartPolicy": "Never", "containers": [{"name": "a", "image": "a"}]}}
    found = s.post("jobs", {"metadata": {"name": "a"}, "spec": {"template": template}})
    s.answers.pop()
    s.note(suspended=found["spec"].get("suspend"), backoff=found["spec"].get("backoffLimit"))
    s.post("jobs", {"metadata": {"name": "b"}, "spec": {}})


@scenario
def a_node(s: Server) -> None:
    name = f"node-of-{s.ns}"
    s.post("/api/v1/nodes", {"metadata": {"name": name}})
    s.merge(f"/api/v1/nodes/{name}/status", {"status": {"phase": "Running"}})
    s.get("/api/v1/nodes", fieldSelector=f"metadata.name={name},spec.unschedulable=false")
    s.delete(f"/api/v1/nodes/{name}")


@scenario
def a_role_and_its_binding(s: Server) -> None:
    rule = {"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}
    s.post("roles", {"metadata": {"name": "r"}, "rules": [rule]})
    reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "r"}
    subject = {"kind": "User", "name": "u"}
    binding = {"metadata": {"name": "b"}, "roleRef": reference, "subjects": [subject]}
    s.post("rolebindings", binding)
    s.merge("rolebindings/b", {"roleRef": {"name": "other"}})
    s.post("rolebindings", {"metadata": {"name": "c"}})
    s.post("rolebindings", {"metadata": {"name": "d"}, "roleRef": {"kind": "R", "name": "r"}})
    cluster = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings"
    s.post(cluster, {"metadata": {"name": f"{s.ns}-b"}, "roleRef": reference})
    whole = {**reference, "kind": "ClusterRole"}
    s.made(cluster, {"metadata": {"name": f"{s.ns}-b"}, "roleRef": whole})
    s.merge(f"{cluster}/{s.ns}-b", {"roleRef": {"name": "other"}})
    s.delete(f"{cluster}/{s.ns}-b")


@scenario
def deployments_in_an_old_version(s: Server) -> None:
    s.get(f"/apis/apps/v1beta1/namespaces/{s.ns}/deployments")
    s.get(f"/apis/extensions/v1beta1/namespaces/{s.ns}/deployments")
    s.get(f"/apis/batch/v1beta1/namespaces/{s.ns}/cronjobs")


@scenario
def two_versions_of_one_kind(s: Server) -> None:
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
    spec = {"scaleTargetRef": target, "minReplicas": 1, "maxReplicas": 3}
    base = f"/apis/autoscaling/v1/namespaces/{s.ns}/horizontalpodautoscalers"
    s.made(base, {"metadata": {"name": "a"}, "spec": spec})
    s.get(f"{base.replace('/v1/', '/v2/')}/a")


@scenario
def a_warning_of_a_deprecated_kind(s: Server) -> None:
    s.post("endpoints", {"metadata": {"name": "a"}})
    s.get("endpoints")
    s.get("/api/v1/componentstatuses/none")


@scenario
def warnings_beside_each_other(s: Server) -> None:
    endpoints = {"metadata": {"name": "a"}, "odd": 1}
    s.post("endpoints", endpoints)
    s.post("endpoints", endpoints)
    s.post("endpoints", {"metadata": {"name": "A"}, "odd": 1})
    s.post("widgets", {**widget("a", size=-1), "odd": 1})
    s.post("widgets", {**widget("a"), "odd": 1})
    s.merge("widgets/a", {"odd": 1, "spec": {"size": -1}})
    s.post("widgets", {**widget("a"), "odd": 1})


@scenario
def a_warning_of_a_deprecated_field(s: Server) -> None:
    s.post(
        "pods", pod("a", meta={"annotations": {"seccomp.security.alpha.kubernetes.io/pod": "x"}})
    )
    s.post("pods", pod("b", serviceAccount="x", serviceAccountName="x"))
    s.post("pods", pod("c", nodeSelector={"beta.kubernetes.io/os": "linux"}))


_OLD = "beta.kubernetes.io/os"
_TERM = {"matchExpressions": [{"key": _OLD, "operator": "In", "values": ["linux"]}]}
_SECCOMP = "seccomp.security.alpha.kubernetes.io/pod"
_IN_CONTAINER = "container.seccomp.security.alpha.kubernetes.io/web"
_WARNED: dict[str, dict[str, Any]] = {
    "a label of nodes": {"nodeSelector": {_OLD: "linux", "kubernetes.io/os": "linux"}},
    "a label of masters": {"nodeSelector": {"node-role.kubernetes.io/master": ""}},
    "an affinity": {
        "affinity": {
            "nodeAffinity": {
                "requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [_TERM]},
                "preferredDuringSchedulingIgnoredDuringExecution": [
                    {"weight": 1, "preference": _TERM}
                ],
            }
        }
    },
    "a topology": {
        "topologySpreadConstraints": [
            {
                "maxSkew": 1,
                "whenUnsatisfiable": "DoNotSchedule",
                "topologyKey": "failure-domain.beta.kubernetes.io/region",
                "labelSelector": {"matchLabels": {"a": "b"}},
            }
        ]
    },
    "annotations": {
        "meta": {
            "annotations": {
                "scheduler.alpha.kubernetes.io/critical-pod": "",
                "security.alpha.kubernetes.io/sysctls": "a=b",
            }
        }
    },
    "a profile": {"meta": {"annotations": {_SECCOMP: "runtime/default"}}},
    "a profile in a file": {"meta": {"annotations": {_SECCOMP: "localhost/a/b"}}},
    "a profile outside": {"meta": {"annotations": {_SECCOMP: "localhost/../a"}}},
    "a profile of a container": {"meta": {"annotations": {_IN_CONTAINER: "unconfined"}}},
    "no profile of a container": {"meta": {"annotations": {_IN_CONTAINER: "none"}}},
    "a profile beside the field": {
        "meta": {"annotations": {_SECCOMP: "runtime/default"}},
        "securityContext": {"seccompProfile": {"type": "RuntimeDefault"}},
    },
    "volumes": {
        "volumes": [
            {"name": "a", "gitRepo": {"repository": "r"}},
            {"name": "b", "glusterfs": {"endpoints": "e", "path": "p"}},
            {"name": "c", "emptyDir": {}},
        ]
    },
}


@scenarios(_WARNED)
def deprecated_parts_of_pods(s: Server, spec: dict[str, Any]) -> None:
    s.post("pods", pod("a", **spec))
    s.merge("pods/a", {"metadata": {"labels": {"x": "1"}}})
    s.merge("pods/a", {"spec": {"containers": [{"name": "web", "image": "web:2"}]}})
    whole = pod("a", **spec)
    metadata = {**whole["metadata"], "labels": {"app": "web"}}
    template = {"metadata": metadata, "spec": whole["spec"]}
    s.post("deployments", deployment("web", template=template))
    s.merge("deployments/web", {"metadata": {"labels": {"x": "1"}}})
    s.merge("deployments/web", {"spec": {"replicas": 3}})
    job = {"template": {**template, "spec": {**whole["spec"], "restartPolicy": "Never"}}}
    s.post("jobs", {"metadata": {"name": "j"}, "spec": job}, dryRun="All")
    s.answers[-1]["body"].pop("spec", None)
