"""What a check says: a state, words, and what to do where it is not well."""

from __future__ import annotations

import os
from collections.abc import Mapping

from kcfg.dataclass import dataclass

OK, NOTE, PROBLEM = "ok", "note", "problem"
# What programs that a desktop starts have for PATH; a login shell's is longer.
DESKTOP_PATH = os.pathsep.join(("/usr/local/bin", "/usr/bin", "/bin"))
MAC_PATH = os.pathsep.join(("/usr/bin", "/bin", "/usr/sbin", "/sbin"))


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report; a `problem` has a remedy."""

    area: str
    state: str
    message: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where kcfg runs: the environment, the platform, the interpreter, the kubeconfigs, seconds for each question."""

    environ: Mapping[str, str]
    platform: str
    executable: str
    kubeconfigs: tuple[str, ...]
    seconds: float = 5.0

    @property
    def path(self) -> str:
        """The PATH of this process."""
        return self.environ.get("PATH") or os.defpath

    @property
    def has_desktop(self) -> bool:
        """Whether there is a desktop to start programs from."""
        return self.platform != "linux" or bool(self.environ.get("DISPLAY") or self.environ.get("WAYLAND_DISPLAY"))

    @property
    def desktop_path(self) -> str:
        """The PATH of programs that the desktop starts."""
        return MAC_PATH if self.platform == "darwin" else DESKTOP_PATH
