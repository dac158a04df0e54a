"""The plans of several environments in one output: each below its name, those without differences in one line."""

from __future__ import annotations

from collections.abc import Sequence

from kcfg.dataclass import dataclass
from kcfg.printing import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from kcfg.kubeconfig.plan import Plan

_WORDS = {"create": " (new)", "delete": " (removed)"}


@dataclass(frozen=True, slots=True, repr=False)
class Part:
    """The plan of one environment, or of the spec without one; `action` says that one revision has no such thing."""

    environment: str | None
    plan: Plan
    action: str | None = None  # create, delete
    path: str | None = None
    root: str | None = None  # of the spec's repository
    base: str | None = None  # the folder that paths of entries begin at

    @property
    def heading(self) -> str:
        """`environment prod (new)`, `spec acme`."""
        name = f"environment {self.environment}" if self.environment is not None else f"spec {self.plan.spec}"
        return name + _WORDS.get(self.action or "", "")

    @property
    def differs(self) -> bool:
        """Whether the exit code is 1."""
        return self.plan.differs or self.action is not None

    @property
    def is_shown(self) -> bool:
        """Whether there is more to say than that nothing differs."""
        return self.differs or bool(self.plan.of("orphaned", "kept"))


def parts_text(parts: Sequence[Part], *, color: bool) -> str:
    """Return each plan below a heading, with a blank line around it."""
    from kcfg.cli.plans.text import plan_text

    text = ""
    for at, part in enumerate(parts):
        if at and (part.is_shown or parts[at - 1].is_shown):
            text += "\n"
        if part.is_shown:
            text += f"{_heading(part, color=color)}\n{plan_text(part.plan, color=color)}"
        else:
            text += f"{printable(part.heading)}: no differences\n"
    return text


def _heading(part: Part, *, color: bool) -> str:
    text = printable(part.heading)
    return f"\x1b[1m{text}\x1b[0m" if color else text


def parts_unified(parts: Sequence[Part], *, color: bool) -> str:
    """Return the diffs; what stands before the first header of one is a remark to the programs that read them."""
    from kcfg.cli.plans.summary import summary
    from kcfg.cli.plans.unified import plan_unified

    return "".join(
        f"# {printable(part.heading)}: {printable(summary(part.plan)) if part.is_shown else 'no differences'}\n"
        + plan_unified(part.plan, color=color)
        for part in parts
    )


def parts_json(parts: Sequence[Part]) -> list[dict[str, Any]]:
    """Return the plans as a list; each names its environment."""
    from kcfg.cli.plans.to_json import plan_json

    return [
        plan_json(part.plan, path=part.path, environment=part.environment) | {"environmentAction": part.action}
        for part in parts
    ]
