"""Measures kubewright beside client-go and the Python peers: ``python -m tests.bench``."""
