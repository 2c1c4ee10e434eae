"""Cleaning in a process of its own: a file made to break its reader breaks that process and nothing else."""

from __future__ import annotations

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from models.child import ChildSpent, in_child
from models.document.errors import DocumentRefused
from models.document.reader import SECONDS
from models.document.rules import Cleaned, Geotag, sniff

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
    return await asyncio.get_running_loop().run_in_executor(_WORKSHOP, _judged, content)


def _judged(content: bytes) -> Cleaned:
    try:
        said = in_child("models.document.reader", content, SECONDS)
    except ChildSpent as error:
        raise DocumentRefused("dokumen_terlalu_berat") from error
    line, _, cleaned = said.partition(b"\n")
    told = json.loads(line)
    if told["refused"]:
        raise DocumentRefused(told["refused"])
    tag = told["geotag"]
    geotag = tag and Geotag(tag[0], tag[1], datetime.fromisoformat(tag[2]) if tag[2] else None)
    return Cleaned(cleaned, told["type"], geotag)
