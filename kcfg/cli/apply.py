"""`kcfg apply`: make a kubeconfig what a spec says, and leave everything else in it alone."""

from __future__ import annotations

import sys

from kcfg.cli.shared.planning import (
    Job,
    Wish,
    make_job,
    tell_held,
    tell_missing,
    tell_open,
    tell_paths,
    tell_unread,
    wants_color,
)
from kcfg.dataclass import replace
from kcfg.looks import color_of
from kcfg.printing import say, say_spans, tell, tell_lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.apply.write import Lost, Outcome
    from kcfg.cli.shared.saved import Saved
    from kcfg.cli.shared.trusting import Trust
    from kcfg.errors import KcfgError
    from kcfg.kubeconfig.model import Body
    from kcfg.kubeconfig.plan import Options, Plan
    from kcfg.spec.spec import Spec
    from kcfg.trust.gate import Permit

_TRIES = 20


def run(
    *,
    plan: str | None,
    kubeconfig: str | None,
    prune: bool,
    adopt: bool,
    on_conflict: str,
    dry_run: bool,
    read_secrets: bool,
    yes: bool,
    output: str,
    break_lock: bool,
    file: str | None,
    environment: str | None,
    values: list[str],
    contexts: list[str],
    selector: str | None,
    exclude: list[str],
    credentials: str | None,
    credential_command: str,
    no_embed: bool,
    allow_plaintext: bool,
    strict: bool,
    trust: Trust,
) -> int:
    """Plan, show, ask where somebody can be asked, write; 1 when a conflict or a user held something back."""
    from kcfg.kubeconfig.plan import Options

    options = Options(prune, adopt, on_conflict)
    reads = read_secrets or not dry_run
    wish = Wish(
        file, environment, values, credentials, credential_command, allow_plaintext, trust, reads, strict,
        not no_embed, contexts, selector, exclude,
    )  # fmt: skip
    saved = None
    if plan is not None:
        from kcfg.cli.shared.saved import open_saved

        saved = open_saved(plan)
        saved.require_alone(wish, kubeconfig, options)
        wish, kubeconfig, options = saved.wish(trust), saved.kubeconfig, saved.options()
    work = _Work(wish, kubeconfig, options, output, saved, break_lock=break_lock)
    if not dry_run:
        work.settle()
    job = work.planned()
    tell_missing(job.spec, wish.credentials)
    tell_paths(job.left)
    if dry_run:
        return _tell(job, output, done=False, refused=work.refusal(job))
    if not yes:
        job = work.settled(job)
    if job.plan.writes and not yes:
        return work.ask_and_apply(job)
    return work.apply(job)


class _Work:
    """One `apply`: what was asked for, and the trust gate that is asked once."""

    def __init__(
        self, wish: Wish, kubeconfig: str | None, options: Options, output: str, saved: Saved | None, *,
        break_lock: bool,
    ) -> None:  # fmt: skip
        from kcfg.cli.shared.trusting import Gate

        self._wish, self._kubeconfig, self._options = wish, kubeconfig, options
        self._output, self._saved, self._break_lock = output, saved, break_lock
        self._gate = Gate(wish.trust)
        self._warn = _Warn()

    def settle(self) -> None:
        """End an edit of the kubeconfig that was interrupted: what it left half done is no state to plan for."""
        from kcfg.cli.shared.planning import target_path
        from kcfg.commit import settle

        settle([target_path(self._kubeconfig)], break_lock=self._break_lock)

    def planned(self, spec: Spec | None = None) -> Job:
        """Plan, and refuse what must not be written at all."""
        job = make_job(self._wish, self._kubeconfig, self._options, self._gate, spec=spec)
        if self._saved is not None:
            self._saved.require_same(job)
        _require_allowed(job, self._wish)
        return job

    def settled(self, job: Job) -> Job:
        """Return the plan with its conflicts settled, where somebody is there to be asked about each."""
        from kcfg.cli.shared.consent import can_ask

        if self._saved is not None or not job.plan.of("conflict") or not can_ask():
            return job
        from kcfg.cli.shared.settling import settle

        self._options = replace(self._options, settled=frozenset(settle(job.plan).items()))
        return self.planned(job.spec) if self._options.settled else job

    def granted(self, job: Job) -> tuple[Job, Permit]:
        """Return a plan with the Permit to write it: what nobody allowed is held back.

        A plan that writes nothing hands nothing over. Raises the refusal where a saved plan would lose a part.
        """
        from kcfg.trust.gate import Permit

        if not job.plan.writes:
            return job, Permit(job.spec)
        before = self._gate.given(job.spec)
        found = self._gate.grant(job.spec)
        if found.error is not None:
            if self._saved is not None:
                raise found.error
            if before is None:
                job = self.planned(job.spec)
        return job, found.permit

    def ask_and_apply(self, job: Job) -> int:
        """Show the plan, and write exactly that one if the answer is yes."""
        from kcfg.apply.write import apply_plan, find_lost
        from kcfg.cli.shared.consent import require_consent

        self._show(job)
        shown = job
        job, permit = self.granted(job)
        if job is not shown:
            if not job.plan.writes:
                return _tell(job, self._output, done=True, refused=self.refusal(job))
            tell("kcfg: without what is not trusted:")
            self._show(job)
        self._warn(find_lost(job.plan, job.live))
        require_consent("Apply?", yes=False)
        done = apply_plan(
            job.plan, job.live, permit, environment=job.spec.environment, break_lock=self._break_lock, warn=self._warn
        )
        return self._tell_done(job, done, permit)

    def _show(self, job: Job) -> None:
        from kcfg.cli.plans.text import plan_text

        tell(job.title)
        tell_lines(f"\n{plan_text(job.plan, color=wants_color('auto', sys.stderr))}\n", colored=True, wrap=True)

    def apply(self, job: Job) -> int:
        """Write; a file that changes meanwhile is planned again, since nobody was shown the first plan."""
        from kcfg.apply.write import StaleError, apply_plan

        job, permit = self.granted(job)
        for attempt in range(_TRIES):
            try:
                done = apply_plan(
                    job.plan, job.live, permit, environment=job.spec.environment, break_lock=self._break_lock,
                    warn=self._warn,
                )  # fmt: skip
                break
            except StaleError:
                if attempt == _TRIES - 1:
                    raise
                job, permit = self.granted(self.planned())
        return self._tell_done(job, done, permit)

    def _tell_done(self, job: Job, done: Outcome, permit: Permit) -> int:
        from kcfg.printing import printable

        permit.remember()
        code = _tell(job, self._output, done=True, refused=self.refusal(job))
        if done.kept:
            names = printable(", ".join(done.kept))
            tell(f"kcfg: note: the keyring keeps what {names} was, for `kcfg undo`; `kcfg history clear` removes it")
        return code

    def refusal(self, job: Job) -> KcfgError | None:
        """Return what the gate said against some of it, as far as it was asked."""
        found = self._gate.given(job.spec)
        return found.error if found is not None else None


def _require_allowed(job: Job, wish: Wish) -> None:
    from kcfg.git.guard import require_private

    if wish.inlines(job.spec) or any(_adds_secret(change.after) for change in job.plan.writes):
        require_private(job.live.path)


def _adds_secret(body: Body | None) -> bool:
    from kcfg.kubeconfig.redact import secret_values

    return next(secret_values(body or {}), None) is not None


class _Warn:
    """Says once what `kcfg undo` will not bring back."""

    def __init__(self) -> None:
        self.said: Lost | None = None

    def __call__(self, lost: Lost | None) -> None:
        from kcfg.printing import printable

        if lost is not None and lost != self.said:
            names = printable(", ".join(lost.entries))
            tell(
                f"kcfg: warning: `kcfg undo` cannot bring this back: {names}; its secret is kept nowhere: {lost.reason}"
            )
            self.said = lost


def _tell(job: Job, output: str, *, done: bool, refused: KcfgError | None = None) -> int:
    """Say what was done to each entry, in kubectl's words."""
    plan = job.plan
    if output == "json":
        from kcfg.cli.plans.to_json import plan_json
        from kcfg.printing import put_json

        value = plan_json(plan, path=job.live.path, environment=job.spec.environment)
        put_json({**value, "applied": done})
        tell_unread(plan)
        return _tell_open(job, refused, done=done)
    from kcfg.apply.write import WORDS
    from kcfg.cli.plans.summary import shown, summary
    from kcfg.printing import printable

    suffix = "" if done else " (dry run)"
    for change in shown(plan):
        word = WORDS[change.action]
        say_spans([(f"{change.title} ", 0), (word, color_of(word)), (suffix, 0)])
    for change in plan.unread:
        say(f"{printable(change.title)} not compared{suffix}")
    tell_unread(plan)
    if not shown(plan) and not plan.unread:
        say(f"{job.live.path} unchanged{suffix}")
    tell(f"kcfg: {job.title}: {done_summary(plan) if done else summary(plan)}")
    _warn(plan)
    return _tell_open(job, refused, done=done)


def _tell_open(job: Job, refused: KcfgError | None, *, done: bool) -> int:
    """List what was held back, each with the reason and what to do; return the exit code."""
    from kcfg.cli.shared.report import show_problems

    if refused is not None:
        told = {each.reason for each in job.plan.open}
        show_problems([each for each in refused.problems if each.message not in told])
    tell_open(job, done=done)
    tell_held(job.left)
    return int(bool(job.plan.open or job.left.held or refused is not None))


def done_summary(plan: Plan) -> str:
    """Return `2 created, 1 pruned, 5 unchanged`."""
    from kcfg.apply.write import WORDS

    return ", ".join(f"{number} {WORDS[action]}" for action, number in plan.counts().items()) or "nothing to do"


def _warn(plan: Plan) -> None:
    stays = all(each.section != "current-context" for each in plan.writes)
    gone = {each.name for each in plan.of("delete") if each.section == "contexts"}
    if stays and plan.current_context in gone:
        tell("kcfg: warning: current-context names a context that was pruned")
