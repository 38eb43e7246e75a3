"""The built-in resources of Kubernetes 1.37, as its discovery names them.

A table of the runtime's own, since it never imports a generated package; a test compares it with
the one that is shipped.
"""

from __future__ import annotations

from collections.abc import Iterator

from kubewright.resource import ALL_VERBS
from kubewright.schema import GroupVersion
from kubewright.testing._apiserver.resources import Served, ServedVersion

__all__ = ["builtin_resources"]

# group/version, plural, kind, scope, short names, subresources, verbs, categories
_TABLE = """
admissionregistration.k8s.io/v1 mutatingadmissionpolicies MutatingAdmissionPolicy cluster - - * api-extensions
admissionregistration.k8s.io/v1 mutatingadmissionpolicybindings MutatingAdmissionPolicyBinding cluster - - * api-extensions
admissionregistration.k8s.io/v1 mutatingwebhookconfigurations MutatingWebhookConfiguration cluster - - * api-extensions
admissionregistration.k8s.io/v1 validatingadmissionpolicies ValidatingAdmissionPolicy cluster - status * api-extensions
admissionregistration.k8s.io/v1 validatingadmissionpolicybindings ValidatingAdmissionPolicyBinding cluster - - * api-extensions
admissionregistration.k8s.io/v1 validatingwebhookconfigurations ValidatingWebhookConfiguration cluster - - * api-extensions
apiextensions.k8s.io/v1 customresourcedefinitions CustomResourceDefinition cluster crd,crds status * api-extensions
apiregistration.k8s.io/v1 apiservices APIService cluster - status * api-extensions
apps/v1 controllerrevisions ControllerRevision namespaced - - * -
apps/v1 daemonsets DaemonSet namespaced ds status * all
apps/v1 deployments Deployment namespaced deploy status,scale * all
apps/v1 replicasets ReplicaSet namespaced rs status,scale * all
apps/v1 statefulsets StatefulSet namespaced sts status,scale * all
authentication.k8s.io/v1 selfsubjectreviews SelfSubjectReview cluster - - create -
authentication.k8s.io/v1 tokenreviews TokenReview cluster - - create -
authorization.k8s.io/v1 localsubjectaccessreviews LocalSubjectAccessReview namespaced - - create -
authorization.k8s.io/v1 selfsubjectaccessreviews SelfSubjectAccessReview cluster - - create -
authorization.k8s.io/v1 selfsubjectrulesreviews SelfSubjectRulesReview cluster - - create -
authorization.k8s.io/v1 subjectaccessreviews SubjectAccessReview cluster - - create -
autoscaling/v1 horizontalpodautoscalers HorizontalPodAutoscaler namespaced hpa status * all
autoscaling/v2 horizontalpodautoscalers HorizontalPodAutoscaler namespaced hpa status * all
batch/v1 cronjobs CronJob namespaced cj status * all
batch/v1 jobs Job namespaced - status * all
certificates.k8s.io/v1 certificatesigningrequests CertificateSigningRequest cluster csr status,approval * -
certificates.k8s.io/v1 clustertrustbundles ClusterTrustBundle cluster - - * -
certificates.k8s.io/v1 podcertificaterequests PodCertificateRequest namespaced - status * -
coordination.k8s.io/v1 leases Lease namespaced - - * -
v1 bindings Binding namespaced - - create -
v1 componentstatuses ComponentStatus cluster cs - get,list -
v1 configmaps ConfigMap namespaced cm - * -
v1 endpoints Endpoints namespaced ep - * -
v1 events Event namespaced ev - * -
v1 limitranges LimitRange namespaced limits - * -
v1 namespaces Namespace cluster ns status,finalize create,delete,get,list,patch,update,watch -
v1 nodes Node cluster no status * -
v1 persistentvolumeclaims PersistentVolumeClaim namespaced pvc status * -
v1 persistentvolumes PersistentVolume cluster pv status * -
v1 pods Pod namespaced po status,binding,ephemeralcontainers,eviction,resize * all
v1 podtemplates PodTemplate namespaced - - * -
v1 replicationcontrollers ReplicationController namespaced rc status,scale * all
v1 resourcequotas ResourceQuota namespaced quota status * -
v1 secrets Secret namespaced - - * -
v1 serviceaccounts ServiceAccount namespaced sa token * -
v1 services Service namespaced svc status * all
discovery.k8s.io/v1 endpointslices EndpointSlice namespaced - - * -
events.k8s.io/v1 events Event namespaced ev - * -
flowcontrol.apiserver.k8s.io/v1 flowschemas FlowSchema cluster - status * -
flowcontrol.apiserver.k8s.io/v1 prioritylevelconfigurations PriorityLevelConfiguration cluster - status * -
networking.k8s.io/v1 ingressclasses IngressClass cluster - - * -
networking.k8s.io/v1 ingresses Ingress namespaced ing status * -
networking.k8s.io/v1 ipaddresses IPAddress cluster ip - * -
networking.k8s.io/v1 networkpolicies NetworkPolicy namespaced netpol - * -
networking.k8s.io/v1 servicecidrs ServiceCIDR cluster - status * -
node.k8s.io/v1 runtimeclasses RuntimeClass cluster - - * -
policy/v1 poddisruptionbudgets PodDisruptionBudget namespaced pdb status * -
rbac.authorization.k8s.io/v1 clusterrolebindings ClusterRoleBinding cluster - - * -
rbac.authorization.k8s.io/v1 clusterroles ClusterRole cluster - - * -
rbac.authorization.k8s.io/v1 rolebindings RoleBinding namespaced - - * -
rbac.authorization.k8s.io/v1 roles Role namespaced - - * -
resource.k8s.io/v1 deviceclasses DeviceClass cluster - - * -
resource.k8s.io/v1 devicetaintrules DeviceTaintRule cluster - status * -
resource.k8s.io/v1 resourceclaims ResourceClaim namespaced - status * -
resource.k8s.io/v1 resourceclaimtemplates ResourceClaimTemplate namespaced - - * -
resource.k8s.io/v1 resourceslices ResourceSlice cluster - - * -
scheduling.k8s.io/v1 priorityclasses PriorityClass cluster pc - * -
storage.k8s.io/v1 csidrivers CSIDriver cluster - - * -
storage.k8s.io/v1 csinodes CSINode cluster - status * -
storage.k8s.io/v1 csistoragecapacities CSIStorageCapacity namespaced - - * -
storage.k8s.io/v1 storageclasses StorageClass cluster sc - * -
storage.k8s.io/v1 volumeattachments VolumeAttachment cluster - status * -
storage.k8s.io/v1 volumeattributesclasses VolumeAttributesClass cluster vac - * -
storagemigration.k8s.io/v1 storageversionmigrations StorageVersionMigration cluster - status * -
"""

# what field selectors may name beside metadata.name and metadata.namespace
_SELECTABLE = {
    "certificatesigningrequests": ("spec.signerName",),
    "events": (
        "involvedObject.kind",
        "involvedObject.namespace",
        "involvedObject.name",
        "involvedObject.uid",
        "involvedObject.apiVersion",
        "involvedObject.resourceVersion",
        "involvedObject.fieldPath",
        "reason",
        "reportingComponent",
        "source",
        "type",
    ),
    "jobs": ("status.successful",),
    "namespaces": ("status.phase",),
    "nodes": ("spec.unschedulable",),
    "pods": (
        "spec.nodeName",
        "spec.restartPolicy",
        "spec.schedulerName",
        "spec.serviceAccountName",
        "spec.hostNetwork",
        "status.phase",
        "status.podIP",
        "status.nominatedNodeName",
    ),
    "replicationcontrollers": ("status.replicas",),
    "secrets": ("type",),
    "services": ("spec.clusterIP", "spec.type"),
}

# kinds whose metadata.generation counts the changes of what is wanted
_COUNTED = frozenset(
    {
        "cronjobs",
        "customresourcedefinitions",
        "daemonsets",
        "deployments",
        "deviceclasses",
        "devicetaintrules",
        "endpointslices",
        "flowschemas",
        "horizontalpodautoscalers",
        "ingressclasses",
        "ingresses",
        "jobs",
        "mutatingadmissionpolicies",
        "mutatingadmissionpolicybindings",
        "mutatingwebhookconfigurations",
        "networkpolicies",
        "poddisruptionbudgets",
        "pods",
        "podtemplates",
        "prioritylevelconfigurations",
        "priorityclasses",
        "replicasets",
        "replicationcontrollers",
        "resourceslices",
        "statefulsets",
        "validatingadmissionpolicies",
        "validatingadmissionpolicybindings",
        "validatingwebhookconfigurations",
    }
)
_CREATED_ON_UPDATE = frozenset(
    {
        "clusterrolebindings",
        "clusterroles",
        "endpoints",
        "events",
        "leases",
        "limitranges",
        "rolebindings",
        "roles",
        "runtimeclasses",
        "services",
    }
)
_DEPRECATED = {
    "componentstatuses": "v1 ComponentStatus is deprecated in v1.19+",
    "endpoints": "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice",
}
# events of both groups are the same objects
_STORES = {("events.k8s.io", "events"): ("", "events")}


def builtin_resources() -> Iterator[Served]:
    """Yield every built-in resource."""
    rows: dict[tuple[str, str], list[tuple[GroupVersion, tuple[str, ...]]]] = {}
    for line in _TABLE.split("\n"):
        if line:
            api_version, plural, *rest = line.split()
            group_version = GroupVersion.parse(api_version)
            versions = rows.setdefault((group_version.group, plural), [])
            versions.append((group_version, tuple(rest)))
    for (group, plural), versions in rows.items():
        kind, scope, short_names, subresources, verbs, categories = versions[0][1]
        served = ServedVersion(
            subresources=frozenset(_listed(subresources)),
            selectable_fields=frozenset(_SELECTABLE.get(plural, ())),
            deprecation=_DEPRECATED.get(plural, ""),
        )
        yield Served(
            group=group,
            plural=plural,
            singular=kind.lower(),
            kind=kind,
            list_kind=f"{kind}List",
            namespaced=scope == "namespaced",
            short_names=_listed(short_names),
            categories=_listed(categories),
            verbs=ALL_VERBS if verbs == "*" else _listed(verbs),
            versions={group_version.version: served for group_version, _ in versions},
            storage_version=versions[0][0].version,
            store=_STORES.get((group, plural), (group, plural)),
            is_builtin=True,
            counts_generation=plural in _COUNTED,
            creates_on_update=plural in _CREATED_ON_UPDATE,
        )


def _listed(text: str) -> tuple[str, ...]:
    return () if text == "-" else tuple(text.split(","))
