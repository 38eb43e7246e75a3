r"""kubectl's dialect of JSONPath: templates over plain data.

``{.items[*].metadata.name}``, ``{range .items[?(@.status.phase=="Running")]}{.metadata.name}{"\n"}{end}``

client-go: ``k8s.io/client-go/util/jsonpath``. What differs, on purpose:

* Whole numbers and fractions are compared with each other; client-go calls that an error.
* A ``{range}`` without ``{end}``, an ``{end}`` without ``{range}``, unknown words and comparisons are
  errors of the template, not of its use; a range over nothing gives nothing, whatever is in it.
* Fields come in the order of the data, in client-go in any.
* ``.*`` of a text gives nothing; in client-go its bytes, as numbers.
* Each input of a slice is looked at; client-go stops at the first of which nothing is taken.
* JSON in the output is not escaped for HTML.
"""

from kubewright.jsonpath._nodes import JSONPathError
from kubewright.jsonpath._path import JSONPath

__all__ = ["JSONPath", "JSONPathError"]
