"""Lists all pods once with one client and prints what it took as JSON.

Run by the Python of that client's own environment: ``python reader.py CLIENT [touch]``, with
KUBECONFIG set. Only the standard library may be imported above the functions. Each client is used
as its documentation shows; imports and the making of the client are not measured.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Callable, Coroutine, Iterable
from importlib import import_module
from typing import Any

Row = list[str]
Look = Callable[[Any], Row]


class Stopwatch:
    """Runs from the call of `start` until the pods were listed and, if asked for, touched."""

    def __init__(self, *, touch: bool) -> None:
        self._touch = touch
        self._started = 0.0
        self.result: dict[str, object] = {}

    def start(self) -> None:
        self._started = time.perf_counter()

    def listed(self, pods: Any, look: Look) -> None:
        touched = [look(pod) for pod in pods] if self._touch else None
        seconds = time.perf_counter() - self._started
        # read at once: counting and printing are not the client's
        megabytes = peak_megabytes()
        self.result = {
            "seconds": seconds,
            "megabytes": megabytes,
            "count": len(pods),
            "touched": touched,
        }


def peak_megabytes() -> float:
    """Read what getrusage would mix up with the memory of the process that forked this one."""
    with open("/proc/self/status") as status:
        for line in status:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024 / 1e6
    raise OSError("/proc/self/status has no VmHWM")


def snake_case(pod: Any) -> Row:
    images = (container.image for container in pod.spec.containers)
    return [pod.metadata.name, str_of(pod.status.phase), pod.spec.node_name, *images]


def camel_case(pod: Any) -> Row:
    images = (container.image for container in pod.spec.containers)
    return [pod.metadata.name, str_of(pod.status.phase), pod.spec.nodeName, *images]


def str_of(phase: Any) -> str:
    """Return what is on the wire, also of an enum."""
    return str(getattr(phase, "value", phase))


def kubewright(watch: Stopwatch) -> None:
    connect = import_module("kubewright").connect
    clientset = import_module("kubewright_k8s").Clientset(connect())
    pods = clientset.core_v1.pods
    watch.start()
    watch.listed(pods.list(), snake_case)


def kubernetes(watch: Stopwatch) -> None:
    import_module("kubernetes.config").load_kube_config()
    core = import_module("kubernetes.client").CoreV1Api()
    watch.start()
    watch.listed(core.list_pod_for_all_namespaces().items, snake_case)


def lightkube(watch: Stopwatch) -> None:
    client = import_module("lightkube").Client()
    pod = import_module("lightkube.resources.core_v1").Pod
    watch.start()
    watch.listed(list(client.list(pod, namespace="*")), camel_case)


def cloudcoil(watch: Stopwatch) -> None:
    pod = import_module("cloudcoil.models.kubernetes.core.v1").Pod
    config = import_module("cloudcoil.client").Config()
    with config:
        watch.start()
        watch.listed(list(pod.list(all_namespaces=True)), snake_case)


def kubex(watch: Stopwatch) -> None:
    api = import_module("kubex.api").Api
    pod = import_module("kubex.k8s.v1_37.core.v1.pod").Pod
    create_client = import_module("kubex.client").create_client

    async def read() -> None:
        async with await create_client() as client:
            pods = api(pod, client=client, namespace=None)
            watch.start()
            watch.listed((await pods.list()).items, snake_case)

    run(read())


def kubesdk(watch: Stopwatch) -> None:
    sdk = import_module("kubesdk")
    pod = import_module("kube_models.api_v1.io.k8s.api.core.v1").Pod

    async def read() -> None:
        await sdk.login()
        watch.start()
        watch.listed((await sdk.get_k8s_resource(pod)).items, camel_case)

    run(read())


def kr8s(watch: Stopwatch) -> None:
    api = import_module("kr8s").api()
    all_namespaces = import_module("kr8s").ALL
    watch.start()
    watch.listed(list(api.get("pods", namespace=all_namespaces)), camel_case)


def run(reading: Coroutine[Any, Any, None]) -> None:
    asyncio.run(reading)


CLIENTS: Iterable[Callable[[Stopwatch], None]] = (
    kubewright,
    kubernetes,
    lightkube,
    cloudcoil,
    kubex,
    kubesdk,
    kr8s,
)


def main(client: str, *options: str) -> None:
    watch = Stopwatch(touch="touch" in options)
    {each.__name__: each for each in CLIENTS}[client](watch)
    json.dump(watch.result, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
