"""What is deprecated in pods and in templates of pods."""

from __future__ import annotations

from typing import Any

from tests.scenarios.harness import Server, scenarios
from tests.scenarios.objects import deployment, pod

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
