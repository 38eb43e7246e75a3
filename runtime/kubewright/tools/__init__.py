"""What programs on Kubernetes need beside clients and informers.

* `retry`: again after a conflict.
* `waiting`: until a watch has shown what is waited for; ``client.wait_for`` waits for one object.
* `conditions`, `owners`: the lists in statuses and in metadata.
* `patches`: merge patches from two or three objects.

Who owns which field of an object is in `kubewright.managed_fields`.

client-go: ``util/retry``, ``tools/watch``; apimachinery: ``api/meta``, ``util/strategicpatch``,
``util/jsonmergepatch``.
"""

from kubewright.tools.conditions import (
    find_condition,
    is_condition_true,
    remove_condition,
    set_condition,
)
from kubewright.tools.owners import (
    AlreadyOwnedError,
    controller_of,
    owner_reference,
    set_controller_reference,
    set_owner_reference,
)
from kubewright.tools.patches import merge_patch, three_way_merge_patch
from kubewright.tools.retry import Backoff, on_error, retry_on_conflict
from kubewright.tools.strategic import PatchSchema, strategic_merge_patch
from kubewright.tools.waiting import until

__all__ = [
    "AlreadyOwnedError",
    "Backoff",
    "PatchSchema",
    "controller_of",
    "find_condition",
    "is_condition_true",
    "merge_patch",
    "on_error",
    "owner_reference",
    "remove_condition",
    "retry_on_conflict",
    "set_condition",
    "set_controller_reference",
    "set_owner_reference",
    "strategic_merge_patch",
    "three_way_merge_patch",
    "until",
]
