"""What is wanted of a kubeconfig's text, as data: which items go, change and come, and which fields beside them."""

from __future__ import annotations

from kcfg.kubeconfig.model import Body, Kubeconfig, in_order, name_of


class Edits:
    """What is wanted of one file: list items as they should be, by section and present name, and fields at the top.

    None stands for what goes. An item of a name that is not there is a new one.
    """

    __slots__ = ("entries", "top")

    def __init__(self, entries: dict[tuple[str, str], Body | None] | None = None, top: Body | None = None) -> None:
        self.entries = entries if entries is not None else {}
        self.top = top if top is not None else {}

    def steps(self, value: Body) -> list[Body]:
        """Return what a file's plain value becomes: without what goes, then changed, then with what comes.

        One after the other, so that nothing new is taken for what went, renamed. The values share what the edits leave;
        `value` may be a part of the file that has the items that are edited. An empty one becomes kubectl's.
        """
        start = value or Kubeconfig().to_value()
        less, changed, more = dict(start), start | self.top, start | self.top
        for section in dict.fromkeys(section for section, _ in self.entries):
            mine = {name: item for (where, name), item in self.entries.items() if where == section}
            items = start.get(section) or []
            kept = [item for item in items if mine.get(name_of(item), item) is not None]
            mine = {name: mine[name] for name in (mine if value else in_order(mine)) if mine[name] is not None}
            after = [mine.pop(name_of(item), item) for item in kept]
            less[section] = kept or items
            changed[section] = after or items
            more[section] = [*after, *mine.values()]
        last = {key: each for key, each in more.items() if each is not None or key not in self.top}
        return [one for one, then in ((less, changed), (changed, more)) if start != one != then] + [last]
