"""The model classes, written by datamodel-code-generator; nothing else imports that library.

It gets a document rebuilt from our own values: every name, type and default is decided, and no
key of a schema reaches it, since it obeys some of them (``customTypePath``, ``x-python-type``).
"""

from __future__ import annotations

import ast
import re
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
from kubewright_gen.ir import Field, Group, Model, TypeRef
from kubewright_gen.literals import docstring, literal

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
)
_IMPORTS = {
    "Annotated": "typing",
    "Any": "typing",
    "Field": "pydantic",
    "Literal": "typing",
    "empty": "kubewright.model",
    "required": "kubewright.model",
}
# What the classes refer to by names that come later is resolved when a class is first used.
_REBUILD = re.compile(r"^\w+\.model_rebuild\(\)$", re.MULTILINE)


def render_models(group: Group) -> tuple[list[str], str]:
    """The import lines and the classes of one group version's models, not yet formatted."""
    if not group.models:
        return [], ""
    schemas = {model.name: _class(model) for model in group.models}
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
    return _imports_apart(_REBUILD.sub("", text))


def _class(model: Model) -> dict[str, Any]:
    base = {"customBasePath": "kubewright.meta_v1.KubernetesObject"} if model.is_object else {}
    return {
        "type": "object",
        "title": model.name,
        "properties": {field.name: _property(field) for field in model.fields},
        "required": [field.name for field in model.fields],
        **base,
    }


def _property(field: Field) -> dict[str, Any]:
    kube = {
        "alias": None if field.alias is None else literal(field.alias),
        "value": _value(field),
        "doc": docstring(field.doc) if field.doc else "",
        "optional": field.type.optional,
        "quote": field.type.form == "local",
    }
    return {**_type(field.type), "x-kube": kube}


def _value(field: Field) -> str:
    if field.presence == "required":
        return "required()"
    if field.presence == "optional":
        return "None"
    if field.presence == "constant":
        return literal(field.default)
    kinds = {"list": "list", "map": "dict"}
    return f"empty({kinds.get(field.type.form) or field.type.name.rpartition('.')[2]})"


def _type(kind: TypeRef) -> dict[str, Any]:
    match kind.form:
        case "scalar":
            return {
                "type": {"str": "string", "int": "integer", "float": "number", "bool": "boolean"}[
                    kind.name
                ]
            }
        case "enum":
            plain: dict[str, Any] = _type(TypeRef("scalar", kind.name))
            return {"anyOf": [{**plain, "enum": list(kind.values)}, plain]}
        case "local":
            return {"$ref": f"#/components/schemas/{kind.name}"}
        case "external":
            return {"customTypePath": kind.name}
        case "int_or_string":
            return {"anyOf": [{"type": "integer"}, {"type": "string"}]}
        case "list":
            return {"type": "array", "items": _type(kind.item or TypeRef("any"))}
        case "map":
            item = kind.item or TypeRef("any")
            return {"type": "object", "additionalProperties": _type(item) or True}
        case _:
            return {}


def _imports_apart(text: str) -> tuple[list[str], str]:
    """Split off the imports, and keep the ones that are used."""
    tree = ast.parse(text)
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    imports: dict[str, set[str]] = {}
    end = 0
    for node in tree.body:
        if not isinstance(node, ast.ImportFrom):
            continue
        end = node.end_lineno or 0
        for imported in node.names:
            bound = imported.asname or imported.name
            if bound in used and bound not in _IMPORTS:
                spelled = imported.name + (f" as {imported.asname}" if imported.asname else "")
                imports.setdefault(node.module or "", set()).add(spelled)
    for name in used & _IMPORTS.keys():
        imports.setdefault(_IMPORTS[name], set()).add(name)
    lines = [f"from {m} import {', '.join(sorted(imports[m]))}" for m in sorted(imports)]
    return lines, "\n".join(text.splitlines()[end:]).strip() + "\n"
