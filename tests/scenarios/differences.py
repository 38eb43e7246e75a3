"""Where the server in memory does not answer as a real one does: the complete list.

A case that is named here must fail on it, or say it in other words; one that does not any more
fails the suite. Beside them: the columns of tables have no descriptions.
"""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["DIFFERENCES", "OTHER_WORDS"]

# another answer, by the reason
_OTHERWISE: dict[str, tuple[str, ...]] = {
    "a real server without controllers never finishes a namespace; this one does at once": (
        "namespaces.a_namespace_is_over_when_it_is_empty",
    ),
    "objects are the same in each version: nothing is converted": (
        "pods.events_of_both_groups_are_the_same",
        "pods.events_of_the_new_group",
        "pods.two_versions_of_one_kind",
    ),
    "component statuses are called by their plural": ("pods.a_warning_of_a_deprecated_kind",),
    "there are no logs, as there are no kubelets": ("reviews.old_protocol_of_logs",),
}

# the same answer but for its message, by the reason
_WORDS: dict[str, tuple[str, ...]] = {
    "types of text have no names of their own": (
        "deletion.delete_with_an_odd_body[a policy of another type]",
        "deletion.delete_with_an_odd_body[a condition of another type]",
    ),
    "a schema in a message is printed as it was sent": (
        "definitions.a_wrong_definition[another schema in each]",
    ),
    "YAML and JSON are read by other parsers, with words of their own": (
        "applying.apply_what_is_no_object[no YAML]",
        "broken_text.in_what_is_applied[a pair]",
        "broken_text.in_what_is_applied[bytes]",
        "broken_text.in_what_is_applied[high]",
        "broken_text.in_what_is_applied_and_is_odd[a control of Latin 1]",
        "broken_text.in_what_is_applied_and_is_odd[delete]",
        "broken_text.in_what_is_applied_and_is_odd[in YAML]",
        "broken_text.in_what_is_applied_and_is_odd[no character]",
        "errors.odd_values_in_yaml[a list as a key]",
        "errors.odd_values_in_yaml[a number without digits]",
        "errors.odd_values_in_yaml[an odd escape]",
        "errors.odd_values_in_yaml[not a number]",
        "errors.odd_values_in_yaml[null as a key]",
    ),
    "the difference of the specs is not printed": ("patching.a_pod_can_hardly_be_changed",),
    "a selector that cannot be read is refused in the words of this library's parser": (
        "selectors.by_labels[greater than a word]",
        "selectors.by_labels[comma]",
        "selectors.by_labels[ends with a comma]",
        "selectors.by_labels[no key]",
        "selectors.by_labels[bad key]",
        "selectors.by_labels[bad value]",
        "selectors.by_labels[value too long]",
        "selectors.by_labels[unclosed]",
        "selectors.by_labels[unknown operator]",
        "selectors.by_labels[bang and value]",
        "selectors.by_fields[no operator]",
        "selectors.by_fields[in]",
        "selectors.by_fields[bad escape]",
        "selectors.by_fields[bang]",
        "watching.a_watch_that_is_refused[bad labels]",
    ),
}


def _by_case(reasons: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    return {case: reason for reason, cases in reasons.items() for case in cases}


DIFFERENCES = _by_case(_OTHERWISE)
"""Why a case has another answer."""
OTHER_WORDS = _by_case(_WORDS)
"""Why a case has other words."""
