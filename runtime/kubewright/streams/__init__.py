"""Connections that stay open and carry bytes both ways: exec, attach, port-forward.

client-go: ``tools/remotecommand``, ``tools/portforward``.
"""

from kubewright.streams.port_forward import PortForward
from kubewright.streams.remote_command import (
    ExecResult,
    OutputStream,
    RemoteCommandError,
    RemoteSession,
)

__all__ = ["ExecResult", "OutputStream", "PortForward", "RemoteCommandError", "RemoteSession"]
