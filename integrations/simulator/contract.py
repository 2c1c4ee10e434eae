"""The contract as the other side keeps it: the hash of a body, and the job resource.

Written apart from the product's own code on purpose: two spellings of one contract find each other's mistakes.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field, field_validator

KEY_MAX_CHARS = 128
ROWS_MAX = 20_000
SLICE_ROWS = 500

Text = Annotated[str, Field(min_length=1, max_length=256)]
Rupiah = Annotated[int, Field(gt=0)]
BANKS = ("BRI", "BNI", "BTN", "MANDIRI", "BSI")
POS = "POS"
BankName = Annotated[str, Field(pattern=f"^({'|'.join(BANKS)})$")]
PayerName = Annotated[str, Field(pattern=f"^({'|'.join((*BANKS, POS))})$")]


@dataclass(frozen=True, slots=True)
class Row:
    """One row asked; operations add their fields. A slotted class, not a model: jobs have thousands."""

    id: Annotated[str, Field(min_length=1, max_length=128)]


RowT = TypeVar("RowT", bound=Row)


class Rows(BaseModel, Generic[RowT]):
    """A body; some operations add a head."""

    model_config = ConfigDict(extra="ignore")

    baris: Annotated[list[RowT], Field(min_length=1, max_length=ROWS_MAX)]

    @field_validator("baris")
    @classmethod
    def _ids_once(cls, rows: list[RowT]) -> list[RowT]:
        if len({row.id for row in rows}) != len(rows):
            raise ValueError("an id stands twice")
        return rows


def slices(rows: Sequence[RowT]) -> Iterator[Sequence[RowT]]:
    """Yield the rows in pieces, so that what is looked up for them never fills the memory."""
    for start in range(0, len(rows), SLICE_ROWS):
        yield rows[start : start + SLICE_ROWS]


@dataclass(frozen=True, slots=True)
class JobView:
    """A job as its owner may see it now."""

    key: str
    state: str
    hash: str
    hasil: str | None
    """JSON text of the list, ready to be sent."""
    selesai_pada: str | None

    def document(self) -> bytes:
        """Return the job resource as JSON; the stored list is put in as it is, without parsing it again."""
        head = {"key": self.key, "state": self.state, "hash": self.hash, "selesai_pada": self.selesai_pada}
        return f'{json.dumps(head)[:-1]}, "hasil": {self.hasil or "null"}}}'.encode()


def canonical_hash(body: Any) -> str:
    """Return SHA-256 over the body with sorted keys, no spaces, UTF-8 unescaped."""
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def rows_json(rows: Sequence[dict[str, Any]]) -> str:
    """Return a result list as the JSON text that is stored and sent."""
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":"))
