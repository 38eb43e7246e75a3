"""Objects of many built-in kinds, as short as their users write them."""

from __future__ import annotations

from typing import Any

__all__ = ["BUILT_IN_OBJECTS", "path_of"]

_LABELS = {"matchLabels": {"app": "a"}}
_BARE = {"containers": [{"name": "a", "image": "a"}]}


def _template(**spec: Any) -> dict[str, Any]:
    return {"metadata": {"labels": {"app": "a"}}, "spec": {**_BARE, **spec}}


def _pod(**spec: Any) -> dict[str, Any]:
    return {"spec": {**_BARE, **spec}}


def _container(**more: Any) -> dict[str, Any]:
    return _pod(containers=[{"name": "a", "image": "registry.example.com:5000/a:1.2", **more}])


def _service(**spec: Any) -> dict[str, Any]:
    ports = [{"port": 80, "name": "web"}]
    return {"spec": {"selector": {"app": "a"}, "ports": ports, **spec}}


def _claim(**spec: Any) -> dict[str, Any]:
    size = {"requests": {"storage": "1Gi"}}
    return {"accessModes": ["ReadWriteOnce"], "resources": size, **spec}


_RULES = [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]
_SUBJECTS = [
    {"kind": "User", "name": "a"},
    {"kind": "ServiceAccount", "name": "b", "namespace": "c"},
]
_WEBHOOK = {
    "name": "a.example.com",
    "clientConfig": {"service": {"name": "a", "namespace": "b"}},
    "rules": [
        {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}
    ],
    "sideEffects": "None",
    "admissionReviewVersions": ["v1"],
}
_JOB = {"template": {"spec": {**_BARE, "restartPolicy": "Never"}}}

BUILT_IN_OBJECTS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "config map": ("v1", "configmaps", {"data": {"a": "1"}, "binaryData": {"b": "AQI="}}),
    "empty config map": ("v1", "configmaps", {"data": {}, "immutable": False}),
    "secret": ("v1", "secrets", {"stringData": {"a": "x"}, "data": {"b": "eA=="}}),
    "service account": ("v1", "serviceaccounts", {}),
    "pod": ("v1", "pods", _pod()),
    "pod with limits": (
        "v1",
        "pods",
        _container(resources={"limits": {"cpu": "1500m", "memory": "1024Mi"}}),
    ),
    "pod with requests": (
        "v1",
        "pods",
        _container(resources={"requests": {"cpu": 0.5, "memory": "0.5Gi"}}),
    ),
    "pod with probes": (
        "v1",
        "pods",
        _container(
            livenessProbe={"httpGet": {"port": 80}},
            readinessProbe={"tcpSocket": {"port": "web"}, "periodSeconds": 5},
            startupProbe={"exec": {"command": ["x"]}},
            lifecycle={"preStop": {"httpGet": {"port": "web", "path": "/x"}}},
            ports=[{"containerPort": 80, "name": "web"}],
            env=[
                {"name": "A"},
                {"name": "B", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
                {"name": "C", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}},
            ],
        ),
    ),
    "pod with volumes": (
        "v1",
        "pods",
        _pod(
            volumes=[
                {"name": "empty"},
                {"name": "config", "configMap": {"name": "c"}},
                {"name": "secret", "secret": {"secretName": "s"}},
                {"name": "host", "hostPath": {"path": "/x"}},
                {"name": "claim", "persistentVolumeClaim": {"claimName": "c"}},
                {
                    "name": "all",
                    "projected": {"sources": [{"serviceAccountToken": {"path": "x"}}]},
                },
                {
                    "name": "down",
                    "downwardAPI": {
                        "items": [{"path": "x", "fieldRef": {"fieldPath": "metadata.labels"}}]
                    },
                },
            ],
            serviceAccountName="b",
            initContainers=[{"name": "i", "image": "i:latest"}],
        ),
    ),
    "pod of the host's network": (
        "v1",
        "pods",
        {
            "spec": {
                "hostNetwork": True,
                "containers": [
                    {"name": "a", "image": "a@sha256:" + "a" * 64, "ports": [{"containerPort": 80}]}
                ],
                "restartPolicy": "Never",
                "terminationGracePeriodSeconds": 0,
                "tolerations": [{"operator": "Exists"}],
                "nodeSelector": {"a": "b"},
            }
        },
    ),
    "replication controller": ("v1", "replicationcontrollers", {"spec": {"template": _template()}}),
    "pod template": ("v1", "podtemplates", {"template": _template()}),
    "service": ("v1", "services", _service()),
    "headless service": ("v1", "services", _service(clusterIP="None")),
    "headless service without a selector": (
        "v1",
        "services",
        _service(clusterIP="None", selector=None),
    ),
    "external service": (
        "v1",
        "services",
        {"spec": {"type": "ExternalName", "externalName": "a.example.com"}},
    ),
    "sticky service": (
        "v1",
        "services",
        _service(sessionAffinity="ClientIP", ports=[{"port": 53, "protocol": "UDP"}]),
    ),
    "claim": ("v1", "persistentvolumeclaims", {"spec": _claim()}),
    "volume": (
        "v1",
        "persistentvolumes",
        {
            "spec": {
                "capacity": {"storage": "1Gi"},
                "accessModes": ["ReadWriteOnce"],
                "hostPath": {"path": "/x"},
            }
        },
    ),
    "namespace": ("v1", "namespaces", {"metadata": {"labels": {"a": "b"}}}),
    "node": ("v1", "nodes", {"status": {"capacity": {"cpu": "2"}}}),
    "quota": ("v1", "resourcequotas", {"spec": {"hard": {"pods": "10", "cpu": "2000m"}}}),
    "endpoints": (
        "v1",
        "endpoints",
        {"subsets": [{"addresses": [{"ip": "10.0.1.1"}], "ports": [{"port": 80}]}]},
    ),
    "limit range": (
        "v1",
        "limitranges",
        {"spec": {"limits": [{"type": "Container", "max": {"cpu": "2"}, "min": {"cpu": "1"}}]}},
    ),
    "event": (
        "v1",
        "events",
        {"involvedObject": {"kind": "Pod", "name": "a"}, "reason": "Tested", "type": "Normal"},
    ),
    "deployment": (
        "apps/v1",
        "deployments",
        {"spec": {"selector": _LABELS, "template": _template()}},
    ),
    "recreated deployment": (
        "apps/v1",
        "deployments",
        {
            "spec": {
                "selector": _LABELS,
                "template": _template(securityContext={"runAsUser": 0}),
                "replicas": 0,
                "strategy": {"type": "Recreate"},
                "paused": False,
            }
        },
    ),
    "replica set": (
        "apps/v1",
        "replicasets",
        {"spec": {"selector": _LABELS, "template": _template()}},
    ),
    "stateful set": (
        "apps/v1",
        "statefulsets",
        {
            "spec": {
                "selector": _LABELS,
                "template": _template(),
                "serviceName": "a",
                "volumeClaimTemplates": [{"metadata": {"name": "data"}, "spec": _claim()}],
            }
        },
    ),
    "daemon set": (
        "apps/v1",
        "daemonsets",
        {"spec": {"selector": _LABELS, "template": _template()}},
    ),
    "revision": ("apps/v1", "controllerrevisions", {"revision": 1, "data": {"a": 1}}),
    "job": ("batch/v1", "jobs", {"spec": _JOB}),
    "parallel job": ("batch/v1", "jobs", {"spec": {**_JOB, "parallelism": 2, "suspend": True}}),
    "cron job": (
        "batch/v1",
        "cronjobs",
        {"spec": {"schedule": "* * * * *", "jobTemplate": {"spec": _JOB}}},
    ),
    "autoscaler": (
        "autoscaling/v2",
        "horizontalpodautoscalers",
        {
            "spec": {
                "scaleTargetRef": {"kind": "Deployment", "name": "a", "apiVersion": "apps/v1"},
                "maxReplicas": 3,
                "behavior": {"scaleUp": {"stabilizationWindowSeconds": 10}},
            }
        },
    ),
    "ingress": (
        "networking.k8s.io/v1",
        "ingresses",
        {"spec": {"defaultBackend": {"service": {"name": "a", "port": {"number": 80}}}}},
    ),
    "ingress class": (
        "networking.k8s.io/v1",
        "ingressclasses",
        {"spec": {"controller": "example.com/a"}},
    ),
    "network policy": (
        "networking.k8s.io/v1",
        "networkpolicies",
        {"spec": {"podSelector": {}, "egress": [{"ports": [{"port": 53}]}]}},
    ),
    "disruption budget": (
        "policy/v1",
        "poddisruptionbudgets",
        {"spec": {"selector": _LABELS, "minAvailable": "50%"}},
    ),
    "role": ("rbac.authorization.k8s.io/v1", "roles", {"rules": _RULES}),
    "cluster role": ("rbac.authorization.k8s.io/v1", "clusterroles", {"rules": _RULES}),
    "role binding": (
        "rbac.authorization.k8s.io/v1",
        "rolebindings",
        {"subjects": _SUBJECTS, "roleRef": {"kind": "ClusterRole", "name": "view"}},
    ),
    "lease": (
        "coordination.k8s.io/v1",
        "leases",
        {"spec": {"holderIdentity": "a", "renewTime": "2026-01-02T03:04:05.100000Z"}},
    ),
    "endpoint slice": (
        "discovery.k8s.io/v1",
        "endpointslices",
        {
            "addressType": "IPv4",
            "endpoints": [{"addresses": ["10.1.2.3"]}],
            "ports": [{"port": 80}],
        },
    ),
    "storage class": ("storage.k8s.io/v1", "storageclasses", {"provisioner": "example.com/a"}),
    "driver": ("storage.k8s.io/v1", "csidrivers", {}),
    "priority class": ("scheduling.k8s.io/v1", "priorityclasses", {"value": 10}),
    "webhook": (
        "admissionregistration.k8s.io/v1",
        "validatingwebhookconfigurations",
        {"webhooks": [_WEBHOOK]},
    ),
}
"""Name: group version, plural and object without its name."""

_CLUSTER_WIDE = frozenset(
    {
        "clusterroles",
        "csidrivers",
        "ingressclasses",
        "namespaces",
        "nodes",
        "persistentvolumes",
        "priorityclasses",
        "storageclasses",
        "validatingwebhookconfigurations",
    }
)


def path_of(group_version: str, plural: str, namespace: str) -> str:
    """Return where objects of a resource are created."""
    root = "apis" if "/" in group_version else "api"
    scope = "" if plural in _CLUSTER_WIDE else f"namespaces/{namespace}/"
    return f"/{root}/{group_version}/{scope}{plural}"
