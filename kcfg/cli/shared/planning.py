"""A spec, a live kubeconfig and the plan between them: what diff, apply, status and verify share."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence

from kcfg.cli.shared.progress import watched
from kcfg.dataclass import dataclass, replace
from kcfg.errors import listed
from kcfg.printing import say_lines, tell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO

    from kcfg.apply.live import Live
    from kcfg.cli.plans.many import Part
    from kcfg.cli.shared.contexts import Known
    from kcfg.cli.shared.trusting import Gate, Trust
    from kcfg.delivery import Left
    from kcfg.kubeconfig.model import Kubeconfig
    from kcfg.kubeconfig.plan import Options, Plan
    from kcfg.spec.files import Tree
    from kcfg.spec.spec import Spec


@dataclass(frozen=True, slots=True)
class Wish:
    """Which spec, for which environment, rendered how."""

    file: str | None
    environment: str | None
    values: Sequence[str]
    credentials: str | None
    credential_command: str
    allow_plaintext: bool
    trust: Trust = False
    read_secrets: bool = False
    strict: bool = False
    embed: bool = True
    contexts: Sequence[str] = ()
    selector: str | None = None
    exclude: Sequence[str] = ()

    @property
    def narrows(self) -> bool:
        """Whether a part of the contexts is meant."""
        return bool(self.contexts or self.selector is not None or self.exclude)

    def narrow(self, sides: Sequence[Sequence[Known]]) -> list[set[str] | None]:
        """Return the contexts that are selected, of what each plan compares; None where nothing is narrowed.

        Raises KcfgError for a name or glob that means none, and for a selection of nothing.
        """
        if not self.narrows:
            return [None] * len(sides)
        from kcfg.cli.shared.contexts import select_of_each, together

        knowns = [together(each) for each in sides]
        return [set(names) for names in select_of_each(knowns, self.contexts, self.selector, self.exclude)]

    def load(self, tree: Tree | None = None) -> Spec:
        """Load and check the spec."""
        from kcfg.cli.shared.stores import load_valid

        return load_valid(
            self.file,
            self.environment,
            self.values,
            allow_plaintext=self.allow_plaintext,
            tree=tree,
            strict=self.strict if tree is None or self.strict else None,
        )

    def inlines(self, spec: Spec) -> bool:
        """Return whether values of secrets go into the kubeconfig."""
        from kcfg.delivery import inlines

        return inlines(spec, self.credentials)

    def target(
        self, spec: Spec, directory: str | None, *, left: Left, gate: Gate | None = None, live: str | None = None
    ) -> Kubeconfig:
        """Return what the kubeconfig should be; secrets are read only if that was asked for.

        What the trust gate refuses is an error, or with a `gate` stays as it is. In the file `live` of this machine the
        user's own settings have a say.
        """
        from kcfg.apply.target import make_target
        from kcfg.cli.shared.own import keep_answers, tell_clusters
        from kcfg.cli.shared.stores import Stores
        from kcfg.cli.shared.trusting import require_permit
        from kcfg.rendering import RenderOptions

        read_secret, kept = None, frozenset[str]()
        if self.inlines(spec) and self.read_secrets:
            permit = gate.grant(spec).permit if gate is not None else require_permit(spec, self.trust)
            read_secret = Stores(spec, permit).read
            kept = self._unread(spec, gate)
        target = RenderOptions(self.credentials, directory, self.credential_command, kept=kept)
        config = make_target(spec, target, read_file=spec.read, read_secret=read_secret, left=left, embed=self.embed)
        if live is not None:
            refused = gate is not None and gate.refused(spec) is not None  # then no more of it is remembered
            keep_answers(config, spec, target, live, recorded=refused)
            tell_clusters(config, live)
        return config

    def _unread(self, spec: Spec, gate: Gate | None) -> frozenset[str]:
        """Return the users whose secrets would be inlined, and are not read because the gate refuses them."""
        from kcfg.delivery import inlined_user

        refused = gate.refused(spec) if gate is not None else None
        users = {*refused.users, *(each.user for each in refused.meetings)} if refused is not None else set()
        return frozenset(name for name in users if inlined_user(spec, name, self.credentials))


@dataclass(frozen=True, slots=True, repr=False)
class Job:
    """A plan, and what it was made of."""

    spec: Spec
    live: Live
    plan: Plan
    left: Left

    @property
    def title(self) -> str:
        """`~/.kube/config <- spec acme, environment prod`."""
        where = f", environment {self.spec.environment}" if self.spec.environment else ""
        return f"{self.live.path} <- spec {self.spec.name}{where}"


def make_job(
    wish: Wish, kubeconfig: str | None, options: Options, gate: Gate | None = None, *, spec: Spec | None = None
) -> Job:
    """Load the spec, if it is not given; read the kubeconfig, plan. What a `gate` refuses is held back."""
    (job,) = _make_jobs(wish, [spec or wish.load()], kubeconfig, options, gate)
    return job


def make_jobs(wish: Wish, kubeconfig: str | None, options: Options) -> list[Job]:
    """Plan for each environment of a spec what applying it to one kubeconfig would change."""
    from kcfg.cli.shared.stores import load_environments

    specs = load_environments(wish.file, [], wish.values, every=True, allow_plaintext=wish.allow_plaintext)
    return list(_make_jobs(wish, specs, kubeconfig, options))


def _make_jobs(
    wish: Wish, specs: Sequence[Spec], kubeconfig: str | None, options: Options, gate: Gate | None = None
) -> Iterator[Job]:
    from kcfg.apply.live import open_live
    from kcfg.cli.shared.contexts import in_spec
    from kcfg.delivery import Left
    from kcfg.kubeconfig.plan import selected_keys
    from kcfg.kubeconfig.threeway import make_plan

    path = target_path(kubeconfig)
    live = open_live(path)
    sides = [[in_spec(spec), _managed(live, spec.name)] if wish.narrows else [] for spec in specs]
    wanted = list(zip(specs, wish.narrow(sides), strict=True))
    for spec, names in watched(wanted, [spec.environment or "" for spec in specs]):
        left = Left()
        target = wish.target(spec, os.path.dirname(os.path.realpath(path)), left=left, gate=gate, live=path)
        selected = None
        if names is not None:
            selected = selected_keys(names, live.config, target)
            left.narrow(names)
        its = replace(
            options,
            left=left.keys(),
            manage=spec.manage,
            undelivered=frozenset(left.held),
            selected=selected,
            refused=None if gate is None else gate.refused(spec),
        )
        yield Job(spec, live, make_plan(live.applied, live.config, target, spec=spec.name, options=its), left)


def _managed(live: Live, spec_name: str) -> Known:
    """Return the contexts that a spec wrote into a kubeconfig: those that it no longer has can be selected, too."""
    from kcfg.cli.shared.contexts import in_kubeconfig

    known = in_kubeconfig(live.config)
    entries = live.applied.entries
    mine = [name for name in known.names if (it := entries.get(("contexts", name))) and it.spec == spec_name]
    return replace(known, names=mine)


def tell_held(left: Left) -> None:
    """Say which users cannot be delivered, with their contexts and what to do, each at its place."""
    from kcfg.cli.shared.report import show_problems

    if not left.held:
        return
    show_problems([problem for problems in left.held.values() for problem in problems])
    for user in left.held:
        contexts = ", ".join(name for name, its in left.contexts.items() if its == user)
        tell(f'kcfg: user "{user}" left as it is{f", with its contexts: {contexts}" if contexts else ""}')


def tell_open(job: Job, *, done: bool) -> None:
    """List the entries that conflicts hold back, each with the reason and what to do."""
    from kcfg.apply.write import open_problems
    from kcfg.cli.shared.report import show_problems
    from kcfg.errors import count

    if not job.plan.open:
        return
    show_problems(open_problems(job.plan, job.live.path))
    conflicts, held = (len(job.plan.of(action)) for action in ("conflict", "held"))
    told = [*([count(conflicts, "conflict")] if conflicts else []), *([f"{held} held back"] if held else [])]
    rest = "the rest was" if done and job.plan.writes else "nothing was"
    tell(f"kcfg: error: {', '.join(told)}: {rest} written")


def tell_paths(*lefts: Left) -> None:
    """Say which public files are not in the result, though others of the spec are."""
    if paths := sorted({path for left in lefts for path in left.paths}):
        tell(f"kcfg: note: outside of the spec's root, so not embedded: {listed(paths, 5)}")


def tell_missing(spec: Spec, credentials: str | None) -> None:
    """Say which secrets kcfg has stored nowhere yet; the index and the disk are asked, no store is opened."""
    from kcfg.delivery import KEEP, mode_of
    from kcfg.secrets.index import read_index
    from kcfg.spec.secrets import declared_secrets, is_stored, store_declaration

    declared = declared_secrets(spec)
    index = read_index(os.environ) if declared else {}
    stores = {name: store_declaration(spec, name) for name in {secret.ref.store for secret in declared}}
    modes = {name: mode_of(spec, name, credentials) for name in spec.users}
    missing = [
        secret.name
        for secret in declared
        if any(modes[each.rpartition("/")[0]] not in (KEEP, "omit") for each in secret.used_by)
        and not is_stored(spec.name, secret.ref, stores[secret.ref.store], index)
    ]
    if missing:
        where = f" -e {spec.environment}" if spec.environment else ""
        tell(f"kcfg: note: not stored yet: {listed(missing, 5)}; `kcfg secret set --missing{where}` asks for each")


def target_path(kubeconfig: str | None) -> str:
    """Return the one file that a spec is applied to: --kubeconfig, else the first of KUBECONFIG that exists."""
    from kcfg.errors import KcfgError
    from kcfg.kubeconfig.file import search_path

    search = search_path(kubeconfig, os.environ)
    path = search.home()
    if path == "-" or path.startswith(("/dev/", "/proc/")):
        raise KcfgError(f"{path} cannot be applied to", hint="name a file with --kubeconfig")
    if len(search.paths) > 1:
        tell(f"kcfg: KUBECONFIG lists {len(search.paths)} files; this is about {path}")
    return path


def wants_color(choice: str, stream: TextIO | None = None) -> bool:
    """Return whether a stream gets colors: standard output, if no other is named."""
    if choice != "auto":
        return choice == "always"
    from kcfg.looks import is_colored

    return is_colored(stream or sys.stdout)


def show_plan(plan: Plan, output: str, *, path: str | None, environment: str | None, color: str) -> None:
    """Print a plan in a format; nothing that is secret."""
    if output == "json":
        from kcfg.cli.plans.to_json import plan_json
        from kcfg.printing import put_json

        put_json(plan_json(plan, path=path, environment=environment))
    elif output == "unified":
        from kcfg.cli.plans.unified import plan_unified

        say_lines(plan_unified(plan, color=wants_color(color)), colored=True)
    else:
        from kcfg.cli.plans.text import plan_text

        say_lines(plan_text(plan, color=wants_color(color)), colored=True, wrap=True)


def show_parts(parts: Sequence[Part], output: str, *, title: str, color: str) -> None:
    """Print the plans of several environments."""
    from kcfg.cli.plans import many

    if output == "json":
        from kcfg.printing import put_json

        put_json(many.parts_json(parts))
    elif output == "markdown":
        from kcfg.cli.plans.markdown import parts_markdown

        say_lines(parts_markdown(parts, title))
    else:
        show = many.parts_unified if output == "unified" else many.parts_text
        say_lines(show(parts, color=wants_color(color)), colored=True, wrap=output != "unified")


def unread_users(*plans: Plan) -> list[str]:
    """Return the users whose secrets were not compared."""
    return list(dict.fromkeys(change.name for plan in plans for change in plan.changes if change.unread()))


def tell_unread(*plans: Plan) -> None:
    """Say which secrets were not compared."""
    users = unread_users(*plans)
    if users:
        tell(f"kcfg: secret: not compared ({listed(users, 3)}); --read-secrets reads the stores")
