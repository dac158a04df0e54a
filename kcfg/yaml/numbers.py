"""Floating-point numbers as Go prints them: `encoding/json` and go-yaml differ from Python, and from one another."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_UINT64 = 2.0**64


def constant(value: object, number: Callable[[float], str]) -> str:
    """Return what is neither a text nor has members, as JSON and YAML write it; `number` writes those with a point."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return number(value) if isinstance(value, float) else "{}" if value == {} else "[]" if value == [] else str(value)


def json_number(value: float) -> str:
    """Return what encoding/json writes: plain from 1e-6 up to 1e21, else with the shortest exponent."""
    if value == 0 or 1e-6 <= abs(value) < 1e21:
        return "-0" if str(value) == "-0.0" else _plain(value)
    return _scientific(value).replace("e-0", "e-")


def yaml_number(value: float) -> str:
    """Return what kubectl's YAML shows: it comes from the JSON, where whole numbers lose their point."""
    if value.is_integer() and -_UINT64 / 2 < value < _UINT64:
        return str(int(json_number(value)))
    return _plain(value) if 1e-4 <= abs(value) < 1e6 else _scientific(value)


def _plain(value: float) -> str:
    from decimal import Decimal

    return format(Decimal(repr(value)), "f").removesuffix(".0")


def _scientific(value: float) -> str:
    from decimal import Decimal

    sign, digits, exponent = Decimal(repr(value)).normalize().as_tuple()
    first, *rest = map(str, digits)
    power = len(digits) - 1 + int(exponent)
    return f"{'-' * sign}{first}{'.' * bool(rest)}{''.join(rest)}e{power:+03d}"
