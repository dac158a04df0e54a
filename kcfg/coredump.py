"""Core dumps: off from the start of every command, since whatever reads a kubeconfig or a spec may hold a secret."""

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    Limit = tuple[int, int]

_users: "list[Limit]" = []


def forbid_core_dumps() -> None:
    """Keep this process's memory out of core dumps."""
    try:
        from resource import RLIMIT_CORE, getrlimit, setrlimit
    except ImportError:
        return
    limit = getrlimit(RLIMIT_CORE)
    # 1, not 0: Linux hands a dump to a piped handler whatever the limit, unless it is 1.
    ours = (1 if sys.platform == "linux" and limit[1] != 0 else 0, limit[1])
    if limit != ours:
        _users[:] = [limit]
    if limit[1] != 0:
        setrlimit(RLIMIT_CORE, ours)


def forbid_reading() -> None:
    """Keep the user's other processes out of this one's memory, environment and open files, where the system can."""
    if sys.platform != "linux":
        return
    import ctypes

    set_dumpable = 4  # PR_SET_DUMPABLE of prctl(2): /proc/PID is root's then
    ctypes.CDLL(None, use_errno=True).prctl(set_dumpable, 0, 0, 0, 0)


def users_limit() -> "Limit | None":
    """Return the limit of core dumps that programs get which the user runs through kcfg; None: as it is."""
    return _users[0] if _users else None
