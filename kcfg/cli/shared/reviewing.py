"""Two revisions of a spec, compared in every environment: what a reviewer of a change has to see.

What is in one revision alone is all new, or all removed. Certificates and keys that a spec names by file are compared
by content; secrets by reference and store, so no store is read. What is wrong in a revision is told with its name.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from hashlib import sha256

from kcfg.boundary import root_of
from kcfg.cli.plans.many import Part
from kcfg.cli.shared.contents import describe_files
from kcfg.cli.shared.contexts import in_spec
from kcfg.cli.shared.planning import tell_held
from kcfg.dataclass import dataclass, field, replace
from kcfg.delivery import Left
from kcfg.errors import KcfgError, Location, SpecError
from kcfg.kubeconfig.model import Kubeconfig
from kcfg.kubeconfig.plan import Options, selected_keys
from kcfg.kubeconfig.threeway import make_plan
from kcfg.printing import tell
from kcfg.spec.files import DISK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.cli.shared.planning import Wish
    from kcfg.secrets.ref import SecretRef
    from kcfg.spec.files import Tree
    from kcfg.spec.spec import Spec

WORK_TREE = "work tree"


@dataclass(slots=True)
class _Side:
    """A spec in one revision: as a whole (None) and in its environments; empty where the revision has none."""

    revision: str | None
    tree: Tree
    root: str
    name: str = ""
    specs: dict[str | None, Spec] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.revision or f"the {WORK_TREE}"


def review(wish: Wish, since: str, until: str | None, *, every: bool = False) -> tuple[str, list[Part]]:
    """Compare a spec as it is in two revisions, or in one and the work tree; return a title and what differs where.

    Without an environment the whole spec comes first, and then each of either revision; with `every` only these.
    """
    if wish.file == "-":
        raise KcfgError("standard input has no revisions", hint="name the spec with -f")
    title = f"{since} -> {until or WORK_TREE}"
    with _trees(wish, since, until) as (old, new):
        before, after = _sides(wish, (since, old), (until, new))
        left = Left()
        names = _names(wish.environment, before, after, every=every)
        chosen = wish.narrow(
            [[in_spec(side.specs[name]) for side in (after, before) if name in side.specs] for name in names]
        )
        parts = [_part(wish, before, after, name, left, its) for name, its in zip(names, chosen, strict=True)]
    tell_held(left)
    if wish.environment is not None:
        title = f"{title}, {parts[0].heading}"
    return title, parts


@contextmanager
def _trees(wish: Wish, since: str, until: str | None) -> Iterator[tuple[Tree, Tree]]:
    from kcfg.spec.revision import Revision

    directory = _directory(wish)
    with Revision(since, directory) as old:
        if until is None:
            yield old, DISK
        else:
            with Revision(until, directory) as new:
                yield old, new


def _directory(wish: Wish) -> str:
    """Return a folder of the repository that is asked."""
    if wish.file:
        return wish.file if os.path.isdir(wish.file) else os.path.dirname(wish.file) or "."
    from kcfg.spec.find import find_root

    try:
        return os.path.dirname(find_root(None, ".")) or "."
    except SpecError:  # it may be in the revisions alone
        return "."


def _sides(wish: Wish, old: tuple[str, Tree], new: tuple[str | None, Tree]) -> tuple[_Side, _Side]:
    """Load both revisions; one of them may lack the spec."""
    roots = [_root(wish.file, tree) for _, tree in (old, new)]
    if roots == [None, None]:
        what = wish.file or "kcfg.yaml"
        raise SpecError(f"neither {old[0]} nor {new[0] or f'the {WORK_TREE}'} has {what}", hint="-f names the spec")
    if wish.file is None and None not in roots and os.path.dirname(str(roots[0])) != os.path.dirname(str(roots[1])):
        # The nearest spec upward is another one: this one is new, or gone.
        near = max(range(2), key=lambda at: len(os.path.abspath(os.path.dirname(str(roots[at])))))
        roots[1 - near] = None
    sides = []
    for root, (revision, tree) in zip(roots, (old, new), strict=True):
        side = _Side(revision, tree, root or "")
        if root is not None:
            with _naming(revision):
                _load(wish, side)
        sides.append(side)
    for side, other, word in ((sides[0], sides[1], "new"), (sides[1], sides[0], "removed")):
        if not side.root:
            tell(f"kcfg: note: {side} has no {other.root}: everything is {word}")
    return sides[0], sides[1]


def _root(file: str | None, tree: Tree) -> str | None:
    from kcfg.spec.find import find_root

    try:
        root = find_root(file, ".", tree)
    except SpecError as error:
        if file is None and error.location:  # it is there, and refused
            raise
        return None
    return root if tree.exists(root) else None


def _load(wish: Wish, side: _Side) -> None:
    """Judge a spec as `validate` does, and keep what it is in each environment that is asked for."""
    from kcfg.cli.shared.stores import parse_values
    from kcfg.spec.judge import judge, raise_problems
    from kcfg.spec.load import read_spec

    spec, problems = read_spec(side.root, side.tree)
    if spec is None:
        raise_problems(problems)
    assert spec is not None
    side.name = spec.name
    side.specs = dict.fromkeys(spec.environments, spec)  # their names; what they mean comes below
    if wish.environment is not None and wish.environment not in spec.environments:
        raise_problems(problems, spec)
        return
    verdict = judge(spec, problems, wish.environment, parse_values(wish.values), allow_plaintext=wish.allow_plaintext)
    raise_problems(verdict.problems, spec)
    side.specs |= {each.environment: each for each in (verdict.meant, *verdict.environments)}


@contextmanager
def _naming(revision: str | None) -> Iterator[None]:
    """Say in which revision something is wrong, with its places as git writes them: `HEAD:kcfg.yaml:3:1`."""
    try:
        yield
    except KcfgError as error:
        if revision is None:
            raise
        named = []
        for each in map(copy, error.problems):
            if each.location:
                where = each.location
                each.location = Location(f"{revision}:{where.file}", where.line, where.column)
            else:
                each.message = f"{revision}: {each.message}"
            named.append(each)
        error.message = f"{revision}: {error.message}"
        error.problems = named
        raise


def _names(asked: str | None, before: _Side, after: _Side, *, every: bool) -> Sequence[str | None]:
    environments = [name for name in {**after.specs, **before.specs} if name is not None]
    if every:
        if not environments:
            raise SpecError(
                f"neither {before} nor {after} declares an environment", hint="leave --all-environments out"
            )
        return environments
    if asked is None:
        return [None, *environments]
    if asked not in environments:
        from kcfg.closest import suggest

        known = f"there is {', '.join(environments)}" if environments else "none is declared"
        raise SpecError(
            f"no environment is called {asked!r}, neither in {before} nor in {after}",
            hint=suggest(asked, environments, known),
        )
    return [asked]


def _part(wish: Wish, before: _Side, after: _Side, name: str | None, left: Left, chosen: set[str] | None) -> Part:
    old, new = before.specs.get(name), after.specs.get(name)
    # Files are compared by content, as paths; where the spec now embeds otherwise, that shows.
    embed = old is not None and new is not None and (old.embed, old.flatten) != (new.embed, new.flatten)
    its = replace(wish, embed=embed)
    with _naming(before.revision):
        one = _rendered(its, old, before, Left())
    with _naming(after.revision):
        other = _rendered(its, new, after, left)
    describe_files((one, old, os.path.dirname(before.root)), (other, new, os.path.dirname(after.root)))
    action = "create" if old is None else "delete" if new is None else None
    root = after.root or before.root
    folder = os.path.realpath(os.path.dirname(root) or ".")
    options = Options(selected=None if chosen is None else selected_keys(chosen, one, other))
    plan = make_plan(None, one, other, spec=after.name or before.name, options=options)
    return Part(name, plan, action, root=root_of(root), base=folder)


def _rendered(wish: Wish, spec: Spec | None, side: _Side, left: Left) -> Kubeconfig:
    """Return what a spec renders to, with paths from the folder of its root: no place of this machine is in them.

    Users that no stanza can carry are compared too, as they would be inlined.
    """
    if spec is None:
        return Kubeconfig()
    directory = os.path.dirname(side.root) or "."
    if wish.read_secrets and wish.inlines(spec):
        return wish.target(spec, directory, left=left)
    its = Left()
    config = _marked(wish, spec, directory, wish.credentials, its)
    if its.held:
        whole = _marked(wish, spec, directory, "inline", Left())
        config.users |= {name: whole.users[name] for name in its.held}
        config.contexts |= {name: whole.contexts[name] for name in its.contexts}
        config.current_context = whole.current_context
        left.held |= its.held
        left.contexts |= its.contexts
    return config


def _marked(wish: Wish, spec: Spec, directory: str, credentials: str | None, left: Left) -> Kubeconfig:
    """Render with a mark in the place of each secret: its reference, and a digest of the store that this leads to."""
    from kcfg.apply.target import make_target
    from kcfg.rendering import RenderOptions
    from kcfg.secrets.secret import Secret
    from kcfg.spec.secrets import store_declaration

    def mark(ref: SecretRef) -> Secret:
        store = json.dumps(store_declaration(spec, ref.store, directory), sort_keys=True, default=str)
        return Secret(f"{ref} (store {sha256(store.encode()).hexdigest()[:16]})")

    target = RenderOptions(credentials, directory, wish.credential_command, marks=True)
    return make_target(spec, target, read_secret=mark, left=left, embed=wish.embed)
