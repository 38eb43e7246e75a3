"""The defaults of built-in types, by the type that has them.

kubernetes: ``pkg/apis/*/v1/defaults.go``, and ``+default`` in ``k8s.io/api``, of version 1.37. An
object is complete when it gets here: what is empty and may be left out is not in it.
"""

from __future__ import annotations

import base64
import copy
from collections.abc import Callable, Mapping
from typing import Any, Final

from kubewright._json import is_object
from kubewright.testing._apiserver.parts import items_at, part_at

__all__ = ["set_defaults"]

JSONObject = dict[str, Any]

_ONE_MODE: Final = {"defaultMode": 0o644}
_WEBHOOK: Final[JSONObject] = {
    "failurePolicy": "Fail",
    "matchPolicy": "Equivalent",
    "namespaceSelector": {},
    "objectSelector": {},
    "timeoutSeconds": 10,
}
_CONSTANT: Final[Mapping[str, JSONObject]] = {
    "admissionregistration.v1.MutatingWebhook": {**_WEBHOOK, "reinvocationPolicy": "Never"},
    "admissionregistration.v1.Rule": {"scope": "*"},
    "admissionregistration.v1.ServiceReference": {"port": 443},
    "admissionregistration.v1.ValidatingAdmissionPolicySpec": {"failurePolicy": "Fail"},
    "admissionregistration.v1.ValidatingWebhook": _WEBHOOK,
    "admissionregistration.v1.MatchResources": {
        "matchPolicy": "Equivalent",
        "namespaceSelector": {},
        "objectSelector": {},
    },
    "apiextensions.v1.CustomResourceDefinitionSpec": {"conversion": {"strategy": "None"}},
    "apiextensions.v1.ServiceReference": {"port": 443},
    "apps.v1.DaemonSetSpec": {"revisionHistoryLimit": 10},
    "apps.v1.DeploymentSpec": {
        "replicas": 1,
        "revisionHistoryLimit": 10,
        "progressDeadlineSeconds": 600,
    },
    "apps.v1.ReplicaSetSpec": {"replicas": 1},
    "apps.v1.StatefulSetPersistentVolumeClaimRetentionPolicy": {
        "whenDeleted": "Retain",
        "whenScaled": "Retain",
    },
    "apps.v1.StatefulSetSpec": {
        "podManagementPolicy": "OrderedReady",
        "persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Retain", "whenScaled": "Retain"},
        "replicas": 1,
        "revisionHistoryLimit": 10,
    },
    "authentication.v1.TokenRequestSpec": {"expirationSeconds": 3600},
    "autoscaling.v1.HorizontalPodAutoscalerSpec": {"minReplicas": 1},
    "autoscaling.v2.HorizontalPodAutoscalerSpec": {
        "minReplicas": 1,
        "metrics": [
            {
                "type": "Resource",
                "resource": {
                    "name": "cpu",
                    "target": {"type": "Utilization", "averageUtilization": 80},
                },
            }
        ],
    },
    "batch.v1.CronJobSpec": {
        "concurrencyPolicy": "Allow",
        "suspend": False,
        "successfulJobsHistoryLimit": 3,
        "failedJobsHistoryLimit": 1,
    },
    "batch.v1.PodFailurePolicyOnPodConditionsPattern": {"status": "True"},
    "core.v1.ConfigMapVolumeSource": _ONE_MODE,
    "core.v1.ContainerPort": {"protocol": "TCP"},
    "core.v1.DownwardAPIVolumeSource": _ONE_MODE,
    "core.v1.EndpointPort": {"protocol": "TCP"},
    "core.v1.GRPCAction": {"service": ""},
    "core.v1.HTTPGetAction": {"path": "/", "scheme": "HTTP"},
    "core.v1.HostPathVolumeSource": {"type": ""},
    "core.v1.NamespaceStatus": {"phase": "Active"},
    "core.v1.ObjectFieldSelector": {"apiVersion": "v1"},
    "core.v1.PersistentVolumeClaimSpec": {"volumeMode": "Filesystem"},
    "core.v1.PersistentVolumeClaimStatus": {"phase": "Pending"},
    "core.v1.PersistentVolumeSpec": {
        "persistentVolumeReclaimPolicy": "Retain",
        "volumeMode": "Filesystem",
    },
    "core.v1.PersistentVolumeStatus": {"phase": "Pending"},
    "core.v1.PodSpec": {
        "dnsPolicy": "ClusterFirst",
        "restartPolicy": "Always",
        "securityContext": {},
        "terminationGracePeriodSeconds": 30,
        "schedulerName": "default-scheduler",
    },
    "core.v1.Probe": {
        "timeoutSeconds": 1,
        "periodSeconds": 10,
        "successThreshold": 1,
        "failureThreshold": 3,
    },
    "core.v1.ProjectedVolumeSource": _ONE_MODE,
    "core.v1.ReplicationControllerSpec": {"replicas": 1},
    "core.v1.Secret": {"type": "Opaque"},
    "core.v1.SecretVolumeSource": _ONE_MODE,
    "core.v1.ServiceAccountTokenProjection": {"expirationSeconds": 3600},
    "core.v1.ServiceSpec": {"sessionAffinity": "None", "type": "ClusterIP"},
    "core.v1.ServicePort": {"protocol": "TCP"},
    "discovery.v1.EndpointPort": {"name": "", "protocol": "TCP"},
    "networking.v1.NetworkPolicyPort": {"protocol": "TCP"},
    "rbac.v1.RoleRef": {"apiGroup": "rbac.authorization.k8s.io"},
    "scheduling.v1.PriorityClass": {"preemptionPolicy": "PreemptLowerPriority"},
    "storage.v1.CSIDriverSpec": {
        "attachRequired": True,
        "podInfoOnMount": False,
        "storageCapacity": False,
        "fsGroupPolicy": "ReadWriteOnceWithFSType",
        "volumeLifecycleModes": ["Persistent"],
        "requiresRepublish": False,
        "preventPodSchedulingIfMissing": False,
        "seLinuxMount": False,
    },
    "storage.v1.StorageClass": {"reclaimPolicy": "Delete", "volumeBindingMode": "Immediate"},
}


def set_defaults(name: str, obj: JSONObject) -> None:
    """Set the defaults of an object of a type, in place; those of what is in it are there.

    Args:
        name: of the type's message, such as ``core.v1.Container``.
        obj: the object.
    """
    for key, value in _CONSTANT.get(name, {}).items():
        if key not in obj or obj[key] in (None, ""):
            obj[key] = copy.deepcopy(value)
    function = _FUNCTIONS.get(name)
    if function is not None:
        function(obj)


def _container(obj: JSONObject) -> None:
    obj.setdefault("terminationMessagePath", "/dev/termination-log")
    obj.setdefault("terminationMessagePolicy", "File")
    obj.setdefault("imagePullPolicy", pull_policy(str(obj.get("image", ""))))


def pull_policy(image: str) -> str:
    """Return how often an image is fetched whose user does not say so."""
    name, _, digest = image.partition("@")
    _, _, last = name.rpartition("/")
    _, colon, tag = last.partition(":")
    is_latest = tag == "latest" or (not colon and not digest)
    return "Always" if is_latest else "IfNotPresent"


def _volume(obj: JSONObject) -> None:
    if set(obj) <= {"name"}:
        obj["emptyDir"] = {}
    image = obj.get("image")
    if is_object(image):
        image.setdefault("pullPolicy", pull_policy(str(image.get("reference", ""))))


def _pod_spec(obj: JSONObject) -> None:
    account = obj.get("serviceAccountName") or obj.get("serviceAccount")
    if account:
        obj["serviceAccountName"] = obj["serviceAccount"] = account
    if obj.get("hostNetwork"):
        for container in _containers(obj):
            for port in items_at(container, "ports"):
                port.setdefault("hostPort", port.get("containerPort", 0))


def _containers(spec: JSONObject) -> list[JSONObject]:
    return [*items_at(spec, "containers"), *items_at(spec, "initContainers")]


def _pod(obj: JSONObject) -> None:
    spec = obj["spec"]
    spec.setdefault("enableServiceLinks", True)
    for container in _containers(spec):
        limits = container.get("resources", {}).get("limits")
        if limits:
            given = part_at(container["resources"], "requests")
            container["resources"]["requests"] = {**limits, **given}


def _secret(obj: JSONObject) -> None:
    for key, text in part_at(obj, "stringData").items():
        data = obj.setdefault("data", {})
        data[key] = base64.b64encode(text.encode()).decode()
    obj.pop("stringData", None)


def _pod_status(obj: JSONObject) -> None:
    one, many = obj.get("podIP"), obj.get("podIPs")
    if one and (not many or many[0].get("ip") != one):
        obj["podIPs"] = [{"ip": one}]
    elif many and not one:
        obj["podIP"] = many[0].get("ip", "")


def _service(obj: JSONObject) -> None:
    spec = obj["spec"]
    if spec["sessionAffinity"] == "ClientIP":
        client_ip = part_at(spec, "sessionAffinityConfig", "clientIP")
        if "timeoutSeconds" not in client_ip:
            spec["sessionAffinityConfig"] = {"clientIP": {"timeoutSeconds": 10800}}
    else:
        spec.pop("sessionAffinityConfig", None)
    for port in items_at(spec, "ports"):
        if port.get("targetPort") in (None, 0, ""):
            port["targetPort"] = port.get("port", 0)
    is_balanced = spec["type"] == "LoadBalancer"
    if is_balanced or spec["type"] == "NodePort" or spec.get("externalIPs"):
        spec.setdefault("externalTrafficPolicy", "Cluster")
    if spec["type"] != "ExternalName":
        spec.setdefault("internalTrafficPolicy", "Cluster")
    if is_balanced:
        spec.setdefault("allocateLoadBalancerNodePorts", True)


def _replication_controller(obj: JSONObject) -> None:
    template = part_at(obj["spec"], "template")
    labels = template.get("metadata", {}).get("labels")
    if labels:
        obj["spec"].setdefault("selector", dict(labels))
        obj["metadata"].setdefault("labels", dict(labels))


def _namespace(obj: JSONObject) -> None:
    name = obj["metadata"].get("name")
    if name:
        labels = part_at(obj["metadata"], "labels")
        obj["metadata"]["labels"] = {**labels, "kubernetes.io/metadata.name": name}


def _node_status(obj: JSONObject) -> None:
    if obj.get("capacity"):
        obj.setdefault("allocatable", dict(obj["capacity"]))


def _limit_range_item(obj: JSONObject) -> None:
    if obj.get("type") != "Container":
        return
    default = {**part_at(obj, "max"), **part_at(obj, "default")}
    request = {**part_at(obj, "min"), **default, **part_at(obj, "defaultRequest")}
    obj |= {
        key: value for key, value in (("default", default), ("defaultRequest", request)) if value
    }


def _deployment(obj: JSONObject) -> None:
    _rolling(obj["spec"]["strategy"], {"maxUnavailable": "25%", "maxSurge": "25%"})


def _daemon_set(obj: JSONObject) -> None:
    # a field of an older version, which is an annotation in this one
    annotations = part_at(obj["metadata"], "annotations")
    template_generation = {"deprecated.daemonset.template.generation": "0"}
    obj["metadata"]["annotations"] = template_generation | annotations
    _rolling(obj["spec"]["updateStrategy"], {"maxUnavailable": 1, "maxSurge": 0})


def _rolling(strategy: JSONObject, values: JSONObject) -> None:
    strategy.setdefault("type", "RollingUpdate")
    if strategy["type"] == "RollingUpdate":
        strategy["rollingUpdate"] = {**values, **part_at(strategy, "rollingUpdate")}


def _stateful_set(obj: JSONObject) -> None:
    for claim in items_at(obj, "spec", "volumeClaimTemplates"):
        claim |= {"apiVersion": "v1", "kind": "PersistentVolumeClaim"}
    strategy = obj["spec"]["updateStrategy"]
    if "type" not in strategy:
        strategy["type"] = "RollingUpdate"
        strategy.setdefault("rollingUpdate", {})
    if strategy["type"] == "RollingUpdate" and "rollingUpdate" in strategy:
        values = {"partition": 0, "maxUnavailable": 1}
        strategy["rollingUpdate"] = values | strategy["rollingUpdate"]


def _job(obj: JSONObject) -> None:
    spec = obj["spec"]
    if "completions" not in spec and "parallelism" not in spec:
        spec["completions"] = 1
    spec.setdefault("parallelism", 1)
    spec.setdefault("backoffLimit", 2**31 - 1 if "backoffLimitPerIndex" in spec else 6)
    labels = spec["template"]["metadata"].get("labels")
    if labels:
        obj["metadata"].setdefault("labels", dict(labels))
    spec.setdefault("completionMode", "NonIndexed")
    spec.setdefault("suspend", False)
    replaced = "Failed" if "podFailurePolicy" in spec else "TerminatingOrFailed"
    spec.setdefault("podReplacementPolicy", replaced)
    spec.setdefault("manualSelector", False)


_SCALE_UP: Final = {
    "stabilizationWindowSeconds": 0,
    "selectPolicy": "Max",
    "policies": [
        {"type": "Pods", "value": 4, "periodSeconds": 15},
        {"type": "Percent", "value": 100, "periodSeconds": 15},
    ],
}
_SCALE_DOWN: Final = {
    "selectPolicy": "Max",
    "policies": [{"type": "Percent", "value": 100, "periodSeconds": 15}],
}


def _autoscaler(obj: JSONObject) -> None:
    behavior = obj.get("behavior")
    if is_object(behavior):
        for key, rules in (("scaleUp", _SCALE_UP), ("scaleDown", _SCALE_DOWN)):
            behavior[key] = {**copy.deepcopy(rules), **(behavior.get(key) or {})}


def _network_policy(obj: JSONObject) -> None:
    types = ["Ingress", "Egress"] if obj.get("egress") else ["Ingress"]
    obj.setdefault("policyTypes", types)


def _ingress_class(obj: JSONObject) -> None:
    if is_object(obj.get("parameters")):
        obj["parameters"].setdefault("scope", "Cluster")


def _subject(obj: JSONObject) -> None:
    if obj.get("kind") in ("User", "Group"):
        obj.setdefault("apiGroup", "rbac.authorization.k8s.io")


def _definition(obj: JSONObject) -> None:
    names = obj["names"]
    kind = str(names.get("kind", ""))
    if kind:
        names.setdefault("singular", kind.lower())
        names.setdefault("listKind", f"{kind}List")


_FUNCTIONS: Final[Mapping[str, Callable[[JSONObject], None]]] = {
    "apiextensions.v1.CustomResourceDefinitionSpec": _definition,
    "apps.v1.DaemonSet": _daemon_set,
    "apps.v1.Deployment": _deployment,
    "apps.v1.StatefulSet": _stateful_set,
    "autoscaling.v2.HorizontalPodAutoscalerSpec": _autoscaler,
    "batch.v1.Job": _job,
    "core.v1.Container": _container,
    "core.v1.EphemeralContainer": _container,
    "core.v1.LimitRangeItem": _limit_range_item,
    "core.v1.Namespace": _namespace,
    "core.v1.NodeStatus": _node_status,
    "core.v1.Pod": _pod,
    "core.v1.PodSpec": _pod_spec,
    "core.v1.PodStatus": _pod_status,
    "core.v1.ReplicationController": _replication_controller,
    "core.v1.Secret": _secret,
    "core.v1.Service": _service,
    "core.v1.Volume": _volume,
    "networking.v1.IngressClassSpec": _ingress_class,
    "networking.v1.NetworkPolicySpec": _network_policy,
    "rbac.v1.Subject": _subject,
}
