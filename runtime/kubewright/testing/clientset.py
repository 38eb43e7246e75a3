"""What every generated ``FakeClientset`` can do.

client-go: ``fake.NewClientset``.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Any, ClassVar, Self

from kubewright.clientset import BaseClientset
from kubewright.meta_v1 import KubernetesObject
from kubewright.resource import ResourceInfo
from kubewright.testing.cluster import FakeCluster

__all__ = ["FakeClientsetBase"]


class FakeClientsetBase(BaseClientset):
    """A clientset together with the cluster in memory that it talks to.

    .. code-block:: python

        cs = FakeClientset(Deployment.from_wire({...}))
        reconcile(cs)
        assert [str(action) for action in cs.cluster.actions] == [...]

    The clientset of another package joins with ``FakeClientset(cluster=cs.cluster)``.

    Attributes:
        cluster: the API server.
    """

    served_resources: ClassVar[tuple[tuple[ResourceInfo, tuple[str, ...]], ...]] = ()
    """Those of the package that are not built in, and their subresources."""

    def __init__(
        self, *objects: KubernetesObject | Mapping[str, Any], cluster: FakeCluster | None = None
    ) -> None:
        """Serve what the package has clients of, and put objects there.

        Custom resources have no schema then: nothing is pruned, defaulted or validated. Create
        their CustomResourceDefinition in a cluster of your own (`FakeCluster.add_crd`) for that.

        Args:
            objects: models or mappings; see `FakeCluster.add`.
            cluster: one that is there already; without it a new one.

        Raises:
            ValueError: an object has no name, or a kind that is not served.
        """
        self.cluster = FakeCluster() if cluster is None else cluster
        for info, subresources in self.served_resources:
            if not self.cluster.serves(info.gvr):
                self.cluster.add_resource(info, subresources=subresources)
        self.cluster.add(*objects)
        super().__init__(self.cluster.rest)

    def close(self) -> None:
        """End what is open, such as watches."""
        self.cluster.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
