"""Numbers typed into forms: read as Indonesia writes them, and never guessed at."""

from __future__ import annotations

import pytest

from api.console.numbers import rupiah, whole

LONG = "9" * 5_000


@pytest.mark.parametrize("text", ["750000", "750.000", "Rp750.000", "Rp 750.000", "rp750000", " 750.000 "])
def test_rupiah_are_read_as_people_write_them(text: str) -> None:
    assert rupiah(text) == 750_000


@pytest.mark.parametrize("text", ["²", "1,250,000", "750.00", "1.25", "7.5e5", "-1", "٧٥٠", "750.000,00", "", LONG])
def test_what_is_no_whole_rupiah_is_none(text: str) -> None:
    assert rupiah(text) is None


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("202604", 202604), ("²", None), ("-1", None), (LONG, None)])
def test_a_whole_number_is_digits_and_not_too_many(text: str, number: int | None) -> None:
    assert whole(text) == number
