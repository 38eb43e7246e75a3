"""YAML as a server writes it.

sigs.k8s.io/yaml: text that reads as something else is in double quotes, lines stay lines, and names
are in their natural order.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from kubewright._json import is_array, is_object

if TYPE_CHECKING:
    import yaml

__all__ = ["yaml_text"]

_TEXT: Final = "tag:yaml.org,2002:str"
_YES_AND_NO: Final = ("N", "Y", "n", "y")
_DIGITS: Final = re.compile("([0-9]+)")


def yaml_text(value: Any) -> str:
    """Return decoded JSON in YAML."""
    import yaml

    ordered = _in_order(value)
    return yaml.dump(ordered, Dumper=_dumper(), sort_keys=False, allow_unicode=True)


@cache
def _dumper() -> type[yaml.SafeDumper]:
    import yaml

    class Dumper(yaml.SafeDumper):
        """With another way to write text."""

    # the stubs do not know what a dumper inherits
    def text(dumper: Any, value: str) -> yaml.ScalarNode:
        reads_as = dumper.resolve(yaml.ScalarNode, value, (True, False))
        is_other = reads_as != _TEXT or value in _YES_AND_NO
        style = "|" if "\n" in value else '"' if is_other else None
        node: yaml.ScalarNode = dumper.represent_scalar(_TEXT, value, style=style)
        return node

    Dumper.add_representer(str, text)
    return Dumper


def _in_order(value: Any) -> Any:
    if is_array(value):
        return [_in_order(item) for item in value]
    if not is_object(value):
        return value
    return {name: _in_order(value[name]) for name in sorted(value, key=_natural)}


def _natural(name: str) -> list[tuple[bool, int, str]]:
    parts = _DIGITS.split(name)
    return [(part.isdecimal(), int(part) if part.isdecimal() else 0, part) for part in parts]
