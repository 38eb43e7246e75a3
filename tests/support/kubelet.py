"""The stand-in for a kubelet as an object, and pods that run on it; see tests/kubelet."""

from __future__ import annotations

import subprocess
from pathlib import Path
from types import TracebackType
from typing import Self

from kubewright_k8s import Clientset
from kubewright_k8s.core_v1 import Node, Pod
from tests.support.programs import go_program

__all__ = ["Kubelet"]

_SOURCES = Path(__file__).parents[1] / "kubelet"


class Kubelet:
    """A node with a kubelet that serves streams; ends with the block, or with this process."""

    def __init__(self, clientset: Clientset, name: str) -> None:
        self._clientset = clientset
        self._name = name
        program = go_program(_SOURCES, notice="building the stand-in for a kubelet")
        self._process = subprocess.Popen(
            [program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())

    def __enter__(self) -> Self:
        node = self._clientset.core_v1.nodes.create(
            Node.from_wire({"metadata": {"name": self._name}})
        )
        status = {
            "addresses": [{"type": "InternalIP", "address": "127.0.0.1"}],
            "daemonEndpoints": {"kubeletEndpoint": {"Port": self.port}},
        }
        wire = {**node.to_wire(), "status": status}
        self._clientset.core_v1.nodes.update_status(Node.from_wire(wire))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._clientset.core_v1.nodes.delete(self._name)
        self.stop()

    def stop(self) -> None:
        """End the process; what the API server knows of the node stays."""
        self._process.communicate(timeout=10)

    def run(self, name: str, namespace: str = "default") -> Pod:
        """Make a pod that counts as running here."""
        pods = self._clientset.core_v1.pods(namespace)
        spec = {"nodeName": self._name, "containers": [{"name": "main", "image": "none"}]}
        pod = pods.create(Pod.from_wire({"metadata": {"name": name}, "spec": spec}))
        return pods.update_status(Pod.from_wire({**pod.to_wire(), "status": {"phase": "Running"}}))
