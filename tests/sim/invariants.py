"""What holds at every step, and what holds once the next kcfg has been there."""

import re
import stat

from fs import TOP

SECRET = b"fake-secret-"
LITTER = re.compile(r"\.lock$|\.kcfg-|/journal/.*\.json$")


class Watch:
    """Told of every change while it is made; what must not be is kept in `wrong`.

    A secret never stands in a file that others may read. A lock goes by the hand of whoever made it, or when that one
    is gone. A kcfg replaces a file while its own lock stands beside it.
    """

    def __init__(self, fs, guarded):
        self.fs, self.guarded, self.wrong = fs, set(guarded), []

    def __call__(self, event, me, path, node, source="", new=None):
        path = path if path.startswith("/") else f"{TOP}/place/{path}"
        if event in ("make", "write") and stat.S_ISREG(node.mode) and node.mode & 0o077 and SECRET in node.data:
            self.wrong.append(f"{me.name}: a secret that others may read: {path} {stat.S_IMODE(node.mode):o}")
        if event == "unlink" and path.endswith(".lock") and node.by is not None and node.by is not me:
            holder = self.fs.flocks.get(node.ino)
            # A kcfg has its lock from the flock on: until then it may find another one where it made its own.
            held = holder is not None and holder.by is node.by if node.by.is_kcfg else True
            if node.by.is_alive and held and not me.is_rude:
                self.wrong.append(f"{me.name} removed the lock of {node.by.name}: {path}")
        if event == "replace" and path in self.guarded and me.is_kcfg:
            lock = self.fs._walk(f"{path}.lock")
            if lock is None or lock.by is not me:
                whose = "nobody" if lock is None else lock.by and lock.by.name
                self.wrong.append(f"{me.name} replaced {path} under the lock of {whose}")


def litter(fs, left=LITTER):
    """Return what should not be there when nobody runs."""
    return [path for path in fs.files() if left.search(path)]


def torn(fs):
    """Return files that hold what nobody wrote: a part, zeros, nothing."""
    found = {path: fs.get(path) for path in fs.files() if not LITTER.search(path)}
    return [path for path, data in found.items() if not data or b"\0" in data]
