"""Kinds of fact that a document proves: how many different files make the fact, and which pictures must tell a place.

Every other kind is a word, a number or a reply and is written as a value, never uploaded.
Source: the evidence columns of domain sections 1.5, 1.8 and 2.4.
"""

from state_machines.facts import BY_ID

_PAPERS = """
    ktp kk bukti_identitas surat_disdukcapil sptjm ba_berlaku dokumen_jenis skpwni_atau_kk_baru pernyataan_terima
    berita_acara daftar_hadir bnba bukti_alasan formulir_cek surat_pengesahan putusan_sanggah tanda_terima
    surat_gubernur keputusan surat_pembatalan laporan bukti_rekening rekening_koran surat_retur srpr surat_perintah
    ktp_kk surat_kematian surat_ahli_waris putusan bukti_baru pernyataan_mundur bukti_saldo surat_edaran
    permohonan_kepala_dinas formulir_pengaju
"""
_PICTURES = "foto foto_wajah"

GEOTAGGED = frozenset({"foto_rumah_geotag", "foto_geotag_2"})
"""Photos that must say where they were taken."""

DOCUMENTS: dict[str, int] = dict.fromkeys((*_PAPERS.split(), *_PICTURES.split(), *GEOTAGGED), 1) | {"foto_geotag_2": 2}
"""Kind -> how many different files make the fact; fewer are kept and counted, but prove nothing yet."""

TELLS_PLACE = {"foto_wajah": "geotag"}
"""Photos whose geotag, where they carry one, is a fact of its own beside the photo."""

if unknown := {*DOCUMENTS, *TELLS_PLACE.values()} - set(BY_ID):
    raise ValueError(f"no such kinds of fact: {sorted(unknown)}")
