"""Where credentials come from: token files, certificate files, exec plugins.

Each source is a `kubewright.rest.credentials.CredentialSource`. client-go: ``transport`` and
``plugin/pkg/client/auth``.
"""
