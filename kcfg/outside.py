"""What other packages add to kcfg: entry points of packages that are installed, never of a folder that one works in.

An installed package is code of the user's own environment. `python -m kcfg` puts the working folder on `sys.path`: only
the folders of installed packages are searched. And only for a name that kcfg does not have, or for a list: a name of
kcfg's own stays kcfg's. `importlib.metadata` is loaded where a package is there that adds something of the kind.
"""

import os
from os import sep

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from importlib.metadata import EntryPoint
    from types import ModuleType

STORES, TARGETS, RULES = "kcfg.stores", "kcfg.targets", "kcfg.rules"
_METADATA = (".dist-info", ".egg-info")


def find_names(group: str) -> "dict[str, EntryPoint]":
    """Return what installed packages have in a group, by name; a name that two of them have is the first one's."""
    found: dict[str, EntryPoint] = {}
    for each in _points(group):
        found.setdefault(each.name, each)
    return found


def _points(group: str) -> "Iterator[EntryPoint]":
    for folder in _naming(group):
        from importlib.metadata import Distribution

        try:
            points = list(Distribution.at(folder).entry_points)
        except Exception:  # noqa: S112  # metadata that cannot be read add nothing, and hide nothing of the others
            continue
        yield from (each for each in points if each.group == group)


def load_module(group: str, name: str, *, needs: "Sequence[str]" = ()) -> "ModuleType | None":
    """Return the module that an installed package has under a name; None where there is none.

    Raises ImportError for one that cannot be imported, for whatever reason, that would come from elsewhere than its
    package, or that lacks one of the names it `needs`.
    """
    point = find_names(group).get(name)
    return _load(point, needs) if point else None


def load_modules(group: str, *, needs: "Sequence[str]" = ()) -> "Iterator[tuple[str, ModuleType]]":
    """Yield every module that installed packages have in a group, with its name. Raises ImportError as above."""
    for point in _points(group):
        try:
            yield point.name, _load(point, needs)
        except ImportError as error:
            raise ImportError(f"{point.name}: {error}") from None


def _load(point: "EntryPoint", needs: "Sequence[str]") -> "ModuleType":
    from importlib import import_module
    from importlib.util import find_spec
    from os.path import realpath

    try:
        top = point.module.partition(".")[0]
        spec = find_spec(top)  # runs nothing yet: a module of that name in the working folder stays unread
        files = [spec.origin or "", *(spec.submodule_search_locations or ())] if spec else []
        if not any(realpath(each).startswith(realpath(place) + sep) for each in files for place in _places()):
            raise ImportError(f"{top!r} is not where packages are installed")
        module = import_module(point.module)
    except ImportError:
        raise
    except (Exception, SystemExit) as error:  # a package may do anything when it is imported
        raise ImportError(failure(error)) from None
    if missing := next((each for each in needs if not hasattr(module, each)), None):
        raise ImportError(f"{point.module} has no {missing}")
    return module


def failure(error: BaseException) -> str:
    """Return what an exception of another package's code was, and where; never its words: they may quote a secret."""
    at = error.__traceback__
    while at is not None and at.tb_next is not None:
        at = at.tb_next
    where = f" at {os.path.basename(at.tb_frame.f_code.co_filename)}:{at.tb_lineno}" if at else ""
    return f"{type(error).__name__}{where}"


def _naming(group: str) -> "Iterator[str]":
    """Yield the metadata folders of packages whose entry points name a group."""
    from pathlib import Path

    wanted = f"[{group}]".encode()
    for place in _places():
        try:
            names = sorted(each for each in os.listdir(place) if each.endswith(_METADATA))
        except OSError:
            continue
        for name in names:
            try:
                text = Path(place, name, "entry_points.txt").read_bytes()
            except OSError:  # most packages have none
                continue
            if wanted in text:
                yield os.path.join(place, name)


def _places() -> list[str]:
    """Return the folders that packages are installed in."""
    import site
    from sysconfig import get_paths

    paths = get_paths()
    own = [site.getusersitepackages()] if site.ENABLE_USER_SITE else []
    return list(dict.fromkeys((paths["purelib"], paths["platlib"], *site.getsitepackages(), *own)))
