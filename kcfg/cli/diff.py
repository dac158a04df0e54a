"""`kcfg diff`: what applying a spec would change; or two kubeconfigs, or two revisions of a spec."""

from __future__ import annotations

import os

from kcfg.cli.planning import Wish, make_job, show_plan, tell_held, tell_missing, tell_unread
from kcfg.errors import KcfgError
from kcfg.printing import tell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.cli.trusting import Trust
    from kcfg.delivery import Left
    from kcfg.kubeconfig.model import Kubeconfig
    from kcfg.kubeconfig.plan import Plan


def run(
    *,
    files: list[str],
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
    values: list[str],
    credentials: str | None,
    credential_command: str,
    read_secrets: bool,
    allow_plaintext: bool,
    trust: Trust,
) -> int:
    """Show the plan; 0 without differences, 1 with, as `diff` does (Terraform's 0, 2, 1 if asked)."""
    from kcfg.kubeconfig.plan import Options

    wish = Wish(file, environment, values, credentials, credential_command, allow_plaintext, trust, read_secrets)
    try:
        path: str | None = None
        if files:
            _require_alone(files, since, until, file, kubeconfig)
            title, plan = f"{files[0]} -> {files[1]}", _two_files(*files)
        elif since or until:
            title, plan = _two_revisions(wish, since or "HEAD", until)
        else:
            job = make_job(wish, kubeconfig, Options(prune, adopt, on_conflict))
            title, plan, path = job.title, job.plan, job.live.path
            tell_held(job.left)
            tell_missing(job.spec, credentials)
    except KcfgError as error:
        if detailed_exitcode:
            error.exit_code = 1
        raise
    if output != "text" or plan.differs or plan.of("orphaned", "kept"):
        show_plan(plan, output, title=title, path=path, environment=environment, color=color)
    tell_unread(plan)
    if not plan.differs:
        tell(f"kcfg: no differences: {title}")
    return 0 if exit_zero or not plan.differs else 2 if detailed_exitcode else 1


def _require_alone(
    files: list[str], since: str | None, until: str | None, spec: str | None, kubeconfig: str | None
) -> None:
    if len(files) != 2:
        raise KcfgError(
            "two kubeconfigs are compared, or a spec and a kubeconfig",
            hint="kcfg diff OLD NEW, or: kcfg diff -f SPEC --kubeconfig FILE",
        )
    if since or until or spec or kubeconfig:
        raise KcfgError("two kubeconfigs need no -f, --kubeconfig, --from or --to", hint="kcfg diff OLD NEW")


def _two_files(one: str, other: str) -> Plan:
    from kcfg.kubeconfig.threeway import make_plan

    return make_plan(None, _config(one), _config(other))


def _config(path: str) -> Kubeconfig:
    from kcfg.cli.output import require_files
    from kcfg.kubeconfig.file import load_file
    from kcfg.kubeconfig.paths import relocate

    require_files([path])
    return relocate(load_file(path).config, None)


def _two_revisions(wish: Wish, since: str, until: str | None) -> tuple[str, Plan]:
    """Compare what a spec renders to in two revisions; the second is the work tree unless it is named."""
    from kcfg.kubeconfig.threeway import make_plan

    if wish.file == "-":
        raise KcfgError("standard input has no revisions", hint="name the spec with -f")
    from kcfg.delivery import Left

    left = Left()
    before = _rendered(wish, since, Left())
    after = _rendered(wish, until, left)
    tell_held(left)
    title = f"{since} -> {until or 'work tree'}"
    return title, make_plan(None, before, after)


def _rendered(wish: Wish, revision: str | None, left: Left) -> Kubeconfig:
    if revision is None:
        return wish.target(wish.load(), None, left=left)
    from kcfg.spec.revision import Revision

    directory = wish.file if wish.file and os.path.isdir(wish.file) else os.path.dirname(wish.file or "")
    with Revision(revision, directory or ".") as tree:
        return wish.target(wish.load(tree), None, tree, left=left)
