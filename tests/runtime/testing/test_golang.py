"""Values are printed as Go prints them."""

from __future__ import annotations

from kubewright.testing._apiserver.golang import quoted


def test_text_is_quoted_as_in_go() -> None:
    text = 'a"\\\a\b\f\n\r\t\v\0\x7f\x80\u00a0\u00e9\u2028\U000e0001\U0001f600'

    assert quoted(text) == (
        r'"a\"\\\a\b\f\n\r\t\v\x00\x7f\u0080\u00a0' + "\u00e9" + r"\u2028\U000e0001" + '\U0001f600"'
    )
