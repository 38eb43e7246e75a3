"""What the kubeconfig says, in one piece: whole or one context alone, with or without secrets.

client-go: ``clientcmd/api`` (``MinifyConfig``, ``FlattenConfig``, ``ShortenConfig``,
``RedactSecrets``); what ``kubectl config view`` shows.
"""

from __future__ import annotations

import base64
import copy
import os
from collections.abc import Mapping
from typing import Any, Final

from kubewright._json import is_array, is_object
from kubewright.config.editing import KubeconfigEditor, read_documents
from kubewright.config.files import find_files
from kubewright.errors import ConfigError

__all__ = ["view_kubeconfig"]

_HIDDEN: Final = "REDACTED"
_OMITTED: Final = "DATA+OMITTED"
_DATA: Final = (
    "certificate-authority-data",
    "client-certificate-data",
    "client-key-data",
)
_SECRETS: Final = ("token", "password")
_PATHS: Final = {
    "clusters": ("certificate-authority",),
    "users": ("client-certificate", "client-key", "tokenFile"),
}
_FLATTENED: Final = ("certificate-authority", "client-certificate", "client-key")


def view_kubeconfig(
    kubeconfig: str | os.PathLike[str] | None = None,
    *,
    context: str | None = None,
    minify: bool = False,
    flatten: bool = False,
    raw: bool = False,
    environ: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return the kubeconfig as plain data, merged from all its files, to be shown or written.

    Args:
        kubeconfig: one file; without it, the files of ``KUBECONFIG`` or ``~/.kube/config``.
        context: the context that counts as the current one.
        minify: only the current context, with its cluster and user.
        flatten: certificates and keys out of their files into it, so that it stands alone.
        raw: with its secrets; else tokens, passwords, keys and what plugins are told are left out.
        environ: the variables of this process.

    Raises:
        ConfigError: a file is broken or cannot be read, or there is no such context.
    """
    found = find_files(kubeconfig, environ=environ)
    editor = KubeconfigEditor(read_documents(found.paths))
    if context is not None:
        editor.use_context(context)
    if minify:
        _minify(editor)
    for key, stanzas in (("clusters", editor.clusters), ("users", editor.users)):
        for name, stanza in stanzas.items():
            folder = os.path.dirname(editor.origin(key, name))
            _resolve(stanza, key, folder)
            if flatten:
                _flatten(stanza, f"{key}[{name}]")
    view: dict[str, Any] = {"apiVersion": "v1", "kind": "Config"}
    for key, kind, stanzas in (
        ("clusters", "cluster", editor.clusters),
        ("users", "user", editor.users),
        ("contexts", "context", editor.contexts),
    ):
        shown = {name: stanza if raw else _redacted(stanza) for name, stanza in stanzas.items()}
        view[key] = [{"name": name, kind: copy.deepcopy(shown[name])} for name in sorted(shown)]
    view["current-context"] = editor.current_context
    return view


def _minify(editor: KubeconfigEditor) -> None:
    current = editor.current_context
    if current not in editor.contexts:
        raise ConfigError(f"the current context {current!r} does not exist: name one")
    context = editor.contexts[current]
    wanted = (
        (editor.contexts, current),
        (editor.clusters, context.get("cluster")),
        (editor.users, context.get("user")),
    )
    for stanzas, name in wanted:
        for other in [each for each in stanzas if each != name]:
            del stanzas[other]


def _resolve(stanza: dict[str, Any], key: str, folder: str) -> None:
    """Make paths independent of the file that they are in."""
    for field in _PATHS[key]:
        if isinstance(path := stanza.get(field), str) and path:
            stanza[field] = os.path.normpath(os.path.join(folder, path))
    plugin = stanza.get("exec")
    if is_object(plugin):
        command = plugin.get("command")
        if isinstance(command, str) and os.sep in command:
            plugin["command"] = os.path.normpath(os.path.join(folder, command))


def _flatten(stanza: dict[str, Any], place: str) -> None:
    for field in _FLATTENED:
        path = stanza.get(field)
        if not path:
            continue
        if not stanza.get(f"{field}-data"):
            try:
                with open(path, "rb") as file:
                    content = file.read()
            except OSError as error:
                raise ConfigError(
                    f"{place}.{field}: cannot read {path}: {error.strerror}"
                ) from error
            stanza[f"{field}-data"] = base64.b64encode(content).decode()
        del stanza[field]


def _redacted(stanza: dict[str, Any]) -> dict[str, Any]:
    shown = copy.deepcopy(stanza)
    for fields, instead in ((_DATA, _OMITTED), (_SECRETS, _HIDDEN)):
        for field in fields:
            if shown.get(field):
                shown[field] = instead
    provider, plugin = shown.get("auth-provider"), shown.get("exec")
    if is_object(provider) and is_object(told := provider.get("config")):
        provider["config"] = dict.fromkeys(told, _HIDDEN)
    if is_object(plugin) and is_array(variables := plugin.get("env")):
        for variable in variables:
            if is_object(variable):
                variable["value"] = _HIDDEN
    return shown
