"""One line for each call of a subresource that has types of its own.

Generated code names the types::

    class PodClient(ResourceClient[Pod], StatusClient[Pod]):
        create_eviction: CreateSubresource[Eviction, Status] = CreateSubresource("eviction", Status)
        update_resize = UpdateSubresource("resize", Pod)

and users call ``pods("shop").create_eviction("web-0", Eviction())``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, Generic, Self, TypeVar, overload

from kubewright.model import Model
from kubewright.typed._base import Scope
from kubewright.typed._options import FieldValidation, Patch, PatchType, patch_body, write_query

__all__ = [
    "CreateCall",
    "CreateSubresource",
    "GetCall",
    "GetSubresource",
    "PatchCall",
    "PatchSubresource",
    "UpdateCall",
    "UpdateSubresource",
]

In = TypeVar("In", bound=Model)
Out = TypeVar("Out", bound=Model)
Call = TypeVar("Call", bound="_Bound[Any]")


class _Subresource(ABC, Generic[Call]):
    """A class attribute of a client that acts as a method of it."""

    def __init__(self, subresource: str) -> None:
        self._subresource = subresource

    @overload
    def __get__(self, client: None, owner: type[Scope]) -> Self: ...
    @overload
    def __get__(self, client: Scope, owner: type[Scope]) -> Call: ...
    def __get__(self, client: Scope | None, owner: type[Scope]) -> Self | Call:
        return self if client is None else self._bind(client)

    @abstractmethod
    def _bind(self, client: Scope) -> Call: ...


class GetSubresource(_Subresource["GetCall[Out]"], Generic[Out]):
    """Reads a subresource of one object: ``get_resize = GetSubresource("resize", Pod)``."""

    def __init__(self, subresource: str, answer: type[Out]) -> None:
        """Name the subresource and what it answers."""
        super().__init__(subresource)
        self._answer = answer

    def _bind(self, client: Scope) -> GetCall[Out]:
        return GetCall(client, self._subresource, self._answer)


class CreateSubresource(_Subresource["CreateCall[In, Out]"], Generic[In, Out]):
    """Posts to a subresource of one object, such as ``pods/eviction``."""

    def __init__(self, subresource: str, answer: type[Out]) -> None:
        """Name the subresource and what it answers."""
        super().__init__(subresource)
        self._answer = answer

    def _bind(self, client: Scope) -> CreateCall[In, Out]:
        return CreateCall(client, self._subresource, self._answer)


class UpdateSubresource(_Subresource["UpdateCall[Out]"], Generic[Out]):
    """Replaces a subresource of one object, such as ``namespaces/finalize``."""

    def __init__(self, subresource: str, answer: type[Out]) -> None:
        """Name the subresource and what it takes and answers."""
        super().__init__(subresource)
        self._answer = answer

    def _bind(self, client: Scope) -> UpdateCall[Out]:
        return UpdateCall(client, self._subresource, self._answer)


class PatchSubresource(_Subresource["PatchCall[Out]"], Generic[Out]):
    """Changes parts of a subresource of one object, such as ``pods/resize``."""

    def __init__(self, subresource: str, answer: type[Out]) -> None:
        """Name the subresource and what it answers."""
        super().__init__(subresource)
        self._answer = answer

    def _bind(self, client: Scope) -> PatchCall[Out]:
        return PatchCall(client, self._subresource, self._answer)


@dataclass(frozen=True, slots=True)
class _Bound(Generic[Out]):
    client: Scope
    subresource: str
    answer: type[Out]


class GetCall(_Bound[Out]):
    """A `GetSubresource` of a client that is at hand."""

    __slots__ = ()

    def __call__(self, name: str, *, timeout: float | None = None) -> Out:
        """Read the subresource.

        Raises:
            NotFoundError: there is no such object.
        """
        return self.client.request("GET", name, self.subresource, [], self.answer, timeout=timeout)


class CreateCall(_Bound[Out], Generic[In, Out]):
    """A `CreateSubresource` of a client that is at hand."""

    __slots__ = ()

    def __call__(
        self,
        name: str,
        body: In,
        *,
        dry_run: bool = False,
        field_manager: str | None = None,
        field_validation: FieldValidation | None = None,
        timeout: float | None = None,
    ) -> Out:
        """Post the body.

        Args:
            name: of the object that the subresource is of.
            body: what is asked for.
            dry_run: let the server do everything but store it.
            field_manager: who owns the fields.
            field_validation: what to do about unknown fields.
            timeout: seconds for the call.

        Raises:
            NotFoundError: there is no such object.
            TooManyRequestsError: of an eviction: a disruption budget does not allow it now.
        """
        query = write_query(
            dry_run=dry_run, field_manager=field_manager, field_validation=field_validation
        )
        return self.client.request(
            "POST", name, self.subresource, query, self.answer, send=body, timeout=timeout
        )


class UpdateCall(_Bound[Out]):
    """An `UpdateSubresource` of a client that is at hand."""

    __slots__ = ()

    def __call__(
        self,
        name: str,
        body: Out,
        *,
        dry_run: bool = False,
        field_manager: str | None = None,
        field_validation: FieldValidation | None = None,
        timeout: float | None = None,
    ) -> Out:
        """Replace the subresource.

        Args:
            name: of the object that the subresource is of.
            body: whole, as it was read and then changed.
            dry_run: let the server do everything but store it.
            field_manager: who owns the changed fields.
            field_validation: what to do about unknown fields.
            timeout: seconds for the call.

        Raises:
            ConflictError: it was changed since it was read: read it again.
            NotFoundError: there is no such object.
        """
        query = write_query(
            dry_run=dry_run, field_manager=field_manager, field_validation=field_validation
        )
        return self.client.request(
            "PUT", name, self.subresource, query, self.answer, send=body, timeout=timeout
        )


class PatchCall(_Bound[Out]):
    """A `PatchSubresource` of a client that is at hand."""

    __slots__ = ()

    def __call__(
        self,
        name: str,
        patch: Patch,
        *,
        type: PatchType = "merge",  # noqa: A002 - the word of the API
        dry_run: bool = False,
        field_manager: str | None = None,
        field_validation: FieldValidation | None = None,
        timeout: float | None = None,
    ) -> Out:
        """Change parts of the subresource and return it whole.

        Raises:
            NotFoundError: there is no such object.
            RequestError: the patch has not the form of its type, or the resource does not take it.
        """
        query = write_query(
            dry_run=dry_run, field_manager=field_manager, field_validation=field_validation
        )
        content = patch_body(patch, type, self.client.info)
        return self.client.request(
            "PATCH", name, self.subresource, query, self.answer, send=content, timeout=timeout
        )
