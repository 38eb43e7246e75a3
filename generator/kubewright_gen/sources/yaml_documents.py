"""YAML and JSON files as plain data; what is wrong with one is an error of the generator."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kubewright import _yaml_documents
from kubewright._yaml_documents import DocumentError
from kubewright_gen.errors import SourceError

__all__ = ["load_documents"]


def load_documents(data: bytes, file: str) -> Iterator[tuple[Any, int]]:
    """Read every document of a file; yield it and the line it begins on, counted from 1.

    Args:
        data: the file: YAML of one or several documents, or JSON.
        file: how messages name it.

    Raises:
        SourceError: the file is malformed, or holds what is refused.
    """
    try:
        yield from _yaml_documents.load_documents(data, file)
    except DocumentError as error:
        raise SourceError(error.problem, file=error.file, place=error.place) from None
