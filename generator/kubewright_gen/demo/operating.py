"""The operator example at work: somebody changes things, and it brings them back together."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from kubewright_gen.demo.examples import load_program
from kubewright_gen.demo.scene import Scene
from kubewright_gen.demo.stage import Stage

if TYPE_CHECKING:
    from kubewright._clock import StopToken
    from kubewright.rest.client import RESTClient
    from kubewright.testing import FakeCluster
    from kubewright_k8s.apps_v1 import Deployment
    from kubewright_k8s.apps_v1.client import DeploymentClient

__all__ = ["operate"]

_PROGRAM: Final = "website_operator.py"
_WEBSITES: Final = "/apis/web.example.com/v1/namespaces/default/websites"
_DEPLOYMENTS: Final = "/apis/apps/v1/namespaces/default/deployments"
_NAME: Final = "news"
_LIMIT: Final = 10.0  # seconds for the operator to do its work
_PAUSE: Final = 0.5  # seconds between changes, to be looked at
_SHORT_PAUSE: Final = 0.05
_POD: Final = 0.08  # seconds until a pod is ready, so that one can see it come


def operate(stage: Stage, cluster: FakeCluster, rest: RESTClient, package: Any) -> None:
    """Start the operator, change objects, and show how it follows.

    Args:
        stage: where to show it.
        cluster: what the tables are of.
        rest: the operator's way to the server.
        package: the generated one.
    """
    stage.title("An operator that uses it")
    stage.say(
        f"examples/{_PROGRAM} owns a Deployment for each Website. It runs; you change things."
    )
    stage.console.print()
    scene = Scene(stage, cluster, (_WEBSITES, _DEPLOYMENTS))
    websites = package.Clientset(rest).web_example_com_v1.websites("default")
    pause = _PAUSE if stage.is_terminal else _SHORT_PAUSE
    with scene.shown(), _running(scene, websites, rest) as stop:
        for change in (_create, _scale, _update, _delete):
            change(scene, websites, _deployments(rest))
            stop.wait(pause)


def _deployments(rest: RESTClient) -> DeploymentClient:
    from kubewright_k8s import Clientset

    return Clientset(rest).apps_v1.deployments("default")


def _create(scene: Scene, websites: Any, deployments: DeploymentClient) -> None:
    scene.tell("you", f"create the Website {_NAME}: 3 of news:1")
    spec = {"domain": "news.example.com", "image": "news:1", "replicas": 3}
    websites.apply({"metadata": {"name": _NAME}, "spec": spec}, field_manager="you")
    _wait_until_ready(websites, 3)


def _scale(scene: Scene, websites: Any, deployments: DeploymentClient) -> None:
    scene.tell("you", f"scale {_NAME} to 5")
    websites.scale(_NAME, replicas=5)
    _wait_until_ready(websites, 5)


def _update(scene: Scene, websites: Any, deployments: DeploymentClient) -> None:
    scene.tell("you", f"change the image of {_NAME} to news:2")
    websites.patch(_NAME, {"spec": {"image": "news:2"}})

    def runs_it(deployment: Deployment) -> bool:
        image = deployment.spec.template.spec.containers[0].image
        seen = deployment.status.observed_generation
        return image == "news:2" and seen == deployment.metadata.generation

    deployments.wait_for(_NAME, runs_it, timeout=_LIMIT)


def _delete(scene: Scene, websites: Any, deployments: DeploymentClient) -> None:
    scene.tell("you", f"delete the Deployment {_NAME}, as if by mistake")
    before = deployments.get(_NAME).metadata.uid
    deployments.delete(_NAME)

    def is_back(deployment: Deployment) -> bool:
        return deployment.metadata.uid != before and deployment.status.ready_replicas == 5

    # what the Website says is, for a moment, of the one that is gone
    deployments.wait_for(_NAME, is_back, timeout=_LIMIT)
    _wait_until_ready(websites, 5)


def _wait_until_ready(websites: Any, replicas: int) -> None:
    def is_ready(site: Any) -> bool:
        return bool(site.status.phase == "Ready" and site.status.ready_replicas == replicas)

    websites.wait_for(_NAME, is_ready, timeout=_LIMIT)


@contextmanager
def _running(scene: Scene, websites: Any, rest: RESTClient) -> Generator[StopToken]:
    """Run the operator, and what stands in for nodes and for whoever looks on."""
    from kubewright._clock import StopToken
    from kubewright.events import EventRecorder

    program = load_program(_PROGRAM)
    stop = StopToken()
    with EventRecorder(rest, component=program.MANAGER) as recorder:
        operator = program.WebsiteOperator(rest, recorder)
        works: dict[str, Callable[[], None]] = {
            "operator": lambda: operator.run(stop),
            "websites": lambda: _follow(scene, websites, stop),
            "pods": lambda: _run_pods(scene, _deployments(rest), stop),
        }
        threads = [threading.Thread(target=work, name=name) for name, work in works.items()]
        for thread in threads:
            thread.start()
        try:
            yield stop
        finally:
            stop.stop()
            for thread in threads:
                thread.join()


def _follow(scene: Scene, websites: Any, stop: StopToken) -> None:
    """Tell when the operator says something new of a Website."""
    told: dict[str, str] = {}
    with websites.watch(since=websites.list()) as events:
        stop.on_stop(events.stop)
        for event in events:
            name, status = event.object.metadata.name, event.object.status
            text = f"says that {name} is {status.phase}: {status.ready_replicas} ready"
            if status.phase and text != told.get(name):
                scene.tell("operator", text)
                told[name] = text


def _run_pods(scene: Scene, deployments: DeploymentClient, stop: StopToken) -> None:
    """Stand in for controllers and nodes: the pods of a Deployment come up one by one."""
    generations: dict[str, int | None] = {}
    with deployments.watch() as events:
        stop.on_stop(events.stop)
        for event in events:
            deployment = event.object
            uid, generation = deployment.metadata.uid, deployment.metadata.generation
            if event.type == "DELETED" or generations.get(uid) == generation:
                continue
            wanted = deployment.spec.replicas or 0
            image = deployment.spec.template.spec.containers[0].image
            verb = "updates" if uid in generations else "creates"
            name = deployment.metadata.name
            scene.tell("operator", f"{verb} the Deployment {name}: {wanted} of {image}")
            generations[uid] = generation
            _bring_up(deployments, deployment, wanted, stop)
            scene.tell("cluster", f"runs {wanted} of {image}")


def _bring_up(
    deployments: DeploymentClient, deployment: Deployment, wanted: int, stop: StopToken
) -> None:
    metadata, before = deployment.metadata, deployment.status.ready_replicas or 0
    for ready in range(min(before + 1, wanted), wanted + 1):
        if stop.wait(_POD):
            return
        keys = ("replicas", "updatedReplicas", "readyReplicas", "availableReplicas")
        status = {**dict.fromkeys(keys, ready), "observedGeneration": metadata.generation}
        deployments.patch(metadata.name, {"status": status}, subresource="status")
