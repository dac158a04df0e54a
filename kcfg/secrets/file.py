"""Secrets in files: DIRECTORY/KEY, readable by nobody else, never through a symbolic link."""

import os
import stat

from kcfg.errors import FileError, SecretError, SecretNotFound
from kcfg.files import make_folders, write_atomic
from kcfg.secrets.secret import MAX_BYTES, Secret, check_value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from kcfg.secrets.ref import SecretRef
    from kcfg.secrets.stores import Lead, Setting, Settings

ABOUT = "Secrets in files of one directory, one per key, mode 0600."
NOUN = "file"
SETTINGS: "tuple[Setting, ...]" = (
    {"name": "directory", "kind": "folder", "about": "Holds one file per key, mode 0600.", "needed": True},
)
WRITABLE = True
RECORDED = False
FORMS = (("--file",),)
_FLAGS = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)


def open(settings: "Settings") -> "FileStore":  # noqa: A001
    """Return the store of a `file` declaration."""
    directory = settings.declaration["file"]["directory"]
    return FileStore(os.path.join(settings.directory, os.path.expanduser(directory)))


def place(ref: "SecretRef", spec_name: str, settings: "Mapping[str, Any]") -> list[str]:
    """Return the argument that names the file."""
    return ["--file", f"{settings['directory']}/{ref.key}"]


def read_at(options: "Mapping[str, str]", environ: "Mapping[str, str]") -> Secret:
    """Return the content of the file that is named."""
    return read_secret_file(options["--file"])


def key_at(value: str, spec_name: str, settings: "Mapping[str, Any]") -> str:
    """Return the rest of the path below the directory."""
    return value.removeprefix(f"{settings['directory']}/")


def settings_at(value: str, likely: "Sequence[str]") -> "dict[str, Any] | None":
    """Return the directory above a likely key, else the file's own; None for a relative path."""
    if not os.path.isabs(value):
        return None
    ends = next((f"/{key}" for key in likely if value.endswith(f"/{key}")), "")
    return {"directory": value.removesuffix(ends) if ends else os.path.dirname(value)}


def lead(ref: "SecretRef", spec_name: str, settings: "Mapping[str, Any]") -> "Lead":
    """Return the file."""
    from kcfg.secrets.stores import Lead

    path = os.path.realpath(os.path.join(settings["directory"], ref.key))
    return Lead("file", path, what=path, shown=f"the file {path}")


def is_there(ref: "SecretRef", settings: "Mapping[str, Any]") -> bool:
    """Return whether there is such a file."""
    return os.path.isfile(os.path.join(settings["directory"], ref.key))


def new_settings(spec_name: str) -> "dict[str, Any]":
    """Return a folder outside of every work tree: nobody commits it by accident."""
    return {"directory": f"~/.local/share/kcfg/{spec_name}"}


def backend() -> str:
    """Return `file`."""
    return "file"


def read_secret_file(path: str) -> Secret:
    """Return a file's secret, without its one final newline. Raises SecretNotFound, SecretError."""
    try:
        handle = os.open(path, _FLAGS)
    except (FileNotFoundError, NotADirectoryError):
        raise SecretNotFound(f"{path}: no such file", hint="write it with mode 0600") from None
    except OSError as error:
        if os.path.islink(path):
            raise SecretError(f"{path}: is a symbolic link", hint="put the file itself there") from None
        raise SecretError(f"{path}: {(error.strerror or 'unreadable').lower()}") from None
    try:
        _require_private(path, os.fstat(handle))
        raw = _read(handle)
    except OSError as error:
        raise SecretError(f"{path}: {(error.strerror or 'unreadable').lower()}") from None
    finally:
        os.close(handle)
    raw = raw.removesuffix(b"\n").removesuffix(b"\r")
    if len(raw) > MAX_BYTES:
        raise SecretError(f"{path}: larger than {MAX_BYTES >> 10} KiB")
    try:
        return Secret(raw.decode())
    except UnicodeDecodeError:
        # The exception holds the bytes: ours is raised outside, so that nothing refers to it.
        pass
    raise SecretError(f"{path}: not UTF-8 text")


def _require_private(path: str, found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise SecretError(f"{path}: not a regular file")
    if os.name != "posix":
        return
    if found.st_mode & 0o077:
        raise SecretError(f"{path}: others may read it (mode {stat.S_IMODE(found.st_mode):04o})", hint="chmod 600")
    if found.st_uid not in (os.getuid(), 0):
        raise SecretError(f"{path}: belongs to another user", hint="chown it to yourself")


def _read(handle: int) -> bytes:
    raw = b""
    # Three bytes more than a secret may have: its final CR LF, and one that shows it is too long.
    while part := os.read(handle, MAX_BYTES + 3 - len(raw)):
        raw += part
    return raw


class FileStore:
    """Files below one directory."""

    def __init__(self, directory: str) -> None:
        self._directory = directory

    def path(self, ref: "SecretRef") -> str:
        """Return the file of a reference."""
        return os.path.join(self._directory, ref.key)

    def read(self, ref: "SecretRef") -> Secret:
        """Return the file's content."""
        return read_secret_file(self.path(ref))

    def write(self, ref: "SecretRef", secret: Secret) -> None:
        """Write the file with mode 0600 from its first byte. Raises SecretError; never writes through a link."""
        from kcfg.temporaries import alone

        check_value(secret)
        path = self.path(ref)
        value = secret.reveal()
        # `read` drops one final newline, as editors add one: a value that has its own gets another.
        ending = {"\n": "\n", "\r": "\r\n"}.get(value[-1], "")
        try:
            self._make_folders(path)
            with alone(os.path.dirname(path)):  # between two writers of one, neither would read back its own
                write_atomic(path, (value + ending).encode(), secret=True)
                if self.read(ref).reveal() != value:
                    raise SecretError(f"{path}: does not read back as it was written", hint="try again")
        except FileError as error:
            raise SecretError(f"{path}: {error.message}", hint=error.hint) from None

    def delete(self, ref: "SecretRef") -> None:
        """Remove the file. Raises SecretNotFound when there is none."""
        from kcfg.temporaries import alone, sweep

        path = self.path(ref)
        try:
            with alone(os.path.dirname(path)):
                sweep(path)
                os.unlink(path)
        except (FileNotFoundError, NotADirectoryError):
            raise SecretNotFound(f"{path}: no such file") from None
        except OSError as error:
            raise SecretError(f"{path}: {(error.strerror or 'cannot be removed').lower()}") from None

    def describe(self, ref: "SecretRef") -> str:
        """Name the file."""
        return f"file {self.path(ref)}"

    def _make_folders(self, path: str) -> None:
        """Make the folders down to a file, 0700; refuse one that is a link or that others may write."""
        try:
            if not os.path.isdir(self._directory):
                make_folders(self._directory, 0o700)
            folder = self._directory
            _require_own_folder(folder)
            for segment in os.path.relpath(os.path.dirname(path), self._directory).split(os.sep):
                folder = os.path.join(folder, segment)
                if not os.path.lexists(folder):
                    make_folders(folder, 0o700)
                elif os.path.islink(folder):
                    raise SecretError(f"{folder}: is a symbolic link", hint="make it a folder")
                _require_own_folder(folder)
        except OSError as error:
            raise SecretError(f"{path}: {(error.strerror or 'its folder cannot be made').lower()}") from None
        if os.path.islink(path):
            raise SecretError(f"{path}: is a symbolic link", hint="put the file itself there")


def _require_own_folder(folder: str) -> None:
    found = os.stat(folder)
    if os.name == "posix" and found.st_mode & 0o022 and not found.st_mode & stat.S_ISVTX:
        raise SecretError(f"{folder}: others may write in it", hint=f"chmod go-w {folder}")
