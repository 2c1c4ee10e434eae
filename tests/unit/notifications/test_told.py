"""What other sides say is written down as one short line, whatever they say."""

from __future__ import annotations

import time

import pytest

from notifications.channels.base import told, told_error


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("2.0.0 queued as A1", "2.0.0 queued as A1"),
        ("f\udcfcr Zustellung", "f?r Zustellung"),
        ("a\x00b\r\n c\x1b[0m", "a b c [0m"),
        ("für Ümläute", "für Ümläute"),
        ("", ""),
        ("x" * 10**6, "x" * 200),
    ],
)
def test_a_line_that_can_be_kept(said: str, kept: str) -> None:
    assert told(said) == told_error(said) == kept


def test_addresses_and_numbers_are_not_kept() -> None:
    assert told_error("<siti@desa.example>: no; call +628120000001") == "… no; call …"


def test_a_long_answer_takes_no_time() -> None:
    begun = time.monotonic()
    told_error("x" * 10**7)
    assert time.monotonic() - begun < 1
