"""The supervisor, run as a program of its own with real children; only their work is made up."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

import psutil
import pytest

from alur.runtime import leftovers, procfs
from alur.runtime.children import LOG_BYTES_MAX, pause_after
from alur.runtime.ports import free_port

#: Reads children from its argument, with shorter pauses than in earnest; a child is ready when its file exists.
PROGRAM = """
import json, os, sys
from pathlib import Path
from alur.runtime import children, errors, processes
children.BACK_OFF_S = (0.1, 0.2)
processes.LOOK_S = 0.05
processes.LEFTOVER_GRACE_S = 0.3
home, specs = Path(sys.argv[1]), json.loads(sys.argv[2])
def make(spec):
    ready = spec.pop("ready", None)
    if ready and not ready.startswith("http"):
        ready = Path(ready).exists
    argv = [sys.executable, "-S", "-c", spec.pop("code")]
    return processes.Child(argv=argv, ready=ready, kind=processes.Kind(spec.pop("kind", "service")), **spec)
class Kept:
    name, pid = "kept", None
    def revive(self):
        self.pid = 1
        print("revived")
say = lambda text: print(text, flush=True)
try:
    supervisor = processes.Supervisor(home, say=say, keep=[Kept()] if "--keep" in sys.argv else [])
    number = supervisor.run(map(make, specs), lambda: say("all ready"))
except errors.HostProblem as error:
    say(f"{type(error).__name__}: {error}")
    sys.exit(1)
say(f"ended by {number}")
"""
SLEEP = "import time; time.sleep(600)"
#: Starts a grandchild in a session of its own that does not listen to SIGTERM, and writes its pid to a file.
FERTILE = """
import os, signal, sys, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        open({path!r} + ".new", "w").write(str(os.getpid()))
        os.rename({path!r} + ".new", {path!r})
        time.sleep(600)
    os._exit(0)
time.sleep(600)
"""


class Run:
    """A supervisor that runs, and what it has said so far."""

    def __init__(self, home: Path, specs: list[dict[str, Any]], *flags: str) -> None:
        before = signal.signal(signal.SIGHUP, signal.SIG_DFL)  # whatever these tests themselves were started under
        try:
            self.process = subprocess.Popen(
                [sys.executable, "-c", PROGRAM, str(home), json.dumps(specs), *flags],
                stdout=subprocess.PIPE,
                text=True,
                start_new_session=True,
            )
        finally:
            signal.signal(signal.SIGHUP, before)
        self.said = ""

    def until(self, text: str) -> str:
        """Read until it has said this."""
        assert self.process.stdout is not None
        while text not in self.said:
            line = self.process.stdout.readline()
            assert line, f"ended without saying {text!r}, but:\n{self.said}"
            self.said += line
        return self.said

    def finish(self, number: int | None = signal.SIGINT) -> str:
        """Send it a signal and read until its end."""
        if number is not None:
            self.process.send_signal(number)
        rest, _ = self.process.communicate(timeout=30)
        self.said += rest
        return self.said


Start = Callable[..., Run]


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Start]:
    runs: list[Run] = []

    def start(*specs: dict[str, Any], flags: tuple[str, ...] = ()) -> Run:
        runs.append(Run(tmp_path, list(specs), *flags))
        return runs[-1]

    yield start
    for each in runs:
        if each.process.poll() is None:
            each.finish(signal.SIGTERM)
        assert each.process.stdout is not None
        each.process.stdout.close()


def wait_for(path: Path) -> str:
    """Return a file's content as soon as it is there."""
    deadline = time.monotonic() + 10
    while not path.exists():
        assert time.monotonic() < deadline, f"{path} never came"
        time.sleep(0.01)
    return path.read_text()


def gone(pid: int) -> bool:
    """Tell whether a process ends within a moment; others may have to bury it."""
    deadline = time.monotonic() + 5
    while (process := procfs.find(pid)) is not None and not process.zombie:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def test_starts_in_order_and_stops_in_reverse(run: Start, tmp_path: Path) -> None:
    code = dedent("""
        import pathlib, signal, sys, time
        home, name, before = pathlib.Path({home!r}), {name!r}, {before!r}
        if before and not (home / before).exists():
            sys.exit(f"started before {{before}} was ready")
        def stop(*_):
            with (home / "stopped").open("a") as file:
                file.write(name + " ")
            sys.exit()
        signal.signal(signal.SIGTERM, stop)
        time.sleep(0.1)
        (home / name).touch()
        time.sleep(600)
    """)
    specs = [
        {"name": name, "ready": str(tmp_path / name), "code": code.format(home=str(tmp_path), name=name, before=before)}
        for name, before in [("one", ""), ("two", "one"), ("three", "two")]
    ]
    supervisor = run(*specs)
    supervisor.until("all ready")
    said = supervisor.finish()
    assert [line.split()[0] for line in said.splitlines()] == ["one", "two", "three", "all", "Stopping.", "ended"]
    assert said.endswith(f"ended by {int(signal.SIGINT)}\n")
    assert (tmp_path / "stopped").read_text().split() == ["three", "two", "one"]
    assert not (tmp_path / "run" / "children.json").exists()


def test_a_task_ends_before_the_next_starts(run: Start, tmp_path: Path) -> None:
    task = {"name": "migrate", "kind": "task", "code": f"open({str(tmp_path / 'migrated')!r}, 'w')"}
    service = {"name": "api", "code": f"open({str(tmp_path / 'migrated')!r}); {SLEEP}"}
    supervisor = run(task, service)
    said = supervisor.until("all ready")
    assert "migrate is done" in said
    assert "starts again" not in supervisor.finish(signal.SIGTERM)


@pytest.mark.parametrize(
    ("spec", "reason"),
    [
        ({"kind": "task", "code": "print('why not'); raise SystemExit(3)"}, "ended with code 3 before it was ready"),
        ({"ready": "/nowhere", "code": "print('why not')"}, "ended with code 0 before it was ready"),
        (
            {"ready": "/nowhere", "code": "print('why not'); import os; os.kill(os.getpid(), 9)"},
            "was ended by SIGKILL before it was ready",
        ),
        (
            {"ready": "/nowhere", "code": f"print('why not'); {SLEEP}", "ready_timeout_s": 0.5},
            "was not ready after 0.5 s",
        ),
    ],
    ids=["task", "ended", "killed", "silent"],
)
def test_a_failure_shows_the_log_and_stops_the_others(
    run: Start, tmp_path: Path, spec: dict[str, Any], reason: str
) -> None:
    first = {
        "name": "first",
        "code": f"import os; open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid())); {SLEEP}",
        "ready": str(tmp_path / "pid"),
    }
    supervisor = run(first, {"name": "second", **spec})
    said = supervisor.finish(None)
    assert supervisor.process.returncode == 1
    assert f"ChildNotReady: second {reason}. The last lines of {tmp_path}/logs/second.log:\nwhy not\n" in said
    assert gone(int((tmp_path / "pid").read_text()))


def test_a_program_that_is_not_there(run: Start, tmp_path: Path) -> None:
    code = "import os; os.execv('/nowhere', ['/nowhere'])"
    assert "FileNotFoundError" in run({"name": "lost", "kind": "task", "code": code}).finish(None)


def test_one_that_dies_is_started_again_after_growing_pauses(run: Start, tmp_path: Path) -> None:
    code = dedent(f"""
        import pathlib, sys, time
        lives = pathlib.Path({str(tmp_path / "lives")!r})
        lived = len(lives.read_text()) if lives.exists() else 0
        lives.write_text("x" * (lived + 1))
        ready = pathlib.Path({str(tmp_path / "ready")!r})
        ready.touch()
        if lived < 3:
            time.sleep(0.2)
            sys.exit(f"life {{lived}} is over")
        time.sleep(600)
    """)
    supervisor = run({"name": "cat", "code": code, "ready": str(tmp_path / "ready")})
    said = supervisor.until("life 2 is over")
    pauses = [line.split(" in ")[1].split(" s.")[0] for line in said.splitlines() if "starts again" in line]
    assert pauses == ["0.1", "0.2", "0.2"]
    assert said.count("cat is back.") == 2
    assert "life 0 is over" in said
    supervisor.until("life 2 is over\ncat is back.")
    supervisor.finish()


def test_pauses_in_earnest() -> None:
    assert [pause_after(failures) for failures in range(6)] == [1, 2, 5, 10, 10, 10]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
def test_no_process_is_left(run: Start, tmp_path: Path, number: signal.Signals) -> None:
    stray = tmp_path / "stray"
    supervisor = run({"name": "fertile", "code": FERTILE.format(path=str(stray)), "ready": str(stray), "grace_s": 0.3})
    supervisor.until("all ready")
    pid = int(stray.read_text())
    family = psutil.Process(supervisor.process.pid).children(recursive=True)
    assert pid in {process.pid for process in family}, "an orphan is adopted by the supervisor"
    supervisor.finish(number)
    assert supervisor.process.returncode == 0
    assert gone(pid)
    assert not any(process.is_running() for process in family)


def test_ctrl_c_by_id_reaches_one_that_a_shell_started_in_the_background(run: Start) -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # as a shell does for `alur run &`
    try:
        supervisor = run({"name": "one", "code": SLEEP})
    finally:
        signal.signal(signal.SIGINT, before)
    supervisor.until("all ready")
    assert f"ended by {int(signal.SIGINT)}" in supervisor.finish(signal.SIGINT)


def test_a_second_request_ends_at_once(run: Start, tmp_path: Path) -> None:
    code = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); open({str(tmp_path / 'r')!r}, 'w'); {SLEEP}"
    supervisor = run({"name": "deaf", "code": code, "ready": str(tmp_path / "r"), "grace_s": 60})
    supervisor.until("all ready")
    supervisor.process.send_signal(signal.SIGINT)
    supervisor.until("Stopping.")
    time.sleep(0.1)
    supervisor.process.send_signal(signal.SIGINT)  # a wrapper passing on the same Ctrl-C
    time.sleep(1.0)
    assert supervisor.process.poll() is None
    started = time.monotonic()
    supervisor.finish(signal.SIGINT)
    assert time.monotonic() - started < 5


def test_stop_while_starting(run: Start) -> None:
    supervisor = run({"name": "one", "code": SLEEP}, {"name": "two", "code": SLEEP, "ready": "/nowhere"})
    supervisor.until("one is ready")
    assert f"ended by {int(signal.SIGTERM)}" in supervisor.finish(signal.SIGTERM)


def test_a_second_supervisor_is_refused(run: Start) -> None:
    first = run({"name": "one", "code": SLEEP})
    first.until("all ready")
    second = run({"name": "one", "code": SLEEP})
    said = second.finish(None)
    assert second.process.returncode == 1
    assert "SupervisorRunning" in said
    assert f"kill {first.process.pid}" in said
    assert first.process.poll() is None


def test_what_a_killed_supervisor_left_is_ended_at_the_next_start(run: Start, tmp_path: Path) -> None:
    stray = tmp_path / "stray"
    deaf = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    first = run({"name": "fertile", "code": deaf + FERTILE.format(path=str(stray)), "ready": str(stray)})
    first.until("all ready")
    child = json.loads((tmp_path / "run" / "children.json").read_text())["children"][0]["pid"]
    pid = int(stray.read_text())
    first.finish(signal.SIGKILL)
    assert psutil.pid_exists(child)
    assert psutil.pid_exists(pid)
    second = run({"name": "other", "code": SLEEP})
    said = second.until("all ready")
    assert said.startswith("Ended what an earlier run left behind: ")
    assert gone(child)
    assert gone(pid)
    second.finish()


def test_children_end_with_a_killed_supervisor(run: Start, tmp_path: Path) -> None:
    supervisor = run({"name": "one", "code": SLEEP})
    supervisor.until("all ready")
    pid = json.loads((tmp_path / "run" / "children.json").read_text())["children"][0]["pid"]
    supervisor.finish(signal.SIGKILL)
    assert gone(pid)


def test_a_record_never_leads_to_a_newcomer_under_an_old_pid(tmp_path: Path) -> None:
    path = tmp_path / "children.json"
    leftovers.record(path, {"me": os.getpid()})
    assert [process.pid for process in leftovers.recorded(path)] == [os.getpid()]
    content = json.loads(path.read_text())
    content["children"][0]["started_ticks"] -= 1
    path.write_text(json.dumps(content))
    assert leftovers.recorded(path) == []
    content["children"][0]["started_ticks"] += 1
    path.write_text(json.dumps({**content, "boot": "another"}))
    assert leftovers.recorded(path) == []
    path.write_text("{")
    assert leftovers.recorded(path) == []


def test_we_and_our_ancestors_never_belong_to_an_earlier_run(tmp_path: Path) -> None:
    path = tmp_path / "children.json"
    leftovers.record(path, {"me": os.getpid(), "parent": os.getppid()})
    pids = {process.pid for process in leftovers.belonging(tmp_path, path)}
    assert not pids & {os.getpid(), os.getppid()}


def test_a_url_tells_when_a_child_is_ready(run: Start) -> None:
    port = free_port()
    code = f"import http.server as h; h.HTTPServer(('127.0.0.1', {port}), h.SimpleHTTPRequestHandler).serve_forever()"
    supervisor = run({"name": "web", "code": code, "ready": f"http://127.0.0.1:{port}/"})
    assert "web is ready" in supervisor.until("all ready")
    supervisor.finish()


def test_a_kept_server_is_revived(run: Start) -> None:
    supervisor = run({"name": "one", "code": SLEEP}, flags=("--keep",))
    assert "revived" in supervisor.until("kept was down and is back.")
    supervisor.finish()


def test_a_long_log_is_put_aside_at_start(run: Start, tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    logs.mkdir()
    with (logs / "one.log").open("wb") as file:
        file.truncate(LOG_BYTES_MAX + 1)
    run({"name": "one", "kind": "task", "code": "print('new')"}).until("all ready")
    assert (logs / "one.log").read_text() == "new\n"
    assert (logs / "one.log.1").stat().st_size == LOG_BYTES_MAX + 1


def test_a_child_is_marked_with_its_home_and_starts_with_no_signal_blocked(run: Start, tmp_path: Path) -> None:
    code = dedent(f"""
        import os, signal
        assert os.environ["{leftovers.MARK}"] == {str(tmp_path)!r}
        assert os.environ["COLOUR"] == "red"
        assert not signal.pthread_sigmask(signal.SIG_BLOCK, [])
        assert os.getpgrp() == os.getpid()
    """)
    said = run({"name": "one", "kind": "task", "code": code, "env": {"COLOUR": "red"}}).until("\n")
    assert "one is done" in said
