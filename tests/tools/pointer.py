# SPDX-License-Identifier: Apache-2.0
"""Copies from the console and points at it, on a terminal and in tmux; prints TAP. Usage: pointer.py PROGRAM, in a scene's directory."""
import base64
import os
import re
import subprocess

from detach import PROGRAM, wait_for
from terminal import Console, check, run

LINE = "tidemark sync app.users"
OSC_52 = b"\x1b]52;c;" + base64.b64encode(LINE.encode()) + b"\x07"
DETAIL = "›".encode()  # stands in the title of what is not a top screen
MOUSE_ON, MOUSE_OFF = b"1000h", b"1000l"
LEFT, WHEEL_UP, WHEEL_DOWN = 0, 64, 65
TITLES = 3  # rows above the list of streams


def copied_to(seen):
    """Through tmux it may have lost the name of the selection."""
    return OSC_52 in seen or OSC_52.replace(b";c;", b";;") in seen


def copy_line(console, quiet):
    console.send(b":sync app.users\r")
    console.read(quiet=quiet)
    console.send(b"y")
    return console.read(quiet=quiet)


def test_on_a_terminal():
    console = Console("xterm-256color")
    _, first = console.first()
    check(MOUSE_ON not in first, "the mouse is the terminal's at first")
    copied = copy_line(console, 1)
    check(OSC_52 in copied, "y gives the line to the terminal's clipboard", copied)
    check(b"\x1bPtmux" not in copied, "as it is, without tmux")
    console.send(b"\x1b")
    console.read(quiet=0.5)
    console.send(b"m")
    check(MOUSE_ON in console.read(), "m takes the mouse")
    console.send(b"\x1b[<65;10;10M")
    check(len(console.read()) > 0, "the wheel moves the cursor")
    console.send(b"\x1b[<0;10;9M")
    console.read(quiet=0.02)
    console.send(b"\x1b[<0;10;9m")  # a button let go is no key: the console goes on by itself
    check(len(console.read(quiet=0.4)) > 0, "what is told of the row under a click follows")
    console.send(2 * b"\x1b[<0;10;7M\x1b[<0;10;7m")
    check(DETAIL in console.until(DETAIL), "two clicks open the stream")
    console.send(b"\x1b")
    console.read(quiet=0.5)
    console.send(b"m")
    check(MOUSE_OFF in console.read(), "m leaves it to the terminal again")
    console.send(b"mq")
    check(MOUSE_OFF in console.read(), "and so does the end")
    console.end()


class Tmux:
    """The console in a tmux to which a terminal is attached."""

    servers = 0

    def __init__(self, passthrough, clipboard, columns=80, rows=24):
        Tmux.servers += 1
        self.socket = os.path.abspath(f"tmux{Tmux.servers}")  # one that is going may still hold the other
        with open("tmux.conf", "w") as conf:
            conf.write(f"set -g status off\nset -g mouse on\nset -s escape-time 0\nset -g default-terminal tmux-256color\n"
                       f"set -wg allow-passthrough {passthrough}\nset -s set-clipboard {clipboard}\n")
        subprocess.run(["tmux", "-u", "-S", self.socket, "-f", "tmux.conf", "new-session", "-d", "-x", str(columns), "-y", str(rows), "exec " + PROGRAM], check=True)
        self.terminal = Console("xterm-256color", command=["tmux", "-u", "-S", self.socket, "attach"])
        self.terminal.size(columns, rows)
        self.seen = self.terminal.read(quiet=1)
        check(self.shows("31 streams"), "the console runs in tmux", self.screen())

    def ask(self, *words):
        return subprocess.run(["tmux", "-S", self.socket, *words], capture_output=True, text=True).stdout

    def screen(self):
        self.seen += self.terminal.read(quiet=0.01)  # a client that is not read from holds everything up
        return self.ask("capture-pane", "-p")

    def shows(self, text):
        return wait_for(lambda: text in self.screen(), 20)

    def press(self, keys):
        self.terminal.send(keys)

    def point(self, button, column, row):
        """From 0 0, as frames count."""
        self.press(b"\x1b[<%d;%d;%dM" % (button, column + 1, row + 1))
        if button == LEFT:
            self.press(b"\x1b[<%d;%d;%dm" % (button, column + 1, row + 1))

    def settled(self):
        """With colours, once it stays as it is and nothing is awaited."""
        before = None
        while True:
            self.seen += self.terminal.read(quiet=0.05)
            now = self.ask("capture-pane", "-p", "-e", "-N")
            if now == before and not re.search("asking|counting|making|reading the", now):
                return now
            before = now

    def after(self, key):
        self.ask("send-keys", key)
        return self.settled()

    def row(self, number):
        """Name of the stream in that row of the list."""
        return self.screen().splitlines()[TITLES + number].split()[0].rstrip("…")

    def end(self):
        self.ask("kill-server")
        self.terminal.read()
        self.terminal.end()


def test_clipboard_in_tmux():
    for passthrough, clipboard in (("on", "off"), ("off", "on")):
        how = f"allow-passthrough {passthrough}, set-clipboard {clipboard}"
        tmux = Tmux(passthrough, clipboard)
        tmux.press(b":sync app.users\r")
        tmux.shows("$ " + LINE)
        tmux.press(b"y")
        check(tmux.shows("copied: " + LINE), f"copied in tmux ({how})", tmux.screen())
        check(wait_for(lambda tmux=tmux: tmux.screen() and copied_to(tmux.seen)), "it reaches the terminal outside", tmux.seen[-400:])
        if clipboard == "on":
            check(tmux.ask("show-buffer") == LINE, "and tmux's own buffer", tmux.ask("show-buffer"))
        tmux.end()


def test_mouse_in_tmux():
    tmux = Tmux("off", "off")
    third, sixth = tmux.row(3), tmux.row(6)
    tmux.point(LEFT, 10, TITLES + 3)
    tmux.press(b"u")  # an answer, which comes after that of the click would
    tmux.terminal.read(quiet=0.5)
    check(f"app.{third}  " not in tmux.screen(), "a click means nothing before m", tmux.screen())
    tmux.press(b"m")
    check(tmux.shows("the mouse is on"), "m takes the mouse", tmux.screen())
    tmux.point(LEFT, 10, TITLES + 3)
    check(tmux.shows(f"app.{third}  "), "a click moves the cursor there", tmux.screen())
    tmux.point(WHEEL_DOWN, 10, 10)
    check(tmux.shows(f"app.{sixth}  "), "the wheel moves it by three rows", tmux.screen())
    tmux.point(WHEEL_UP, 10, 10)
    check(tmux.shows(f"app.{third}  "), "and back", tmux.screen())
    tmux.point(LEFT, tmux.screen().splitlines()[0].index("History"), 0)
    check(tmux.shows("OUTCOME"), "a click on a tab shows it", tmux.screen())
    keys = tmux.screen().splitlines()[23]
    tmux.point(LEFT, keys.index("? help"), 23)
    check(tmux.shows("History › Help"), "a click on a key of the bottom line is that key", tmux.screen())
    tmux.end()


def looks(screen):
    """Rows of cells as one sees them: a minute may have begun, and of a blank only what it stands on shows."""
    rows, flags, colours = [[]], set(), {}
    for attributes, sign in re.findall(r"\x1b\[([0-9;]*)m|([^\x1b])", screen):
        codes = [] if sign else [int(code or 0) for code in attributes.split(";")]
        while codes:
            code = codes.pop(0)
            if code == 0:
                flags, colours = set(), {}
            elif code < 10:
                flags = flags | {code}
            elif code in (39, 49):
                colours = {ground: colour for ground, colour in colours.items() if ground != code // 10}
            else:
                colours = colours | {4 if code in range(40, 50) else 3: (code, *codes[:2]) if code in (38, 48) else code}
                codes = codes[2:] if code in (38, 48) else codes
        if sign == "\n":
            rows.append([])
        elif sign:
            shows = flags & {4, 7} or 4 in colours or sign != " "
            rows[-1].append(("0" if sign.isdigit() else sign, frozenset(flags), str(colours)) if shows else " ")
    return ["".join(map(str, row)).rstrip() for row in rows]


def test_what_is_sent_adds_up():
    """A frame is sent as what differs from the one before: after any keys the terminal shows what a complete frame shows."""
    walks = (
        ("the streams", ["g", "PageDown", "j", "j", "j", "Enter", "j", "j", "j", "k", "PageUp", "k", "k", "G", "g", "Space", "Space"]),
        ("a stream", ["Enter", "PageDown", "j", "j", "j", "g", "Escape"]),
        ("a dialog", ["s", "j", "j", "d", "j", "j", "d", "Escape", "b", "h", "k", "k", "l", "Escape", "T", "j", "j", "j", "t", "Escape"]),
        ("the rejects", ["4", "j", "j", "PageDown", "j", "j", "k", "g", "Enter", "Enter", "j", "j", "Escape", "Escape"]),
        ("the log", ["5", "g", "PageDown", "j", "j", "k", "w", "j", "j", "/", "u", "s", "e", "Enter", "n"]),
        ("help", ["?", "PageDown", "j", "j", "j", "PageUp", "k", "k", "Escape"]),
        ("a command", [":", "s", "y", "Tab", "BSpace", "Escape", "1", "u", "u"]),
    )
    small = ["j", "s", "Escape", "3", "Enter", "j", "j", "Escape", "4", "j", "5", "?", "j", "j", "Escape", "1", ":", "s", "y", "Escape", "j", "j"]
    for columns, rows, walks in ((80, 24, walks), (40, 10, (("all screens, which are small", small),))):
        tmux = Tmux("off", "off", columns, rows)
        for name, keys in walks:
            wrong = []
            for key in keys:
                sent = looks(tmux.after(key))
                complete = looks(tmux.after("C-l"))
                if sent != complete:
                    wrong.append((key, *((one, other) for one, other in zip(sent, complete) if one != other)))
            check(not wrong, f"after each key {name}: as a complete frame", *wrong[:1])
        tmux.end()


run(test_what_is_sent_adds_up, test_on_a_terminal, test_clipboard_in_tmux, test_mouse_in_tmux)
