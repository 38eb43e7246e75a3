"""What programs on Kubernetes need beside clients and informers.

* `retry`: again after a conflict.
* `waiting`: until a watch has shown what is waited for; ``client.wait_for`` waits for one object.
* `conditions`, `owners`: the lists in statuses and in metadata.
* `managed_fields`: who owns which field, and the move to server-side apply.
* `patches`: merge patches from two or three objects.

client-go: ``util/retry``, ``tools/watch``, ``util/csaupgrade``, ``applyconfigurations``;
apimachinery: ``api/meta``, ``util/strategicpatch``, ``util/jsonmergepatch``, ``util/managedfields``.
"""

from kubewright.tools.conditions import (
    find_condition,
    is_condition_true,
    remove_condition,
    set_condition,
)
from kubewright.tools.managed_fields import (
    FieldConflict,
    conflicts_of,
    extract,
    upgrade_managed_fields,
    upgrade_patch,
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
    "FieldConflict",
    "PatchSchema",
    "conflicts_of",
    "controller_of",
    "extract",
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
    "upgrade_managed_fields",
    "upgrade_patch",
]
