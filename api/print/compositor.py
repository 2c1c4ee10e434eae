"""The compositor: the data of letters on the standard input, one PDF on the standard output.

A process of its own with a limit of time and memory, which holds no key, no connection and no setting. It uses the
press's own fonts alone, so that a letter looks the same wherever it is printed, and reads nothing but the layout.
"""

from __future__ import annotations

import json
import resource
import sys
from datetime import datetime
from pathlib import Path
from typing import Final

SECONDS = 20
"""Processor time. A letter of 500 families takes about 1 s."""
_MEMORY_BYTES = 2_000 * 1024 * 1024
"""Address space, of which the press maps most and touches little."""

_HERE = Path(__file__).parent
_STANDARD: Final = "a-2b"
"""PDF/A-2b: what archives keep. It takes no letter with a sign that no font carries."""


def composed(letters: list[dict[str, object]], at: datetime) -> bytes:
    """Return letters as one PDF, each on pages of its own.

    Args:
        letters: the data of `Letter.as_data` with `printed`, `qr` and `address`; at least one.
        at: when it is printed; the file says so too.
    """
    import typst  # noqa: PLC0415 -- 80 MB that only this process needs

    return typst.compile(
        _HERE / "surat.typ",
        root=_HERE,
        font_paths=typst.Fonts(include_system_fonts=False, include_embedded_fonts=True),
        format="pdf",
        sys_inputs={"letters": json.dumps(letters)},
        pdf_standards=_STANDARD,
        timestamp=at,
    )


def _main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    told = json.load(sys.stdin)
    sys.stdout.buffer.write(composed(told["letters"], datetime.fromisoformat(told["at"])))


if __name__ == "__main__":
    _main()
