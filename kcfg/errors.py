"""What can go wrong, as data (Problem) and as exceptions (KcfgError and its children).

KcfgError
 ├─ SpecError          a spec cannot be read or is not valid
 ├─ KubeconfigError    a kubeconfig cannot be read or lacks what was asked for
 │   └─ ConflictError  a refused conflict: nothing was written (exit 1)
 ├─ Declined           somebody was asked, and said no (exit 1)
 ├─ SecretError        a store cannot answer
 │   └─ SecretNotFound the store answers that the item is missing
 └─ FileError          the disk says no
     └─ MissingFile    it has no such file

Plain classes: the credential plugin loads this module on every kubectl call.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


class Location:
    """A place in a file: name as the user wrote it, line and column from 1."""

    __slots__ = ("column", "file", "line")

    def __init__(self, file: str, line: int = 0, column: int = 0) -> None:
        self.file = file
        self.line = line
        self.column = column

    def __str__(self) -> str:
        if not self.line:
            return self.file
        return f"{self.file}:{self.line}:{self.column}" if self.column else f"{self.file}:{self.line}"

    def __repr__(self) -> str:
        return f"Location({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Location) and str(self) == str(other)

    def __hash__(self) -> int:
        return hash(str(self))


class Problem:
    """One finding. `message` never quotes a value that might be secret; `hint` says what to do."""

    __slots__ = ("hint", "level", "location", "message", "path", "rule")

    def __init__(
        self,
        message: str,
        *,
        location: Location | None = None,
        path: str = "",
        rule: str = "",
        hint: str = "",
        level: str = "error",
    ) -> None:
        self.message = message
        self.location = location
        self.path = path
        self.rule = rule
        self.hint = hint
        self.level = level

    def __str__(self) -> str:
        where = f"{self.location}: " if self.location else ""
        path = f"{self.path}: " if self.path else ""
        rule = f" [{self.rule}]" if self.rule else ""
        return f"{where}{self.level}: {path}{self.message}{rule}"

    def __repr__(self) -> str:
        return f"Problem({str(self)!r})"


def show_path(path: tuple[str | int, ...]) -> str:
    """Return `clusters[2].server` for a path."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def count(number: int, noun: str) -> str:
    """Return `1 cluster`, `2 clusters`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def listed(names: "Sequence[str]", most: int) -> str:
    """Return `a, b and 3 more`: the first names, and how many are not said."""
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def type_name(value: object) -> str:
    """Return what YAML calls the type of a value, for messages that must not quote it."""
    return "nothing" if value is None else _TYPE_NAMES.get(type(value), type(value).__name__)


_TYPE_NAMES = {dict: "mapping", list: "list", str: "string", bool: "boolean", int: "number", float: "number"}


class KcfgError(Exception):
    """Stops the job. Carries every Problem found, or one message with a hint and maybe a location."""

    exit_code = 2

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        location: Location | None = None,
        problems: list[Problem] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.location = location
        self.problems = problems or [Problem(message, location=location, hint=hint)]


class Signal(Exception):
    """A way out of a step, for the room that it is raised in: no error, and nobody is told of it in these words."""


class SpecError(KcfgError):
    """A spec cannot be read, or is not valid."""


class KubeconfigError(KcfgError):
    """A kubeconfig cannot be read, or lacks what was asked for."""


class ConflictError(KubeconfigError):
    """A conflict that kcfg refuses to decide: nothing was written."""

    exit_code = 1


class Declined(KcfgError):
    """Somebody was asked, and said no: nothing was done, as they wished."""

    exit_code = 1


class SecretError(KcfgError):
    """A secret store cannot answer, or a reference cannot be understood."""


class SecretNotFound(SecretError):
    """The store answered: there is no such item."""


class FileError(KcfgError):
    """The file system refused: the message names the file and the reason."""


class MissingFile(FileError):
    """There is no such file."""


def is_unreadable(problem: Problem) -> bool:
    """Return whether a whole document could not be read (KCFG105 with a path is a certificate): exit 2."""
    return problem.rule == "KCFG001" or (problem.rule == "KCFG105" and not problem.path)
