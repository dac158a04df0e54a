"""What every form of a kubeconfig's text can do: say what it means, give an entry as written, and take edits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from kcfg.kubeconfig.edits import Edits
    from kcfg.kubeconfig.model import Body, Kubeconfig


class Form(Protocol):
    """One text, read by one form's rules. Each form's module has `read(raw, source)`: None where it is another's."""

    @property
    def config(self) -> Kubeconfig:
        """What the text means; its entries may be text until somebody asks."""

    def item(self, section: str, name: str) -> Body:
        """Return an entry that is there as it is written, an item of its section's list, not to be changed."""

    def top(self, field: str) -> object:
        """Return a field beside the entries as written, not to be changed; None where it says nothing."""

    def edited(self, edits: Edits) -> bytes | None:
        """Return the bytes with the edits made, all else as it was; None where that leaves the form."""
