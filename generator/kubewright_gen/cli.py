"""The command ``kubewright``: arguments in, one of the runs of `kubewright_gen.generate`, words out.

Exit codes: 0 done or up to date, 1 a failure or a stale package, 2 wrong usage, 130 Ctrl-C.
"""

from __future__ import annotations

import contextlib
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import click
from click.shell_completion import get_completion_class

from kubewright._shown import one_line
from kubewright_gen import __version__
from kubewright_gen.cluster_commands import context_option, explain, kubeconfig_option, resources
from kubewright_gen.config import (
    ClusterSource,
    OptionsError,
    PackageOptions,
    Sources,
    find,
    load,
)
from kubewright_gen.errors import GeneratorError
from kubewright_gen.progress import Progress, SilentProgress, TerminalProgress
from kubewright_gen.report import Reporter
from kubewright_gen.testserver import testserver

__all__ = ["main", "run"]

_NAME: Final = "kubewright"
_INTERRUPTED: Final = 130

_quiet = click.option("-q", "--quiet", is_flag=True, help="Print errors only.")
_verbose = click.option(
    "-v", "--verbose", is_flag=True, help="Print seconds, memory, and tracebacks of bugs."
)


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    no_args_is_help=True,
)
@click.version_option(__version__, prog_name=_NAME, message="%(prog)s %(version)s")
def app() -> None:
    """Typed Kubernetes clients, listers and informers, from a cluster or from CRDs."""


@app.command()
@click.option("--cluster", is_flag=True, help="Read a live cluster, as kubectl would find it.")
@context_option
@kubeconfig_option
@click.option(
    "--crd",
    multiple=True,
    type=click.Path(allow_dash=True),
    help="CRD files: a file, folder or pattern, or - for standard input. Repeatable.",
)
@click.option(
    "--openapi", multiple=True, type=click.Path(), help="Documents that `fetch` saved. Repeatable."
)
@click.option("--package", metavar="NAME", help="Import name of the package: acme.kube")
@click.option("--output", type=click.Path(), help="Source root to write it to; by default here.")
@click.option(
    "--include",
    multiple=True,
    metavar="PATTERN",
    help="Only these: apps/v1, */v1/pods. Repeatable.",
)
@click.option("--exclude", multiple=True, metavar="PATTERN", help="Not these. Repeatable.")
@click.option(
    "--group-name",
    "group_name",
    multiple=True,
    metavar="GROUP=NAME",
    help="A short Python name for a group. Repeatable.",
)
@click.option("--config", type=click.Path(), help="The pyproject.toml, instead of the nearest.")
@click.option("--check", "only_check", is_flag=True, help="Write nothing; exit 1 if stale.")
@_quiet
@_verbose
def generate(
    *,
    cluster: bool,
    context: str | None,
    kubeconfig: str | None,
    crd: tuple[str, ...],
    openapi: tuple[str, ...],
    package: str | None,
    output: str | None,
    include: tuple[str, ...],
    exclude: tuple[str, ...],
    group_name: tuple[str, ...],
    config: str | None,
    only_check: bool,
    quiet: bool,
    verbose: bool,
) -> int:
    """Write a typed package.

    Without a source and a package, [tool.kubewright] of the nearest pyproject.toml says what.
    """
    from kubewright_gen import generate as runs

    if (context or kubeconfig) and not cluster:
        raise click.UsageError("--context and --kubeconfig need --cluster")
    described = cluster or crd or openapi or package or output or include or exclude or group_name
    if described and config:
        raise click.UsageError("--config goes with no other description of a package")
    if described:
        if not package:
            raise click.UsageError("--package is missing, such as --package acme.kube")
        packages: Sequence[PackageOptions] = [
            PackageOptions(
                package=package,
                output=Path(output or "."),
                sources=Sources(
                    crd, openapi, ClusterSource(context, kubeconfig) if cluster else None
                ),
                include=include,
                exclude=exclude,
                group_names=dict(_pair(text) for text in group_name),
            )
        ]
    else:
        packages = load(Path(config) if config else find(Path()))
    report = Reporter(quiet=quiet, verbose=verbose)
    fresh = True
    for options in packages:
        progress = _progress(quiet=quiet)
        outcome = (runs.check if only_check else runs.generate)(options, progress)
        report.outcome(outcome, progress, only_check=only_check)
        fresh = fresh and (outcome.is_current or not only_check)
    return 0 if fresh else 1


def _pair(text: str) -> tuple[str, str]:
    group, equals, name = text.rpartition("=")
    if not equals:
        raise click.UsageError(f"--group-name is {text!r}; write GROUP=NAME")
    return group, name


@app.command()
@click.option(
    "--output", required=True, type=click.Path(), help="A folder, or a file that ends in .tar.xz."
)
@context_option
@kubeconfig_option
@_quiet
@_verbose
def fetch(
    *, output: str, context: str | None, kubeconfig: str | None, quiet: bool, verbose: bool
) -> int:
    """Save a cluster's discovery and OpenAPI documents, the same bytes each time."""
    from kubewright_gen.generate import save

    progress = _progress(quiet=quiet)
    count, problems = save(ClusterSource(context, kubeconfig), Path(output), progress)
    Reporter(quiet=quiet, verbose=verbose).saved(output, count, problems, progress)
    return 0


@app.command()
@_quiet
@_verbose
def demo(*, quiet: bool, verbose: bool) -> int:
    """Generate a client for a CRD and use it, without any cluster."""
    from importlib import import_module

    main: Callable[[], int | None] = import_module("kubewright_gen.demo").main
    return main() or 0


@app.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(*, shell: str) -> int:
    """Print the script that completes this command in a shell.

    For bash: eval "$(kubewright completion bash)"
    """
    kind = get_completion_class(shell)
    assert kind is not None  # noqa: S101 - click has all three
    script = kind(app, {}, _NAME, f"_{_NAME.upper()}_COMPLETE")
    click.echo(script.source_template % script.source_vars())
    return 0


app.add_command(resources)
app.add_command(explain)
app.add_command(testserver)


def _progress(*, quiet: bool) -> Progress:
    if quiet or not sys.stderr.isatty():
        return SilentProgress()
    from rich.console import Console

    return TerminalProgress(Console(stderr=True))


def run(arguments: Sequence[str]) -> int:
    """Run the command and return its exit code; errors are told on standard error."""
    try:
        code = app.main(list(arguments), prog_name=_NAME, standalone_mode=False)
        sys.stdout.flush()
    except click.UsageError as error:
        path = error.ctx.command_path if error.ctx else _NAME
        return _fail(f"{error.format_message().rstrip('.')}; see {path} --help", 2)
    except click.ClickException as error:
        return _fail(error.format_message(), 1)
    except (click.Abort, KeyboardInterrupt):
        return _fail("interrupted; no package is half-written", _INTERRUPTED)
    except OptionsError as error:
        return _fail(str(error), 2)
    except GeneratorError as error:
        return _fail(str(error), 1)
    except BrokenPipeError:
        _drop_output()
        return 1
    except Exception as error:
        if "--verbose" in arguments or "-v" in arguments:
            traceback.print_exc()
        return _fail(
            f"{type(error).__name__}: {error}; this is a bug in kubewright, please report it"
            " (--verbose shows where)",
            1,
        )
    return code if isinstance(code, int) else 0


def _fail(message: str, code: int) -> int:
    with contextlib.suppress(OSError):
        sys.stderr.write(f"error: {one_line(message)}\n")
    return code


def _drop_output() -> None:
    """Nobody reads any more: let the interpreter's last flush go nowhere instead of failing."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def main() -> None:
    """Entry point of the command."""
    sys.exit(run(sys.argv[1:]))
