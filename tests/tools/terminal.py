# SPDX-License-Identifier: Apache-2.0
"""Runs the console on a pseudo-terminal and prints TAP: what only a real terminal shows. Usage: terminal.py PROGRAM [OPTION…], in a scene's directory."""
import fcntl
import os
import pty
import re
import select
import signal
import sqlite3
import struct
import sys
import termios
import time

FIRST_FRAME_MS = 50  # promised; instrumented builds are slower
SLOW = int(os.environ.get("TIDEMARK_TEST_SLOW", "1"))
cases = failures = 0


def check(good, name, *details):
    global cases, failures
    cases += 1
    failures += not good
    print(f"{'ok' if good else 'not ok'} {cases} - {name}", flush=True)
    if not good:
        for detail in details:
            print(f"#   {detail!r}", flush=True)


class Console:
    def __init__(self, term, *options, command=None, shell=False):
        self.started = time.monotonic()
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ["TERM"] = term
            command = ["bash", "--norc", "--noediting", "-i"] if shell else command or sys.argv[1:] + list(options)
            os.execvp(command[0], command)
        self.size(80, 24)
        if shell:
            self.read()
            self.send(sys.argv[1].encode() + b"\r")

    def size(self, columns, rows):
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def send(self, keys):
        os.write(self.fd, keys)

    def read(self, quiet=0.3, limit=10.0):
        """What comes until it has been quiet for so many seconds."""
        out, end = b"", time.monotonic() + limit * SLOW
        while time.monotonic() < end and select.select([self.fd], [], [], quiet * SLOW)[0]:
            try:
                chunk = os.read(self.fd, 65536)
            except OSError:
                break
            if not chunk:
                break
            out += chunk
        return out

    def until(self, *texts, limit=10.0):
        """What comes until all of the texts were in it: a screen that shows a run is never quiet."""
        out, end = b"", time.monotonic() + limit * SLOW
        while not all(text in out for text in texts) and select.select([self.fd], [], [], max(0.0, end - time.monotonic()))[0]:
            try:
                chunk = os.read(self.fd, 65536)
            except OSError:
                break
            out += chunk
            if not chunk:
                break
        return out

    def first(self):
        select.select([self.fd], [], [], 10)
        took = (time.monotonic() - self.started) * 1000
        return took, self.read()

    def child(self):
        """The process that is the console; the one the shell sees waits for it."""
        with open(f"/proc/{self.pid}/task/{self.pid}/children") as children:
            return int(children.read().split()[0])

    def end(self):
        """The exit status as a shell counts it, or None."""
        process = os.pidfd_open(self.pid)
        ended = bool(select.select([process], [], [], 10 * SLOW)[0])
        os.close(process)
        if not ended:
            os.kill(self.pid, signal.SIGKILL)
        code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        os.close(self.fd)
        return None if not ended else code if code >= 0 else 128 - code


def test_frames_and_bytes():
    times = []
    for _ in range(5):  # the best of them: a busy machine delays any
        console = Console("xterm-256color")
        took, frame = console.first()
        times.append(took)
        if len(times) < 5:
            console.send(b"q")
            console.read()
            console.end()
    check(min(times) < FIRST_FRAME_MS * SLOW, "the first frame comes within 50 ms", times)
    check(b"\x1b[?1049h" in frame and len(frame) > 200, "it fills a screen of its own", frame[:80])
    console.send(b"?")
    console.read()
    console.send(b"j")
    move = console.read()
    check(0 < len(move) < 300, "a move of the cursor takes under 300 bytes", len(move))
    console.send(b"\x1b[B")
    check(0 < len(console.read()) < 300, "an arrow of normal mode moves as well")
    # A minute may begin: its digits are all that is sent.
    idle = console.read(quiet=2, limit=2)
    check(len(idle) < 40, "idle, it sends nothing but the minute", idle)
    for columns, rows in ((10, 5), (1, 1), (300, 80), (80, 24)):
        console.size(columns, rows)
        check(len(console.read()) > 0, f"it follows to {columns}x{rows}")
    for columns in range(40, 120):
        console.size(columns, 24)
    check(len(console.read()) < 40 * 5000, "many resizes at once are few frames")
    console.send(b"\x03")
    console.read()
    console.send(b"\x1b")
    console.read(quiet=0.5)
    console.send(b"q")
    left = console.read()
    check(b"\x1b[?1049l" in left, "q gives the screen back", left)
    check(console.end() == 0, "and ends with 0")


def test_moves():
    """Each list from its first row to its last and back, row by row, also where all rows scroll. No minute begins meanwhile, and no key waits for the one
    before: what is told of a row follows when the cursor rests. Instrumented builds are too slow for that, and send the same."""
    global cases
    if SLOW > 1:
        cases += 1
        print(f"ok {cases} # SKIP bytes of a move: counted in a build that is not instrumented", flush=True)
        return
    os.environ["TIDEMARK_TEST_NOW"] = str(int(time.time() * 1e6))
    lists = (
        ((b"1", b"g"), 16, "the streams, the healthy ones of which are folded"),
        ((b"1", b"G", b"\r", b"g"), 31, "all streams"),
        ((b"1", b"j", b"\r"), 8, "one stream"),
        ((b"1", b"s"), 31, "the streams of a sync"),
        ((b"1", b"T"), 40, "what a reimport replaces"),
        ((b"3", b"\r"), 31, "the streams of a run"),
        ((b"4",), 19, "the rejects"),
        ((b"5", b"g"), 40, "the log"),
        ((b"?",), 40, "help"),
    )
    for keys, rows, name in lists:
        console = Console("xterm-256color")
        console.first()
        for key in keys:
            console.send(key)
            console.read(quiet=0.5)
        costs = []
        for move in b"j" * rows + b"k" * rows:
            console.send(bytes([move]))
            costs.append(len(console.read(quiet=0.05)))
        check(max(costs) < 300 and max(costs) > 40, f"no move through {name} takes 300 bytes", costs)
        console.send(b"\x1b")
        console.read(quiet=0.5)
        console.send(b"1q")
        console.read()
        console.end()
    del os.environ["TIDEMARK_TEST_NOW"]


def test_ends():
    for number, expected in ((signal.SIGTERM, 143), (signal.SIGHUP, 129)):
        console = Console("xterm-256color")
        console.first()
        os.kill(console.pid, number)
        console.read()
        status = console.end()
        check(status == expected, f"{number.name} ends it with {expected}", status)
    console = Console("xterm-256color")
    console.first()
    os.close(console.fd)
    console.fd = os.open("/dev/null", os.O_RDONLY)
    status = console.end()
    check(status in (0, 129), "a terminal that is gone ends it", status)
    console = Console("xterm-256color")
    console.first()
    os.kill(console.child(), signal.SIGSEGV)
    left = console.read()
    check(b"\x1b[?1049l" in left and b"\x1b[?25h" in left, "a crash gives the terminal back", left)
    check(console.end() not in (0, None), "and is still a crash")


def setting(name):
    """What the state file has, once no one is writing it."""
    with sqlite3.connect("state.db", timeout=10 * SLOW) as state:
        row = state.execute("SELECT value FROM settings WHERE name = 'ui.' || ?", (name,)).fetchone()
    state.close()
    return row and row[0]


def comes(name, value):
    end = time.monotonic() + 20 * SLOW
    while setting(name) != value and time.monotonic() < end:
        select.select([], [], [], 0.05)
    return setting(name) == value


def test_locked_state():
    lock = sqlite3.connect("state.db", isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    console = Console("xterm-256color")
    console.first()
    slowest = 0.0
    for keys in (b"3", b"u1", b"u3", b"u5", b"u1", b"u3", b"u5"):  # each is remembered
        began = time.monotonic()
        console.send(keys)
        select.select([console.fd], [], [], 20 * SLOW)
        slowest = max(slowest, time.monotonic() - began)
        console.read(quiet=0.1)
    check(slowest < SLOW, "no key waits for a locked state file", slowest)
    check(setting("time") is None, "which was locked all the time")
    lock.execute("ROLLBACK")
    check(comes("screen", "log") and comes("time", "utc"), "when it is free, the last word is written", setting("screen"), setting("time"))
    lock.execute("BEGIN IMMEDIATE")
    console.send(b"u")
    began = time.monotonic()
    console.send(b"q")
    console.read()
    status = console.end()
    check(status == 0 and time.monotonic() - began < 4 * SLOW, "leaving does not wait for the lock", status, time.monotonic() - began)
    lock.execute("ROLLBACK")
    console = Console("xterm-256color")
    console.first()
    console.send(b"uq")
    console.read()
    console.end()
    check(setting("time") == "local", "what was set last is written before the console ends", setting("time"))
    lock.close()


def answers(console, keys):
    """The longest that a key of these waited for what it shows."""
    slowest = 0.0
    for key in keys:
        began = time.monotonic()
        console.send(bytes([key]))
        select.select([console.fd], [], [], 20 * SLOW)
        slowest = max(slowest, time.monotonic() - began)
        console.read(quiet=0.05)
    return slowest


def runs():
    with sqlite3.connect("state.db", timeout=10 * SLOW) as state:
        count = state.execute("SELECT count(*) FROM runs").fetchone()[0]
    state.close()
    return count


def test_start_while_locked():
    before = runs()
    console = Console("xterm-256color")
    console.first()
    console.send(b"1:sync app.users\r")
    console.until(b"document")
    console.read()
    lock = sqlite3.connect("state.db", isolation_level=None)
    lock.execute("BEGIN EXCLUSIVE")
    console.send(b"\r")
    check(b"starting" in console.until(b"starting"), "a job is to start while the state file is locked")
    slowest = answers(console, b"jkjk?")
    check(slowest < 0.5 * SLOW, "no key waits for it", slowest)
    console.send(b"\x1b")
    console.read(quiet=0.5)
    console.send(b"q")
    check(b"just being started" in console.until(b"just being started"), "who leaves is asked first")
    console.send(b"\x1b")
    lock.execute("ROLLBACK")
    lock.close()
    check(b"started: sync app.users" in console.until(b"started: sync app.users"), "when it is free, the job runs")
    check(runs() == before + 1, "and is in history", before, runs())
    console.until(b"app.users")
    console.send(b"\x1b")
    console.read(quiet=1)
    console.send(b"q")
    console.read(quiet=1)
    console.end()


def test_terminals():
    for term in ("vt100", "linux", "xterm", "tmux-256color", "screen"):
        console = Console(term)
        _, frame = console.first()
        check(len(frame) > 200, f"it works on {term}", frame)
        coloured = re.search(rb"\x1b\[[0-9;]*3[0-9][0-9;]*m", frame) is not None
        check(coloured == (term != "vt100"), f"with the colours that {term} has", frame[:200])
        console.send(b"q")
        console.read()
        console.end()
    console = Console("dumb")
    _, said = console.first()
    check(b"TERM" in said and console.end() == 2, "a terminal that cannot place the cursor is refused with a sentence", said)


def run(*tests):
    for test in tests:
        test()
    print(f"1..{cases}")
    sys.exit(failures > 0)


if __name__ == "__main__":
    run(test_frames_and_bytes, test_moves, test_ends, test_terminals, test_locked_state, test_start_while_locked)
