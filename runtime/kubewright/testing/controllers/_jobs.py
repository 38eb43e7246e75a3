"""Jobs: they run and end at once.

kube-controller-manager: ``pkg/controller/job``.
"""

from __future__ import annotations

from kubewright.testing._apiserver.streams import WatchFrame
from kubewright.testing.cluster import FakeCluster
from kubewright.testing.controllers._stand_ins import (
    JSONObject,
    Server,
    StandIn,
    condition,
    meta_of,
    part,
)
from kubewright.testing.controllers._workloads import pods_path, put_pod

__all__ = ["jobs"]


def jobs(cluster: FakeCluster, *, succeed: bool = True) -> StandIn:
    """Let each Job that is not suspended run its pods to their end.

    Args:
        cluster: where Jobs are made from now on.
        succeed: whether they complete; without it they fail, their back-off limit reached.
    """
    server = Server(cluster)

    def follow(frame: WatchFrame) -> None:
        namespace, name = meta_of(frame.object)
        if frame.type == "DELETED":
            pods = server.owned(pods_path(namespace), frame.object, "Pod")
            server.delete(pods_path(namespace), pods)
            return
        job = server.get(f"/apis/batch/v1/namespaces/{namespace}/jobs", name)
        if job is None or part(job, "status", "conditions"):
            return
        if not part(job, "spec", "suspend"):
            _run(server, job, succeed)

    return StandIn(cluster, {"jobs": follow})


def _run(server: Server, job: JSONObject, succeed: bool) -> None:
    spec: JSONObject = part(job, "spec") or {}
    name = meta_of(job)[1]
    count: int = spec.get("completions") or 1
    now = server.now()
    phase = "Succeeded" if succeed else "Failed"
    for index in range(count if succeed else 1):
        put_pod(server, job, f"{name}-{index}", spec.get("template"), {"phase": phase})
    status: JSONObject = {"startTime": now, "ready": 0, "terminating": 0}
    if succeed:
        status |= {"succeeded": count, "completionTime": now}
        ends = [("SuccessCriteriaMet", "CompletionsReached"), ("Complete", "CompletionsReached")]
    else:
        status |= {"failed": 1}
        ends = [("FailureTarget", "BackoffLimitExceeded"), ("Failed", "BackoffLimitExceeded")]
    status["conditions"] = [condition(job, kind, True, reason, now) for kind, reason in ends]
    server.put_status(job, status)
