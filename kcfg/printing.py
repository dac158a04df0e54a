"""The one place that writes to standard output and standard error.

What others wrote (names, paths, values, answers) must not drive the reader. A terminal obeys control characters, an
eye is misled by what turns text around or is not seen, and the log of a CI job obeys lines: GitHub and Azure those
that begin with `::` after any blanks, or hold `##[` or `##vso[` anywhere. Text shows such characters as escapes; JSON
and YAML keep the value by escapes of their own. Nothing is imported: the common commands are short.
"""

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TextIO

_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
# Blanks that are no ASCII: kubectl prints them in YAML, and they do nothing but look like a blank.
_BLANKS = frozenset("\u00a0\u1680\u202f\u205f\u3000").union(map(chr, range(0x2000, 0x200B)))
# Printable for Unicode, and nothing to see: joiners, fillers, selectors of a variant.
_UNSEEN = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u3164\uffa0").union(
    map(chr, range(0xFE00, 0xFE10)), map(chr, range(0xE0100, 0xE01F0))
)
_drawn: "list[str]" = []  # the line of `progress` that stands on the terminal
_ASCII = bytes((10, *range(32, 127)))


def printable(text: str) -> str:
    """Return a text as one printable line that nobody who reads a log takes for a command."""
    if not (text.isascii() and text.isprintable()):
        text = "".join(char if _is_seen(char) else visible(char) for char in text)
    return _disarmed(text)


def visible(char: str) -> str:
    r"""Return a character as an escape: `\n`, `\x1b`, `\u202e`."""
    code = ord(char)
    if char in _ESCAPES:
        return _ESCAPES[char]
    return f"\\x{code:02x}" if code < 0x80 else f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def is_harmless(text: str) -> bool:
    """Return whether the lines of a text may be printed as they are."""
    return all(map(is_data, set(text) - {"\n"})) and not commands(text)


def obeys(text: str) -> bool:
    """Return whether a value must be escaped to be printed, wherever a line of it may begin."""
    return not is_harmless(text) or any(part[-1:].isspace() for part in text.split("::")[:-1])


def say(line: str, *, hang: int | None = None) -> None:
    """Print one line on standard output; on a terminal its words wrap, and go on in the column `hang`."""
    _write(sys.stdout, _dressed(sys.stdout, printable(line), hang) + "\n")


def say_value(text: str) -> None:
    """Print a value that somebody asked for, a name or an address: one line that never wraps."""
    _write(sys.stdout, printable(text) + "\n")


def tell(line: str, *, end: str = "\n") -> None:
    """Print one line on standard error; with another `end` it is a prompt, which has to be seen at once."""
    _write(sys.stderr, _dressed(sys.stderr, printable(line)) + end)
    if end != "\n":
        sys.stderr.flush()


def say_lines(text: str, *, colored: bool = False, wrap: bool = False) -> None:
    """Print lines on standard output. Whoever wrote the text made names printable: here they cannot be told apart.

    With `wrap` they are lines of words, which a terminal gets as wide as it is.
    """
    _write_lines(sys.stdout, text, colored=colored, wrap=wrap)


def tell_lines(text: str, *, colored: bool = False, wrap: bool = False) -> None:
    """Print lines on standard error."""
    _write_lines(sys.stderr, text, colored=colored, wrap=wrap)


def say_spans(spans: "Iterable[tuple[str, int]]", *, hang: int | None = None, wrap: bool = True) -> None:
    """Print one line of texts on standard output, each in its colour (an SGR number, 0 for none) on a terminal.

    Its words wrap there as those of `say`, if `wrap` does not say otherwise.
    """
    _write(sys.stdout, _spanned(sys.stdout, list(spans), hang, wrap=wrap) + "\n")


def tell_source(line: str, *, out: bool = False) -> None:
    """Print a line of somebody's file as it stands there, on standard error (or output): it never wraps."""
    _write(sys.stdout if out else sys.stderr, printable(line) + "\n")


def lines_of(text: str, *, colored: bool = False) -> str:
    """Return a text of several lines as it may be printed; `colored` keeps a color around a whole line."""
    if is_harmless(text):
        return text
    return "\n".join(_colored(line) if colored else _line(line) for line in text.split("\n"))


def progress(line: str) -> None:
    """Draw a line over the last one on standard error, which is a terminal; an empty one takes it away."""
    _drawn.clear()
    _write(sys.stderr, f"\r{printable(line)}\x1b[K")
    sys.stderr.flush()
    if line:
        _drawn.append(line)


def interrupt(line: str) -> None:
    """Print a line on a terminal that a shell has put into its own mode."""
    _write(sys.stderr, f"\r\n{printable(line)}\r\n")
    sys.stderr.flush()


def show_screen(*, on: bool) -> None:
    """Turn a terminal to an empty screen where no line wraps, or back to what stood there before."""
    _write(sys.stderr, "\x1b[?1049h\x1b[?7l" if on else "\x1b[?7h\x1b[?1049l")
    sys.stderr.flush()


def draw(rows: "Iterable[tuple[str, bool]]", column: int) -> None:
    """Draw rows from the top of the screen, those that are marked turned around; the cursor is in the first one."""
    lines = (f"\x1b[7m{printable(row)}\x1b[0m\x1b[K" if marked else f"{printable(row)}\x1b[K" for row, marked in rows)
    _write(sys.stderr, "\x1b[H" + "\r\n".join(lines) + f"\x1b[J\x1b[1;{column}H")
    sys.stderr.flush()


def put(pieces: "Iterable[bytes | memoryview]") -> None:
    """Write bytes to standard output as they are."""
    if _drawn:
        progress("")
    buffer = getattr(sys.stdout, "buffer", None)
    if buffer is None:  # a program that uses kcfg has put a text stream there
        sys.stdout.writelines(bytes(piece).decode() for piece in pieces)
        return
    sys.stdout.flush()
    buffer.writelines(pieces)


def are_harmless(pieces: "Iterable[bytes | memoryview]") -> bool:
    """Return whether pieces of UTF-8 may be put as they are: at a glance for ASCII, however much it is."""
    for piece in map(bytes, pieces):
        if (piece.translate(None, _ASCII) or b"::" in piece or b"##" in piece) and not is_harmless(piece.decode()):
            return False
    return True


def put_json(value: object) -> None:
    """Print a value as indented JSON on standard output."""
    import json

    put_json_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def put_json_text(text: str) -> None:
    """Print a JSON text."""
    put([json_text(text).encode()])


def json_text(text: str) -> str:
    """Return JSON that may be printed: what may not can only stand in its strings, and those have escapes."""
    if is_harmless(text):
        return text
    text = "".join(char if char == "\n" or is_data(char) else _in_json(char) for char in text)
    return text.replace("##", "\\u0023\\u0023")


def _in_json(char: str) -> str:
    units = char.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))


def _is_seen(char: str) -> bool:
    return char.isprintable() and char not in _UNSEEN


def is_data(char: str) -> bool:
    """Return whether a character may stand in YAML or JSON as it is."""
    return (char.isprintable() and char not in _UNSEEN) or char in _BLANKS


def commands(text: str) -> bool:
    """Return whether the log of a CI job would obey a line of the text."""
    if "##" in text and _marks(text):
        return True
    return "::" in text and any(line.lstrip().startswith("::") for line in text.split("\n"))


def _marks(text: str) -> bool:
    for part in text.split("##")[1:]:
        word, bracket, _ = part.lstrip("#").partition("[")
        if bracket and (not word or word.isalnum()):
            return True
    return False


def _disarmed(line: str) -> str:
    if "##" in line and _marks(line):
        line = line.replace("##", "\\x23\\x23")
    if "::" in line and line.lstrip().startswith("::"):
        at = line.index("::")
        line = f"{line[:at]}\\x3a{line[at + 1 :]}"
    return line


def _line(line: str) -> str:
    return _disarmed("".join(char if char == "\t" or is_data(char) else visible(char) for char in line))


def _colored(line: str) -> str:
    color, end, text = line.removesuffix("\x1b[0m").partition("m")
    if line.endswith("\x1b[0m") and color.startswith("\x1b[") and color[2:].isdecimal():
        return f"{color}{end}{_line(text)}\x1b[0m"
    return _line(line)


def _dressed(stream: "TextIO", line: str, hang: int | None = None) -> str:
    """Return a printable line as a terminal shows it; elsewhere it stays as it is."""
    if not stream.isatty():
        return line
    from kcfg.looks import dressed

    return dressed(line, stream, hang)


def _spanned(stream: "TextIO", spans: "list[tuple[str, int]]", hang: int | None, *, wrap: bool) -> str:
    line = printable("".join(text for text, _ in spans))
    if stream.isatty():
        from kcfg.looks import is_colored, painted, width_of, wrapped

        rows = wrapped(line, width_of(stream), hang) if wrap else [line]
        if is_colored(stream) and line == "".join(printable(text) for text, _ in spans):
            row, at = "", 0
            for text, color in spans:
                piece = rows[0][at : at + len(text)]
                row += painted(piece, color) if piece else ""
                at += len(text)
            rows[0] = row
        line = "\n".join(rows)
    return line


def _write_lines(stream: "TextIO", text: str, *, colored: bool, wrap: bool) -> None:
    text = lines_of(text, colored=colored)
    if wrap and stream.isatty():
        from kcfg.looks import width_of, wrapped_painted

        width = width_of(stream)
        text = "\n".join(row for line in text.split("\n") for row in wrapped_painted(line, width))
    _write(stream, text)


def _write(stream: "TextIO", text: str) -> None:
    if _drawn:  # what is said takes the line's place
        progress("")
    try:
        stream.write(text)
    except UnicodeEncodeError:  # a locale without the letter
        stream.write(text.encode(stream.encoding, "backslashreplace").decode(stream.encoding))
