"""What a reader sees of a field that the server left out, whose wire name is not the usual one."""

from __future__ import annotations

from typing import Annotated

import pytest
from pydantic import Field

from kubewright.model import Model, required
from kubewright.scalars import Time


class Inner(Model):
    text: str = ""


class Aliased(Model):
    text: Annotated[str | None, Field(alias="TEXT")] = None
    number: Annotated[int | None, Field(alias="Number")] = None
    inner: Annotated[Inner | None, Field(alias="INNER")] = None
    time: Annotated[Time | None, Field(alias="TIME")] = None
    must: Annotated[str, Field(alias="MUST")] = required()


@pytest.mark.parametrize("name", ["text", "number", "inner", "time"])
def test_an_optional_field_with_an_alias_is_none(name: str) -> None:
    assert getattr(Aliased.from_json(b"{}"), name) is None


def test_a_required_field_with_an_alias_is_its_zero_value() -> None:
    assert Aliased.from_json(b"{}").must == ""
