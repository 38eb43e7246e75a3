"""Label and field selectors of lists."""

from __future__ import annotations

from tests.scenarios.harness import Server, scenario, scenarios
from tests.scenarios.objects import config_map, deployment, pod, widget

_LABELS = {
    "equal": "x=1",
    "double equal": "x==1",
    "not equal": "x!=1",
    "in": "x in (1,2)",
    "not in": "x notin (1,2)",
    "there": "x",
    "not there": "!x",
    "greater": "x>1",
    "less": "x<2",
    "greater than a word": "x>a",
    "two": "x=1,y=a",
    "spaces": " x = 1 , y in ( a , b ) ",
    "empty value": "x=",
    "value missing": "x in ()",
    "in of an empty value": "y in (,a)",
    "prefix": "example.com/x=1",
    "empty": "",
    "comma": ",",
    "ends with a comma": "x=1,",
    "no key": "=1",
    "bad key": "a b=1",
    "bad value": "x=a b",
    "value too long": "x=" + "a" * 64,
    "unclosed": "x in (1",
    "unknown operator": "x~1",
    "bang and value": "!x=1",
    "duplicate": "x=1,x=2",
}


@scenarios(_LABELS)
def by_labels(s: Server, selector: str) -> None:
    s.made(
        "configmaps",
        config_map("a", labels={"x": "1", "y": "a"}),
        config_map("b", labels={"x": "2", "y": "b"}),
        config_map("c", labels={"y": "a"}),
        config_map("d", labels={"x": "", "example.com/x": "1"}),
        config_map("e"),
    )
    answer = s.get("configmaps", labelSelector=selector)
    s.answers.pop()
    if "items" in answer:
        s.note(found=[item["metadata"]["name"] for item in answer["items"]])
    else:
        s.note(refused=answer)


_FIELDS = {
    "name": "metadata.name=b",
    "not the name": "metadata.name!=b",
    "two names": "metadata.name=a,metadata.name=b",
    "double equal": "metadata.name==b",
    "namespace": "metadata.namespace=other",
    "unknown field": "data.a=1",
    "no operator": "metadata.name",
    "in": "metadata.name in (a,b)",
    "empty value": "metadata.name=",
    "empty": "",
    "comma": ",",
    "escaped": r"metadata.name=a\,b",
    "bad escape": r"metadata.name=a\x",
    "uid": "metadata.uid=1",
    "bang": "!metadata.name",
}


@scenarios(_FIELDS)
def by_fields(s: Server, selector: str) -> None:
    s.made("configmaps", config_map("a"), config_map("b"))
    answer = s.get("configmaps", fieldSelector=selector)
    s.answers.pop()
    if "items" in answer:
        s.note(found=[item["metadata"]["name"] for item in answer["items"]])
    else:
        s.note(refused=answer)


_WIDGETS = {
    "string": "spec.color=blue",
    "not a string": "spec.color!=blue",
    "number": "spec.size=2",
    "bool": "spec.on=true",
    "unset bool": "spec.on=",
    "unset bool is not false": "spec.on=false",
    "two": "spec.color=red,spec.size=1",
    "not declared": "spec.note=x",
    "name": "metadata.name=a",
    "labels as fields": "metadata.labels.x=1",
}


@scenarios(_WIDGETS)
def custom_objects_by_fields(s: Server, selector: str) -> None:
    s.made("widgets", widget("a"), widget("b", size=2, color="blue", on=True))
    answer = s.get("widgets", fieldSelector=selector)
    s.answers.pop()
    if "items" in answer:
        s.note(found=[item["metadata"]["name"] for item in answer["items"]])
    else:
        s.note(refused=answer)


_PODS = {
    "node": "spec.nodeName=n",
    "no node": "spec.nodeName=",
    "phase": "status.phase=Pending",
    "other phase": "status.phase!=Pending",
    "restart policy": "spec.restartPolicy=Never",
    "default restart policy": "spec.restartPolicy=Always",
    "scheduler": "spec.schedulerName=default-scheduler",
    "service account": "spec.serviceAccountName=robot",
    "host network": "spec.hostNetwork=false",
    "pod ip": "status.podIP=",
    "nominated node": "status.nominatedNodeName=",
    "unknown": "spec.hostname=x",
}


@scenarios(_PODS)
def pods_by_fields(s: Server, selector: str) -> None:
    s.made(
        "pods",
        pod("a"),
        pod("b", nodeName="n", restartPolicy="Never", serviceAccountName="robot"),
    )
    answer = s.get("pods", fieldSelector=selector)
    s.answers.pop()
    if "items" in answer:
        s.note(found=[item["metadata"]["name"] for item in answer["items"]])
    else:
        s.note(refused=answer)


@scenario
def other_kinds_by_fields(s: Server) -> None:
    s.made("secrets", {"metadata": {"name": "a"}}, {"metadata": {"name": "b"}, "type": "x/y"})
    s.get("secrets", fieldSelector="type=Opaque")
    s.get("secrets", fieldSelector="type=x/y")
    s.get("deployments", fieldSelector="status.replicas=0")
    s.get("replicasets", fieldSelector="status.replicas=0")
    s.get("jobs", fieldSelector="status.successful=0")
    s.get("jobs", fieldSelector="status.succeeded=0")


@scenario
def deployments_by_labels(s: Server) -> None:
    web = deployment("web")
    web["metadata"]["labels"] = {"app": "web"}
    s.made("deployments", web, deployment("other"))
    found = s.get("deployments", labelSelector="app in (web)")
    s.answers.pop()
    s.note(found=[item["metadata"]["name"] for item in found["items"]])


@scenario
def both_selectors(s: Server) -> None:
    s.made("configmaps", config_map("a", labels={"x": "1"}), config_map("b", labels={"x": "1"}))
    s.get("configmaps", labelSelector="x=1", fieldSelector="metadata.name=b")
    s.get("configmaps", labelSelector="x=2", fieldSelector="metadata.name=b")


@scenario
def selectors_in_all_namespaces(s: Server) -> None:
    s.made("configmaps", config_map("a", labels={"of": s.ns}))
    s.get("/api/v1/configmaps", labelSelector=f"of={s.ns}")
    s.get("/api/v1/configmaps", fieldSelector=f"metadata.namespace={s.ns}")
    s.get("/api/v1/configmaps", fieldSelector=f"metadata.name=a,metadata.namespace={s.ns}")


@scenario
def selectors_when_one_object_is_read(s: Server) -> None:
    s.made("configmaps", config_map("a", labels={"x": "1"}))
    s.get("configmaps/a", labelSelector="x=2")
    s.get("configmaps/a", resourceVersion="0")
