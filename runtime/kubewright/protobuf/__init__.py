"""Kubernetes' protobuf: the wire form that built-in kinds have beside JSON.

Everything in this package holds JSON, so protobuf is only read and written where bytes come and go:
`to_json` and `to_protobuf` change one form into the other. The numbers of the fields are in no
document that a server gives out; ``fields.txt`` has them, made by ``generator/protobuf_fields.py``.

The wire is read by hand. The C library of the ``protobuf`` package parses a list of pods in almost
no time, but to make JSON of what it parsed takes half as long again as to make it of the bytes; and
here a field that is not known is noticed.

client-go: ``k8s.io/apimachinery/pkg/runtime/serializer/protobuf``.
"""

from kubewright.protobuf.envelope import CONTENT_TYPE, to_json, to_protobuf, watch_lines
from kubewright.protobuf.table import JsonOnlyError

__all__ = ["CONTENT_TYPE", "JsonOnlyError", "to_json", "to_protobuf", "watch_lines"]
