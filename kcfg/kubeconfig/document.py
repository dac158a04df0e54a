"""One kubeconfig: its bytes and what they mean, read and edited in the cheapest form that fits."""

from __future__ import annotations

import os

from kcfg.kubeconfig.forms import kubectl

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from kcfg.kubeconfig.edits import Edits
    from kcfg.kubeconfig.forms.form import Form
    from kcfg.kubeconfig.model import Body, Kubeconfig


class KubeconfigFile:
    """One file: its bytes (None where there is none) and what they mean. Raises KubeconfigError for what is none."""

    __slots__ = ("_others", "_tried", "config", "path", "raw")

    def __init__(self, path: str, raw: bytes | None) -> None:
        self.path = path
        self.raw = raw
        self._others = _forms(raw or b"", path)
        self._tried = [next(self._others)]
        self.config: Kubeconfig = self._tried[0].config
        self.config.origin = path

    def item(self, section: str, name: str) -> Body | None:
        """Return an entry as it is written, an item of its section's list, not to be changed; None if there is none."""
        return self._tried[0].item(section, name) if name in self.config.section(section) else None

    def top(self, field: str) -> object:
        """Return `preferences` or `extensions` as written, not to be changed; None where they say nothing."""
        return self._tried[0].top(field)

    def edited(self, edits: Edits) -> bytes:
        """Return the bytes with the edits made, by the first form that can; all other lines stay.

        Raises KubeconfigError where the text is written in a way that cannot be edited in place.
        """
        for form in self._fitting():
            if (after := form.edited(edits)) is not None:
                return after
        raise AssertionError("any YAML can be edited, or says why not")

    def _fitting(self) -> Iterator[Form]:
        yield from self._tried
        for form in self._others:
            self._tried.append(form)
            yield form


def text_holds_secret(data: bytes) -> bool:
    """Return whether a kubeconfig holds a secret, by what redaction hides; bytes that cannot be read may."""
    from kcfg.errors import KcfgError
    from kcfg.kubeconfig.redact import holds_secret

    try:
        return holds_secret(KubeconfigFile("", data).config)
    except KcfgError:
        return True


def _forms(raw: bytes, source: str) -> Iterator[Form]:
    """Yield what reads a text, the cheapest first. KCFG_NO_FASTPATH=1 leaves the parser alone, for tests and doubts."""
    if raw and not os.environ.get("KCFG_NO_FASTPATH"):
        if (lines := kubectl.read(raw, source)) is not None:
            yield lines
        from kcfg.kubeconfig.forms import by_hand

        if (entries := by_hand.read(raw, source)) is not None:
            yield entries
    from kcfg.kubeconfig.forms import any_yaml

    yield any_yaml.read(raw, source)
