"""`kcfg diff`: what applying a spec would change; or two kubeconfigs, or two revisions of a spec."""

from __future__ import annotations

from kcfg.cli.shared.planning import (
    Wish,
    make_job,
    make_jobs,
    show_parts,
    show_plan,
    tell_held,
    tell_missing,
    tell_paths,
    tell_unread,
)
from kcfg.errors import KcfgError, count
from kcfg.printing import tell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from kcfg.cli.plans.many import Part
    from kcfg.cli.shared.planning import Job
    from kcfg.cli.shared.trusting import Trust
    from kcfg.kubeconfig.model import Kubeconfig
    from kcfg.kubeconfig.plan import Options


def run(
    *,
    files: list[str],
    out: str | None,
    kubeconfig: str | None,
    since: str | None,
    until: str | None,
    prune: bool,
    adopt: bool,
    on_conflict: str,
    output: str,
    color: str,
    detailed_exitcode: bool,
    exit_zero: bool,
    file: str | None,
    environment: str | None,
    all_environments: bool,
    values: list[str],
    contexts: list[str],
    selector: str | None,
    exclude: list[str],
    credentials: str | None,
    credential_command: str,
    no_embed: bool,
    read_secrets: bool,
    allow_plaintext: bool,
    strict: bool,
    trust: Trust,
) -> int:
    """Show the plan; 0 without differences, 1 with, as `diff` does (Terraform's 0, 2, 1 if asked)."""
    from kcfg.kubeconfig.plan import Options

    wish = Wish(
        file, environment, values, credentials, credential_command, allow_plaintext, trust, read_secrets, strict,
        not no_embed, contexts, selector, exclude,
    )  # fmt: skip
    options = Options(prune, adopt, on_conflict)
    many = all_environments
    jobs: list[Job] = []
    try:
        if out is not None and (files or since or until or all_environments):
            raise KcfgError("--out saves the plan for one kubeconfig and one environment", hint="-e names it")
        if files:
            given = {
                "-f": file, "-e": environment, "--set": values, "--kubeconfig": kubeconfig, "--from": since,
                "--to": until, "--all-environments": all_environments, "--prune": prune, "--adopt": adopt,
                "--on-conflict": on_conflict != "abort", "--credentials": credentials, "--no-embed": no_embed,
                "--read-secrets": read_secrets,
            }  # fmt: skip
            _require_alone(files, given)
            title, parts = f"{files[0]} -> {files[1]}", _two_files(wish, *files)
        elif all_environments and environment is not None:
            raise KcfgError("-e and --all-environments exclude one another", hint="leave one out")
        elif since or until:
            _require_revisions(kubeconfig, prune=prune, adopt=adopt)
            from kcfg.cli.shared.reviewing import review

            title, parts = review(wish, since or "HEAD", until, every=all_environments)
            many = environment is None
        elif all_environments:
            title, parts = _each_live(wish, kubeconfig, options)
        else:
            jobs = [make_job(wish, kubeconfig, options)]
            title, parts = jobs[0].title, [_part(jobs[0], wish)]
            _note_new(jobs[0], wish)
        if out is not None:
            from kcfg.cli.shared.saved import save_plan

            save_plan(out, jobs[0], wish, options)
            if out == "-":
                return _code(parts, detailed=detailed_exitcode, zero=exit_zero)
    except KcfgError as error:
        if detailed_exitcode:
            error.exit_code = 1
        raise
    _show(parts, output, title=title, color=color, many=many)
    differs = any(part.differs for part in parts)
    if not differs:
        number = sum(part.environment is not None for part in parts)
        tell(f"kcfg: no differences: {title}" + (f" ({count(number, 'environment')})" if len(parts) > 1 else ""))
    return _code(parts, detailed=detailed_exitcode, zero=exit_zero)


def _code(parts: list[Part], *, detailed: bool, zero: bool) -> int:
    differs = any(part.differs for part in parts)
    return 0 if zero or not differs else 2 if detailed else 1


def _show(parts: list[Part], output: str, *, title: str, color: str, many: bool) -> None:
    """Print what differs; several plans, or what could have been several, are a list in JSON."""
    if output != "text" or any(part.is_shown for part in parts):
        if len(parts) == 1 and output != "markdown" and not (many and output == "json"):
            (part,) = parts
            show_plan(part.plan, output, path=part.path, environment=part.environment, color=color)
        else:
            show_parts(parts, output, title=title, color=color)
    tell_unread(*(part.plan for part in parts))


def _each_live(wish: Wish, kubeconfig: str | None, options: Options) -> tuple[str, list[Part]]:
    """Compare the one kubeconfig with each environment of the spec."""
    if options.prune:
        raise KcfgError(
            "--prune does not go with --all-environments: each would prune what the others have written",
            hint="-e NAME shows what one environment would prune",
        )
    jobs = make_jobs(wish, kubeconfig, options)
    title = f"{jobs[0].live.path} <- spec {jobs[0].spec.name}, each environment"
    return title, [_part(job, wish) for job in jobs]


def _part(job: Job, wish: Wish) -> Part:
    """Return the kubeconfig compared with a spec, or with it in one environment; say what stays out of it."""
    from os.path import dirname, realpath

    from kcfg.boundary import root_of
    from kcfg.cli.plans.many import Part

    tell_held(job.left)
    tell_paths(job.left)
    tell_missing(job.spec, wish.credentials)
    path = job.live.path
    return Part(
        job.spec.environment, job.plan, path=path, root=root_of(job.spec.root.file), base=dirname(realpath(path))
    )


def _note_new(job: Job, wish: Wish) -> None:
    """Say what `apply` of this would ask about."""
    if job.plan.writes and wish.trust is False:
        from kcfg.cli.shared.trusting import note_new

        note_new(job.spec)


def _require_alone(files: list[str], given: Mapping[str, object]) -> None:
    """Raise KcfgError for what is about a spec where two kubeconfigs are compared."""
    if len(files) != 2:
        raise KcfgError(
            "two kubeconfigs are compared, or a spec and a kubeconfig",
            hint="kcfg diff OLD NEW, or: kcfg diff -f SPEC --kubeconfig FILE",
        )
    if wrong := next((flag for flag, value in given.items() if value), None):
        raise KcfgError(
            f"two kubeconfigs are compared, without a spec: {wrong} has nothing to do", hint="kcfg diff OLD NEW"
        )


def _require_revisions(kubeconfig: str | None, *, prune: bool, adopt: bool) -> None:
    """Raise KcfgError for what is about a kubeconfig where two revisions of a spec are compared."""
    given = {"--kubeconfig": kubeconfig is not None, "--prune": prune, "--adopt": adopt}
    if wrong := next((flag for flag, value in given.items() if value), None):
        raise KcfgError(
            f"{wrong} does not go with --from: revisions of the spec are compared, and no kubeconfig",
            hint=f"leave {wrong} out, or --from",
        )


def _two_files(wish: Wish, one: str, other: str) -> list[Part]:
    from kcfg.boundary import root_of
    from kcfg.cli.plans.many import Part
    from kcfg.cli.shared.contexts import in_kubeconfig
    from kcfg.kubeconfig.plan import Options, selected_keys
    from kcfg.kubeconfig.threeway import make_plan

    before, after = _config(one), _config(other)
    (names,) = wish.narrow([[in_kubeconfig(after), in_kubeconfig(before)]])
    options = Options(selected=None if names is None else selected_keys(names, before, after))
    return [Part(None, make_plan(None, before, after, options=options), root=root_of(other))]


def _config(path: str) -> Kubeconfig:
    from kcfg.cli.shared.output import require_files
    from kcfg.kubeconfig.file import load_file
    from kcfg.kubeconfig.paths import relocate

    require_files([path])
    return relocate(load_file(path).config, None)
