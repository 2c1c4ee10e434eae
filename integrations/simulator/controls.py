"""What can be set while it runs: rates of failure, faults of the wire, and the date results carry."""

from datetime import UTC, date, datetime, timedelta, timezone
from fnmatch import fnmatchcase
from typing import Annotated, Final, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

WIB: Final = timezone(timedelta(hours=7), "WIB")
Rate = Annotated[float, Field(ge=0, le=1)]


class Rates(BaseModel):
    """How often something goes wrong that neither the scenario nor the population decides."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    seed: int = 1
    """Another seed, other victims."""
    burekol_gagal: Rate = 0.03
    rekening_gagal: Rate = 0.02
    omspan_gagal: Rate = 0.02
    spm_ditolak: Rate = 0.0
    """A whole SPM."""
    spm_baris_ditolak: Rate = 0.002
    srpr_ditolak: Rate = 0.02
    si_beda: Rate = 0.01
    si_gagal: Rate = 0.01
    si_kurang: Rate = 0.001
    si_lebih: Rate = 0.0005
    retur_terlambat: Rate = 0.005
    """Credited, and bounced later."""
    tidak_transaksi: Rate = 0.10
    """Credited, and never used."""
    danom_kurang: Rate = 0.01
    pos_tidak_hadir: Rate = 0.04
    pos_alamat: Rate = 0.01
    pos_identitas: Rate = 0.005
    delay_s: float = Field(default=1.0, ge=0)
    """From a credit to the news about it, in real seconds."""


class Fault(BaseModel):
    """How the systems that a pattern names misbehave. Rates are drawn anew for every request."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    methods: frozenset[Literal["GET", "PUT", "POST"]] = frozenset({"GET", "PUT", "POST"})
    times: int | None = Field(default=None, ge=0)
    """Misbehave at most so often after being set; None for ever. Latency is not counted."""
    latency_ms: float = Field(default=0, ge=0)
    latency_jitter_ms: float = Field(default=0, ge=0)
    """A random part of this comes on top."""
    processing_ms: float = Field(default=0, ge=0)
    """How long a job is diterima and diproses before its result is there."""
    outage_until: AwareDatetime | None = None
    """Answer 503 until then."""
    error_rate: Rate = 0
    """503, nothing done."""
    lost_rate: Rate = 0
    """Connection cut before the request is looked at: nothing done, no answer."""
    drop_rate: Rate = 0
    """Connection cut after the job is done: no answer."""
    timeout_rate: Rate = 0
    """Job done, connection held open without an answer."""
    html_rate: Rate = 0
    """Job done, answered with a page as a proxy would."""
    malformed_rate: Rate = 0
    """Job done, JSON cut in half."""
    repeated_rate: Rate = 0
    """Job done, the whole answer twice in one body."""
    wrong_id_rate: Rate = 0
    """Job done, one row is about somebody else."""
    missing_row_rate: Rate = 0
    """Job done, one row left out."""
    duplicate_answer_rate: Rate = 0
    """Job done, one row twice."""
    wrong_hash_rate: Rate = 0
    """Job done, the hash is that of another body."""


class Controls(BaseModel):
    """Everything that can be set, as it is stored."""

    rates: Rates = Rates()
    faults: dict[str, Fault] = {}
    today: date | None = None
    """None: the real date in Jakarta."""

    def fault_for(self, system: str, operation: str) -> tuple[str, Fault] | None:
        """Return the first pattern that names the system or `system/operation`, and its fault.

        Patterns are shell patterns, e.g. `bank/*`, `span/spm`, `*`.
        """
        names = (system, f"{system}/{operation}")
        for pattern, fault in self.faults.items():
            if any(fnmatchcase(name, pattern) for name in names):
                return pattern, fault
        return None

    def date(self) -> date:
        """Return the date that results carry."""
        return self.today or datetime.now(WIB).date()

    def stamp(self, epoch_s: float) -> str:
        """Return an instant as ISO text in WIB, moved to the simulated date."""
        instant = datetime.fromtimestamp(epoch_s, UTC).astimezone(WIB)
        return datetime.combine(self.today or instant.date(), instant.timetz()).isoformat(timespec="milliseconds")
