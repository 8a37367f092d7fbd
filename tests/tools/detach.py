# SPDX-License-Identifier: Apache-2.0
"""Takes the console's terminal away while it runs a job, and prints TAP. Usage: detach.py PROGRAM, in a scene's directory with demo.db and state.db."""
import json
import os
import select
import signal
import sqlite3
import subprocess
import termios
import time

from terminal import SLOW, Console, check, run, sys

PROGRAM = os.environ["TIDEMARK_BIN"]
LIVE = "SELECT count(*) FROM run_streams WHERE started_us IS NOT NULL AND ended_us IS NULL"


def wait_for(condition, seconds=10):
    """Until the condition holds; its value."""
    end = time.monotonic() + seconds * SLOW
    while not (found := condition()) and time.monotonic() < end:
        select.select([], [], [], 0.02)
    return found


def state(question):
    with sqlite3.connect("state.db", timeout=5) as connection:
        return connection.execute(question).fetchone()[0]


def newest():
    return state("SELECT max(run) FROM runs")


def outcome(number):
    return state(f"SELECT outcome FROM runs WHERE run = {number}")


def tidemark(*words):
    return subprocess.run([PROGRAM, *words], capture_output=True, text=True, stdin=subprocess.DEVNULL)


def live():
    lines = map(json.loads, tidemark("runs", "--format", "json").stdout.splitlines())
    return sorted({line["run"] for line in lines if "run" in line})


def process(pid):
    """State letter, session and process group; None: there is none, or nobody has asked for its end."""
    try:
        with open(f"/proc/{pid}/stat") as stat:
            fields = stat.read().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] == "Z" else (fields[0], int(fields[3]), int(fields[2]))


class Held:
    """A console whose sync waits before the destination's lock, which is kept here."""

    def __init__(self):
        self.lock = sqlite3.connect("demo.db", timeout=5, isolation_level=None)
        self.lock.execute("BEGIN IMMEDIATE")
        self.console = Console("xterm-256color")
        self.console.first()
        self.child = self.find_child()
        before = newest()
        self.console.send(b":sync app.users\r")
        self.console.until(b"documents to read", b"start")
        self.console.send(b"\r")
        begun = wait_for(lambda: newest() > before and state(LIVE) > 0)
        self.run = newest()
        check(begun, "a run begins and is held", self.run, begun or self.console.read())

    def find_child(self):
        return self.console.child()

    def release(self):
        self.lock.execute("ROLLBACK")
        self.lock.close()

    def hang_up(self):
        """As sshd does when the connection is gone."""
        os.close(self.console.fd)
        self.console.fd = os.open("/dev/null", os.O_RDONLY)

    def check_headless(self):
        status = self.console.end()
        check(status is not None, "the process that the shell sees has ended", status)
        wait_for(lambda: (process(self.child) or (None, self.child))[1] == self.child)  # a parent that was killed did not wait for that
        now = process(self.child)
        check(now is not None and now[1] == self.child, "the console's own goes on, in a session of its own", now)
        links = {os.readlink(f"/proc/{self.child}/fd/{fd}") for fd in (0, 1, 2)}
        check(links == {"/dev/null"}, "without the terminal", links)
        fds = [os.readlink(f"/proc/{self.child}/fd/{fd}") for fd in os.listdir(f"/proc/{self.child}/fd")]
        check(not any(link.startswith("/dev/pts") for link in fds), "also as any other file", fds)
        check(live() == [self.run], "and `tidemark runs` shows its run", live())

    def check_done(self):
        self.release()
        check(wait_for(lambda: outcome(self.run) in ("done", "rejects", "partly", "unchanged")), "let go on, the run is done", outcome(self.run))
        check(wait_for(lambda: process(self.child) is None), "and its process ends by itself")


def test_terminal_lost():
    held = Held()
    held.hang_up()
    held.check_headless()
    second = Console("xterm-256color")
    second.first()
    second.send(b"2")
    seen = second.until(b"sync", b"users")
    check(b"sync" in seen and b"users" in seen, "the next console shows it", seen)
    second.send(b"\x1b:quit\r")
    second.read()
    check(second.end() == 0, "and can be left")
    held.check_done()


def test_hangups():
    """A shell's SIGHUP, the kernel's and the parent's are one."""
    held = Held()
    for pid in (held.child, held.console.pid, held.child):
        os.kill(pid, signal.SIGHUP)
        wait_for(lambda pid=pid: process(pid) is None or process(pid)[0] != "R", 0.3)
    held.console.read()
    held.check_headless()
    held.check_done()


def test_parent_killed():
    held = Held()
    os.kill(held.console.pid, signal.SIGKILL)
    held.console.read()
    held.check_headless()
    held.check_done()


def test_cancelled_later():
    held = Held()
    held.hang_up()
    held.check_headless()
    said = tidemark("cancel", str(held.run))
    check(said.returncode == 0, "`tidemark cancel` reaches it", said)
    check(wait_for(lambda: outcome(held.run) == "cancelled"), "it is cancelled", outcome(held.run))
    check(wait_for(lambda: process(held.child) is None), "and its process has ended")
    held.release()


def test_told_to_stop_later():
    held = Held()
    held.hang_up()
    held.check_headless()
    for number in (signal.SIGHUP, signal.SIGTERM):
        os.kill(held.child, number)
    check(wait_for(lambda: process(held.child) is None), "SIGTERM ends what goes on without a terminal")
    check(outcome(held.run) == "cancelled", "and stops its run cleanly", outcome(held.run))
    held.release()


def test_left_running():
    held = Held()
    held.console.send(b":quit\r")
    held.console.until(b"leave them")
    held.console.send(b"l")
    left = held.console.read()
    check(b"\x1b[?1049l" in left, "left running, the screen is given back", left)
    held.check_headless()
    held.check_done()


def test_told_to_stop():
    held = Held()
    os.kill(held.console.pid, signal.SIGTERM)
    held.console.read()
    status = held.console.end()
    check(status == 143, "SIGTERM to the parent ends both with 143", status)
    check(process(held.child) is None, "nothing is left behind")
    check(outcome(held.run) == "cancelled", "what ran was stopped cleanly", outcome(held.run))
    held.release()


def line(console):
    return termios.tcgetattr(console.fd)[3] & (termios.ICANON | termios.ECHO)


def test_killed():
    console = Console("xterm-256color")
    console.first()
    raw = line(console)
    child = console.child()
    os.kill(child, signal.SIGKILL)
    left = console.read()
    check(raw == 0 and line(console) != 0, "killed, the line is as it was", raw, line(console))
    check(b"\x1b[?1049l" in left and b"\x1b[?25h" in left, "the parent leaves the screen", left)
    status = console.end()
    check(status == 137, "and passes on that it was killed", status)


def stop_and_go_on(how, name):
    """The console as a job of a shell, since a process group without one cannot be stopped by its terminal."""
    shell = Console("xterm-256color", shell=True)
    shell.first()
    job = shell.child()
    with open(f"/proc/{job}/task/{job}/children") as children:
        child = int(children.read())
    how(shell, child)
    stopped = wait_for(lambda: process(job)[0] == "T" and process(child)[0] == "T")
    check(stopped, f"{name} stops both", process(job), process(child))
    check(wait_for(lambda: line(shell) != 0), "the shell has its terminal", line(shell))
    shell.read()
    shell.send(b"fg\r")
    seen = shell.read(quiet=0.6)
    check(wait_for(lambda: process(job)[0] == "S" and process(child)[0] == "S"), "fg: both go on", process(job), process(child))
    check(line(shell) == 0 and len(seen) > 200, "the frame is drawn again", len(seen), line(shell))
    shell.send(b"q")
    shell.read()
    check(wait_for(lambda: process(job) is None), "and keys reach it")
    shell.send(b"exit\r")
    shell.read()
    shell.end()


def test_stopped():
    stop_and_go_on(lambda shell, child: shell.send(b"\x1a"), "Ctrl-Z")
    stop_and_go_on(lambda shell, child: os.kill(child, signal.SIGSTOP), "SIGSTOP to the console")


if __name__ == "__main__":
    run(test_terminal_lost, test_hangups, test_parent_killed, test_cancelled_later, test_told_to_stop_later, test_left_running, test_told_to_stop, test_killed, test_stopped)
