"""Changes kubeconfig files: each stanza goes back to the file that it came from.

What is edited is what the files say, field by field, so that nothing this program does not know is
lost; comments are, as with kubectl. client-go: ``clientcmd.ModifyConfig``.
"""

from __future__ import annotations

import copy
import os
import re
from collections.abc import Generator, Iterable, Iterator, Mapping, MutableMapping
from contextlib import ExitStack, contextmanager
from typing import Any, Final

import yaml

from kubewright.config._locked import locked, replace_file
from kubewright.config.files import find_files, read_content
from kubewright.config.kubeconfig import parse
from kubewright.config.yaml_document import read_yaml
from kubewright.errors import ConfigError

__all__ = ["KubeconfigEditor", "Stanzas", "edit_kubeconfig", "read_documents"]

_LISTS: Final = {"clusters": "cluster", "users": "user", "contexts": "context"}
_EMPTY: Final[dict[str, Any]] = {"apiVersion": "v1", "kind": "Config"}


@contextmanager
def edit_kubeconfig(
    kubeconfig: str | os.PathLike[str] | None = None, *, environ: Mapping[str, str] | None = None
) -> Generator[KubeconfigEditor]:
    """Change the kubeconfig; at the end of the block, what was changed is written.

    .. code-block:: python

        with edit_kubeconfig() as kubeconfig:
            kubeconfig.contexts["prod"]["namespace"] = "shop"
            kubeconfig.use_context("prod")

    The files are locked meanwhile (``<file>.lock``, as kubectl does), and written one by one, each
    whole or not at all. After an exception nothing is written.

    Args:
        kubeconfig: one file, which is made if it is not there; without it, the files of
            ``KUBECONFIG`` or ``~/.kube/config``.
        environ: the variables of this process.

    Raises:
        ConfigError: a file is locked, broken or cannot be written, or what is to be written is no
            kubeconfig.
    """
    paths = [os.path.realpath(path) for path in find_files(kubeconfig, environ=environ).paths]
    with ExitStack() as locks:
        for path in sorted(dict.fromkeys(paths)):
            locks.enter_context(locked(path))
        documents = read_documents(paths)
        editor = KubeconfigEditor(documents)
        yield editor
        changed = {
            path: document
            for path, document in editor.documents().items()
            if document != documents[path]
        }
        written = {path: _encoded(path, document) for path, document in changed.items()}
        for path, data in written.items():
            replace_file(path, data)


def read_documents(paths: Iterable[str]) -> dict[str, dict[str, Any]]:
    """What each file says, as it says it; a file that is not there says nothing.

    Raises:
        ConfigError: a file is no kubeconfig, or cannot be read.
    """
    return {path: _read(path) for path in paths}


class Stanzas(MutableMapping[str, dict[str, Any]]):
    """Clusters, users or contexts by name; each is the object of its own file, to be changed."""

    def __init__(self) -> None:
        """Hold nothing yet."""
        self._stanzas: dict[str, dict[str, Any]] = {}

    def __getitem__(self, name: str) -> dict[str, Any]:
        return self._stanzas[name]

    def __setitem__(self, name: str, stanza: Mapping[str, Any]) -> None:
        if not name:
            raise ConfigError("a cluster, user or context has a name")
        self._stanzas[name] = copy.deepcopy(dict(stanza))

    def __delitem__(self, name: str) -> None:
        del self._stanzas[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._stanzas)

    def __len__(self) -> int:
        return len(self._stanzas)

    def __repr__(self) -> str:
        return f"<{len(self)} stanzas: {', '.join(self._stanzas)}>"  # what is in them may be secret


class KubeconfigEditor:
    """What one or several files say together, with the names of the wire.

    Attributes:
        clusters: such as ``{"server": "https://…", "certificate-authority": "ca.crt"}``.
        users: such as ``{"token": "…"}``.
        contexts: such as ``{"cluster": "c", "user": "u", "namespace": "n"}``.
    """

    def __init__(self, documents: Mapping[str, dict[str, Any]]) -> None:
        """Take the documents by path, the ones that decide first; they are not changed.

        Raises:
            ConfigError: there is none.
        """
        if not documents:
            raise ConfigError("the variable KUBECONFIG names no file")
        self._documents = copy.deepcopy(dict(documents))
        self._origin: dict[tuple[str, str], str] = {}
        self._renamed: dict[str, str] = {}  # contexts: what the files call them, and what now
        self.clusters = self._stanzas("clusters")
        self.users = self._stanzas("users")
        self.contexts = self._stanzas("contexts")
        deciding = [
            path for path, document in self._documents.items() if document.get("current-context")
        ]
        self._current_file = deciding[0] if deciding else self._default
        self._current = str(self._documents[self._current_file].get("current-context") or "")

    @property
    def current_context(self) -> str:
        """The name of the current context; empty where there is none."""
        return self._current

    @current_context.setter
    def current_context(self, name: str) -> None:
        self._current = name

    def use_context(self, name: str) -> None:
        """Make a context the current one.

        Raises:
            ConfigError: there is no such context.
        """
        if name not in self.contexts:
            known = ", ".join(sorted(self.contexts)) or "none at all"
            raise ConfigError(f"the context {name!r} does not exist: there is {known}")
        self._current = name

    def rename_context(self, name: str, to: str) -> None:
        """Rename a context, and point the current one at it if it was it.

        Raises:
            ConfigError: there is no such context, or one of the new name.
        """
        if to in self.contexts:
            raise ConfigError(f"the context {to!r} exists already: delete it first")
        if name not in self.contexts:
            raise ConfigError(f"the context {name!r} does not exist")
        self.contexts[to] = self.contexts.pop(name)
        written = next((old for old, new in self._renamed.items() if new == name), name)
        self._renamed[written] = to
        if self._current == name:
            self._current = to

    def delete_context(self, name: str) -> None:
        """Delete a context; its cluster and user stay, since others may use them.

        Raises:
            ConfigError: there is no such context.
        """
        if name not in self.contexts:
            raise ConfigError(f"the context {name!r} does not exist")
        del self.contexts[name]
        if self._current == name:
            self._current = ""

    def documents(self) -> dict[str, dict[str, Any]]:
        """What the files are to say, by path."""
        documents = copy.deepcopy(self._documents)
        for key in _LISTS:
            stanzas: Stanzas = getattr(self, key)
            for path, document in documents.items():
                self._update(path, document, key, stanzas)
            known = {self._name(key, name) for kind, name in self._origin if kind == key}
            for name, stanza in stanzas.items():
                if name not in known:
                    document = documents[self._default]
                    entry = {"name": name, _LISTS[key]: copy.deepcopy(stanza)}
                    document[key] = [*(document.get(key) or []), entry]  # it may be null
        document = documents[self._current_file]
        if self._current:
            document["current-context"] = self._current
        elif document.get("current-context"):
            del document["current-context"]
        return documents

    def origin(self, key: str, name: str) -> str:
        """The file that a stanza is in, or will be."""
        return self._origin.get((key, name), self._default)

    def _name(self, key: str, written: str) -> str:
        """What is now the name of a stanza that the files call so."""
        return self._renamed.get(written, written) if key == "contexts" else written

    @property
    def _default(self) -> str:
        """Where what is new goes: the first file that is there, else the first."""
        existing = [path for path, document in self._documents.items() if document]
        return existing[0] if existing else next(iter(self._documents))

    def _stanzas(self, key: str) -> Stanzas:
        stanzas = Stanzas()
        for path, document in self._documents.items():
            entries: list[Any] = document.get(key) or []
            for entry in entries:
                name = entry["name"]
                if name not in stanzas:  # the first file decides
                    stanzas[name] = entry.get(_LISTS[key]) or {}
                    self._origin[key, name] = path
        return stanzas

    def _update(self, path: str, document: dict[str, Any], key: str, stanzas: Stanzas) -> None:
        """Put the changes into the entries that came from a file."""
        entries: list[Any] = document.get(key) or []
        kept: list[Any] = []
        for entry in entries:
            name = self._name(key, entry["name"])
            if self._origin.get((key, entry["name"])) != path:
                kept.append(entry)  # another file's goes before it, and it is left alone
            elif name in stanzas:
                stanza = stanzas[name]
                same = stanza == (entry.get(_LISTS[key]) or {})
                kept.append({**entry, "name": name, **({} if same else {_LISTS[key]: stanza})})
        if kept != entries:
            document[key] = kept


def _read(path: str) -> dict[str, Any]:
    """The document of a file; empty where it is not there."""
    try:
        document = read_yaml(read_content(path))
    except FileNotFoundError:
        return {}
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from None
    _, problems = parse(document, file=path)
    if problems:
        raise ConfigError("\n".join(problems))
    return document or {}


def _encoded(path: str, document: dict[str, Any]) -> bytes:
    """The document as YAML, read once more to be sure that it says what was meant."""
    document = {**_EMPTY, **document}
    _, problems = parse(document, file=path)
    if problems:
        raise ConfigError("\n".join(problems))
    try:
        text = yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=2**30)
    except yaml.YAMLError as error:
        raise ConfigError(f"{path}: it holds what YAML has no form for: {error}") from None
    data = text.encode()
    if read_yaml(data) != document:
        raise ConfigError(f"{path}: it holds what would be read as something else")
    return data


class _Dumper(yaml.SafeDumper):
    """Writes text in quotes where any YAML, old or new, could take it for something else."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


# PyYAML knows the numbers of YAML 1.1; others take 1e3 and 0o7 for some as well
_LIKE_A_NUMBER: Final = re.compile(r"[-+.]?[0-9][0-9a-fA-FoOxX_.+-]*")


def _text(dumper: Any, text: str) -> yaml.ScalarNode:
    style = '"' if _LIKE_A_NUMBER.fullmatch(text) else None
    node: yaml.ScalarNode = dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)
    return node


_Dumper.add_representer(str, _text)
