"""Merge: several kubeconfigs as one. kubectl's rule, and ours that loses nothing.

kubectl: the first file that has a name gives the whole entry; current-context is the first that is not empty;
`colors` is true if any file says so; preferences' extensions and everything else, first file wins.
"""

from __future__ import annotations

from kcfg.errors import ConflictError, Location, Problem, count
from kcfg.kubeconfig.model import SECTIONS, Body, Entry, Kubeconfig
from kcfg.yaml.plain import same

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence


def merge(configs: Iterable[Kubeconfig]) -> Kubeconfig:
    """Return what kubectl sees in a list of files: the first one wins, entry by entry."""
    result = Kubeconfig()
    for config in configs:
        for section in SECTIONS:
            entries = result.section(section)
            for name, entry in config.section(section).items():
                entries.setdefault(name, entry)
        result.current_context = result.current_context or config.current_context
        result.preferences = _merge_preferences(result.preferences, config.preferences)
        result.extensions = _merge_extensions(result.extensions, config.extensions)
        result.unknown = {**config.unknown, **result.unknown}
    return result


def merge_all(
    configs: Sequence[Kubeconfig],
    *,
    on_conflict: str = "error",
    new_name: Callable[[str, int], str] | None = None,
) -> Kubeconfig:
    """Merge without silent losses: identical entries become one, differing ones of a name are a conflict.

    `error` raises ConflictError that names them all; `first` and `last` choose; `rename` keeps both, the later one
    under `new_name(name, index of its file)`, and the references of its own file follow. So it is with what stands
    beside the entries: extensions, preferences and fields that kubectl does not know; a field has only one name, and
    `rename` is refused where two differ.
    """
    if on_conflict == "last":
        return merge(list(reversed(configs)))
    if on_conflict == "error" and (problems := list(find_conflicts(configs))):
        raise ConflictError(
            f"{count(len(problems), 'name')} with more than one meaning: nothing was written",
            problems=problems,
            hint="choose with --on-conflict first, last or rename",
        )
    if on_conflict == "rename":
        assert new_name is not None
        if fields := list(_find_beside(configs, named=False)):
            raise ConflictError(
                f"{count(len(fields), 'field')} with more than one value, and one name: nothing was written",
                problems=fields,
                hint="choose with --on-conflict first or last",
            )
        configs = _renamed(configs, new_name)
    return merge(configs)


def find_conflicts(configs: Sequence[Kubeconfig]) -> Iterable[Problem]:
    """Yield a Problem for every name that two kubeconfigs give to different things."""
    for section, (kind, _) in SECTIONS.items():
        first: dict[str, Entry] = {}
        for config in configs:
            for name, entry in config.section(section).items():
                seen = first.setdefault(name, entry)
                if not same_entry(seen, entry):
                    yield Problem(
                        f"{kind} {name!r} differs from the one in {seen.origin}",
                        location=Location(entry.origin) if entry.origin else None,
                        hint="choose with --on-conflict first, last or rename",
                    )

    yield from _find_beside(configs)


def _find_beside(configs: Sequence[Kubeconfig], *, named: bool = True) -> Iterator[Problem]:
    """Yield a Problem for what differs beside the entries; without `named`, for what cannot have another name."""
    first: dict[tuple[str, str], tuple[object, str]] = {}
    for config in configs:
        for (where, name), value in beside_entries(config).items():
            seen, there = first.setdefault((where, name), (value, config.origin))
            if not same(seen, value) and (named or not where.endswith("extension")):
                yield Problem(
                    f"{where} {name!r} differs from the one in {there}",
                    location=Location(config.origin) if config.origin else None,
                    hint=f"choose with --on-conflict first{', last or rename' if named else ' or last'}",
                )


def beside_entries(config: Kubeconfig) -> dict[tuple[str, str], object]:
    """Return what a kubeconfig says beside its entries, by what it is and its name.

    Without current-context, and without `colors`: it is true if any file says so, and false says nothing.
    """
    preferences = config.preferences
    return {
        **{("extension", each["name"]): _said(each) for each in config.extensions},
        **{("preferences extension", each["name"]): _said(each) for each in _extensions_of(preferences)},
        **{("preference", key): each for key, each in preferences.items() if key not in ("colors", "extensions")},
        **{("field", key): each for key, each in config.unknown.items()},
    }


def _said(extension: Body) -> Body:
    return {key: value for key, value in extension.items() if key != "name"}


def _extensions_of(preferences: Body) -> list[Body]:
    return preferences.get("extensions") or []


def same_entry(one: Entry, other: Entry) -> bool:
    """Return whether two entries mean the same: an absent field is an empty one."""
    if one.text is not None and other.text is not None and bytes(one.text) == bytes(other.text):
        return True
    return one is other or (_filled(one.body) == _filled(other.body) and one.beside == other.beside)


def _filled(body: Body) -> Body:
    return {field: value for field, value in body.items() if value not in ("", None, False, [], {})}


def _renamed(configs: Sequence[Kubeconfig], new_name: Callable[[str, int], str]) -> list[Kubeconfig]:
    """Return the configs with every conflicting later entry under a new name of its own."""
    result: list[Kubeconfig] = []
    taken: dict[str, dict[str, Entry]] = {section: {} for section in SECTIONS}
    beside: dict[tuple[str, str], object] = {}
    for index, original in enumerate(configs):
        config = original.copy()
        for section in ("clusters", "users", "contexts"):  # contexts last: their references have moved by then
            _rename_conflicts(config, section, taken[section], lambda name, at=index: new_name(name, at))  # type: ignore[misc]
            taken[section] |= config.section(section)
        _rename_extensions(config, beside, lambda name, at=index: new_name(name, at))  # type: ignore[misc]
        beside |= beside_entries(config)
        result.append(config)
    return result


def _rename_extensions(
    config: Kubeconfig, taken: dict[tuple[str, str], object], new_name: Callable[[str], str]
) -> None:
    from itertools import chain
    from itertools import count as numbers

    own = beside_entries(config)

    def renamed(where: str, each: Body) -> Body:
        old, value = each["name"], own[where, each["name"]]
        new = new_name(old)
        names = chain([old, new], (f"{new}-{number}" for number in numbers(2)))
        known = ((name, taken.get((where, name), value), own.get((where, name), value)) for name in names)
        return {**each, "name": next(name for name, *others in known if all(same(value, other) for other in others))}

    config.extensions = [renamed("extension", each) for each in config.extensions]
    if found := _extensions_of(config.preferences):
        config.preferences["extensions"] = [renamed("preferences extension", each) for each in found]


def _rename_conflicts(
    config: Kubeconfig, section: str, taken: dict[str, Entry], new_name: Callable[[str], str]
) -> None:
    entries = config.section(section)
    for name in [name for name, entry in entries.items() if name in taken and not same_entry(taken[name], entry)]:
        rename(config, section, name, free_name(new_name(name), {*taken, *entries}, entries[name], taken))


def free_name(wanted: str, used: set[str], entry: Entry, taken: dict[str, Entry]) -> str:
    """Return the wanted name, or the first of NAME-2, NAME-3 … that is free or already means this entry."""
    name, number = wanted, 2
    while name in used and not (name in taken and same_entry(taken[name], entry)):
        name, number = f"{wanted}-{number}", number + 1
    return name


def rename(config: Kubeconfig, section: str, old: str, new: str) -> None:
    """Rename an entry of one kubeconfig; contexts and current-context that refer to it follow."""
    entries = config.section(section)
    renamed = {new if name == old else name: entry for name, entry in entries.items()}
    entry = renamed[new].copy()
    entry.name = new
    renamed[new] = entry
    setattr(config, section, renamed)
    if section == "contexts":
        config.current_context = new if config.current_context == old else config.current_context
        return
    field = SECTIONS[section][0]
    for context in config.contexts.values():
        if context.get(field) == old:
            context.body = {**context.body, field: new}


def _merge_preferences(first: Body, second: Body) -> Body:
    merged: Body = {**second, **first}
    if first.get("colors") or second.get("colors"):
        merged["colors"] = True
    if "extensions" in merged:
        merged["extensions"] = _merge_extensions(_extensions_of(first), _extensions_of(second))
    return merged


def _merge_extensions(first: list[Body], second: list[Body]) -> list[Body]:
    names = {each["name"] for each in first}
    return [*first, *(each for each in second if each["name"] not in names)]
