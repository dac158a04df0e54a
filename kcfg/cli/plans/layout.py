"""What formatting a text would change, as a unified diff; what may be secret is hidden."""

from __future__ import annotations

from difflib import SequenceMatcher

from kcfg.cli.shared.excerpt import shown_lines
from kcfg.printing import printable

_AROUND = 3


def layout_diff(path: str, before: bytes, after: bytes) -> list[str]:
    """Return the lines of a diff of two texts of one meaning. Compared are the texts, shown is what may be."""
    lines = [text.decode("utf-8-sig").split("\n") for text in (before, after)]
    old, new = (_padded(shown_lines(text, path), each) for text, each in zip((before, after), lines, strict=True))
    found = [f"--- {path}", f"+++ {path} (formatted)"]
    for group in SequenceMatcher(None, lines[0], lines[1], autojunk=False).get_grouped_opcodes(_AROUND):
        first, last = group[0], group[-1]
        found.append(f"@@ -{_span(first[1], last[2])} +{_span(first[3], last[4])} @@")
        for tag, old_from, old_to, new_from, new_to in group:
            if tag == "equal":
                found += [f" {line}" for line in old[old_from:old_to]]
                continue
            found += [f"-{line}" for line in old[old_from:old_to]]
            found += [f"+{line}" for line in new[new_from:new_to]]
    return [printable(line) for line in found]


def _padded(shown: list[str], lines: list[str]) -> list[str]:
    """A line end of the text may be none of YAML's: then each line is only said to be there."""
    return shown if len(shown) == len(lines) else ["…"] * len(lines)


def _span(begin: int, end: int) -> str:
    return f"{begin + 1}" if end - begin == 1 else f"{begin + (end > begin)},{end - begin}"
