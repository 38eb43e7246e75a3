"""What a reader of the documents has at hand before an example, by name and type.

Type checkers import it in front of each example; the values are given by the test that runs it.
"""

from __future__ import annotations

from collections.abc import Callable

from acme.kube.web_example_com_v1 import Website
from kubewright import KubernetesObject
from kubewright_k8s import Clientset
from kubewright_k8s import SharedInformerFactory as SharedInformerFactory  # noqa: PLC0414
from kubewright_k8s.apps_v1 import Deployment
from kubewright_k8s.apps_v1.client import DeploymentClient
from kubewright_k8s.apps_v1.informer import DeploymentInformer
from kubewright_k8s.core_v1 import ConfigMap

# made by an earlier example
cs: Clientset
apps: DeploymentClient
factory: SharedInformerFactory
deployments: DeploymentInformer

# the reader's own
pod_name: str
deploy: Callable[[Website], None]
reconcile: Callable[[Clientset], None]
without_secrets: Callable[[KubernetesObject], KubernetesObject]
deployment_of: Callable[[str], Deployment]
config_map_of: Callable[[str], ConfigMap]
