"""Patterns of schemas mean what they mean in Go, and take no longer."""

from __future__ import annotations

import pytest

from kubewright.testing._apiserver.custom.patterns import PatternError, matches, translated

FOUND: dict[str, tuple[str, str, str]] = {
    "anywhere": ("b+", "abba", "aa"),
    "end of the text": ("^a$", "a", "a\n"),
    "end of a line": ("(?m)^a$", "b\na\nb", "ab"),
    "digits of ASCII": (r"^\d+$", "12", "\u0661"),
    "words of ASCII": (r"^\w+$", "a_1", "\u00e9"),
    "blanks without a vertical tab": (r"^\s$", "\f", "\v"),
    "boundary of words of ASCII": ("a\\b\u00e9", "a\u00e9", "ab\u00e9"),
    "no boundary, or a longer letter": ("\\B|\u00e9", "a\u00e9a", "a"),
    "letters": (r"^\p{Greek}\pL\P{^Lu}$", "\u03b1bC", "abC"),
    "letters by an alias": (r"^\p{Uppercase letter}$", "\u00c9", "\u00e9"),
    "named class": ("^[[:alpha:][:^ascii:]]$", "\u00e9", "1"),
    "what Rust takes for operators": ("^[+--&&~~[d]$", "[", "]"),
    "bracket first": (r"^[]a]+$", "]a", "[a"),
    "flag in the middle": ("^a(?i)b|c$", "C", "A"),
    "flag to the end of the group": ("^(?:(?i)a)b$", "Ab", "AB"),
    "flags after a group": ("^(?:(?i)a)(?s)b.$", "Ab\n", "AB\n"),
    "fold of letters beyond ASCII": ("^(?i)k$", "\u212a", "x"),
    "ungreedy": ("^(?U)a+b{2}?$", "aabb", "ab"),
    "repetition after flags": ("^a+(?i)?$", "", "b"),
    "names that come twice": ("^(?P<n>a)(?<n>b)$", "ab", "aa"),
    "quoted": (r"^\Q[a.*\E+$", "[a.**", "[abc"),
    "quoted to the end": (r"^\Qa$", "a$", "a"),
    "numbers of letters": (r"^\141\x62\x{1F600}\0$", "ab\U0001f600\0", "ab"),
    "brace that counts nothing": ("^a{,2}{01}{$", "a{,2}{01}{", "aa"),
    "no letter at all": (r"^[^\x00-\x{10FFFF}]?$", "", "a"),
    "surrogates": (r"^[\x{D7FF}-\x{D900}]$", "\ud7ff", "\ue000"),
    "a thousand": ("^a{1000}$", "a" * 1000, "a" * 999),
    "no copies of what is not there": ("^((a{900}){0}){900}$", "", "a"),
    "for ever, with backtracking": ("^(a+)+$", "a" * 40, "a" * 40 + "b"),
}


@pytest.mark.parametrize(("pattern", "text", "other"), FOUND.values(), ids=FOUND)
def test_a_pattern_is_found_where_go_finds_it(pattern: str, text: str, other: str) -> None:
    assert (matches(pattern, text), matches(pattern, other)) == (True, False)


REFUSED = {
    "a)": "unexpected ): `a)`",
    "(a": "missing closing ): `(a`",
    "x[a-": "missing closing ]: `[a-`",
    "[b-a]": "invalid character class range: `b-a`",
    "[[:foo:]]": "invalid character class range: `[:foo:]`",
    r"\p{Grek}x": r"invalid character class range: `\p{Grek}`",
    "\\p{gree\u212a}": "invalid character class range: `\\p{gree\u212a}`",
    r"a\p{L": r"invalid character class range: `\p{L`",
    r"(a)\1": r"invalid escape sequence: `\1`",
    r"a\Z": r"invalid escape sequence: `\Z`",
    r"[a-\d]": r"invalid escape sequence: `\d`",
    r"\x{110000}": r"invalid escape sequence: `\x{110000`",
    r"\x4g0": r"invalid escape sequence: `\x4g`",
    "a\\": "trailing backslash at end of expression: ``",
    "(?=a)": "invalid or unsupported Perl syntax: `(?=`",
    "(?i-:a)": "invalid or unsupported Perl syntax: `(?i-:`",
    "(?P=n)": "invalid or unsupported Perl syntax: `(?P`",
    "(?<=a)b": "invalid named capture: `(?<=a)b`",
    "(?P<a-b>c)": "invalid named capture: `(?P<a-b>`",
    "a|*?b": "missing argument to repetition operator: `*?`",
    "(?i)+": "missing argument to repetition operator: `+`",
    "a+{2}?": "invalid nested repetition operator: `+{2}?`",
    "a{2,1}": "invalid repeat count: `{2,1}`",
    "a{1001,}": "invalid repeat count: `{1001,}`",
    "(a{40}b|c){26}?": "invalid repeat count: `{26}?`",
    "a{" + "9" * 5000 + "}": "invalid repeat count: `{" + "9" * 5000 + "}`",
}


@pytest.mark.parametrize("pattern", REFUSED, ids=[pattern[:20] for pattern in REFUSED])
def test_what_go_refuses_is_refused_in_its_words(pattern: str) -> None:
    with pytest.raises(PatternError) as caught:
        translated(pattern)

    assert str(caught.value) == f"error parsing regexp: {REFUSED[pattern]}"


def test_what_is_too_large_for_rust_alone_lets_everything_through() -> None:
    assert matches(r"^\pL{1000}$", "1")
    assert matches("(" * 5000 + "a" + ")" * 5000, "b")


def test_a_pattern_that_cannot_be_read_lets_everything_through() -> None:
    assert matches("(", "a")
