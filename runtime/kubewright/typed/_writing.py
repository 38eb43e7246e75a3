"""The verbs that write: create, update, patch, delete; one class for each, as discovery names them.

client-go: ``k8s.io/client-go/gentype``.
"""

from __future__ import annotations

from typing import Generic, cast

from typing_extensions import TypeVar

from kubewright.errors import RequestError
from kubewright.managed_fields import extract
from kubewright.meta_v1 import KubernetesObject, Preconditions
from kubewright.rest.request import Request, encode_query
from kubewright.selectors import FieldSelector, Selector
from kubewright.typed._base import Client
from kubewright.typed._options import (
    APPLY_CONTENT_TYPE,
    ApplyConfiguration,
    FieldValidation,
    Patch,
    PatchType,
    PropagationPolicy,
    apply_body,
    delete_body,
    patch_body,
    selector_query,
    write_query,
)

__all__ = [
    "CreateClient",
    "DeleteClient",
    "DeleteCollectionClient",
    "PatchClient",
    "UpdateClient",
    "Writer",
]

T = TypeVar("T", bound=KubernetesObject)
A = TypeVar("A", bound=ApplyConfiguration, default=ApplyConfiguration)


class Writer(Client[T]):
    """How whole objects are sent, to the object itself or to a subresource."""

    def _put(
        self,
        obj: T,
        subresource: str | tuple[str, ...],
        *,
        dry_run: bool,
        field_manager: str | None,
        field_validation: FieldValidation | None,
        timeout: float | None,
    ) -> T:
        if not isinstance(obj, KubernetesObject):  # pyright: ignore[reportUnnecessaryIsInstance]
            kind = self.model.__name__
            raise RequestError(f"{type(obj).__name__} is no {kind}: {kind}.from_wire makes one")
        if not obj.metadata.name:
            raise RequestError(f"the object to update has no metadata.name ({self.info})")
        query = write_query(
            dry_run=dry_run, field_manager=field_manager, field_validation=field_validation
        )
        name = obj.metadata.name
        return self.request("PUT", name, subresource, query, self.model, send=obj, timeout=timeout)

    def _apply(
        self,
        obj: T | ApplyConfiguration,
        subresource: str | tuple[str, ...],
        *,
        field_manager: str,
        force: bool,
        dry_run: bool,
        field_validation: FieldValidation | None,
        timeout: float | None,
    ) -> T:
        if not field_manager:
            raise RequestError("apply needs a field_manager: who is to own the fields")
        self._check_namespace(obj)
        body, name = apply_body(obj, self.info)
        query = write_query(
            dry_run=dry_run,
            field_manager=field_manager,
            field_validation=field_validation,
            force=force,
        )
        content = (body, APPLY_CONTENT_TYPE)
        return self.request(
            "PATCH", name, subresource, query, self.model, send=content, timeout=timeout
        )


class CreateClient(Client[T]):
    """Makes objects; all that reviews such as TokenReview have."""

    def create(
        self,
        obj: T,
        *,
        dry_run: bool = False,
        field_manager: str | None = None,
        field_validation: FieldValidation | None = None,
        timeout: float | None = None,
    ) -> T:
        """Create the object and return it as the server stored or answered it.

        Args:
            obj: with ``metadata.name``, or ``generate_name`` for a name by the server.
            dry_run: let the server do everything but store it.
            field_manager: who owns the fields; by default the server takes the user agent.
            field_validation: what to do about unknown fields.
            timeout: seconds for the call.

        Raises:
            AlreadyExistsError: an object of that name is there already.
            InvalidError: the server does not accept a field.
        """
        query = write_query(
            dry_run=dry_run, field_manager=field_manager, field_validation=field_validation
        )
        return self.request("POST", None, (), query, self.model, send=obj, timeout=timeout)


class UpdateClient(Writer[T]):
    """Replaces objects."""

    def update(
        self,
        obj: T,
        *,
        dry_run: bool = False,
        field_manager: str | None = None,
        field_validation: FieldValidation | None = None,
        timeout: float | None = None,
    ) -> T:
        """Replace the object and return it as the server stored it.

        Args:
            obj: whole, as it was read and then changed.
            dry_run: let the server do everything but store it.
            field_manager: who owns the changed fields.
            field_validation: what to do about unknown fields.
            timeout: seconds for the call.

        Raises:
            ConflictError: it was changed since it was read: read it again.
            NotFoundError: there is no such object.
            InvalidError: the server does not accept a field.
        """
        return self._put(
            obj,
            (),
            dry_run=dry_run,
            field_manager=field_manager,
            field_validation=field_validation,
            timeout=timeout,
        )


class PatchClient(Writer[T], Generic[T, A]):
    """Changes parts of objects."""

    def patch(
        self,
        name: str,
        patch: Patch,
        *,
        type: PatchType = "merge",  # noqa: A002 - the word of the API
        subresource: str | tuple[str, ...] = (),
        dry_run: bool = False,
        field_manager: str | None = None,
        field_validation: FieldValidation | None = None,
        timeout: float | None = None,
    ) -> T:
        """Change parts of an object and return it whole.

        Args:
            name: of the object.
            patch: an object, or a list of operations where the type is ``json``.
            type: ``merge`` replaces lists and deletes fields that are null; ``strategic``, of
                built-in resources only, merges lists by their keys.
            subresource: one that answers with the object itself, such as ``status``.
            dry_run: let the server do everything but store it.
            field_manager: who owns the changed fields.
            field_validation: what to do about unknown fields.
            timeout: seconds for the call.

        Raises:
            NotFoundError: there is no such object.
            InvalidError: the server does not accept a field, or a test of a JSON patch fails.
            RequestError: the patch has not the form of its type, or the resource does not take it.
        """
        content = patch_body(patch, type, self.info)
        query = write_query(
            dry_run=dry_run, field_manager=field_manager, field_validation=field_validation
        )
        return self.request(
            "PATCH", name, subresource, query, self.model, send=content, timeout=timeout
        )

    def extract(self, obj: T, manager: str, *, subresource: str = "") -> A | None:
        """Return the fields that a manager owns by server-side apply, to change and apply again.

        Fields that are left out of the next `apply` are given up.

        Args:
            obj: as it was read, with its managed fields.
            manager: the field manager.
            subresource: of which the fields are; empty for the object itself.

        Returns:
            None when the manager has applied nothing.
        """
        # the configurations are TypedDicts, and exist for type checkers only
        return cast("A | None", extract(obj, manager, subresource=subresource))

    def apply(
        self,
        obj: T | A,
        *,
        field_manager: str,
        force: bool = False,
        dry_run: bool = False,
        field_validation: FieldValidation | None = None,
        timeout: float | None = None,
    ) -> T:
        """Server-side apply: own exactly the fields that are given; make the object if need be.

        Args:
            obj: the fields, with ``metadata.name``; the kind may be left out.
            field_manager: who owns them.
            force: take fields over from other managers.
            dry_run: let the server do everything but store it.
            field_validation: what to do about unknown fields.
            timeout: seconds for the call.

        Raises:
            ConflictError: another manager owns a field, and ``force`` was not given.
            RequestError: there is no name, or the object was read with its managed fields.
        """
        return self._apply(
            obj,
            (),
            field_manager=field_manager,
            force=force,
            dry_run=dry_run,
            field_validation=field_validation,
            timeout=timeout,
        )


class DeleteClient(Client[T]):
    """Deletes objects, one at a time."""

    def delete(
        self,
        name: str,
        *,
        propagation_policy: PropagationPolicy | None = None,
        grace_period_seconds: int | None = None,
        preconditions: Preconditions | None = None,
        dry_run: bool = False,
        timeout: float | None = None,
    ) -> None:
        """Delete one object; finalizers and a grace period may keep it for a while.

        Args:
            name: of the object.
            propagation_policy: what becomes of the objects that it owns.
            grace_period_seconds: how long it may take to end; 0 means now.
            preconditions: the uid or resource version that it must have.
            dry_run: let the server do everything but delete it.
            timeout: seconds for the call.

        Raises:
            NotFoundError: there is no such object.
            ConflictError: a precondition does not hold.
        """
        body = delete_body(
            dry_run=dry_run,
            propagation_policy=propagation_policy,
            grace_period_seconds=grace_period_seconds,
            preconditions=preconditions,
        )
        self._rest.send(Request("DELETE", self._object_path(name), (), body, timeout=timeout))


class DeleteCollectionClient(Client[T]):
    """Deletes the objects of one namespace, or of the cluster, together."""

    def delete_collection(
        self,
        *,
        label_selector: Selector | None = None,
        field_selector: FieldSelector | None = None,
        propagation_policy: PropagationPolicy | None = None,
        grace_period_seconds: int | None = None,
        dry_run: bool = False,
        timeout_seconds: int | None = None,
        timeout: float | None = None,
    ) -> None:
        """Delete all objects that match; without a selector, all there are in this scope.

        Args:
            label_selector: text (``"app=web,tier!=db"``) or a mapping.
            field_selector: text (``"status.phase=Running"``) or a mapping.
            propagation_policy: what becomes of the objects that they own.
            grace_period_seconds: how long each may take to end; 0 means now.
            dry_run: let the server do everything but delete them.
            timeout_seconds: how long the server may take.
            timeout: seconds for the call.
        """
        body = delete_body(
            dry_run=dry_run,
            propagation_policy=propagation_policy,
            grace_period_seconds=grace_period_seconds,
            preconditions=None,
        )
        query = selector_query(label_selector, field_selector)
        query += encode_query({"timeoutSeconds": timeout_seconds})
        self._rest.send(Request("DELETE", self._path(), query, body, timeout=timeout))
