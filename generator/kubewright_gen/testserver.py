"""``kubewright testserver``: the API server in memory for kubectl, other languages and demos."""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kubewright._shown import one_line
from kubewright_gen.errors import SourceError

if TYPE_CHECKING:
    from kubewright.testing import ClusterServer

__all__ = ["testserver"]


@click.command()
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, help="On loopback; by default a free one."
)
@click.option(
    "--manifests",
    multiple=True,
    type=click.Path(),
    help="Objects to begin with: a file or folder. Repeatable.",
)
@click.option("--crd", multiple=True, type=click.Path(), help="The same. Repeatable.")
@click.option(
    "--kubeconfig", type=click.Path(dir_okay=False), help="Write a kubeconfig for it there."
)
def testserver(
    *, port: int, manifests: tuple[str, ...], crd: tuple[str, ...], kubeconfig: str | None
) -> int:
    """Serve a cluster in memory over HTTP until Ctrl-C or SIGTERM.

    It answers as a Kubernetes API server does, and has no controllers: what is created stays as it
    is. Nothing is kept when it ends.
    """
    from kubewright.controller import stop_on_signals
    from kubewright.errors import TransportError
    from kubewright.testing import FakeCluster, ManifestError

    stop = stop_on_signals()
    cluster = FakeCluster()
    _check_writable(kubeconfig)
    try:
        cluster.load(*crd, *manifests)
        server = cluster.serve(port=port)
    except (ManifestError, TransportError) as error:
        raise SourceError(one_line(str(error))) from error
    with server:
        _tell(server, kubeconfig)
        stop.wait()
    return 0


def _check_writable(kubeconfig: str | None) -> None:
    """Keep from writing over a kubeconfig that is somebody's."""
    if kubeconfig is None or not Path(kubeconfig).exists():
        return
    with suppress(OSError, ValueError):
        found: Any = json.loads(Path(kubeconfig).read_bytes())
        if found["current-context"] == "kubewright-testserver":
            return
    raise SourceError("there is another kubeconfig in this file; name a new one", file=kubeconfig)


def _tell(server: ClusterServer, kubeconfig: str | None) -> None:
    option = f"--server={server.url}"
    if kubeconfig is not None:
        try:
            server.write_kubeconfig(kubeconfig)
        except OSError as error:
            raise SourceError(error.strerror or "cannot be written", file=kubeconfig) from error
        option = f"--kubeconfig={kubeconfig}"
    click.echo(f"A Kubernetes API server in memory answers at {server.url}")
    click.echo(one_line(f"  kubectl {option} get namespaces"))
    if kubeconfig is not None:
        command = f"kubewright generate --cluster {option} --package acme.kube"
        click.echo(one_line(f"  {command}"))
    click.echo("Ctrl-C ends it.")
    sys.stdout.flush()
