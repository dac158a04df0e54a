"""A kubeconfig as kubectl's YAML, entry by entry: lines that already are in its form stay as they are."""

from __future__ import annotations

from kcfg.kubeconfig.model import SECTIONS, Body, Entry, Kubeconfig, entry_value, in_order
from kcfg.yaml.plain import is_plain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_PLAIN_TOP = ("apiVersion", "clusters", "contexts", "current-context", "kind", "users")


def yaml_pieces(config: Kubeconfig, *, unknown: bool = False) -> Iterator[bytes | memoryview]:
    """Yield the bytes of `dump_yaml(config.to_value())`, in order. With `unknown`, with fields kubectl drops."""
    top = config.top_value(unknown=unknown)
    for key in _order(top):
        if key in SECTIONS:
            yield from _section(key, config.section(key), unknown=unknown)
        elif key in _FIXED and top[key] == _FIXED[key][0]:
            yield _FIXED[key][1]
        elif key == "current-context" and is_plain(top[key]):
            yield f"current-context: {top[key]}\n".encode()
        else:
            from kcfg.yaml.emit import dump_yaml

            yield dump_yaml({key: top[key]}).encode()


_FIXED: dict[str, tuple[object, bytes]] = {
    "apiVersion": ("v1", b"apiVersion: v1\n"),
    "kind": ("Config", b"kind: Config\n"),
    "current-context": ("", b'current-context: ""\n'),
}


def _order(top: Body) -> list[str]:
    if tuple(sorted(top)) == _PLAIN_TOP:
        return list(_PLAIN_TOP)
    from kcfg.yaml.emit import sorted_keys

    return sorted_keys(top)


def _section(section: str, entries: dict[str, Entry], *, unknown: bool) -> Iterator[bytes | memoryview]:
    if not entries:
        yield f"{section}: null\n".encode()
        return
    yield f"{section}:\n".encode()
    names = in_order(entries)
    written = _written(section, [entries[name] for name in names if entries[name].text is None], unknown=unknown)
    raw, start, end = b"", 0, 0
    for name in names:
        text = entries[name].text
        if text is not None and text.raw is raw and text.start == end:  # neighbours are one piece
            end = text.end
            continue
        if end:
            yield memoryview(raw)[start:end]
        if text is not None:
            raw, start, end = text.raw, text.start, text.end
        else:
            raw, start, end = b"", 0, 0
            yield next(written)
    if end:
        yield memoryview(raw)[start:end]


def _written(section: str, entries: list[Entry], *, unknown: bool) -> Iterator[bytes]:
    """Yield the lines of entries that have none: the simple way where they are in kubectl's form then."""
    if not entries:
        return
    from kcfg.kubeconfig.forms.kubectl import is_entry
    from kcfg.yaml.lines import entry_text

    items = [entry_value(section, entry, unknown=unknown) for entry in entries]
    texts = [entry_text(item) for item in items]
    all_right = is_entry(section, b"".join(text for text in texts if text is not None))
    for item, text in zip(items, texts, strict=True):
        if text is not None and (all_right or is_entry(section, text)):
            yield text
            continue
        from kcfg.yaml.emit import dump_yaml

        yield dump_yaml({section: [item]}).partition("\n")[2].encode()
