"""The country that is walked: five families in four villages of two provinces, one of everything that has routes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from models.approval.commands import open_gate
from models.batch.commands import enlist, open_batch
from models.database import fetch_value
from models.region.rules import span
from models.siklus.commands import freeze
from models.usulan.commands import import_list
from tests.integration.access.walk.things import Ledger, Thing
from tests.integration.api.kit import Place, family, workbook
from tests.integration.api.papers import VAULT
from tests.integration.door.kit import stand
from tests.support import cycle, files
from tests.support.world import World

DESA, TETANGGA, GARUT, BALI = 3204052001, 3204052002, 3205011001, 5171011001
"""A village; its neighbour in the same kecamatan; one of another kabupaten; one of another province."""

FAMILIES = (
    ("sadu", DESA, "PKH", ("BRI", "KPPN")),
    ("sadu kedua", DESA, "SEMBAKO", ("POS",)),
    ("tetangga", TETANGGA, "PKH", ("BNI",)),
    ("garut", GARUT, "SEMBAKO", ("BRI",)),
    ("bali", BALI, "PKH", ("POS",)),
)
"""Name, village, the programme that pays the family, the organisations in whose files its payment is."""
TALLY = {name: 2**place for place, (name, *_) in enumerate(FAMILIES)}
"""Family -> how many cases its village is said to have open: any sum of these tells which were added."""
HANDED = {"sadu kedua": ("serah diberi", "serah diterima"), "bali": ("serah jauh",)}
"""Family -> what tells of it when it is offered to a colleague."""
OLD = timedelta(days=120)


@dataclass
class Country:
    """A world, the ledger of what is in it, and its database's owner."""

    world: World
    ledger: Ledger
    owner: Connection[DictRow]

    async def settle(self) -> None:
        """Make everything."""
        await self._places()
        await self._someone("pendahulu")
        for name, region, programme, payers in FAMILIES:
            await self._family(name, region, programme, payers)
        await self._cycle()
        await self._offices()
        for name in ("sadu", "bali"):
            await self._papers(name)
            await self._look(name)
        await self._tallies()

    async def _places(self) -> None:
        """Let the list of regions know the villages and what contains them."""
        for village in (DESA, TETANGGA, GARUT, BALI):
            for digits in (2, 4, 6, 10):
                code = int(str(village)[:digits])
                lo, hi = span(code)
                await self.world.admin.execute(
                    "INSERT INTO region (code, level, name, lo, hi, search) VALUES (%s, %s, %s, %s, %s, %s) "
                    "ON CONFLICT DO NOTHING",
                    (code, digits, f"Wilayah {code}", lo, hi, f"wilayah {code}"),
                )

    async def _someone(self, name: str, role: str = "", region: int = DESA) -> UUID:
        """Make a person before anything is made by him; return his session, where he has a role."""
        await self.ledger.begin()
        user = await self.world.user(name)
        self.ledger.keep(Thing("orang", name, user, owner=name))
        return await self.world.session(name, role, region=region) if role else UUID(int=0)

    # -- families and their cases --------------------------------------------------------------------------------------

    async def _family(self, name: str, region: int, programme: str, payers: Sequence[str]) -> None:
        await self.ledger.begin()
        (household,) = await self.world.households(region=region)
        kinds = ("registrasi", "usulan", "kepesertaan", "penyaluran", "disahkan", "sanggah", "kunjungan")
        told = (*(f"{kind} {name}" for kind in kinds), *HANDED.get(name, ()))
        home: dict[str, Any] = {"region": region, "family": name}
        kk = await fetch_value(self.world.admin, "SELECT no_kk FROM household WHERE id = %s", (household,))
        self.ledger.keep(
            Thing("keluarga", f"keluarga {name}", household, programme=programme, key=kk, told_with=told, **home)
        )
        await self._case("registrasi", "U84", household, home)
        await self._case("usulan", "U01", household, home, kind="PEMBARUAN", ago=OLD)
        await self._case("disahkan", "U01 U02 U05 U11 U15 U19 U22", household, home, kind="NONAKTIF")
        paid = home | {"programme": programme}
        await self._case("kepesertaan", "K01 K06 K07", household, paid, programme=programme)
        payment = await self._case(
            "penyaluran", "P01 P03 P07", household, paid | {"payers": tuple(payers)}, programme=programme, ago=OLD
        )
        for payer in payers:
            await self.world.file(payer, [payment.id])
        await self._case("sanggah", "S06", household, paid, programme=programme)

    async def _case(self, what: str, path: str, household: int, whose: dict[str, Any], **more: Any) -> Thing:
        await self.ledger.begin()
        (case,) = await stand(self.world, path, households=[household], **more)
        return self.ledger.keep(Thing(what, f"{what} {whose['family']}", case, **whose))

    async def _cycle(self) -> None:
        """Open a verval cycle of the nation, and its work in two villages far from each other."""
        world = self.world
        pusdatin = await self._someone("pusdatin.siklus", "pusdatin")
        await self.ledger.begin()
        told = {"surat_edaran": {"nomor": "SE/1"}, "tanggal": await cycle.days(world)}
        (opened,) = await world.open(pusdatin, "siklus.jadwalkan", [0], period=cycle.PERIOD, facts=told)
        self.ledger.keep(Thing("siklus", "siklus", opened.case_id or 0))
        system = await world.system()
        await freeze(world.worker, system, opened.case_id or 0)
        for session, trigger, facts in (
            (system, "siklus.susun_prelist", {"id_versi": 1}),
            (pusdatin, "siklus.buka_siklus", {"hash_daftar": 1}),
        ):
            (moved,) = await world.move(session, trigger, [opened.case_id or 0], facts=facts)
            assert moved.done, moved
        for region in (DESA, BALI):
            await self._village(region)

    async def _village(self, region: int) -> None:
        world, name = self.world, "sadu" if region == DESA else "bali"
        verifikator = await self._someone(f"verifikator.{name}", "verifikator_kab", region)
        await self._someone(f"petugas {name}", "pendamping")
        await self.ledger.begin()
        (opened,) = await cycle.shared_out(world, region)
        village = opened.case_id or 0
        self.ledger.keep(
            Thing("desa", f"desa {name}", village, region, told_with=(f"kunjungan {name}", "kunjungan sadu kedua"))
        )
        officer = await cycle.officer(world, f"petugas {name}")
        facts = {"petugas_ditunjuk": officer}
        (moved,) = await world.move(verifikator, "siklus_desa.mulai_pendataan", [village], facts=facts)
        assert moved.done, moved
        households = {thing.id: thing for thing in self.ledger.of("keluarga")}
        rows = await (
            await world.admin.execute(
                "SELECT kunjungan, household_id FROM siklus_keluarga WHERE region = %s", (region,)
            )
        ).fetchall()
        for row in rows:
            of = households[row["household_id"]]
            visit = Thing("kunjungan", f"kunjungan {of.family}", row["kunjungan"], region, family=of.family)
            self.ledger.keep(visit, exact=True)

    # -- offices: batches, gates, decrees, imports ---------------------------------------------------------------------

    async def _offices(self) -> None:
        for name, region in (("sadu", DESA), ("bali", BALI)):
            await self._batch("pengesahan", name, region // 10**6, "pengesahan", f"disahkan {name}", "kepala_dinas")
            await self._import(name, region)
        for name, region, programme in (("sadu", DESA, "PKH"), ("garut", GARUT, "SEMBAKO")):
            kabupaten = region // 10**6
            await self._batch("tahap", name, kabupaten, "sk_tahap", f"kepesertaan {name}", "direktorat", programme)

    async def _batch(
        self, kind: str, name: str, region: int, gate: str, case: str, role: str, programme: str | None = None
    ) -> None:
        """Make a batch that carries one case, a gate over it, and a decree."""
        system, carried = await self.world.system(), self.ledger.called(case).id
        at: dict[str, Any] = {"region": region, "programme": programme}
        await self.ledger.begin()
        period = 202604 if programme else None
        batch = await open_batch(
            self.world.worker, system, kind, region, f"{kind} {name}", programme=programme, period=period
        )
        await enlist(self.world.worker, system, batch, [carried])
        self.ledger.keep(Thing("batch", f"batch {kind} {name}", batch, told_with=(case,), **at))
        await self.ledger.begin()
        approval = await open_gate(
            self.world.worker, system, batch, gate, [carried], region=region, programme=programme
        )
        self.ledger.keep(Thing("gerbang", f"gerbang {kind} {name}", approval, role=role, told_with=(case,), **at))
        await self.ledger.begin()
        decree = self.put(
            "INSERT INTO decree (number, kind, batch, approval, programme, region, cases, list_hash, at) "
            "SELECT %s, %s, b.id, %s, b.programme, b.region, 1, 'x', alur_now() FROM batch b WHERE b.id = %s "
            "RETURNING id",
            f"SK/{kind}/{name}",
            gate,
            approval,
            batch,
        )
        self.ledger.keep(Thing("sk", f"sk {kind} {name}", decree, told_with=(case,), **at))

    async def _import(self, name: str, region: int) -> None:
        """Take in a village list of which nothing could enter, so that there is a workbook of bad rows."""
        operator = await self._someone(f"pengimpor.{name}", "operator_desa", region)
        await self.ledger.begin()
        place = Place(self.world, None, region, TETANGGA, BALI)  # type: ignore[arg-type]  # asks nothing over HTTP
        bad = workbook([family(place, 1, alamat="")])
        async with self.world.api.transaction():
            done = await import_list(self.world.api, operator, bad, "daftar.xlsx", region=region)
        assert (done.good, done.bad > 0) == (0, True)
        self.ledger.keep(Thing("impor", f"impor {name}", done.id, region))

    # -- what hangs on a case, and what one person alone reads ---------------------------------------------------------

    async def _papers(self, name: str) -> None:
        """Add a document to a family's draft, and raise an alert over its draft and its payment."""
        draft = self.ledger.called(f"usulan {name}")
        operator = await self._someone(f"pengunggah.{name}", "operator_desa", draft.region)
        await self.ledger.begin()
        content = files.jpeg(files.exif(), files.painted(shade=len(name)))
        document = await fetch_value(
            self.world.api,
            "SELECT id FROM document_add(%s, %s, 'ktp', %s, 'image/jpeg', %s, NULL, NULL, NULL)",
            (operator, draft.id, VAULT.put(content), len(content)),
        )
        self.ledger.also(draft)  # its act is the case's; its own number is told to those who may read it
        self.ledger.keep(Thing("dokumen", f"dokumen {name}", document, draft.region, family=name), exact=True)
        for kind in ("usulan", "penyaluran"):
            await self._alert(self.ledger.called(f"{kind} {name}"))

    async def _alert(self, case: Thing) -> None:
        await self.ledger.begin()
        number = self.put(
            "INSERT INTO alert (subject, key, version, level, reason, lo, hi, programme, state, since, due, raised_at) "
            "SELECT 'kasus', p.case_id, p.version, 1, 'lewat_tenggat', p.region, p.region, p.programme, p.state, "
            "p.since, p.since, alur_now() FROM position p WHERE p.case_id = %s RETURNING id",
            case.id,
        )
        whose: dict[str, Any] = {"programme": case.programme, "family": case.family, "payers": case.payers}
        self.ledger.keep(Thing("macet", f"macet {case.name}", number, case.region, **whose))

    async def _look(self, name: str) -> None:
        """Let somebody of the centre have looked at a family."""
        await self.ledger.begin()
        family = self.ledger.called(f"keluarga {name}")
        number = self.put(
            "INSERT INTO read_event (at, user_id, role, what, household_id, region) "
            "SELECT alur_now(), %s, code, 'keluarga', %s, %s FROM role WHERE id = 'pusdatin' RETURNING id",
            self.ledger.called("pendahulu").id,
            family.id,
            family.region,
        )
        self.ledger.keep(Thing("baca", f"baca {name}", number, family.region, family=name))

    async def _tallies(self) -> None:
        """Count cases of every family's village and programme, each by a power of two."""
        for name, region, programme, _ in FAMILIES:
            self.put(
                "INSERT INTO stuck_tally (region, state, programme, open, soon, due, late, blocked, at) "
                "SELECT %s, 103, code, %s, 0, 1, 0, 0, alur_now() FROM programme WHERE id = %s RETURNING open",
                region,
                TALLY[name],
                programme,
            )
        self.owner.execute(
            "INSERT INTO stuck_kab (kabupaten, state, programme, open, soon, due, late, blocked, at) "
            "SELECT region / 1000000, state, programme, sum(open), 0, sum(due), 0, 0, alur_now() FROM stuck_tally "
            "GROUP BY 1, 2, 3"
        )

    def put(self, query: str, *params: Any, **named: Any) -> int:
        """Write a row as the owner; return what it returns."""
        given = [Jsonb(value) if isinstance(value, dict) else value for value in params]
        row = self.owner.execute(query.encode(), named or given).fetchone()
        assert row is not None, query
        return int(next(iter(row.values())))
