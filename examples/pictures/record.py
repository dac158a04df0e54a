"""`make pictures`: the demo's story, run on a terminal, as first-screen.svg beside this file, and the twelve screens.

`record.py FILE.svg` draws only the story, into that file; `record.py FOLDER` only the screens, into that folder.

What is drawn is what the programs wrote, colours included; paths below HOME begin with `~`. The steps come one after
the other, once; who wants no motion, and what draws no animation, has the last moment. The picture brings its own
background: it reads the same on light and dark pages. Screens are drawn on either, with the colours that terminals
have there.
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
WIDE = 400  # of the story's terminal: what wraps depends on how long the path of HOME is
# Of GitHub's dark page, and of its light one: each has a contrast of 4.5 or more to the ground.
GROUND, FRAME, INK, FAINT = "#0d1117", "#30363d", "#e6edf3", "#8b949e"
COLORS = {"31": "#ff7b72", "32": "#3fb950", "33": "#d29922", "34": "#79c0ff", "35": "#d2a8ff", "36": "#39c5cf"}
LIGHT = {
    GROUND: "#ffffff", FRAME: "#d0d7de", INK: "#1f2328", FAINT: "#59636e", "#ff7b72": "#cf222e", "#3fb950": "#116329",
    "#d29922": "#7d4e00", "#79c0ff": "#0550ae", "#d2a8ff": "#8250df", "#39c5cf": "#1b7c83",
}  # fmt: skip
BOLD = ' font-weight="600"'
CELL, LINE, SIZE, EDGE, GAP = 8.1, 17, 13, 16, 7
_MOTION = [
    "@keyframes come { from { opacity: 0 } to { opacity: 1 } }",
    "@media (prefers-reduced-motion: reduce) { text { animation: none } }",
]
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


def screens() -> Iterator[tuple[str, str]]:
    """Run what screens.py says; yield the name and the SVG of each."""
    sys.path[:0] = [str(HERE), str(HERE.parent.parent / "tests")]
    from screens import SCREENS, furnish
    from tls_server import Server

    from kcfg.x509 import make_authority

    programs = Path(sys.executable).parent
    for name, screen in SCREENS.items():
        with tempfile.TemporaryDirectory(prefix="kcfg-screen-") as folder:
            server = Server(Path(folder), make_authority("demo"))
            server.tokens["a"] = "alice"
            environment = furnish(Path(folder), server.url) | {
                "PATH": f"{programs}{os.pathsep}{os.defpath}", "TERM": "xterm-256color", "LANG": "C.UTF-8",
            }  # fmt: skip
            try:
                for command in screen.before:
                    _shown(shlex.split(command), folder, environment, screen.columns)
                shown = _shown(shlex.split(screen.command), folder, environment, screen.columns)
            finally:
                server.close()
            shown = re.sub(r"\r[^\r\n]*\x1b\[K", "", shown)  # the bar, which is gone at the end
        drawn = draw([(screen.command, shown.splitlines())], screen.columns, label=screen.command, moves=False)
        if screen.is_light:
            drawn = re.sub("|".join(LIGHT), lambda color: LIGHT[color[0]], drawn)
        yield name, drawn


def _shown(words: list[str], folder: str, environment: dict[str, str], columns: int = WIDE) -> str:
    master, terminal = pty.openpty()
    ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, columns, 0, 0))
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


def draw(
    steps: list[tuple[str, list[str]]], columns: int = COLUMNS, *, label: str = "import, diff, apply, kubectl",
    moves: bool = True,
) -> str:  # fmt: skip
    """Return the SVG of what was recorded."""
    top, moment, texts = EDGE + SIZE, 0.3, []
    for command, lines in steps:
        texts.append(_text(top, moment if moves else None, [("$ ", FAINT), (command, INK)], "b"))
        moment += SECONDS["command"]
        for line in lines:
            top += LINE
            texts.append(_text(top, moment if moves else None, list(_runs(line))))
        moment += SECONDS["shown"]
        top += LINE + GAP
    width, height = round(columns * CELL) + 2 * EDGE, top - GAP - LINE + EDGE
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
        f' role="img" aria-label="A terminal: {escape(label)}">',
        "<style>",
        f"text {{ font: {SIZE}px ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace;"
        " white-space: pre" + ("; animation: come 0.01s both }" if moves else " }"),
        ".b { font-weight: 600 }",
        *_MOTION[:2 * moves],
        "</style>",
        f'<rect x="0.5" y="0.5" width="{width - 1}" height="{height - 1}" rx="8" fill="{GROUND}" stroke="{FRAME}"/>',
        *texts,
        "</svg>",
        "",
    ])  # fmt: skip


def _runs(line: str) -> Iterator[tuple[str, str]]:
    """Yield (text, colour) of a line: what SGR sequences say."""
    color, weight = INK, ""
    for codes, text in re.findall(r"(?:\x1b\[([\d;]*)m)?([^\x1b]*)", line):
        for code in codes.split(";") if codes else ():
            weight = "b" if code == "1" else "" if code in ("0", "") else weight
            color = COLORS.get(code, FAINT if code == "2" else INK if code in ("0", "", "39") else color)
        if text:
            yield text, color + weight


def _text(top: int, moment: float | None, runs: list[tuple[str, str]], kind: str = "") -> str:
    at, spans = 0, ""
    for text, color in runs:
        look = f'fill="{color[:7]}"{BOLD if color[7:] else ""}'
        spans += f'<tspan x="{round(EDGE + at * CELL, 1)}" {look}>{escape(text)}</tspan>'
        at += len(text)
    return (
        f'<text y="{top}" xml:space="preserve"{f" class={chr(34)}{kind}{chr(34)}" if kind else ""}'
        + (f' style="animation-delay:{moment:.1f}s"' if moment is not None else "")
        + f">{spans}</text>"
    )


if __name__ == "__main__":
    given = Path(sys.argv[1]) if sys.argv[1:] else HERE
    if not given.is_dir() or given == HERE:
        picture = given / "first-screen.svg" if given.is_dir() else given
        picture.write_text(draw(record()), encoding="utf-8")
    if given.is_dir():
        for name, drawn in screens():
            (given / f"{name}.svg").write_text(drawn, encoding="utf-8")
