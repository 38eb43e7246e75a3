"""Patterns of schemas: in Go's syntax, refused in Go's words."""

from __future__ import annotations

from typing import Any

from tests.scenarios.harness import CRDS, Server, scenario, scenarios
from tests.scenarios.objects import crd

TEXT = {"type": "string"}


def things(s: Server, **properties: Any) -> dict[str, Any]:
    schema = {"type": "object", "properties": properties}
    version = {"served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    return crd(s.ns, "things", versions=[{"name": "v1", **version}])


_REFUSED: dict[str, dict[str, Any]] = {
    "look ahead": {**TEXT, "pattern": "^(?!a)"},
    "look behind": {**TEXT, "pattern": "(?<=a)b"},
    "back reference": {**TEXT, "pattern": r"(a)\1"},
    "back reference by name": {**TEXT, "pattern": "(?P<n>a)(?P=n)"},
    "end as in Python": {**TEXT, "pattern": r"^a\Z"},
    "possessive": {**TEXT, "pattern": "^a++$"},
    "flag as in Python": {**TEXT, "pattern": "(?x)a"},
    "many times": {**TEXT, "pattern": "a{1001}"},
    "many times in many times": {**TEXT, "pattern": "(a{100}){11}"},
    "more than most": {**TEXT, "pattern": "a{2,1}"},
    "nothing to repeat": {**TEXT, "pattern": "a|*"},
    "open class": {**TEXT, "pattern": "^[a-z"},
    "open group": {**TEXT, "pattern": "(a"},
    "closed twice": {**TEXT, "pattern": "a)"},
    "range backwards": {**TEXT, "pattern": "[z-a]"},
    "unknown letters": {**TEXT, "pattern": r"\p{Latn}"},
    "unknown class": {**TEXT, "pattern": "[[:letter:]]"},
    "unknown escape": {**TEXT, "pattern": r"\é"},
    "backslash at the end": {**TEXT, "pattern": "a\\"},
    "beside a default": {**TEXT, "pattern": "(", "default": "a"},
    "in a junctor": {**TEXT, "anyOf": [{"pattern": "a"}, {"not": {"pattern": "[b"}}]},
    "in items": {"type": "array", "items": {**TEXT, "pattern": "*"}},
}


@scenarios(_REFUSED)
def a_pattern_that_is_refused(s: Server, schema: dict[str, Any]) -> None:
    s.post(CRDS, things(s, text=schema))


_TEXTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "letters": (r"^\p{L}+$", ("aé", "a1")),
    "negated": (r"^\P{^Greek}$", ("\u03b1", "a")),
    "class": ("^[[:alpha:]_]+$", ("a_b", "é")),
    "flag": ("^a(?i)b$", ("aB", "AB")),
    "fold": ("^(?i:k)$", ("\u212a", "x")),
    "quoted": (r"^\Qa.b\E$", ("a.b", "axb")),
    "end": ("^a$", ("a", "a\n")),
    "lines": ("(?m)^b$", ("a\nb", "ab")),
    "digits": (r"^\d$", ("1", "\u0661")),
    "words": (r"^\w\b", ("aé", "é")),
    "blank": (r"^\s$", (" ", "\v")),
    "brace": ("^a{,2}$", ("a{,2}", "aa")),
    "names": ("^(?P<n>a)(?<n>b)$", ("ab", "a")),
    "octal": (r"^\141\x{62}$", ("ab", "b")),
    "sets": ("^[a&&b[]$", ("&", "c")),
    "thousand": ("^a{1000}$", ("a" * 1000, "a")),
    "anywhere": ("b", ("abc", "ac")),
    "forever": ("^(a+)+$", ("a", "a" * 40 + "b")),
}


@scenario
def patterns_find_what_go_finds(s: Server) -> None:
    properties = {name: {**TEXT, "pattern": pattern} for name, (pattern, _) in _TEXTS.items()}
    path = s.served(things(s, **properties))
    head = {"apiVersion": f"{s.ns}.example.com/v1", "kind": "Thing", "metadata": {"name": "a"}}
    for name, (_, texts) in _TEXTS.items():
        for text in texts:
            s.post(path, {**head, name: text}, dryRun="All")
