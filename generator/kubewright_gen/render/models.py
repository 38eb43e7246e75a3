"""The model classes, written by datamodel-code-generator; nothing else imports that library.

It gets a document rebuilt from our own values: every name, type and default is decided, and no
key of a schema reaches it, since it obeys some of them (``customTypePath``, ``x-python-type``).
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from datamodel_code_generator import (
    InputFileType,
    LiteralType,
    OpenAPIScope,
    PythonVersion,
    generate,
)
from datamodel_code_generator.config import GenerateConfig
from datamodel_code_generator.enums import DataModelType

import kubewright_templates
from kubewright_gen.errors import VerifyError
from kubewright_gen.render.literals import docstring, literal
from kubewright_gen.resolve.ir import Field, Group, Model, TypeRef
from kubewright_gen.resolve.naming import class_name, distinct

__all__ = ["render_models"]

_TEMPLATES = Path(kubewright_templates.__file__).parent / "models"
_CONFIG: Final = GenerateConfig(
    input_file_type=InputFileType.OpenAPI,
    output_model_type=DataModelType.PydanticV2BaseModel,
    target_python_version=PythonVersion.PY_311,
    openapi_scopes=[OpenAPIScope.Schemas],
    base_class="kubewright.model.Model",
    custom_template_dir=_TEMPLATES,
    field_extra_keys={"x-kube"},
    enum_field_as_literal=LiteralType.All,
    use_schema_description=True,
    use_standard_collections=True,
    use_union_operator=True,
    disable_future_imports=True,
    disable_timestamp=True,
    formatters=[],
    custom_class_name_generator=str,  # our names stay what they are
)
_IMPORTS = {
    "Annotated": "typing",
    "Any": "typing",
    "Field": "pydantic",
    "Literal": "typing",
    "empty": "kubewright.model",
    "required": "kubewright.model",
}
_SCALARS = {"str": "string", "int": "integer", "float": "number", "bool": "boolean"}
_ANY = TypeRef("any")
# What the classes refer to by names that come later is resolved when a class is first used.
_REBUILD = re.compile(r"^\w+\.model_rebuild\(\)$", re.MULTILINE)


def render_models(group: Group) -> tuple[list[str], str]:
    """The import lines and the classes of one group version's models, not yet formatted.

    Raises:
        VerifyError: datamodel-code-generator wrote other classes than it was asked for.
    """
    if not group.models:
        return [], ""
    names = _imported_names(group)
    schemas = {model.name: _class(model, names) for model in group.models}
    document = {
        "openapi": "3.0.0",
        "info": {"title": "", "version": ""},
        "paths": {},
        "components": {"schemas": schemas},
    }
    docs = {m.name: {"kube_doc": docstring(m.doc or f"{m.name}.")} for m in group.models}
    text = generate(document, config=_CONFIG.model_copy(update={"extra_template_data": docs}))
    if not isinstance(text, str):
        raise TypeError("datamodel-code-generator did not give one module")
    tree = ast.parse(text)
    if {node.name for node in tree.body if isinstance(node, ast.ClassDef)} != schemas.keys():
        raise VerifyError(
            "datamodel-code-generator did not write the classes that it was asked for",
            file=f"{group.module}/models.py",
            remedy="this is a bug in kubewright, please report it",
        )
    return _imports_apart(_REBUILD.sub("", text), tree, names)


def _imported_names(group: Group) -> dict[str, str]:
    """What the classes of other modules are called in this one, by import path.

    Two that meet, or one that meets a class of this module, get their module's name in front.
    """
    paths = {
        path for model in group.models for field in model.fields for path in _paths(field.type)
    }
    own = {model.name for model in group.models} | {alias.name for alias in group.aliases}
    count = Counter(path.rpartition(".")[2] for path in paths)
    plain = {p: p.rpartition(".")[2] for p in sorted(paths)}
    wanted = {p: n if count[n] == 1 and n not in own else _in_full(p) for p, n in plain.items()}
    order = sorted(wanted, key=lambda path: (wanted[path] != plain[path], path))
    unique = distinct((wanted[path] for path in order), own)
    return dict(zip(order, unique, strict=True))


def _paths(kind: TypeRef) -> Iterator[str]:
    if kind.form == "external":
        yield kind.name
    if kind.item is not None:
        yield from _paths(kind.item)


def _in_full(path: str) -> str:
    """``kubewright.meta_v1.Status`` gives ``MetaV1Status``."""
    *_, module, name = path.replace(".models.", ".").split(".")
    return f"{class_name(*module.split('_'))}{name}"


def _class(model: Model, names: Mapping[str, str]) -> dict[str, Any]:
    base = {"customBasePath": "kubewright.meta_v1.KubernetesObject"} if model.is_object else {}
    return {
        "type": "object",
        "title": model.name,
        "properties": {field.name: _property(field, names) for field in model.fields},
        "required": [field.name for field in model.fields],
        **base,
    }


def _property(field: Field, names: Mapping[str, str]) -> dict[str, Any]:
    kube = {
        "name": field.name,
        "alias": None if field.alias is None else literal(field.alias),
        "value": _value(field, names),
        "doc": docstring(field.doc) if field.doc else "",
        "optional": field.type.optional,
        "quote": field.type.form == "local",
    }
    return {**_type(field.type, names), "x-kube": kube}


def _value(field: Field, names: Mapping[str, str]) -> str:
    if field.presence == "required":
        return "required()"
    if field.presence == "optional":
        return "None"
    if field.presence == "constant":
        return literal(field.default)
    kinds = {"list": "list", "map": "dict", "external": names.get(field.type.name)}
    return f"empty({kinds.get(field.type.form) or field.type.name})"


def _type(kind: TypeRef, names: Mapping[str, str]) -> dict[str, Any]:
    match kind.form:
        case "scalar":
            return {"type": _SCALARS[kind.name]}
        case "enum":
            plain = {"type": _SCALARS[kind.name]}
            return {"anyOf": [{**plain, "enum": list(kind.values)}, plain]}
        case "local":
            return {"$ref": f"#/components/schemas/{kind.name}"}
        case "external":
            return {"customTypePath": f"{kind.name.rpartition('.')[0]}.{names[kind.name]}"}
        case "int_or_string":
            return {"anyOf": [{"type": "integer"}, {"type": "string"}]}
        case "list":
            return {"type": "array", "items": _type(kind.item or _ANY, names)}
        case "map":
            return {
                "type": "object",
                "additionalProperties": _type(kind.item or _ANY, names) or True,
            }
        case _:
            return {}


def _imports_apart(text: str, tree: ast.Module, names: Mapping[str, str]) -> tuple[list[str], str]:
    """Split off the imports, and keep the ones that are used."""
    renamed = {f"{p.rpartition('.')[0]}.{n}": p.rpartition(".")[2] for p, n in names.items()}
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    imports: dict[str, set[str]] = {}
    end = 0
    for node in tree.body:
        if not isinstance(node, ast.ImportFrom):
            continue
        end = node.end_lineno or 0
        for imported in node.names:
            bound = imported.name
            if bound in used and bound not in _IMPORTS:
                name = renamed.get(f"{node.module}.{bound}", bound)
                spelled = name if name == bound else f"{name} as {bound}"
                imports.setdefault(node.module or "", set()).add(spelled)
    for name in used & _IMPORTS.keys():
        imports.setdefault(_IMPORTS[name], set()).add(name)
    lines = [f"from {m} import {', '.join(sorted(imports[m]))}" for m in sorted(imports)]
    return lines, "\n".join(text.splitlines()[end:]).strip() + "\n"
