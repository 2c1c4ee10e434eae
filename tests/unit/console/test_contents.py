"""Evidence in words: what people typed and what outside systems said, without keys, hashes and row ids."""

from __future__ import annotations

from typing import Any

import pytest

from api.console.contents import contents

NAMES = {7: "Siti", 8: "Budi"}


@pytest.mark.parametrize(
    ("value", "indonesian", "english"),
    [
        ({"nomor": "BA/7"}, "BA/7", "BA/7"),
        ({"rupiah": 750000}, "Rp750.000", "Rp750.000"),
        ({"periode": 202604}, "2026 · tahap 4", "2026 · tahap 4"),
        ({"tanggal": ["2027-02-01", "2027-02-03"]}, "1 Feb 2027, 3 Feb 2027", "1 Feb 2027, 3 Feb 2027"),
        ({"teks": "Rumah kami bocor", "terlapor": "p1"}, "Rumah kami bocor; petugas yang dikeluhkan: p1", None),
        ({"perubahan": {"anggota": [7, 8]}}, "perubahan: Siti, Budi", None),
        ({"tentang": [7, 99]}, "Siti, 1 yang kini di luar keluarga", "Siti, 1 not in the family now"),
        ({"identitas": True, "isi": "nama"}, "identitas ikut berubah: ya; nama", "identity changed too: yes; nama"),
        ({"dokumen": [4, 5], "sha256": ["ab", "cd"]}, "2 berkas diunggah", "2 uploaded"),
        ({"keluarga": 3, "sidik": "ab", "batch": 4}, "keluarga: 3", "families: 3"),
        ({"bank": "BRI", "rekening": 36}, "bank: BRI", "bank: BRI"),
        ({"hash_daftar": "ab"}, "", ""),
        ({}, "", ""),
        (None, "", ""),
        ("BA/7", "BA/7", "BA/7"),
        ({"tanggal": "2027-13-77"}, "2027-13-77", None),
    ],
)
def test_a_value_is_told_in_words(value: Any, indonesian: str, english: str | None) -> None:
    assert contents(value, NAMES, "id") == (indonesian, "")
    assert english is None or contents(value, NAMES, "en") == (english, "")


def test_a_long_text_is_cut_at_a_word_and_told_whole_beside() -> None:
    words = " ".join(["panjang"] * 60)
    short, whole = contents({"teks": words}, {}, "id")
    assert whole == words
    assert len(short) <= 160
    assert words.startswith(f"{short} ")
