"""The reader of strangers' files, as a process: it holds no key, no connection and no setting.

It gets a file on its standard input and a limit of memory and time, writes no file, and answers with one line of JSON
followed by the cleaned content. It loads only what its file needs, because one is started for every upload.
"""

from __future__ import annotations

import json
import resource
import sys

from models.document.rules import PDF, Cleaned, Unfit, sniff

SECONDS = 20
"""Processor time. A photo of 50 million pixels takes about 1 s as JPEG and 3 s as PNG."""
_MEMORY_BYTES = 1_500 * 1024 * 1024
"""Address space. Decoding and turning 50 million pixels takes about half of it."""


def judge(content: bytes) -> Cleaned:
    """Clean a file in this process.

    Raises:
        Unfit: it is not taken.
    """
    type_ = sniff(content)
    if type_ is None:
        raise Unfit("jenis_berkas_tidak_diterima")
    if type_ == PDF:
        from models.document.pdf import clean_pdf  # noqa: PLC0415 -- see above

        return clean_pdf(content)
    from models.document.pictures import clean_picture  # noqa: PLC0415

    return clean_picture(content, type_)


def _main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    out = sys.stdout.buffer
    try:
        done = judge(sys.stdin.buffer.read())
    except (Unfit, MemoryError) as error:
        code = error.code if isinstance(error, Unfit) else "dokumen_terlalu_berat"
        out.write(json.dumps({"refused": code}).encode() + b"\n")
        return
    tag = done.geotag
    told = {
        "refused": None,
        "type": done.type,
        "geotag": tag and [tag.latitude, tag.longitude, tag.taken.isoformat() if tag.taken else None],
    }
    out.write(json.dumps(told).encode() + b"\n" + done.content)


if __name__ == "__main__":
    _main()
