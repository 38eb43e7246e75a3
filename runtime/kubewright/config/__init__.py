"""From kubeconfig files, or the pod's service account, to a `kubewright.rest.config.Config`.

client-go: ``tools/clientcmd`` and ``rest.InClusterConfig``.
"""
