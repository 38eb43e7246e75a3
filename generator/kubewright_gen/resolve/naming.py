"""Wire names become Python names; each name depends on its own wire name alone.

Nothing here looks at neighbours: `distinct` is the one place where two names that meet are told
apart, in the order of the schema, so that adding something later renames nothing.
"""

from __future__ import annotations

import keyword
import re
import unicodedata
from collections.abc import Iterable, Iterator

from pydantic.alias_generators import to_camel

from kubewright.schema import GroupVersion

__all__ = [
    "attribute_name",
    "class_name",
    "distinct",
    "field_name",
    "module_name",
    "plural_kind",
    "wire_alias",
]

# As client-go's packages call the groups that every cluster has; any other is spelled in full.
_BUILT_IN_GROUPS = {
    "": "core",
    "admissionregistration.k8s.io": "admissionregistration",
    "apiextensions.k8s.io": "apiextensions",
    "apiregistration.k8s.io": "apiregistration",
    "authentication.k8s.io": "authentication",
    "authorization.k8s.io": "authorization",
    "certificates.k8s.io": "certificates",
    "coordination.k8s.io": "coordination",
    "discovery.k8s.io": "discovery",
    "events.k8s.io": "events",
    "flowcontrol.apiserver.k8s.io": "flowcontrol",
    "internal.apiserver.k8s.io": "apiserverinternal",
    "networking.k8s.io": "networking",
    "node.k8s.io": "node",
    "rbac.authorization.k8s.io": "rbac",
    "resource.k8s.io": "resource",
    "scheduling.k8s.io": "scheduling",
    "storage.k8s.io": "storage",
    "storagemigration.k8s.io": "storagemigration",
}

# Acronyms whose plural ends in a small s: cut before them, not inside (clusterIPs, podCIDRs).
_PLURAL_ACRONYMS = re.compile(
    r"(?<![A-Z])(ACL|API|AWS|CA|CIDR|CPU|CRD|CRL|DNS|FQDN|GPU|GUID|ID|IP|IQN|JWK|JWT|LUN|OCID|OID"
    r"|OS|PEM|PVC|RDN|SAN|SID|SKU|SSID|UID|URI|URL|URN|UUID|VIP|VLAN|VM|VPC|WWID|WWN)s(?![a-z])"
)
_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+[0-9]*|[A-Z]+[0-9]*|[0-9]+")

# Names that a field cannot have: keywords, what a class body of ours uses, what `Model` has. Spelled
# out, because a name must not depend on the version of Python or pydantic; a test compares.
_TAKEN = frozenset(
    {*keyword.kwlist}
    | {"bool", "bytes", "dict", "empty", "float", "int", "list", "required", "str"}
    | {
        "construct",
        "copy",
        "from_json",
        "from_orm",
        "from_parts",
        "from_wire",
        "json",
        "parse_file",
        "parse_obj",
    }
    | {
        "parse_raw",
        "schema",
        "schema_json",
        "to_json",
        "to_wire",
        "update_forward_refs",
        "validate",
    }
    | {"model_computed_fields", "model_config", "model_construct", "model_copy", "model_dump"}
    | {"model_dump_json", "model_extra", "model_fields", "model_fields_set", "model_json_schema"}
    | {"model_parametrized_name", "model_post_init", "model_rebuild", "model_validate"}
    | {"model_validate_json", "model_validate_strings"}
)

# Names that a class cannot have, because the generated modules import them.
_IMPORTED = frozenset(
    {"Annotated", "Any", "Bytes", "Field", "IntOrString", "KubernetesObject", "Literal"}
    | {"MicroTime", "Model", "ObjectMeta", "Quantity", "Time", "None", "True", "False"}
)

# Names that an attribute of a client cannot have, because the attributes after it need them.
_DECORATORS = frozenset({"cached_property", "property"})


def _words(text: str) -> list[str]:
    # NFKC is what Python itself does to identifiers
    folded = unicodedata.normalize("NFKC", text)
    marked = _PLURAL_ACRONYMS.sub(lambda m: f" {m[1].capitalize()}s ", folded)
    found: list[str] = []
    for part in re.split(r"[\W_]+", marked):
        found.extend(_WORD.findall(part) if part.isascii() else _cased(part))
    return found


def _cased(part: str) -> list[str]:
    """Words of a name with letters beyond ASCII: a capital after a small letter begins one."""
    words: list[str] = []
    for i, letter in enumerate(part):
        if i == 0 or (letter.isupper() and not part[i - 1].isupper()):
            words.append(letter)
        else:
            words[-1] += letter
    return words


def _identifier(text: str, fallback: str) -> str:
    name = "".join(c for c in unicodedata.normalize("NFKC", text) if f"a{c}".isidentifier())
    name = unicodedata.normalize("NFKC", name).strip("_") or fallback  # neighbours can join
    return name if name.isidentifier() else f"{fallback}_{name}"


def field_name(wire_name: str) -> str:
    """The attribute of a model for a field: ``clusterIPs`` gives ``cluster_ips``."""
    name = _identifier("_".join(_words(wire_name)).lower(), "field")
    return f"{name}_" if name in _TAKEN else name


def wire_alias(name: str, wire_name: str) -> str | None:
    """The alias that a field must state, or ``None`` where the model's rule gives the wire name."""
    return None if to_camel(name) == wire_name else wire_name


def class_name(*parts: str) -> str:
    """A class for a path of names: ``Certificate``, ``spec``, ``issuerRef``."""
    pascal = (p[:1].upper() + p[1:] for part in parts for p in re.split(r"[\W_]+", part))
    name = _identifier("".join(pascal), "Object")
    return f"{name}_" if name in _IMPORTED else name


def module_name(gv: GroupVersion, group_names: dict[str, str] | None = None) -> str:
    """The folder of a group version: ``apps_v1``, ``cert_manager_io_v1``."""
    group = (group_names or {}).get(gv.group) or _BUILT_IN_GROUPS.get(gv.group, gv.group)
    name = re.sub(r"[^0-9a-z]+", "_", f"{group}_{gv.version}".lower())
    return name if name.isidentifier() and not keyword.iskeyword(name) else f"g_{name}"


def plural_kind(kind: str, plural: str) -> str:
    """The plural with the capitals of the kind: ``networkpolicies`` gives ``NetworkPolicies``.

    Only the letters that both share are taken from the kind; the plural itself is never guessed.
    """
    shared = _shared(kind, plural)
    return kind[:shared] + plural[shared:] if shared else plural[:1].upper() + plural[1:]


def _shared(kind: str, plural: str) -> int:
    """How many letters a regular plural takes from the kind; 0 for an irregular one."""
    pairs = zip(kind.lower(), plural, strict=False)
    shared = next((i for i, (a, b) in enumerate(pairs) if a != b), min(len(kind), len(plural)))
    return shared if shared >= len(kind) - 2 else 0


def attribute_name(kind: str, plural: str) -> str:
    """The attribute of a group version's client: ``network_policies``."""
    shared = _shared(kind, plural)
    # the words are those of the kind: the plural of `REST` is no word `Ts`
    words = "_".join(_words(kind[:shared])).lower() + re.sub(r"\W", "_", plural[shared:])
    name = _identifier(words, "resource")
    return f"{name}_" if name in _DECORATORS or keyword.iskeyword(name) else name


def distinct(names: Iterable[str], taken: Iterable[str] = ()) -> Iterator[str]:
    """Give each name once: one that was there before gets the suffix ``_2``, ``_3``…"""
    seen = set(taken)
    counts: dict[str, int] = {}
    for name in names:
        unique, base = name, name.rstrip("_")
        count = counts.get(base, 1)
        while unique in seen:
            count += 1
            unique = f"{base}_{count}"
        counts[base] = count
        seen.add(unique)
        yield unique
