"""What stands around a message: four magic bytes and the kind, and in a watch the length.

client-go: ``runtime.Unknown``, ``serializer/protobuf`` and ``framer``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from kubewright._errors import DecodeError
from kubewright.protobuf.reading import reader_of
from kubewright.protobuf.table import JsonOnlyError, message_of
from kubewright.protobuf.wire import as_bytes, chunk, members
from kubewright.protobuf.writing import writer_of

__all__ = ["CONTENT_TYPE", "to_json", "to_protobuf", "watch_lines"]

CONTENT_TYPE = "application/vnd.kubernetes.protobuf"

_MAGIC = b"k8s\x00"
_LENGTH_SIZE = 4
_TYPE_META, _RAW, _ENCODING, _CONTENT_TYPE = 1, 2, 3, 4
_API_VERSION, _KIND = 1, 2


class _Head(msgspec.Struct, rename="camel"):
    api_version: str
    kind: str


_head = msgspec.json.Decoder(_Head).decode


def to_json(data: bytes) -> bytes:
    """The JSON of an object, a list or a ``Status`` in its envelope.

    Raises:
        JsonOnlyError: it has a kind or a field that this version does not know, text that is no
            UTF-8, or more depth than Python takes; ask for JSON.
        DecodeError: it is no object in protobuf.
    """
    try:
        return msgspec.json.encode(_object(data))
    except (RecursionError, UnicodeDecodeError) as error:
        # in JSON a server repairs text, and what is deep need not be read to be split
        raise JsonOnlyError(f"it cannot be read: {error}") from error
    except (ValueError, IndexError, msgspec.MsgspecError) as error:
        raise DecodeError(f"no Kubernetes object in protobuf: {error}") from error


def to_protobuf(data: bytes) -> bytes:
    """The protobuf of an object in JSON, in its envelope.

    Raises:
        JsonOnlyError: it has what protobuf cannot carry, such as a field that this version does not
            know, or a value of another type than its field; JSON tells the server all of it.
    """
    try:
        head = _head(data)
        name = message_of(head.api_version, head.kind)
        raw = writer_of(name).write(msgspec.Raw(data))
    except (ValueError, RecursionError, msgspec.MsgspecError) as error:
        raise JsonOnlyError(str(error)) from error
    kind = chunk(_API_VERSION, head.api_version.encode()) + chunk(_KIND, head.kind.encode())
    return b"".join((_MAGIC, chunk(_TYPE_META, kind), chunk(_RAW, raw)))


def watch_lines(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Cut a watch into its frames, and yield each as a line of a watch in JSON.

    Raises:
        JsonOnlyError: an object has what this version does not know.
        DecodeError: a frame is no event.
    """
    for frame in _frames(chunks):
        try:
            event = dict(members(frame))
            kind = _part(event, 1).decode()
            wrapped = dict(members(_part(event, 2)))
        except (ValueError, IndexError) as error:
            raise DecodeError(f"no watch event in protobuf: {error}") from error
        line = b'{"type":%b,"object":%b}'
        yield line % (msgspec.json.encode(kind), to_json(_part(wrapped, 1)))


def _frames(chunks: Iterator[bytes]) -> Iterator[bytes]:
    waiting = bytearray()
    for piece in chunks:
        waiting += piece
        while len(waiting) >= _LENGTH_SIZE:
            end = _LENGTH_SIZE + int.from_bytes(waiting[:_LENGTH_SIZE])
            if len(waiting) < end:
                break
            yield bytes(waiting[_LENGTH_SIZE:end])
            del waiting[:end]
    if waiting:
        raise DecodeError("the last frame of the watch is cut off")


def _object(data: bytes) -> dict[str, Any] | msgspec.Raw:
    if not data.startswith(_MAGIC):
        raise ValueError("it does not start with its magic bytes")
    envelope = dict(members(data[len(_MAGIC) :]))
    kind = dict(members(_part(envelope, _TYPE_META)))
    raw = _part(envelope, _RAW)
    if _part(envelope, _ENCODING):
        raise JsonOnlyError("it is encoded once more")
    if _part(envelope, _CONTENT_TYPE) == b"application/json":
        return msgspec.Raw(raw)
    head = {
        "kind": _part(kind, _KIND).decode(),
        "apiVersion": _part(kind, _API_VERSION).decode(),
    }
    name = message_of(head["apiVersion"], head["kind"])
    return head | reader_of(name).read(raw, 0, len(raw))


def _part(fields: dict[int, int | bytes], number: int) -> bytes:
    return as_bytes(fields.get(number, b""))
