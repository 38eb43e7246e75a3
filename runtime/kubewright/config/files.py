"""Which kubeconfig files count, and what they say together.

client-go: ``clientcmd.ClientConfigLoadingRules``.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from kubewright.config.kubeconfig import Kubeconfig, merge, parse
from kubewright.config.yaml_document import LARGEST_DOCUMENT, read_yaml
from kubewright.errors import ConfigError

__all__ = ["KubeconfigFiles", "Loaded", "find_files", "read_content", "read_files"]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class KubeconfigFiles:
    """Absolute paths, the ones that decide first; and who named them, for messages.

    Attributes:
        explicit: the caller named this one file, so it has to exist.
    """

    paths: tuple[str, ...]
    named_by: str
    explicit: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What could be read, and a line for everything that could not."""

    kubeconfig: Kubeconfig
    problems: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


def find_files(
    explicit: str | os.PathLike[str] | None = None, *, environ: Mapping[str, str] | None = None
) -> KubeconfigFiles:
    """Return the files that count: the explicit one, else ``KUBECONFIG``, else ``~/.kube/config``.

    Args:
        explicit: a path of the caller's, ``~`` allowed.
        environ: the variables of this process.

    Raises:
        ConfigError: if the explicit path is none; it is not shown, for it may be a whole kubeconfig.
    """
    environ = os.environ if environ is None else environ
    if explicit is not None:
        if any(c in os.fspath(explicit) for c in "\n\0"):
            raise ConfigError("kubeconfig is the path of a file, or decoded content, never text")
        path = os.path.abspath(os.path.expanduser(explicit))
        return KubeconfigFiles(paths=(path,), named_by="the caller", explicit=True)
    listed = environ.get("KUBECONFIG", "")
    if listed:
        entries = dict.fromkeys(entry for entry in listed.split(os.pathsep) if entry)
        return KubeconfigFiles(
            paths=tuple(os.path.abspath(entry) for entry in entries),
            named_by="the variable KUBECONFIG",
        )
    home = environ.get("HOME") or os.path.expanduser("~")
    return KubeconfigFiles(
        paths=(os.path.join(os.path.abspath(home), ".kube", "config"),), named_by="default"
    )


def read_files(files: KubeconfigFiles) -> Loaded:
    """Read and merge what is there.

    A file that is not there is skipped, unless the caller named it; a broken one is left out, and
    everything wrong with it is among the problems.
    """
    kubeconfigs: list[Kubeconfig] = []
    problems: list[str] = []
    missing: list[str] = []
    for path in files.paths:
        try:
            kubeconfig, wrong = parse(read_yaml(read_content(path)), file=path)
        except FileNotFoundError:
            missing.append(path)
            if files.explicit:
                problems.append(f"{path}: there is no such file")
        except ConfigError as error:
            problems.append(f"{path}: {error}")
        else:
            problems.extend(wrong)
            if not wrong:
                kubeconfigs.append(kubeconfig)
    if missing and len(missing) == len(files.paths) and files.named_by.endswith("KUBECONFIG"):
        _log.warning("none of the files in KUBECONFIG exists: %s", ", ".join(missing))
    return Loaded(kubeconfig=merge(kubeconfigs), problems=tuple(problems), missing=tuple(missing))


def read_content(path: str) -> bytes:
    """Return what a file holds; what is more than any kubeconfig has is cut off.

    Raises:
        FileNotFoundError: it is not there.
        ConfigError: it cannot be read.
    """
    try:
        with Path(path).open("rb") as file:
            # not by its size: it may be a pipe, as in KUBECONFIG=<(command)
            return file.read(LARGEST_DOCUMENT + 1)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise FileNotFoundError from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise ConfigError(f"cannot be read: {reason}") from error
