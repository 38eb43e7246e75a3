"""The rules for the syntax tree of generated code; `kubewright_gen.output.verify` applies them.

Nothing is skipped: each function names the nodes it knows and refuses the rest, so a kind of
syntax that nobody thought of is an error and not a hole.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, NoReturn

from kubewright_gen.output.allowed import Allowed

__all__ = ["Scope", "UnexpectedCodeError", "bound_names", "check_module"]

_MODULE_FUNCTIONS: Final = frozenset({"__dir__", "__getattr__"})
_NO_NAMES: Final = frozenset[str]()


class UnexpectedCodeError(Exception):
    """Something that generated code does not do.

    Attributes:
        problem: what it is, to be read after "generated code".
        line: where it is, from 1.
    """

    def __init__(self, problem: str, line: int) -> None:
        super().__init__(problem)
        self.problem = problem
        self.line = line


@dataclass(frozen=True, slots=True)
class Scope:
    """What a module is checked against.

    Attributes:
        path: of the file, inside the package folder.
        package: the import name of the package.
        allowed: what generated code may use.
        modules: of the package, with the names that each binds.
    """

    path: str
    package: str
    allowed: Allowed
    modules: Mapping[str, frozenset[str]]

    @property
    def holds_models(self) -> bool:
        """Whether the file may have classes with fields, and nothing else."""
        return self.path.rpartition("/")[2] in self.allowed.model_files


def bound_names(tree: ast.Module) -> frozenset[str]:
    """The names that a module binds: its imports, classes, functions and assignments."""
    return frozenset(name for name, _ in _bindings(tree.body))


def check_module(tree: ast.Module, scope: Scope) -> None:
    """Check one parsed module.

    Raises:
        UnexpectedCodeError: it holds what generated code has no use for.
    """
    checker = _Checker(scope, bound_names(tree), _origins(ast.walk(tree)))
    _no_duplicates(tree.body)
    for statement in tree.body:
        checker.module_statement(statement)


def _bindings(body: Iterable[ast.stmt]) -> Iterator[tuple[str, int]]:
    for node in body:
        match node:
            case ast.ImportFrom(names=names):
                yield from ((alias.asname or alias.name, node.lineno) for alias in names)
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name):
                yield name, node.lineno
            case ast.Assign(targets=targets):
                yield from ((t.id, node.lineno) for t in targets if isinstance(t, ast.Name))
            case ast.AnnAssign(target=ast.Name(id=name)):
                yield name, node.lineno
            case ast.If(body=first, orelse=second):
                # one or the other is in force, so a name may be in both
                yield from dict((*_bindings(second), *_bindings(first))).items()
            case _:
                pass


def _origins(nodes: Iterable[ast.AST]) -> dict[str, str]:
    """Where imported names come from: local name to ``module.name``."""
    return {
        alias.asname or alias.name: f"{node.module}.{alias.name}"
        for node in nodes
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


def _no_duplicates(body: list[ast.stmt]) -> None:
    """A second definition would silently replace the first; overloads are meant to."""
    seen: set[str] = set()
    for node in body:
        if isinstance(node, ast.FunctionDef) and any(
            isinstance(d, ast.Name) and d.id == "overload" for d in node.decorator_list
        ):
            continue
        for name, line in _bindings([node]):
            if name in seen:
                raise UnexpectedCodeError(f"defines {name} twice", line)
            seen.add(name)


def _nothing_hidden(body: list[ast.stmt]) -> None:
    """A member named as a type that the class uses would take its place in later annotations."""
    used: dict[str, int] = {}
    for node in body:
        parts: list[ast.AST | None] = [node]
        if isinstance(node, ast.FunctionDef):
            parts = [*node.decorator_list, node.args, node.returns]
        elif isinstance(node, ast.AnnAssign):
            parts = [node.annotation, node.value]
        for part in parts:
            for child in ast.walk(part) if part is not None else ():
                if isinstance(child, ast.Name) and isinstance(child.ctx, ast.Load):
                    used.setdefault(child.id, child.lineno)
    for name, _ in _bindings(body):
        if name in used:
            raise UnexpectedCodeError(
                f"has a member {name} that hides the {name} it uses", used[name]
            )


def _refuse(node: ast.AST, where: str) -> NoReturn:
    what = type(node).__name__
    raise UnexpectedCodeError(f"has {what} in {where}", getattr(node, "lineno", 0))


class _Checker:
    """Checks the statements of one module."""

    def __init__(self, scope: Scope, bound: frozenset[str], origins: Mapping[str, str]) -> None:
        self._scope = scope
        self._allowed = scope.allowed
        self._bound = bound
        self._origins = origins

    def module_statement(self, node: ast.stmt) -> None:
        match node:
            case ast.Expr(value=ast.Constant(value=str())):
                pass
            case ast.ImportFrom():
                self._import(node)
            case ast.If(test=ast.Name(id="TYPE_CHECKING"), body=body, orelse=orelse):
                for inner in (*body, *orelse):
                    self.module_statement(inner)
            case ast.ClassDef():
                self._class(node)
            case ast.FunctionDef(name=name) if name in _MODULE_FUNCTIONS:
                self._function(node)
            case ast.Assign() | ast.AnnAssign():
                self._assignment(node)
            case _:
                _refuse(node, "a module")

    def _import(self, node: ast.ImportFrom) -> None:
        module = node.module or ""
        hidden = any(part.startswith("_") for part in module.split("."))
        if node.level or (hidden and module != "__future__"):
            raise UnexpectedCodeError(f"imports from {'.' * node.level}{module}", node.lineno)
        for alias in node.names:
            if not self._may_import(module, alias.name):
                raise UnexpectedCodeError(f"imports {alias.name} from {module}", node.lineno)
            if alias.asname:
                self._identifier(alias.asname, node.lineno)

    def _may_import(self, module: str, name: str) -> bool:
        own = self._scope.package
        if module == own or module.startswith(own + "."):
            names = self._scope.modules.get(module, _NO_NAMES)
            if name == "*":  # only what a module of models lists
                return "__all__" in names
            return name in names or f"{module}.{name}" in self._scope.modules
        if name == "*" or name.startswith("_"):
            return False
        if module in self._allowed.imports:
            return name in self._allowed.imports[module]
        return module.partition(".")[0] in self._allowed.packages

    def _class(self, node: ast.ClassDef) -> None:
        self._identifier(node.name, node.lineno)
        if node.keywords or node.decorator_list or getattr(node, "type_params", None):
            raise UnexpectedCodeError(f"adds something to the class {node.name}", node.lineno)
        for base in node.bases:
            self._type(base)
        _no_duplicates(node.body)
        _nothing_hidden(node.body)
        for statement in node.body:
            self._class_statement(statement)

    def _class_statement(self, node: ast.stmt) -> None:
        models = self._scope.holds_models
        match node:
            case ast.Expr(value=ast.Constant(value=str())) | ast.Pass():
                pass
            case ast.Assign() | ast.AnnAssign():
                self._assignment(node, private=not models)
            case ast.FunctionDef() if not models:
                self._function(node)
            case ast.If(test=ast.Name(id="TYPE_CHECKING"), body=body, orelse=orelse) if not models:
                for inner in (*body, *orelse):
                    self._class_statement(inner)
            case _:
                _refuse(node, "a class")

    def _assignment(self, node: ast.Assign | ast.AnnAssign, *, private: bool = True) -> None:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        match targets:
            case [ast.Name(id=name)]:
                self._identifier(name, node.lineno)
                if name.startswith("_") and not private:
                    raise UnexpectedCodeError(f"has the private field {name}", node.lineno)
            case _:
                raise UnexpectedCodeError("assigns to something else than one name", node.lineno)
        if isinstance(node, ast.AnnAssign):
            self._type(node.annotation)
        if node.value is not None:
            self._value(node.value)

    def _identifier(self, name: str, line: int) -> None:
        if name.startswith("__") and name not in self._allowed.dunders:
            raise UnexpectedCodeError(f"has the name {name}", line)

    def _name(self, node: ast.Name, local: frozenset[str] = _NO_NAMES) -> None:
        self._identifier(node.id, node.lineno)
        known = (self._bound, local, self._allowed.builtins, self._allowed.dunders)
        if not any(node.id in names for names in known):
            raise UnexpectedCodeError(f"uses {node.id}, which it does not define", node.lineno)

    def _public(self, node: ast.Attribute) -> None:
        if node.attr.startswith("_"):
            raise UnexpectedCodeError(f"uses the attribute {node.attr}", node.lineno)

    def _origin(self, node: ast.expr) -> str | None:
        """Where an imported name comes from, as ``module.name``."""
        match node:
            case ast.Name(id=name):
                return self._origins.get(name)
            case ast.Attribute(value=ast.Name(id=name), attr=attr) if name in self._origins:
                return f"{self._origins[name]}.{attr}"
            case _:
                return None

    # Types ------------------------------------------------------------------------------------

    def _type(self, node: ast.expr) -> None:
        """A type: pydantic evaluates annotations, so they are code as well."""
        match node:
            case ast.Name():
                self._name(node)
            case ast.Attribute(value=ast.Name() as value):
                self._public(node)
                self._name(value)
            case ast.Constant(value=None):
                pass
            case ast.Constant(value=str(text)):
                self._type(_parsed(text, node))  # a class that comes later in the file
            case ast.BinOp(left=left, op=ast.BitOr(), right=right):
                self._type(left)
                self._type(right)
            case ast.Subscript(value=value, slice=arguments):
                self._type(value)
                self._type_arguments(value, arguments)
            case _:
                _refuse(node, "a type")

    def _type_arguments(self, generic: ast.expr, node: ast.expr) -> None:
        arguments = node.elts if isinstance(node, ast.Tuple) else [node]
        origin = self._origin(generic)
        if origin == "typing.Literal":
            for argument in arguments:
                self._constant(argument)
            return
        if origin == "typing.Annotated":
            for argument in arguments[1:]:
                self._value(argument)
            arguments = arguments[:1]
        for argument in arguments:
            if isinstance(argument, ast.List):  # Callable[[A, B], C]
                for parameter in argument.elts:
                    self._type(parameter)
            elif not (isinstance(argument, ast.Constant) and argument.value is ...):
                self._type(argument)

    # Values -----------------------------------------------------------------------------------

    def _constant(self, node: ast.expr) -> None:
        match node:
            case ast.Constant(value=None | bool() | int() | float() | str()):
                pass
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float())):
                pass
            case _:
                _refuse(node, "a constant")

    def _value(self, node: ast.expr) -> None:
        """What a module or a class may assign, give as a default or tell pydantic."""
        match node:
            case ast.Name():
                self._name(node)
            case ast.Attribute(value=value):
                self._public(node)
                self._value(value)
            case ast.Tuple(elts=elements) | ast.List(elts=elements) | ast.Set(elts=elements):
                for element in elements:
                    self._value(element)
            case ast.Dict(keys=keys, values=values):
                for part in (*keys, *values):
                    if part is None:
                        raise UnexpectedCodeError("unpacks a mapping", node.lineno)
                    self._value(part)
            case ast.Call(func=function):
                if self._origin(function) not in self._allowed.calls:
                    raise UnexpectedCodeError(f"calls {ast.unparse(function)[:60]}", node.lineno)
                self._arguments(node)
            case ast.Subscript() | ast.BinOp(op=ast.BitOr()):
                self._type(node)
            case _:
                self._constant(node)

    def _arguments(self, node: ast.Call) -> None:
        for argument in node.args:
            self._value(argument)
        for keyword in node.keywords:
            if keyword.arg is None:
                raise UnexpectedCodeError("unpacks a mapping", node.lineno)
            self._value(keyword.value)

    # Functions --------------------------------------------------------------------------------

    def _function(self, node: ast.FunctionDef) -> None:
        self._identifier(node.name, node.lineno)
        if getattr(node, "type_params", None):
            raise UnexpectedCodeError(f"adds something to the function {node.name}", node.lineno)
        for decorator in node.decorator_list:
            origin = (
                self._origins.get(decorator.id, f"builtins.{decorator.id}")
                if isinstance(decorator, ast.Name)
                else ast.unparse(decorator)[:60]
            )
            if origin not in self._allowed.decorators:
                raise UnexpectedCodeError(f"decorates with {origin}", node.lineno)
        arguments = node.args
        every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        every += [extra for extra in (arguments.vararg, arguments.kwarg) if extra is not None]
        for argument in every:
            self._identifier(argument.arg, argument.lineno)
            if argument.annotation is not None:
                self._type(argument.annotation)
        for default in (*arguments.defaults, *arguments.kw_defaults):
            if default is not None and not _is_ellipsis(default):
                self._value(default)
        if node.returns is not None:
            self._type(node.returns)
        local = frozenset({a.arg for a in every} | {name for name, _ in _bindings(node.body)})
        for statement in node.body:
            self._function_statement(statement, local)

    def _function_statement(self, node: ast.stmt, local: frozenset[str]) -> None:
        match node:
            case ast.ImportFrom():
                self._import(node)
            case ast.Expr(value=ast.Constant(value=str())) | ast.Pass():
                pass
            case ast.Expr(value=value) if _is_ellipsis(value):
                pass
            case ast.Expr(value=ast.Call() as call):
                self._expression(call, local)
            case ast.Return(value=value):
                if value is not None:
                    self._expression(value, local)
            case ast.Raise(exc=ast.Call() as call, cause=None | ast.Constant(value=None)):
                self._expression(call, local)
            case ast.If(test=test, body=body, orelse=orelse):
                self._expression(test, local)
                for inner in (*body, *orelse):
                    self._function_statement(inner, local)
            case ast.Assign(targets=[target], value=value):
                self._target(target)
                self._expression(value, local)
            case ast.AnnAssign(target=target, annotation=annotation, value=ast.expr() as value):
                self._target(target)
                self._type(annotation)
                self._expression(value, local)
            case _:
                _refuse(node, "a function")

    def _target(self, node: ast.expr) -> None:
        match node:
            case ast.Name(id=name):
                self._identifier(name, node.lineno)
            case ast.Attribute(value=ast.Name(id="self"), attr=name):
                self._identifier(name, node.lineno)
            case _:
                raise UnexpectedCodeError("assigns to something else than one name", node.lineno)

    def _expression(self, node: ast.expr, local: frozenset[str]) -> None:
        match node:
            case ast.Name():
                self._name(node, local)
            case ast.Attribute(value=ast.Name(id="self"), attr=name):
                self._identifier(name, node.lineno)
            case ast.Attribute(value=value):
                self._public(node)
                self._expression(value, local)
            case ast.Call():
                self._call(node, local)
            case ast.Starred(value=value):
                self._expression(value, local)
            case ast.Constant() | ast.UnaryOp(op=ast.USub()):
                self._constant(node)
            case ast.JoinedStr(values=parts):
                self._message(parts, local)
            case (
                ast.Tuple()
                | ast.List()
                | ast.Dict()
                | ast.Subscript()
                | ast.IfExp()
                | ast.Compare()
                | ast.BoolOp()
                | ast.UnaryOp(op=ast.Not())
            ):
                for child in ast.iter_child_nodes(node):
                    if isinstance(child, ast.expr):
                        self._expression(child, local)
            case _:
                _refuse(node, "an expression")

    def _message(self, parts: list[ast.expr], local: frozenset[str]) -> None:
        """An f-string, which may hold names and nothing that is worked out."""
        for part in parts:
            match part:
                case ast.FormattedValue(value=ast.Name() as name, format_spec=None):
                    self._name(name, local)
                case ast.Constant(value=str()):
                    pass
                case _:
                    _refuse(part, "an f-string")

    def _call(self, node: ast.Call, local: frozenset[str]) -> None:
        match node.func:
            case ast.Attribute(value=ast.Call(func=ast.Name(id="super"), args=[]), attr="__init__"):
                pass
            case ast.Name(id=name) if name not in self._bound | local:
                if name not in self._allowed.function_calls:
                    raise UnexpectedCodeError(f"calls {name}", node.lineno)
            case function:
                self._expression(function, local)
        for argument in (*node.args, *(keyword.value for keyword in node.keywords)):
            self._expression(argument, local)


def _parsed(text: str, node: ast.expr) -> ast.expr:
    try:
        expression = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise UnexpectedCodeError(f"has the type {text[:60]!r}", node.lineno) from None
    for child in ast.walk(expression):
        if isinstance(child, ast.expr):
            child.lineno = node.lineno
    return expression


def _is_ellipsis(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is ...
