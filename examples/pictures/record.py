"""`make pictures`: the demo's story, run on a terminal, as first-screen.svg beside this file, or as the file named.

What is drawn is what the programs wrote, colours included; paths below HOME begin with `~`. The steps come one after
the other, once; who wants no motion, and what draws no animation, has the last moment. The picture brings its own
background: it reads the same on light and dark pages.
"""

import os
import pty
import re
import shlex
import struct
import subprocess
import sys
import tempfile
import termios
from collections.abc import Iterator
from fcntl import ioctl
from html import escape
from pathlib import Path

HERE = Path(__file__).parent
COLUMNS, ROWS = 100, 40
# Of GitHub's dark page: each has a contrast of 4.5 or more to the ground.
GROUND, FRAME, INK, FAINT = "#0d1117", "#30363d", "#e6edf3", "#8b949e"
COLORS = {"31": "#ff7b72", "32": "#3fb950", "33": "#d29922", "34": "#79c0ff", "35": "#d2a8ff", "36": "#39c5cf"}
CELL, LINE, SIZE, EDGE, GAP = 8.1, 17, 13, 16, 7
SECONDS = {"command": 0.5, "shown": 1.6}


def record() -> list[tuple[str, list[str]]]:
    """Run the story, without its end, on a terminal: commands, and the lines that each shows, with their colours."""
    sys.path.insert(0, str(HERE.parent))
    from demo import STORY, world

    with tempfile.TemporaryDirectory(prefix="kcfg-picture-") as name, world(Path(name)) as environment:
        if "DBUS_SESSION_BUS_ADDRESS" not in environment:
            sys.exit("the picture shows a keyring: install dbus, gnome-keyring and libsecret-tools")
        environment |= {"TERM": "xterm-256color", "LANG": "C.UTF-8"}
        environment.pop("NO_COLOR", None)
        return [
            (command, _shown(shlex.split(command), name, environment).replace(name, "~").splitlines())
            for command, _ in STORY
            if not command.startswith("kcfg undo")
        ]


def _shown(words: list[str], folder: str, environment: dict[str, str]) -> str:
    master, terminal = pty.openpty()
    ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    with subprocess.Popen(words, stdin=terminal, stdout=terminal, stderr=terminal, cwd=folder, env=environment):
        os.close(terminal)
        shown = b""
        while piece := _read(master):
            shown += piece
    os.close(master)
    return shown.decode().replace("\r\n", "\n")


def _read(master: int) -> bytes:
    try:
        return os.read(master, 65536)
    except OSError:  # Linux: the other end is closed
        return b""


def draw(steps: list[tuple[str, list[str]]]) -> str:
    """Return the SVG of what was recorded."""
    top, moment, texts = EDGE + SIZE, 0.3, []
    for command, lines in steps:
        texts.append(_text(top, moment, [("$ ", FAINT), (command, INK)], "b"))
        moment += SECONDS["command"]
        for line in lines:
            top += LINE
            texts.append(_text(top, moment, list(_runs(line))))
        moment += SECONDS["shown"]
        top += LINE + GAP
    width, height = round(COLUMNS * CELL) + 2 * EDGE, top - GAP - LINE + EDGE
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
        ' role="img" aria-label="A terminal: import, diff, apply, kubectl">',
        "<style>",
        f"text {{ font: {SIZE}px ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace;"
        " white-space: pre; animation: come 0.01s both }",
        ".b { font-weight: 600 }",
        "@keyframes come { from { opacity: 0 } to { opacity: 1 } }",
        "@media (prefers-reduced-motion: reduce) { text { animation: none } }",
        "</style>",
        f'<rect x="0.5" y="0.5" width="{width - 1}" height="{height - 1}" rx="8" fill="{GROUND}" stroke="{FRAME}"/>',
        *texts,
        "</svg>",
        "",
    ])  # fmt: skip


def _runs(line: str) -> Iterator[tuple[str, str]]:
    """Yield (text, colour) of a line: what SGR sequences say."""
    color = INK
    for codes, text in re.findall(r"(?:\x1b\[([\d;]*)m)?([^\x1b]*)", line):
        for code in codes.split(";") if codes else ():
            color = COLORS.get(code, FAINT if code == "2" else INK if code in ("0", "", "39") else color)
        if text:
            yield text, color


def _text(top: int, moment: float, runs: list[tuple[str, str]], kind: str = "") -> str:
    at, spans = 0, ""
    for text, color in runs:
        spans += f'<tspan x="{round(EDGE + at * CELL, 1)}" fill="{color}">{escape(text)}</tspan>'
        at += len(text)
    return (
        f'<text y="{top}" xml:space="preserve"{f" class={chr(34)}{kind}{chr(34)}" if kind else ""}'
        f' style="animation-delay:{moment:.1f}s">{spans}</text>'
    )


if __name__ == "__main__":
    picture = Path(*sys.argv[1:2] or [HERE / "first-screen.svg"])
    picture.write_text(draw(record()), encoding="utf-8")
