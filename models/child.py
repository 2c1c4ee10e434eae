"""A process of its own for work on what others send: what breaks or exhausts it ends that process and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys


class ChildSpent(Exception):
    """The process took too long, or a signal ended it: out of time or memory."""


def in_child(module: str, content: bytes, seconds: float) -> bytes:
    """Run ``python -m module`` with `content` on its standard input and return what it writes.

    It gets no setting and no secret of ours. `seconds` is its own limit on processor time; twice that is waited for.

    Raises:
        ChildSpent: too slow, or ended by a signal.
        RuntimeError: it failed for a reason of ours; with the end of what it said.
    """
    try:
        done = subprocess.run(  # noqa: S603 -- a module of ours, named by ours
            [sys.executable, "-m", module],
            input=content,
            capture_output=True,
            timeout=seconds * 2,
            check=False,
            cwd="/",
            env={"PYTHONPATH": os.pathsep.join(path for path in sys.path if path), "LC_ALL": "C.UTF-8"},
        )
    except subprocess.TimeoutExpired as error:
        raise ChildSpent from error
    if done.returncode < 0:
        raise ChildSpent
    if done.returncode > 0:
        raise RuntimeError(f"{module} failed: {done.stderr.decode(errors='replace').strip()[-400:]}")
    return done.stdout
