"""The status and scale subresources, which most resources have."""

from __future__ import annotations

from typing import Generic, TypeVar

from kubewright.autoscaling_v1 import Scale
from kubewright.meta_v1 import KubernetesObject
from kubewright.typed._base import Client
from kubewright.typed._options import (
    MERGE_CONTENT_TYPE,
    FieldValidation,
    encode,
    write_query,
)
from kubewright.typed._writing import A, Writer

__all__ = ["ScaleClient", "StatusClient"]

T = TypeVar("T", bound=KubernetesObject)


class StatusClient(Writer[T], Generic[T, A]):
    """Adds the status subresource."""

    def update_status(
        self,
        obj: T,
        *,
        dry_run: bool = False,
        field_manager: str | None = None,
        field_validation: FieldValidation | None = None,
        timeout: float | None = None,
    ) -> T:
        """Replace the status; everything else in the object but some metadata is ignored.

        Args:
            obj: whole, as it was read, with the new status.
            dry_run: let the server do everything but store it.
            field_manager: who owns the changed fields.
            field_validation: what to do about unknown fields.
            timeout: seconds for the call.

        Raises:
            ConflictError: it was changed since it was read: read it again.
            NotFoundError: there is no such object.
        """
        return self._put(
            obj,
            "status",
            dry_run=dry_run,
            field_manager=field_manager,
            field_validation=field_validation,
            timeout=timeout,
        )

    def apply_status(
        self,
        obj: T | A,
        *,
        field_manager: str,
        force: bool = False,
        dry_run: bool = False,
        field_validation: FieldValidation | None = None,
        timeout: float | None = None,
    ) -> T:
        """Server-side apply to the status: own exactly the fields of it that are given.

        Args:
            obj: the fields, with ``metadata.name``; the kind may be left out.
            field_manager: who owns them.
            force: take fields over from other managers.
            dry_run: let the server do everything but store it.
            field_validation: what to do about unknown fields.
            timeout: seconds for the call.

        Raises:
            ConflictError: another manager owns a field, and ``force`` was not given.
            NotFoundError: there is no such object: a status is applied to one that is there.
        """
        return self._apply(
            obj,
            "status",
            field_manager=field_manager,
            force=force,
            dry_run=dry_run,
            field_validation=field_validation,
            timeout=timeout,
        )


class ScaleClient(Client[T]):
    """Adds the scale subresource."""

    def get_scale(self, name: str, *, timeout: float | None = None) -> Scale:
        """Read how many replicas are wanted, and how many there are.

        Raises:
            NotFoundError: there is no such object.
        """
        return self.request("GET", name, "scale", [], Scale, timeout=timeout)

    def update_scale(
        self,
        name: str,
        scale: Scale,
        *,
        dry_run: bool = False,
        field_manager: str | None = None,
        field_validation: FieldValidation | None = None,
        timeout: float | None = None,
    ) -> Scale:
        """Replace the scale, as it was read and then changed.

        Raises:
            ConflictError: the object was changed since its scale was read.
            NotFoundError: there is no such object.
        """
        query = write_query(
            dry_run=dry_run, field_manager=field_manager, field_validation=field_validation
        )
        return self.request("PUT", name, "scale", query, Scale, send=scale, timeout=timeout)

    def scale(
        self,
        name: str,
        replicas: int,
        *,
        dry_run: bool = False,
        field_manager: str | None = None,
        timeout: float | None = None,
    ) -> Scale:
        """Ask for a number of replicas, whatever it is now.

        Raises:
            NotFoundError: there is no such object.
        """
        query = write_query(dry_run=dry_run, field_manager=field_manager, field_validation=None)
        content = (encode({"spec": {"replicas": replicas}}), MERGE_CONTENT_TYPE)
        return self.request("PATCH", name, "scale", query, Scale, send=content, timeout=timeout)
