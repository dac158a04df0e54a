"""A kubeconfig as kubectl's YAML, entry by entry: lines that already are in its form stay as they are."""

from __future__ import annotations

from kcfg.kubeconfig.model import SECTIONS, Body, Entry, Kubeconfig, entry_value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_PLAIN_TOP = ("apiVersion", "clusters", "contexts", "current-context", "kind", "preferences", "users")


def yaml_pieces(config: Kubeconfig, *, unknown: bool = False) -> Iterator[bytes | memoryview]:
    """Yield the bytes of `dump_yaml(config.to_value())`, in order. With `unknown`, with fields kubectl drops."""
    top = config.top_value(unknown=unknown)
    for key in _order(top):
        if key in SECTIONS:
            yield from _section(key, config.section(key), unknown=unknown)
        elif key in _FIXED and top[key] == _FIXED[key][0]:
            yield _FIXED[key][1]
        elif key == "current-context" and _is_text(top[key]):
            yield f"current-context: {top[key]}\n".encode()
        else:
            from kcfg.kubeconfig.emit_yaml import dump_yaml

            yield _encoded(dump_yaml({key: top[key]}))


_FIXED: dict[str, tuple[object, bytes]] = {
    "apiVersion": ("v1", b"apiVersion: v1\n"),
    "kind": ("Config", b"kind: Config\n"),
    "preferences": ({}, b"preferences: {}\n"),
    "current-context": ("", b'current-context: ""\n'),
}


def _order(top: Body) -> list[str]:
    if tuple(sorted(top)) == _PLAIN_TOP:
        return list(_PLAIN_TOP)
    from kcfg.kubeconfig.emit_yaml import sorted_keys

    return sorted_keys(top)


def _is_text(text: str) -> bool:
    from kcfg.kubeconfig.canonical import is_text

    return text.isascii() and is_text(text.encode())


def _section(section: str, entries: dict[str, Entry], *, unknown: bool) -> Iterator[bytes | memoryview]:
    if not entries:
        yield f"{section}: null\n".encode()
        return
    yield f"{section}:\n".encode()
    raw, start, end = b"", 0, 0
    for name in in_order(entries):
        text = entries[name].text
        if text is not None and text.raw is raw and text.start == end:  # neighbours are one piece
            end = text.end
            continue
        if end:
            yield memoryview(raw)[start:end]
        if text is not None:
            raw, start, end = text.raw, text.start, text.end
            continue
        raw, start, end = b"", 0, 0
        from kcfg.kubeconfig.emit_yaml import dump_yaml

        whole = dump_yaml({section: [entry_value(section, entries[name], unknown=unknown)]})
        yield _encoded(whole.partition("\n")[2])
    if end:
        yield memoryview(raw)[start:end]


def in_order(entries: dict[str, Entry]) -> list[str]:
    """Return names in kubectl's order: by their bytes."""
    if all(map(str.isascii, entries)):
        return sorted(entries)
    return sorted(entries, key=lambda name: name.encode("utf-8", "surrogatepass"))


def _encoded(text: str) -> bytes:
    return text.encode()
