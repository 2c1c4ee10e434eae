"""Cleaning in a process of its own: a file made to break its reader breaks that process and nothing else.

The child holds no key, no connection and no setting. It gets the file on its standard input and a limit of memory and
time, writes no file, and answers with one line of JSON followed by the cleaned content.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from models.document.errors import DocumentRefused
from models.document.rules import PDF, Cleaned, Geotag, sniff

_SECONDS = 20
"""A photo of 50 million pixels takes about 4 s on a slow machine."""
_MEMORY_BYTES = 1_500 * 1024 * 1024
"""Decoding and turning 50 million pixels takes some 600 MB of address space beside Python's own."""

_WORKSHOP = ThreadPoolExecutor(max_workers=2, thread_name_prefix="dokumen")
"""Two files at a time in each API process: a rush of uploads waits here and leaves processors for other requests."""


async def clean(content: bytes) -> Cleaned:
    """Return a file as it is to be kept: judged by its content, without metadata, pictures upright.

    Raises:
        DocumentRefused: it is no JPEG, PNG or PDF, or one that is not taken.
    """
    if not content:
        raise DocumentRefused("dokumen_kosong")
    if sniff(content) is None:
        raise DocumentRefused("jenis_berkas_tidak_diterima")
    return await asyncio.get_running_loop().run_in_executor(_WORKSHOP, _in_child, content)


def _in_child(content: bytes) -> Cleaned:
    try:
        done = subprocess.run(
            [sys.executable, "-m", "models.document.cleaning"],
            input=content,
            capture_output=True,
            timeout=_SECONDS * 2,
            check=False,
            cwd="/",
            env={"PYTHONPATH": os.pathsep.join(path for path in sys.path if path), "LC_ALL": "C.UTF-8"},
        )
    except subprocess.TimeoutExpired as error:
        raise DocumentRefused("dokumen_terlalu_berat") from error
    if done.returncode < 0:  # ended by a signal: out of time, or its reader broke
        raise DocumentRefused("dokumen_terlalu_berat")
    if done.returncode > 0:  # ours, not the file's
        raise RuntimeError(f"cleaning failed: {done.stderr.decode(errors='replace').strip().rpartition(chr(10))[2]}")
    line, _, cleaned = done.stdout.partition(b"\n")
    told = json.loads(line)
    if told["refused"]:
        raise DocumentRefused(told["refused"])
    tag = told["geotag"]
    geotag = tag and Geotag(tag[0], tag[1], datetime.fromisoformat(tag[2]) if tag[2] else None)
    return Cleaned(cleaned, told["type"], geotag)


def judge(content: bytes) -> Cleaned:
    """Clean a file in this process.

    Raises:
        DocumentRefused: it is not taken.
    """
    type_ = sniff(content)
    if type_ is None:
        raise DocumentRefused("jenis_berkas_tidak_diterima")
    if type_ == PDF:
        from models.document.pdf import clean_pdf  # noqa: PLC0415 -- the child loads only what its file needs

        return clean_pdf(content)
    from models.document.pictures import clean_picture  # noqa: PLC0415

    return clean_picture(content, type_)


def _main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    out = sys.stdout.buffer
    try:
        done = judge(sys.stdin.buffer.read())
    except (DocumentRefused, MemoryError) as error:
        code = error.code if isinstance(error, DocumentRefused) else "dokumen_terlalu_berat"
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
