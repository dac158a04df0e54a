"""`-o jsonpath=…`: the subset of kubectl's templates that kubeconfigs need.

Text outside of braces is copied. Inside: `.field`, `['field']`, `..field`, `[0]`, `[-1]`, `[1:3]`, `[0,2]`,
`['name','context']`, `[*]`, `.*`, `[?(@.name=="x")]` (also !=, <, >, <=, >=, a bare field that must exist),
`{range …}…{end}`, "quoted text", numbers, `@`, `$`. Not there: functions, regular expressions, `&&` (kubectl has none
of them either). Objects are printed as kubectl prints them: JSON with sorted keys.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator

from kcfg.errors import KcfgError

_HINT = "for example -o jsonpath='{.clusters[*].name}' or '{range .contexts[*]}{.name}{\"\\n\"}{end}'"
_PIECE = re.compile(r"""\{((?:[^{}"']|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')*)\}""")
_STEP = re.compile(
    r"""(?P<deep>\.\.)(?P<deep_name>[\w-]+|\*)"""
    r"""|\.(?P<name>(?:[^\s.\[\]{}'"\\]|\\.)+)"""
    r"""|\[\?\((?P<filter>.*?)\)\]"""
    r"""|\[(?P<union>(?:-?\d+\s*,\s*)+-?\d+|(?:(?:'[^']*'|"[^"]*")\s*,\s*)+(?:'[^']*'|"[^"]*"))\]"""
    r"""|\[(?P<index>-?\d+)\]"""
    r"""|\[(?P<slice>-?\d*:-?\d*(?::-?\d*)?)\]"""
    r"""|\[(?P<all>\*)\]"""
    r"""|\[(?P<quoted>'[^']*'|"[^"]*")\]"""
)
_COMPARE = re.compile(r"""@(?P<path>[^=!<>]*?)\s*(?:(?P<op>==|!=|<=|>=|<|>)\s*(?P<value>.+))?""")
_CONSTANT = re.compile(r"-?\d+(\.\d+)?|true|false")
_TESTS: dict[str, Callable[[object, object], bool]] = {
    "==": lambda one, other: one == other,
    "!=": lambda one, other: one != other,
    "<": lambda one, other: _ordered(one, other) < 0,
    ">": lambda one, other: _ordered(one, other) > 0,
    "<=": lambda one, other: _ordered(one, other) <= 0,
    ">=": lambda one, other: _ordered(one, other) >= 0,
}


def evaluate(template: str, value: object) -> str:
    """Return what a template prints for a value; a missing field prints nothing. Raises KcfgError if unreadable."""
    if not template:
        raise _unreadable("it is empty")
    pieces = list(_pieces(template))
    out: list[str] = []
    rest = _run(pieces, value, value, out)
    if rest:
        raise _unreadable("{end} without {range}")
    return "".join(out)


def evaluate_all(template: str, value: object) -> list[object]:
    """Return what the paths of a template lead to, for `-o jsonpath-as-json`. Raises KcfgError if unreadable."""
    found = [each for kind, code in _pieces(template) if kind == "code" for each in _select(code, value, value)]
    ordered: list[object] = json.loads(json.dumps(found, sort_keys=True))
    return ordered


def _unreadable(what: str) -> KcfgError:
    return KcfgError(f"cannot read the jsonpath template: {what}", hint=_HINT)


def _pieces(template: str) -> Iterator[tuple[str, str]]:
    at = 0
    for found in _PIECE.finditer(template):
        yield from _literal(template[at : found.start()])
        yield "code", found[1].strip()
        at = found.end()
    yield from _literal(template[at:])


def _literal(text: str) -> Iterator[tuple[str, str]]:
    if "{" in text or "}" in text:
        raise _unreadable("a brace is not closed")
    if text:
        yield "text", text


def _run(pieces: list[tuple[str, str]], value: object, root: object, out: list[str]) -> list[tuple[str, str]]:
    """Run pieces until {end}; return what follows it."""
    while pieces:
        (kind, code), *pieces = pieces
        if kind == "text":
            out.append(code)
        elif code == "end":
            return [("end", ""), *pieces]
        elif code.startswith("range"):
            pieces = _range(code.removeprefix("range").strip(), pieces, value, root, out)
        else:
            out.append(_print(code, value, root))
    return []


def _range(
    path: str, pieces: list[tuple[str, str]], value: object, root: object, out: list[str]
) -> list[tuple[str, str]]:
    rest = _run(pieces, None, None, [])  # where the loop ends, even when it has no turn
    if not rest:
        raise _unreadable("{range} without {end}")
    for item in _select(path, value, root):
        _run(pieces, item, root, out)
    return rest[1:]


def _print(code: str, value: object, root: object) -> str:
    if code[:1] in ("'", '"'):
        return _unquote(code)
    if _CONSTANT.fullmatch(code):
        return code
    return " ".join(_text(found) for found in _select(code, value, root))


def _unquote(code: str) -> str:
    if len(code) < 2 or code[-1] != code[0]:
        raise _unreadable("a quote is not closed")
    body = code[1:-1].replace("\\'", "'") if code[0] == "'" else code[1:-1]
    return re.sub(r"\\([nrt\"\\])", lambda found: {"n": "\n", "r": "\r", "t": "\t"}.get(found[1], found[1]), body)


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return text.translate({ord(char): f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"})


def _select(path: str, value: object, root: object) -> list[object]:
    """Return every value that a path leads to."""
    found = [root if path.startswith("$") else value]
    path = path.removeprefix("$").removeprefix("@")
    if path and path[0] not in ".[":
        path = "." + path
    at = 0
    while at < len(path) and path != ".":
        step = _STEP.match(path, at)
        if not step:
            raise _unreadable(f"{path[at:]!r}")
        steps = [step]
        if step["union"]:
            steps = [one for part in step["union"].split(",") if (one := _STEP.match(f"[{part.strip()}]"))]
        found = [each for one in steps for parent in found for each in _take(one, parent, root)]
        at = step.end()
    return found


def _take(step: re.Match[str], value: object, root: object) -> list[object]:
    if step["deep"]:
        return list(_deep(step["deep_name"], value))
    if step["filter"] is not None:
        return [each for each in _children(value) if _passes(step["filter"].strip(), each, root)]
    if step["all"] or step["name"] == "*":
        return _children(value)
    if step["index"] is not None or step["slice"] is not None:
        return _positions(step, value)
    name = re.sub(r"\\(.)", r"\1", step["name"]) if step["name"] is not None else step["quoted"][1:-1]
    return [value[name]] if isinstance(value, dict) and name in value else []


def _positions(step: re.Match[str], value: object) -> list[object]:
    if not isinstance(value, list):
        return []
    if step["slice"] is not None:
        return _slice(value, [int(part) if part else None for part in step["slice"].split(":")])
    index = int(step["index"])
    if not -len(value) <= index < len(value):
        raise KcfgError(f"array index out of bounds: index {index}, length {len(value)}")
    return [value[index]]


def _slice(value: list[object], parts: list[int | None]) -> list[object]:
    size = len(value)
    start, end, step = (*parts, None)[:3]
    first = 0 if start is None else start + size if start < 0 else start
    last = size if end is None else end + size if end < 0 else end
    if first > last or not 0 <= first < max(size, 1) or last > size or (step or 1) < 1:
        raise KcfgError(f"array index out of bounds: slice {first}:{last}, length {size}")
    return value[first : last : step or 1]


def _children(value: object) -> list[object]:
    if isinstance(value, dict):
        return [value[key] for key in sorted(value)]
    return list(value) if isinstance(value, list) else []


def _deep(name: str, value: object) -> Iterator[object]:
    if isinstance(value, dict) and name in value:
        yield value[name]
    for child in _children(value):
        if name == "*":
            yield child
        yield from _deep(name, child)


def _passes(condition: str, value: object, root: object) -> bool:
    found = _COMPARE.fullmatch(condition)
    if not found or "&&" in condition or "||" in condition:
        raise _unreadable(f"the filter {condition!r}")
    left = _select(found["path"].strip(), value, root)
    if not found["op"]:
        return bool(left)
    right = _operand(found["value"].strip(), value, root)
    return bool(left) and _TESTS[found["op"]](left[0], right)


def _operand(text: str, value: object, root: object) -> object:
    if text[:1] in ("'", '"'):
        return _unquote(text)
    if text[:1] in ("@", "$"):
        return next(iter(_select(text, value, root)), None)
    try:
        return json.loads(text)
    except ValueError:
        raise _unreadable(f"the value {text!r}") from None


def _ordered(one: object, other: object) -> int:
    if isinstance(one, (int, float)) and isinstance(other, (int, float)):
        return (one > other) - (one < other)
    return (str(one) > str(other)) - (str(one) < str(other))
