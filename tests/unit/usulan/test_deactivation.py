"""The reason of a deactivation, read from the sentence a village wrote."""

import pytest

from models.usulan.rules import reason_of_deactivation


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Sudah mampu", "MAMPU"),
        ("Keluarga sudah mampu, warungnya maju", "MAMPU"),
        ("GRADUASI", "GRADUASI"),
        ("mengundurkan diri atas kemauan sendiri", "MUNDUR"),
        ("Semua anggota meninggal tahun lalu", "MENINGGAL"),
        ("Tidak ditemukan di alamat", "TIDAK_DITEMUKAN"),
        ("Data ganda dengan KK lama", "GANDA"),
        ("Tidak mampu", None),
        ("Meninggal atau pindah", None),
        ("Sesuai hasil musyawarah", None),
        ("", None),
    ],
)
def test_a_reason_is_read_where_the_sentence_names_one(text: str, code: str | None) -> None:
    assert reason_of_deactivation(text) == code
