# SPDX-License-Identifier: Apache-2.0
"""The console at the other end of an SSH connection; prints TAP. Usage: ssh.py ssh … -tt HOST COMMAND, where COMMAND starts the console in a scene's directory."""
import os
import subprocess

from detach import PROGRAM, Held, live, wait_for
from terminal import Console, check, run, signal, sys

SESSIONS = [os.path.join(os.path.dirname(os.path.abspath(__file__)), "../servers/sshd"), "sessions", os.path.join("..", "sshd")]


def sessions():
    return subprocess.run(SESSIONS, capture_output=True, text=True, check=True).stdout.split()


def is_console(pid):
    try:
        return os.path.samefile(f"/proc/{pid}/exe", PROGRAM) and os.path.samefile(f"/proc/{pid}/cwd", ".")
    except OSError:
        return False


def parent_of(pid):
    with open(f"/proc/{pid}/stat") as stat:
        return int(stat.read().rpartition(")")[2].split()[1])


class Remote(Held):
    """A held sync of a console that runs at the other end."""

    def find_child(self):
        own = [int(pid) for pid in os.listdir("/proc") if pid.isdigit() and is_console(pid)]
        return next(pid for pid in own if is_console(parent_of(pid)))


def look_again(number):
    console = Console("xterm-256color")
    console.first()
    console.send(b"2")
    seen = console.read(quiet=1.5)
    check(b"sync" in seen and f"{number}".encode() in seen and b"users" in seen, "a second session shows the run", seen)
    console.send(b"\x1b:quit\r")
    console.read()
    status = console.end()
    check(status == 0, "and is left by quitting the console", status)
    check(wait_for(lambda: not sessions()), "which ends the login", sessions())


def test_connection_dropped():
    held = Remote()
    check(len(sessions()) == 1, "one login is open", sessions())
    os.kill(held.console.pid, signal.SIGKILL)
    check(wait_for(lambda: not sessions()), "the connection dropped, the login goes", sessions())
    held.check_headless()
    look_again(held.run)
    check(live() == [held.run], "the run still goes on", live())
    held.check_done()


def test_left_running():
    held = Remote()
    held.console.send(b":quit\r")
    held.console.read(quiet=0.5)
    held.console.send(b"l")
    held.console.read()
    held.check_headless()  # with the client's end
    check(wait_for(lambda: not sessions()), "left running, the login ends at once", sessions())
    held.check_done()


def test_without_terminal():
    command = ["-T" if word == "-tt" else word for word in sys.argv[1:]]
    said = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    check(said.returncode == 2, "without a terminal the exit status is 2", said)
    check(said.stdout == "" and "no terminal for the console; use: tidemark --batch sync" in said.stderr, "and the line to use is said", said)


run(test_connection_dropped, test_left_running, test_without_terminal)
