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
