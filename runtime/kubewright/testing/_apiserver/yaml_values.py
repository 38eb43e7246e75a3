"""YAML as a server reads it: whatever it says, the value is one of JSON.

sigs.k8s.io/yaml over go-yaml: what looks like a time is text, nothing is of base 60, keys are text, and
a name that comes twice counts the last time.
"""

from __future__ import annotations

import base64
from functools import cache
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import yaml

__all__ = ["yaml_value"]

_TAG: Final = "tag:yaml.org,2002:"
_PLAIN: Final = "!plain"
_MERGE: Final = f"{_TAG}merge"
_TOLD: Final = ("bool", "float", "int", "null", "timestamp")


def yaml_value(data: bytes) -> Any:
    """Return what YAML says.

    Raises:
        ValueError: it is none, or says what is not in JSON.
        RecursionError: it is nested too deeply.
    """
    import yaml

    try:
        return _loader()(data).get_single_data()
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from error
    except OverflowError as error:  # of an escape beyond what `chr` takes
        raise ValueError("found invalid Unicode character escape code") from error


@cache
def _loader() -> type[yaml.CSafeLoader]:
    import yaml

    from kubewright._yaml_documents import key_of, plain_value, tagged_value

    class Loader(yaml.CSafeLoader):
        """With other scalars and keys."""

        def resolve(self, kind: Any, value: Any, implicit: Any) -> Any:
            if kind is yaml.ScalarNode and implicit[0]:
                return _MERGE if value == "<<" else _PLAIN
            parent: Any = super()
            return parent.resolve(kind, value, implicit)

        def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
            mapping = super().construct_mapping(node, deep=deep)
            return {key_of(key): value for key, value in mapping.items()}

    def plain(_: Any, node: Any) -> Any:
        return plain_value(node.value)

    def told(_: Any, node: Any) -> Any:
        return tagged_value(node.tag, node.value)

    def binary(_: Any, node: Any) -> str:
        return base64.b64decode(node.value, validate=True).decode(errors="replace")

    loader: Any = Loader  # the stubs do not know what a loader inherits
    loader.add_constructor(_PLAIN, plain)
    loader.add_constructor(f"{_TAG}binary", binary)
    loader.add_constructor(f"{_TAG}set", loader.construct_yaml_map)
    for name in _TOLD:
        loader.add_constructor(_TAG + name, told)
    for name in ("omap", "pairs"):
        loader.add_constructor(_TAG + name, loader.construct_yaml_seq)
    return Loader
