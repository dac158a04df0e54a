"""A file system in memory, with what a disk really holds of it: `lose_power` keeps what was synced, and of the rest
what chance keeps.

Every call of the system below `/sim` is a step: the processes change places there, and a fault may come. `installed`
puts it in the place of the functions of `os`, `fcntl`, `time` and of `open`, for the processes of the scheduler only.
"""

import builtins
import errno
import fcntl
import io
import os
import shutil
import stat
import tempfile
import time
from contextlib import contextmanager

from schedule import Killed

TOP = "/sim"
FIRST = 1_000_000  # file descriptors from here on are of this file system
EFFECTS = frozenset(
    ("write", "pwrite", "fsync", "fchmod", "chmod", "link", "symlink", "rename", "unlink", "mkdir", "rmdir")
)
_TMPFILE = os.O_TMPFILE & ~os.O_DIRECTORY


class Node:
    """An inode: `data` as programs see it, `durable` as the disk has it; of a folder, names to nodes."""

    def __init__(self, ino, mode, now, by=None):
        self.ino, self.mode, self.mtime, self.by = ino, mode, now, by
        self.links = 0
        self.data, self.durable = bytearray(), b""
        self.entries, self.kept, self.log = {}, {}, []
        self.target, self.is_unnamed = "", False

    def is_folder(self):
        return stat.S_ISDIR(self.mode)


class Open:
    """An open file description."""

    def __init__(self, node, flags, path, by):
        self.node, self.flags, self.path, self.at, self.by = node, flags, path, 0, by


def fail(number):
    raise OSError(number, os.strerror(number))


class Fs:
    """The file system. `scheduler` is asked at every step, `watch` told of what changes."""

    def __init__(self, rng, clock, scheduler, *, has_unnamed=True, has_links=True):
        self.rng, self.clock, self.scheduler = rng, clock, scheduler
        self.has_unnamed, self.has_links = has_unnamed, has_links
        self.boot, self._ino, self._fd = 1, 10, FIRST
        self.root = self._node(stat.S_IFDIR | 0o755)
        self.flocks = {}  # inode → the open file that has it
        self.trace, self.faults, self.watch, self.pids = [], [], None, {1}
        self.opened = {}  # where nobody schedules

    # -- what a run does to it

    def put(self, path, data, mode=0o600, *, age=0.0):
        """Lay a file there, synced, with all of its folders."""
        node = self.root
        *folders, name = path.strip("/").split("/")
        for each in folders:
            if each not in node.entries:
                node.entries[each] = self._node(stat.S_IFDIR | 0o755)
            node.kept[each] = node = node.entries[each]
        if name in node.entries:
            node.entries[name].links -= 1
        made = node.entries[name] = node.kept[name] = self._node(stat.S_IFREG | mode)
        made.links, made.data, made.durable = 1, bytearray(data), bytes(data)
        made.mtime -= age

    def get(self, path):
        """Return a file's bytes; None where there is none."""
        found = self._walk(path)
        return bytes(found.data) if found is not None and not found.is_folder() else None

    def files(self, top=TOP):
        """Return the paths of all files."""
        found, rest = [], [(top, self._walk(top))]
        while rest:
            path, node = rest.pop()
            for name, each in sorted(node.entries.items()):
                rest.append((f"{path}/{name}", each)) if each.is_folder() else found.append(f"{path}/{name}")
        return sorted(found)

    def _walk(self, path):
        node = self.root
        for each in path.strip("/").split("/"):
            node = node.entries.get(each) if node is not None and node.is_folder() else None
        return node

    def bury(self, process):
        """The process ended: its files are closed."""
        process.is_alive = False
        for each in process.files.values():
            self._release(each)
        process.files = {}
        self.pids.discard(process.pid)

    def lose_power(self):
        """Every process is gone, and so is what no disk has; of what was on its way, chance keeps a part."""
        for each in self.scheduler.processes:
            self.bury(each)
        self.boot += 1
        self.flocks.clear()
        names = self.rng.choice(("none", "all", "some"))
        data = self.rng.choice(("old", "old", "zeros", "all"))
        self.trace.append(f"     power is lost: of names not synced {names} stay, of data {data}")
        self._rebuild(self.root, names, data, set())

    def _rebuild(self, folder, names, data, seen):
        part = self.rng.randint(0, len(folder.log))
        stays = {"none": 0, "all": len(folder.log), "some": self.rng.choice((0, len(folder.log), part))}[names]
        entries = dict(folder.kept)
        for operation in folder.log[:stays]:
            for name, node in operation:
                entries.pop(name, None) if node is None else entries.__setitem__(name, node)
        folder.entries, folder.kept, folder.log = entries, dict(entries), []
        for node in entries.values():
            if id(node) in seen:
                node.links += 1
                continue
            seen.add(id(node))
            node.links = 1
            if node.is_folder():
                self._rebuild(node, names, data, seen)
            elif node.data != node.durable:
                if data == "zeros":
                    node.durable = bytes(len(node.data))
                node.data = bytearray(node.data if data == "all" else node.durable)
                node.durable = bytes(node.data)

    # -- steps

    def step(self, call, path=""):
        """A process is about to call the system."""
        me = self.scheduler.current() if self.scheduler else None
        if me is None:
            return
        if not me.is_alive:
            raise Killed
        if len(self.scheduler.processes) > 1 or call in EFFECTS or call == "make":
            self.scheduler.pause()
        self.trace.append(f"{len(self.trace):4} {me.pid} {me.name}: {call} {path}")
        if call in EFFECTS or call == "make":
            me.effects += 1
            me.calls[call] += 1
            for fault in self.faults:
                fault(self, me, call, path)

    # -- paths

    def _node(self, mode):
        self._ino += 1
        me = self.scheduler.current() if self.scheduler else None
        return Node(self._ino, mode, self.clock.time(), me)

    def _find(self, path, *, follow=True, depth=0):
        """Return (folder, name, node or None). Raises OSError."""
        if depth > 40:
            fail(errno.ELOOP)
        if path == "":
            fail(errno.ENOENT)
        path = path if path.startswith("/") else f"{TOP}/place/{path}"
        steps = [each for each in path.split("/") if each not in ("", ".")]
        must_be_folder = path.endswith(("/", "/."))
        stack = [(self.root, "", self.root)]
        for at, name in enumerate(steps):
            folder = stack[-1][2]
            if folder is None:
                fail(errno.ENOENT)
            if not folder.is_folder():
                fail(errno.ENOTDIR)
            if name == "..":
                stack = stack[:-1] or stack
                continue
            if len(os.fsencode(name)) > 255:
                fail(errno.ENAMETOOLONG)
            node = folder.entries.get(name)
            last = at == len(steps) - 1
            if node is not None and stat.S_ISLNK(node.mode) and (not last or follow or must_be_folder):
                above = "".join(f"/{each[1]}" for each in stack[1:])
                led = node.target if node.target.startswith("/") else f"{above}/{node.target}"
                rest = "/".join(steps[at + 1 :])
                return self._find(f"{led}/{rest}" if rest else led, follow=follow, depth=depth + 1)
            stack.append((folder, name, node))
        found = stack[-1]
        if must_be_folder and found[2] is not None and not found[2].is_folder():
            fail(errno.ENOTDIR)
        return found

    def _there(self, path, *, follow=True):
        if isinstance(path, int):
            return self._opened(path).node
        node = self._find(path, follow=follow)[2]
        if node is None:
            fail(errno.ENOENT)
        return node

    def _table(self):
        me = self.scheduler.current() if self.scheduler else None
        return self.opened if me is None else me.files

    def _opened(self, handle):
        found = self._table().get(handle)
        if found is None:
            fail(errno.EBADF)
        return found

    def _log(self, folder, *operation):
        for name, node in operation:
            folder.entries.pop(name, None) if node is None else folder.entries.__setitem__(name, node)
        folder.log.append(operation)
        folder.mtime = self.clock.time()

    def tell(self, event, path, node, **more):
        if self.watch is not None and self.scheduler.current() is not None:
            self.watch(event, self.scheduler.current(), path, node, **more)

    # -- calls

    def open(self, path, flags, mode=0o777, *, dir_fd=None):
        makes = bool(flags & (os.O_CREAT | os.O_TRUNC | _TMPFILE))
        self.step("make" if makes else "open", path)
        writes = flags & os.O_ACCMODE != os.O_RDONLY
        if flags & _TMPFILE:
            if not self._there(path).is_folder():
                fail(errno.ENOTDIR)
            if not self.has_unnamed:
                fail(errno.EOPNOTSUPP)
            node = self._node(stat.S_IFREG | (mode & ~0o022))
            node.is_unnamed = True
            return self._give(node, flags, path)
        follow = not flags & os.O_NOFOLLOW and not (flags & os.O_CREAT and flags & os.O_EXCL)
        folder, name, node = self._find(path, follow=follow)
        if node is None:
            if not flags & os.O_CREAT:
                fail(errno.ENOENT)
            if path.endswith("/"):
                fail(errno.EISDIR)
            node = self._node(stat.S_IFREG | (mode & ~0o022))
            node.links = 1
            self._log(folder, (name, node))
            self.tell("make", path, node)
        elif flags & os.O_CREAT and flags & os.O_EXCL:
            fail(errno.EEXIST)
        elif stat.S_ISLNK(node.mode):
            fail(errno.ELOOP)
        elif node.is_folder() and (writes or flags & os.O_CREAT):
            fail(errno.EISDIR)
        elif flags & os.O_DIRECTORY and not node.is_folder():
            fail(errno.ENOTDIR)
        if flags & os.O_TRUNC and not node.is_folder():
            node.data = bytearray()
            node.mtime = self.clock.time()
            self.tell("write", path, node)
        return self._give(node, flags, path)

    def _give(self, node, flags, path):
        self._fd += 1
        me = self.scheduler.current() if self.scheduler else None
        self._table()[self._fd] = Open(node, flags, path, me)
        return self._fd

    def close(self, handle):
        found = self._opened(handle)
        self.step("close", found.path)
        self._release(self._table().pop(handle))

    def _release(self, found):
        if self.flocks.get(found.node.ino) is found:
            del self.flocks[found.node.ino]

    def read(self, handle, size):
        found = self._opened(handle)
        self.step("read", found.path)
        part = self._read(found, size, found.at)
        found.at += len(part)
        return part

    def pread(self, handle, size, at):
        return self._read(self._opened(handle), size, at)

    def _read(self, found, size, at):
        if found.node.is_folder():
            fail(errno.EISDIR)
        if found.flags & os.O_ACCMODE == os.O_WRONLY:
            fail(errno.EBADF)
        return bytes(found.node.data[at : at + size])

    def write(self, handle, data):
        found = self._opened(handle)
        self.step("write", found.path)
        at = len(found.node.data) if found.flags & os.O_APPEND else found.at
        done = self._write(found, bytes(data), at)
        found.at = at + done
        return done

    def pwrite(self, handle, data, at):
        found = self._opened(handle)
        self.step("pwrite", found.path)
        # On Linux what is opened to append is appended to, wherever one writes.
        return self._write(found, bytes(data), len(found.node.data) if found.flags & os.O_APPEND else at)

    def _write(self, found, data, at):
        if found.flags & os.O_ACCMODE == os.O_RDONLY:
            fail(errno.EBADF)
        node = found.node
        if at > len(node.data) and data:
            node.data += bytes(at - len(node.data))
        node.data[at : at + len(data)] = data
        node.mtime = self.clock.time()
        self.tell("write", found.path, node)
        return len(data)

    def lseek(self, handle, offset, how):
        found = self._opened(handle)
        found.at = offset + {0: 0, 1: found.at, 2: len(found.node.data)}[how]
        return found.at

    def ftruncate(self, handle, size):
        found = self._opened(handle)
        self.step("write", found.path)
        if found.node.is_folder() or found.flags & os.O_ACCMODE == os.O_RDONLY:
            fail(errno.EINVAL)
        found.node.data = found.node.data[:size] + bytes(max(size - len(found.node.data), 0))

    def fsync(self, handle):
        found = self._opened(handle)
        self.step("fsync", found.path)
        node = found.node
        node.durable = bytes(node.data)
        node.kept, node.log = dict(node.entries), []

    def fchmod(self, handle, mode):
        found = self._opened(handle)
        self.step("fchmod", found.path)
        found.node.mode = stat.S_IFMT(found.node.mode) | mode
        self.tell("write", found.path, found.node)

    def chmod(self, path, mode, *, follow_symlinks=True):
        self.step("chmod", path)
        node = self._there(path, follow=follow_symlinks)
        node.mode = stat.S_IFMT(node.mode) | mode
        self.tell("write", path, node)

    def utime(self, path, times=None, *, ns=None):
        node = self._there(path)
        node.mtime = ns[1] / 1e9 if ns else times[1] if times else self.clock.time()

    def stat(self, path, *, dir_fd=None, follow_symlinks=True):
        if not isinstance(path, int):
            self.step("stat" if follow_symlinks else "lstat", path)
        node = self._there(path, follow=follow_symlinks)
        links = node.links if not node.is_folder() else 2 + sum(each.is_folder() for each in node.entries.values())
        size = len(node.target) if stat.S_ISLNK(node.mode) else len(node.data)
        moment = int(node.mtime)
        exact = {f"st_{each}time": node.mtime for each in "amc"}
        exact |= {f"st_{each}time_ns": int(node.mtime * 1e9) for each in "amc"}
        plain = (node.mode, node.ino, 7, links, os.geteuid(), os.getegid(), size, moment, moment, moment)
        return os.stat_result(plain, exact)

    def lstat(self, path, *, dir_fd=None):
        return self.stat(path, follow_symlinks=False)

    def fstat(self, handle):
        return self.stat(handle)

    def access(self, path, mode, **_):
        try:
            self._there(path)
        except OSError:
            return False
        return True

    def readlink(self, path, *, dir_fd=None):
        node = self._there(path, follow=False)
        if not stat.S_ISLNK(node.mode):
            fail(errno.EINVAL)
        return node.target

    def symlink(self, target, path, *_, **__):
        self.step("symlink", path)
        folder, name, node = self._find(path, follow=False)
        if node is not None:
            fail(errno.EEXIST)
        made = self._node(stat.S_IFLNK | 0o777)
        made.target, made.links = os.fspath(target), 1
        self._log(folder, (name, made))

    def link(self, source, path, *, src_dir_fd=None, dst_dir_fd=None, follow_symlinks=True):
        self.step("link", path)
        if source.startswith("/proc/self/fd/"):
            node = self._opened(int(source.rpartition("/")[2])).node
        else:
            if not self.has_links:
                fail(errno.EPERM)
            node = self._there(source, follow=follow_symlinks)
        folder, name, there = self._find(path, follow=False)
        if there is not None:
            fail(errno.EEXIST)
        if node.is_folder():
            fail(errno.EPERM)
        if not node.links and not node.is_unnamed:
            fail(errno.ENOENT)
        node.links += 1
        node.is_unnamed = False
        self._log(folder, (name, node))
        self.tell("make", path, node)

    def rename(self, source, target, **_):
        self.step("rename", f"{source} {target}")
        folder, name, node = self._find(source, follow=False)
        into, new, there = self._find(target, follow=False)
        if node is None:
            fail(errno.ENOENT)
        if node is there:
            return
        if there is not None:
            if node.is_folder() and not there.is_folder():
                fail(errno.ENOTDIR)
            if there.is_folder() and not node.is_folder():
                fail(errno.EISDIR)
            if there.is_folder() and there.entries:
                fail(errno.ENOTEMPTY)
        if node.is_folder() and self._is_within(into, node):
            fail(errno.EINVAL)
        self.tell("replace", target, there, source=source, new=node)
        if there is not None:
            there.links -= 1
        if folder is into:
            self._log(folder, (name, None), (new, node))
        else:
            self._log(folder, (name, None))
            self._log(into, (new, node))

    replace = rename

    def _is_within(self, folder, top):
        return folder is top or any(self._is_within(folder, each) for each in top.entries.values() if each.is_folder())

    def unlink(self, path, *, dir_fd=None):
        self.step("unlink", path)
        folder, name, node = self._find(path, follow=False)
        if node is None:
            fail(errno.ENOENT)
        if node.is_folder():
            fail(errno.EISDIR)
        if path.endswith("/"):
            fail(errno.ENOTDIR)
        self.tell("unlink", path, node)
        node.links -= 1
        self._log(folder, (name, None))

    remove = unlink

    def mkdir(self, path, mode=0o777, *, dir_fd=None):
        self.step("mkdir", path)
        folder, name, node = self._find(path.rstrip("/"), follow=False)
        if node is not None:
            fail(errno.EEXIST)
        self._log(folder, (name, self._node(stat.S_IFDIR | (mode & ~0o022))))

    def rmdir(self, path, *, dir_fd=None):
        self.step("rmdir", path)
        folder, name, node = self._find(path, follow=False)
        if node is None:
            fail(errno.ENOENT)
        if not node.is_folder():
            fail(errno.ENOTDIR)
        if node.entries:
            fail(errno.ENOTEMPTY)
        self._log(folder, (name, None))

    def listdir(self, path="."):
        self.step("listdir", path)
        node = self._there(path)
        if not node.is_folder():
            fail(errno.ENOTDIR)
        return list(node.entries)

    def scandir(self, path="."):
        return Entries([Entry(self, path, each) for each in self.listdir(path)])

    def flock(self, handle, operation):
        found = self._opened(handle if isinstance(handle, int) else handle.fileno())
        self.step("flock", found.path)
        holder = self.flocks.get(found.node.ino)
        if operation & fcntl.LOCK_UN:
            self._release(found)
        elif holder is None or holder is found:
            self.flocks[found.node.ino] = found
        elif operation & fcntl.LOCK_NB:
            fail(errno.EWOULDBLOCK)
        else:
            while self.flocks.get(found.node.ino) is not None:
                self.scheduler.sleep(0.001)
            self.flocks[found.node.ino] = found

    def getxattr(self, path, name, **_):
        fail(errno.ENODATA)

    def listxattr(self, path, **_):
        return []

    def kill(self, pid, number):
        if pid not in self.pids:
            fail(errno.ESRCH)


class Entries(list):
    """What scandir returns."""

    def __enter__(self):
        return iter(self)

    def __exit__(self, *_):
        pass

    def __next__(self):
        if not self:
            raise StopIteration
        return self.pop(0)


class Entry:
    """What scandir gives."""

    def __init__(self, fs, folder, name):
        self._fs, self.name, self.path = fs, name, os.path.join(folder, name)

    def stat(self, *, follow_symlinks=True):
        return self._fs.stat(self.path, follow_symlinks=follow_symlinks)

    def is_symlink(self):
        return stat.S_ISLNK(self.stat(follow_symlinks=False).st_mode)

    def is_dir(self, *, follow_symlinks=True):
        return stat.S_ISDIR(self.stat(follow_symlinks=follow_symlinks).st_mode)

    def is_file(self, *, follow_symlinks=True):
        return stat.S_ISREG(self.stat(follow_symlinks=follow_symlinks).st_mode)

    def __fspath__(self):
        return self.path


class Raw(io.RawIOBase):
    """What `open` gives, over a descriptor."""

    def __init__(self, fs, handle, *, writes):
        self._fs, self._handle, self._writes = fs, handle, writes

    def readable(self):
        return True

    def writable(self):
        return self._writes

    def seekable(self):
        return True

    def fileno(self):
        return self._handle

    def seek(self, offset, how=0):
        return self._fs.lseek(self._handle, offset, how)

    def readinto(self, buffer):
        part = self._fs.read(self._handle, len(buffer))
        buffer[: len(part)] = part
        return len(part)

    def write(self, data):
        return self._fs.write(self._handle, bytes(data))

    def close(self):
        if not self.closed:
            super().close()
            try:
                self._fs.close(self._handle)
            except (OSError, Killed):
                pass


_BY_PATH = (
    "open", "stat", "lstat", "access", "readlink", "symlink", "link", "rename", "replace", "unlink", "remove", "mkdir",
    "rmdir", "listdir", "scandir", "chmod", "utime", "getxattr", "listxattr",
)  # fmt: skip
_BY_HANDLE = ("close", "read", "pread", "write", "pwrite", "lseek", "fsync", "fchmod", "fstat", "ftruncate")
_CHANGES = {"symlink", "link", "rename", "replace", "unlink", "remove", "mkdir", "rmdir", "chmod", "utime"}


def is_here(path):
    """Return whether a path is of this file system: below its top, or relative."""
    if isinstance(path, int):
        return path >= FIRST
    path = os.fspath(path)
    path = os.fsdecode(path) if isinstance(path, bytes) else path
    return not path.startswith("/") or path == TOP or path.startswith(f"{TOP}/")


@contextmanager
def installed(fs):  # noqa: C901, PLR0915
    """Put the file system and its clock in the place of the real ones, for the processes of its scheduler."""
    real, scheduler = {}, fs.scheduler
    me = scheduler.current

    def patch(module, name, function):
        real[module, name] = getattr(module, name)
        setattr(module, name, function)

    def by_path(name):
        call, ours = getattr(os, name), getattr(fs, name)
        second = name in ("symlink", "link", "rename", "replace")

        def called(path=".", *args, **more):
            if me() is None:
                return call(path, *args, **more)
            if not is_here(args[0] if second else path):
                assert name not in _CHANGES, f"{name} outside: {path}"
                assert name != "open" or not args[0] & (os.O_CREAT | os.O_WRONLY | os.O_RDWR) or path == os.devnull
                return call(path, *args, **more)
            if isinstance(path, int):
                return ours(path, *args, **more)
            if second and name != "symlink":
                args = (os.fspath(args[0]), *args[1:])
            try:
                return ours(os.fsdecode(path), *args, **more)
            except OSError as error:
                error.filename = os.fsdecode(path)
                raise

        return called

    def by_handle(name):
        call, ours = getattr(os, name), getattr(fs, name)
        return lambda handle, *args: (call if me() is None or handle < FIRST else ours)(handle, *args)

    def ours_or(module, name, ours):
        call = getattr(module, name)
        patch(module, name, lambda *args, **more: call(*args, **more) if me() is None else ours(*args, **more))

    real_open = builtins.open

    def open_file(path, mode="r", buffering=-1, encoding=None, errors=None, newline=None, closefd=True, opener=None):
        if me() is not None and path == "/proc/sys/kernel/random/boot_id":
            return io.BytesIO(f"boot-{fs.boot}\n".encode())
        if me() is None or not is_here(path):
            assert me() is None or "r" in mode or path == os.devnull, path
            return real_open(path, mode, buffering, encoding, errors, newline, closefd, opener)
        writes = bool(set(mode) & set("wxa+"))
        flags = os.O_RDWR if "+" in mode else os.O_WRONLY if writes else os.O_RDONLY
        flags |= {"w": os.O_CREAT | os.O_TRUNC, "x": os.O_CREAT | os.O_EXCL, "a": os.O_CREAT | os.O_APPEND}.get(
            mode.strip("bt+"), 0
        )
        handle = path if isinstance(path, int) else os.open(path, flags, 0o666)
        raw = Raw(fs, handle, writes=writes)
        buffered = (io.BufferedRandom if "+" in mode else io.BufferedWriter if writes else io.BufferedReader)(raw)
        return buffered if "b" in mode else io.TextIOWrapper(buffered, encoding or "utf-8", errors, newline)

    try:
        for name in _BY_PATH:
            patch(os, name, by_path(name))
        for name in _BY_HANDLE:
            patch(os, name, by_handle(name))
        patch(builtins, "open", open_file)
        patch(io, "open", open_file)
        ours_or(os, "getcwd", lambda: f"{TOP}/place")
        ours_or(os, "getpid", lambda: me().pid)
        ours_or(os, "kill", fs.kill)
        ours_or(os, "urandom", fs.rng.randbytes)
        ours_or(fcntl, "flock", fs.flock)
        ours_or(time, "time", fs.clock.time)
        ours_or(time, "monotonic", fs.clock.monotonic)
        ours_or(time, "sleep", scheduler.sleep)
        real[shutil, "_use_fd_functions"], shutil._use_fd_functions = shutil._use_fd_functions, False
        real[tempfile, "_name_sequence"] = tempfile._name_sequence
        tempfile._name_sequence = iter(lambda: fs.rng.randbytes(4).hex(), None)
        yield
    finally:
        for (module, name), each in real.items():
            setattr(module, name, each)
