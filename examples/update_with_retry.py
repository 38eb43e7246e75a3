"""Change an object that others change too: read, change, write, and again on a conflict."""

from collections.abc import Callable

from kubewright import ConflictError, connect
from kubewright_k8s import Clientset
from kubewright_k8s.core_v1 import ConfigMap


def update(
    cs: Clientset, name: str, change: Callable[[ConfigMap], None], *, attempts: int = 5
) -> ConfigMap:
    """Apply the change to the newest state, however often others come in between."""
    config_maps = cs.core_v1.config_maps("default")
    while True:
        config_map = config_maps.get(name)
        change(config_map)
        try:
            return config_maps.update(config_map)
        except ConflictError:
            attempts -= 1
            if attempts == 0:
                raise


def main(cs: Clientset) -> None:
    def count(config_map: ConfigMap) -> None:
        config_map.data["visits"] = str(int(config_map.data.get("visits", "0")) + 1)

    print("visits:", update(cs, "counter", count).data["visits"])


if __name__ == "__main__":
    main(Clientset(connect()))
