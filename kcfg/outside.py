"""What other packages add to kcfg: entry points of packages that are installed, never of a folder that one works in.

An installed package is code of the user's own environment. `python -m kcfg` puts the working folder on `sys.path`: only
the folders of installed packages are searched. And only for a name that kcfg does not have: the metadata of every
package is read.
"""

from os import sep

TYPE_CHECKING = False
if TYPE_CHECKING:
    from importlib.metadata import EntryPoint
    from types import ModuleType

STORES = "kcfg.stores"


def find_names(group: str) -> "dict[str, EntryPoint]":
    """Return what installed packages have in a group, by name; a name that two of them have is the first one's."""
    from importlib.metadata import distributions

    found: dict[str, EntryPoint] = {}
    for package in distributions(path=_places()):
        for each in package.entry_points:
            if each.group == group:
                found.setdefault(each.name, each)
    return found


def load_module(group: str, name: str) -> "ModuleType | None":
    """Return the module that an installed package has under a name; None where there is none.

    Raises ImportError for one that cannot be imported, or that would come from elsewhere than its package.
    """
    from importlib import import_module
    from importlib.util import find_spec
    from os.path import realpath

    point = find_names(group).get(name)
    if point is None:
        return None
    top = point.module.partition(".")[0]
    spec = find_spec(top)  # runs nothing yet: a module of that name in the working folder stays unread
    files = [spec.origin or "", *(spec.submodule_search_locations or ())] if spec else []
    if not any(realpath(each).startswith(realpath(place) + sep) for each in files for place in _places()):
        raise ImportError(f"{top!r} is not where packages are installed")
    return import_module(point.module)


def _places() -> list[str]:
    """Return the folders that packages are installed in."""
    import site
    from sysconfig import get_paths

    paths = get_paths()
    own = [site.getusersitepackages()] if site.ENABLE_USER_SITE else []
    return list(dict.fromkeys((paths["purelib"], paths["platlib"], *site.getsitepackages(), *own)))
