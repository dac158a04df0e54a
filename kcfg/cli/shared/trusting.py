"""What commands do at the trust gate: ask once where somebody can be asked, else refuse and name `kcfg trust`."""

from __future__ import annotations

import os

from kcfg.dataclass import NamedTuple
from kcfg.printing import printable, tell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.errors import KcfgError
    from kcfg.kubeconfig.plan import Refused
    from kcfg.spec.spec import Spec
    from kcfg.trust.gate import Look, Permit
    from kcfg.trust.reach import Reach

# `--trust`: everything; `--trust-from REV`: what the spec at that revision reaches; False: what the record knows.
Trust = bool | str
_SHOWN = 40


class Grant(NamedTuple):
    """A Permit; with what it is not for, and the error that says so, where something is new and nobody agreed."""

    permit: Permit
    refused: Refused | None = None
    error: KcfgError | None = None


class Gate:
    """The trust gate of one command: each spec is asked about once."""

    def __init__(self, trust: Trust) -> None:
        self._trust = trust
        self._asked: tuple[Spec, Grant] | None = None

    def grant(self, spec: Spec) -> Grant:
        """Return what is allowed of a spec. Raises ConflictError where nothing can be told apart."""
        if (found := self.given(spec)) is None:
            found = grant(spec, self._trust)
            self._asked = (spec, found)
        return found

    def refused(self, spec: Spec) -> Refused | None:
        """Return what of a spec is to be held back, as far as it was asked about."""
        found = self.given(spec)
        return found.refused if found is not None else None

    def given(self, spec: Spec) -> Grant | None:
        """Return the same if it was asked for already."""
        return self._asked[1] if self._asked is not None and self._asked[0] is spec else None


def require_permit(spec: Spec, trust: Trust, *, ask: bool = True) -> Permit:
    """Return the Permit to use what a spec reaches. Raises ConflictError where something is new and nobody agrees."""
    found = grant(spec, trust, ask=ask)
    if found.error is not None:
        raise found.error
    return found.permit


def grant(spec: Spec, trust: Trust, *, ask: bool = True) -> Grant:
    """Return what is allowed of a spec: all, or what is not new. Raises ConflictError for a stranger.

    `--yes` is no answer to this question: a script says --trust-from REV, or --trust.
    """
    from kcfg.cli.shared.consent import can_ask
    from kcfg.trust.gate import check_trust

    found = check_trust(spec, os.environ, base=_base(spec, trust) if isinstance(trust, str) else None)
    if not found.new:
        return Grant(found.allow())
    if trust is True:
        for each in found.new:
            tell(f"kcfg: trusted by --trust: {_shown(each)}")
        return Grant(found.allow())
    if trust is False and ask and can_ask() and _agreed(found):
        found.remember()
        return Grant(found.allow())
    error = _refused(spec, found.new, trust)
    if found.stranger:
        raise error
    return Grant(*found.allow_known(), error)


def has_permit(spec: Spec) -> bool:
    """Return whether nothing is new of what a spec reaches."""
    from kcfg.trust.gate import check_trust

    return not check_trust(spec, os.environ).new


def note_new(spec: Spec) -> None:
    """Say on standard error what `kcfg apply` would ask about; nothing is read for it but what the spec says."""
    from kcfg.trust.gate import check_trust, is_gated
    from kcfg.trust.reach import reach_of_rendering
    from kcfg.trust.record import read_record

    if not is_gated(spec):
        return
    if not read_record(spec.name, os.environ):
        tell("kcfg: note: nothing of this spec is trusted yet: `kcfg trust` shows what `kcfg apply` will ask about")
        return
    new = check_trust(spec, os.environ, reach=reach_of_rendering(spec)).new
    if new:
        more = f", and {len(new) - 1} more" if len(new) > 1 else ""
        tell(f"kcfg: note: `kcfg apply` will ask whether this is meant: {_shown(new[0])}{more}")


def show_new(new: list[str], *, every: bool = False) -> None:
    """List what is new, one line each."""
    shown = new if every else new[:_SHOWN]
    for each in shown:
        tell(f"  {_shown(each)}")
    if len(new) > len(shown):
        tell(f"  and {len(new) - len(shown)} more: `kcfg trust` shows them all")


def _shown(reached: str) -> str:
    from kcfg.kubeconfig.secret_patterns import hide_tokens

    return printable(hide_tokens(reached))


def _agreed(found: Look) -> bool:
    from kcfg.cli.shared.consent import agreed

    tell("kcfg: this spec reaches what you have not allowed yet:")
    show_new(found.new)
    return agreed("Trust it?")


def _refused(spec: Spec, new: list[str], trust: Trust) -> KcfgError:
    from kcfg.errors import ConflictError, Location, Problem

    where = Location(spec.root.file)
    if isinstance(trust, str):
        message, hint = f"the spec at {printable(trust)} does not reach this", "let it be reviewed and merged first"
    else:
        message, hint = "not trusted", "look at it, then `kcfg trust`; in CI: --trust-from REV (the protected branch)"
    problems = [Problem(f"{message}: {each}", location=where, hint=hint) for each in new[:_SHOWN]]
    more = f" ({len(new) - _SHOWN} more)" if len(new) > _SHOWN else ""
    return ConflictError(f"the spec reaches what nobody allowed{more}: nothing was used or written", problems=problems)


def _base(spec: Spec, revision: str) -> Reach:
    """Return what the spec reaches at a revision; nothing where it is not there yet, or not valid."""
    from kcfg.errors import SpecError
    from kcfg.spec.environments import resolve
    from kcfg.spec.load import read_spec
    from kcfg.spec.revision import Revision
    from kcfg.trust.reach import Reach, reach_of

    folder = os.path.dirname(spec.root.file) or "."
    with Revision(revision, folder) as tree:
        if not tree.is_file(spec.root.file):
            return Reach("")
        before, problems = read_spec(spec.root.file, tree)
        if before is None or problems:
            raise SpecError(f"the spec at {revision} is not valid", problems=problems)
        return reach_of(resolve(before, None, lenient=True)[0])
