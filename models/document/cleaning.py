"""Cleaning in a process of its own: a file made to break its reader breaks that process and nothing else."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

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
    return await asyncio.get_running_loop().run_in_executor(_WORKSHOP, _in_child, content)


def _in_child(content: bytes) -> Cleaned:
    try:
        done = subprocess.run(
            [sys.executable, "-m", "models.document.reader"],
            input=content,
            capture_output=True,
            timeout=SECONDS * 2,
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
