"""Every way the wire can fail, over HTTP, and the proof from the other side that nothing was done twice."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from integrations.bank_credits import SiRow, SiSukses, StandingInstruction
from integrations.connect import Outside, connect
from integrations.errors import OutcomeUnknown, PortError, PortRefused, PortUnavailable, ReplyMalformed
from integrations.ports import JobState
from tests.unit.integrations.people import IMPATIENT, QUICK, REK_BUDI, REK_PASIF, Sim, free_port

TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
LOST = ("drop_rate", "timeout_rate")
SPOILT = (
    "html_rate",
    "malformed_rate",
    "repeated_rate",
    "wrong_id_rate",
    "missing_row_rate",
    "duplicate_answer_rate",
    "wrong_hash_rate",
)


def order(key: str, nominal_rp: int = 600_000) -> StandingInstruction:
    """Two credits, one of which fails, named after the key so that they can be found again."""
    rows = [
        SiRow(f"{key}:a", REK_BUDI, "BUDI SANTOSO", nominal_rp),
        SiRow(f"{key}:b", REK_PASIF, "TRI PASIF", nominal_rp),
    ]
    return StandingInstruction(key, "260000000000001", rows)


def fault(sim: Sim, rate: str, *methods: str, times: int | None = None) -> None:
    sim.faults_by({"bank/BRI/si": {rate: 1, "methods": methods or ("GET", "PUT"), "times": times}})


def assert_paid_once(sim: Sim, key: str) -> None:
    assert sim.job(key)["effects"] == 1
    (credit,) = sim.credits(f"{key}:a")
    assert (credit["kali"], credit["nominal_rp"]) == (1, 600_000)
    assert sim.credits(f"{key}:b") == []


async def assert_settles(sim: Sim, outside: Outside, key: str) -> None:
    """With the fault gone, settling twice more answers the same and does nothing more."""
    sim.faults_by({})
    first = await outside.banks["BRI"].si.settle(key, order(key))
    again = await outside.banks["BRI"].si.settle(key, order(key))
    assert first == again
    assert isinstance(first.rows[0], SiSukses)
    assert_paid_once(sim, key)


async def test_a_503_is_sent_again_by_itself(sim: Sim, outside: Outside, key: str) -> None:
    fault(sim, "error_rate", times=2)
    reply = await outside.banks["BRI"].si.send(key, order(key))
    assert reply.finished
    assert sim.job(key)["puts"] == 1
    await assert_settles(sim, outside, key)


async def test_a_503_that_stays_means_nothing_was_done(sim: Sim, outside: Outside, key: str) -> None:
    fault(sim, "error_rate")
    with pytest.raises(PortUnavailable, match="503"):
        await outside.banks["BRI"].si.send(key, order(key))
    assert sim.job(key)["effects"] == 0
    await assert_settles(sim, outside, key)


async def test_an_outage_ends_by_itself(sim: Sim, outside: Outside, key: str) -> None:
    now = datetime.now(UTC)
    sim.faults_by({"bank/*": {"outage_until": (now + timedelta(hours=1)).isoformat()}})
    with pytest.raises(PortUnavailable):
        await outside.banks["BRI"].si.settle(key, order(key))
    assert (await outside.omspan.uji.ask("nobody", outside.omspan.uji.asked([]))) is None  # others go on
    sim.faults_by({"bank/*": {"outage_until": (now - timedelta(seconds=1)).isoformat()}})
    assert (await outside.banks["BRI"].si.settle(key, order(key))).finished
    assert_paid_once(sim, key)


@pytest.mark.parametrize("rate", LOST)
async def test_a_lost_answer_is_asked_for(sim: Sim, outside: Outside, key: str, rate: str) -> None:
    fault(sim, rate, "PUT")
    async with connect(sim.url, options=IMPATIENT) as impatient:
        reply = await impatient.banks["BRI"].si.send(key, order(key))
    assert reply.finished
    assert (sim.job(key)["puts"], sim.job(key)["gets"]) == (1, 1)
    await assert_settles(sim, outside, key)


@pytest.mark.parametrize("rate", LOST)
async def test_a_lost_answer_that_cannot_be_asked_for_is_unknown(
    sim: Sim, outside: Outside, key: str, rate: str
) -> None:
    fault(sim, rate)
    async with connect(sim.url, options=IMPATIENT) as impatient:
        with pytest.raises(OutcomeUnknown, match=r"asking failed: Port(Unavailable|Silent)"):
            await impatient.banks["BRI"].si.send(key, order(key))
    assert sim.job(key)["effects"] == 1  # done, though nobody could say so
    await assert_settles(sim, outside, key)


async def test_a_lost_request_is_unknown_and_settled_by_sending(sim: Sim, outside: Outside, key: str) -> None:
    fault(sim, "lost_rate", "PUT", times=1)
    with pytest.raises(OutcomeUnknown, match="not known there yet"):
        await outside.banks["BRI"].si.send(key, order(key))
    assert sim.job(key)["effects"] == 0
    await assert_settles(sim, outside, key)


@pytest.mark.parametrize("rate", SPOILT)
@pytest.mark.parametrize("method", ["PUT", "GET"])
async def test_a_lying_answer_is_not_believed(sim: Sim, outside: Outside, key: str, rate: str, method: str) -> None:
    si = outside.banks["BRI"].si
    if method == "GET":
        await si.send(key, order(key))
    fault(sim, rate, method)
    with pytest.raises(ReplyMalformed) as lie:
        await (si.send(key, order(key)) if method == "PUT" else si.ask(key, order(key)))
    assert "BUDI" not in f"{lie.value!r} {lie.value}"
    assert lie.value.__cause__ is None
    await assert_settles(sim, outside, key)


async def test_several_faults_at_once_never_pay_twice(sim: Sim, outside: Outside, key: str) -> None:
    rates = dict.fromkeys(("error_rate", "lost_rate", "drop_rate", *SPOILT), 0.25)
    sim.faults_by({"bank/*": {**rates, "latency_jitter_ms": 5}})
    keys = [f"{key}-{n}" for n in range(12)]

    async def until_settled(one: str) -> None:
        for _ in range(200):
            try:
                await outside.banks["BRI"].si.settle(one, order(one))
            except (PortUnavailable, OutcomeUnknown, ReplyMalformed):
                continue
            return
        pytest.fail("never settled")

    await asyncio.gather(*(until_settled(one) for one in keys))
    for one in keys:
        assert_paid_once(sim, one)
    repeated = sim.control.get("/_simulator/credits", params={"repeated": True}).json()
    assert repeated == {"credits": []}


async def test_the_same_key_at_the_same_moment_is_one_job(sim: Sim, outside: Outside, key: str) -> None:
    replies = await asyncio.gather(*(outside.banks["BRI"].si.send(key, order(key)) for _ in range(8)))
    assert len({reply.raw for reply in replies}) == 1
    assert sim.job(key)["puts"] == 8
    assert_paid_once(sim, key)


async def test_the_same_key_with_another_body_is_refused(sim: Sim, outside: Outside, key: str) -> None:
    await outside.banks["BRI"].si.send(key, order(key))
    with pytest.raises(PortRefused) as refused:
        await outside.banks["BRI"].si.send(key, order(key, nominal_rp=700_000))
    assert (refused.value.status, refused.value.type) == (409, "urn:problem:kunci-dipakai")
    with pytest.raises(ReplyMalformed, match="hash"):  # asked for, the other body is no answer to ours
        await outside.banks["BRI"].si.settle(key, order(key, nominal_rp=700_000))
    await assert_settles(sim, outside, key)


async def test_a_job_may_take_its_time(sim: Sim, outside: Outside, key: str) -> None:
    si = outside.banks["BRI"].si
    sim.faults_by({"bank/BRI": {"processing_ms": 400}})
    taken = await si.send(key, order(key))
    assert (taken.state, taken.rows, taken.finished_at) == (JobState.diterima, (), None)
    waiting = await si.ask(key, order(key))
    assert waiting is not None
    assert waiting.state is JobState.diproses
    await asyncio.sleep(0.5)
    done = await si.ask(key, si.asked(order(key)))  # hash and ids are enough after a restart
    assert done is not None
    assert isinstance(done.rows[0], SiSukses)
    assert_paid_once(sim, key)


async def test_latency_alone_changes_nothing(sim: Sim, outside: Outside, key: str) -> None:
    sim.faults_by({"*": {"latency_ms": 50}})
    started = asyncio.get_running_loop().time()
    assert (await outside.banks["BRI"].si.send(key, order(key))).finished
    assert asyncio.get_running_loop().time() - started >= 0.05


async def test_a_feed_that_repeats_itself_is_not_believed(sim: Sim, outside: Outside, key: str) -> None:
    await outside.banks["BRI"].si.send(key, order(key))
    sim.faults_by({"bank/BRI/kabar": {"duplicate_answer_rate": 1}})
    with pytest.raises(ReplyMalformed, match="not in order"):
        await outside.banks["BRI"].kabar(0, 1000)


@pytest.mark.parametrize("path", ["dtsen/versi", "bank/BRI/kabar"])
async def test_what_is_only_read_is_asked_again(sim: Sim, outside: Outside, path: str) -> None:
    sim.faults_by({path: {"drop_rate": 1, "times": 2}})
    await (outside.dtsen.versi() if path == "dtsen/versi" else outside.banks["BRI"].kabar(0))
    sim.faults_by({path: {"html_rate": 1}})
    with pytest.raises(ReplyMalformed, match="text/html"):
        await (outside.dtsen.versi() if path == "dtsen/versi" else outside.banks["BRI"].kabar(0))


async def test_nobody_listening_means_nothing_was_done(key: str) -> None:
    async with connect(f"http://127.0.0.1:{free_port()}", options=QUICK) as outside:
        for call in (outside.banks["BRI"].si.send, outside.banks["BRI"].si.settle):
            with pytest.raises(PortUnavailable, match="ConnectError"):
                await call(key, order(key))


async def test_each_system_may_live_elsewhere(sim: Sim, key: str) -> None:
    nowhere = f"http://127.0.0.1:{free_port()}"
    async with connect(nowhere, {"bank/BRI": sim.url + "/"}, QUICK) as outside:
        assert (await outside.banks["BRI"].si.send(key, order(key))).finished
        with pytest.raises(PortUnavailable):
            await outside.dtsen.versi()


async def test_the_trace_is_passed_through(sim: Sim, outside: Outside, key: str) -> None:
    await outside.banks["BRI"].si.settle(key, order(key), traceparent=TRACE)
    assert sim.job(key)["traceparent"] == TRACE


@pytest.mark.parametrize("key_text", ["a/b c?d#e%2F", "kasus:1;é—あ", "..a", "x" * 128])
async def test_a_key_is_opaque(sim: Sim, outside: Outside, key_text: str) -> None:
    reply = await outside.banks["BRI"].si.send(key_text, order(key_text[:60]))
    assert reply.key == key_text
    assert await outside.banks["BRI"].si.ask(key_text, order(key_text[:60])) == reply
    assert sim.job(key_text)["effects"] == 1


@pytest.mark.parametrize("key_text", ["", ".", "..", "x" * 129, "a\nb"])
async def test_what_is_no_key_is_never_sent(outside: Outside, key_text: str) -> None:
    with pytest.raises(ValueError, match="1 to 128"):
        await outside.banks["BRI"].si.send(key_text, order("x"))


@pytest.mark.parametrize(
    ("body", "status", "names"),
    [
        (b"{", 400, "bukan-json"),
        (b'{"baris": [{"id": "\\ud800"}]}', 400, "bukan-json"),
        (b"[]", 422, "isi-tidak-sah"),
        (b"{}", 422, "isi-tidak-sah"),
        (b'{"baris": []}', 422, "isi-tidak-sah"),
        (b'{"baris": [{"id": "a", "nominal_rp": 1.5}]}', 422, "isi-tidak-sah"),
        (b'{"baris": [{"id": "a", "nominal_rp": 1}, {"id": "a", "nominal_rp": 1}]}', 422, "isi-tidak-sah"),
    ],
)
def test_a_body_outside_the_contract_is_a_problem(sim: Sim, key: str, body: bytes, status: int, names: str) -> None:
    answer = sim.control.put(f"/bank/BRI/setor/{key}", content=body)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == f"urn:problem:{names}"
    assert sim.job(key)["effects"] == 0


@pytest.mark.parametrize("path", ["bank/BCA/si/k", "bank/BRI/nothing/k", "nobody/si/k", "span/burekol/k"])
@pytest.mark.parametrize("method", ["PUT", "GET"])
def test_what_nobody_plays_is_a_problem(sim: Sim, path: str, method: str) -> None:
    answer = sim.control.request(method, f"/{path}", json={})
    problem: dict[str, Any] = answer.json()
    assert (answer.status_code, problem["type"]) == (404, "urn:problem:operasi-tidak-ada")


async def test_an_unknown_operation_is_no_unknown_job(sim: Sim, outside: Outside) -> None:
    """A 404 that does not speak of the job must never look like leave to send again."""
    async with connect(f"{sim.url}/elsewhere", options=QUICK) as wrong:
        with pytest.raises(PortError) as error:
            await wrong.banks["BRI"].si.settle("k", order("k"))
    assert isinstance(error.value, PortRefused | ReplyMalformed)


async def test_dates_come_from_the_clock(sim: Sim, outside: Outside, key: str) -> None:
    sim.clock(date(2027, 3, 1))
    reply = await outside.banks["BRI"].si.send(key, order(key))
    assert isinstance(reply.rows[0], SiSukses)
    assert reply.rows[0].tanggal_valuta == date(2027, 3, 1)
    assert reply.finished_at is not None
    assert reply.finished_at.date() == date(2027, 3, 1)
