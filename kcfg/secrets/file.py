"""Secrets in files: DIRECTORY/KEY, readable by nobody else."""

import os
import stat

from kcfg.errors import FileError, SecretError, SecretNotFound
from kcfg.files import read_bytes
from kcfg.secrets.secret import Secret

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.secrets.ref import SecretRef
    from kcfg.secrets.stores import Settings

MAX_BYTES = 64 << 10


def open(settings: "Settings") -> "FileStore":  # noqa: A001
    """Return the store of a `file` declaration."""
    directory = settings.declaration["file"]["directory"]
    return FileStore(os.path.join(settings.directory, os.path.expanduser(directory)))


def read_secret_file(path: str) -> Secret:
    """Return a file's secret, without its one final newline. Raises SecretNotFound, SecretError."""
    try:
        found = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        raise SecretNotFound(f"{path}: no such file", hint="write it with mode 0600") from None
    except OSError as error:
        raise SecretError(f"{path}: {(error.strerror or 'unreadable').lower()}") from None
    if stat.S_ISLNK(found.st_mode):
        raise SecretError(f"{path}: is a symbolic link", hint="put the file itself there")
    if found.st_mode & 0o077:
        raise SecretError(f"{path}: others may read it (mode {stat.S_IMODE(found.st_mode):04o})", hint="chmod 600")
    if found.st_uid not in (os.getuid(), 0):
        raise SecretError(f"{path}: belongs to another user", hint="chown it to yourself")
    try:
        text = read_bytes(path, limit=MAX_BYTES).decode()
    except FileError as error:
        raise SecretError(f"{path}: {error.message}") from None
    except UnicodeDecodeError:
        raise SecretError(f"{path}: not UTF-8 text") from None
    return Secret(text.removesuffix("\n").removesuffix("\r"))


class FileStore:
    """Reads files below one directory."""

    def __init__(self, directory: str) -> None:
        self._directory = directory

    def path(self, ref: "SecretRef") -> str:
        """Return the file of a reference."""
        return os.path.join(self._directory, ref.key)

    def read(self, ref: "SecretRef") -> Secret:
        """Return the file's content."""
        return read_secret_file(self.path(ref))

    def describe(self, ref: "SecretRef") -> str:
        """Name the file."""
        return f"file {self.path(ref)}"
