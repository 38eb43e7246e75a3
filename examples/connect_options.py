"""Connect to another context, as somebody else, or to a server that no kubeconfig knows."""

from kubewright import Config, Overrides, RESTClient, connect, load_config
from kubewright.rest.config import Impersonation
from kubewright.rest.credentials import Credentials, StaticCredentials
from kubewright_k8s import Clientset


def from_kubeconfig(path: str) -> RESTClient:
    """As ``kubectl --kubeconfig path --context staging --as viewer``, and 10 s for each call."""
    overrides = Overrides(impersonate=Impersonation(user="viewer"), timeout=10)
    return connect(kubeconfig=path, context="staging", overrides=overrides)


def by_hand(host: str, token: str, ca: bytes) -> RESTClient:
    """Without any file: what is not said here is not looked for elsewhere."""
    credentials = StaticCredentials(Credentials(token=token))
    return connect(Config(host=host, ca_data=ca, credentials=credentials, namespace="prod"))


def main(cs: Clientset) -> None:
    # a clientset is cheap, and any number of packages can share one connection
    same = Clientset(cs.rest)
    namespaces = same.core_v1.namespaces.list()
    print("namespaces:", ", ".join(namespace.metadata.name for namespace in namespaces))


if __name__ == "__main__":
    print("as", load_config().user_agent)
    with connect() as rest:
        main(Clientset(rest))
