"""A valid spec and its secret stores, for the commands that read or write secrets."""

from __future__ import annotations

import os
from contextlib import contextmanager
from contextvars import ContextVar

from kcfg.cli.shared.progress import watched

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import Any

    from kcfg.errors import Problem
    from kcfg.secrets.ref import SecretRef
    from kcfg.secrets.secret import Secret
    from kcfg.secrets.stores import Store
    from kcfg.spec.files import Tree
    from kcfg.spec.spec import Spec
    from kcfg.trust.gate import Permit


_plaintext: ContextVar[bool] = ContextVar("plaintext", default=False)


@contextmanager
def allow_plaintext(allowed: bool) -> Iterator[None]:
    """Let plain-text secrets stand in the specs that are loaded inside of this block, if that was asked for."""
    token = _plaintext.set(allowed)
    try:
        yield
    finally:
        _plaintext.reset(token)


def load_valid(
    file: str | None,
    environment: str | None,
    values: Sequence[str] = (),
    *,
    allow_plaintext: bool = False,
    lenient: bool = False,
    tree: Tree | None = None,
    contents: bool | None = True,
    strict: bool | None = None,
) -> Spec:
    """Load a spec for one environment, or None for the whole. Raises KcfgError with every Problem of it."""
    (spec,) = load_environments(
        file,
        [environment],
        values,
        allow_plaintext=allow_plaintext,
        lenient=lenient,
        tree=tree,
        contents=contents,
        strict=strict,
    )
    return spec


def load_environments(
    file: str | None,
    environments: Sequence[str | None],
    values: Sequence[str] = (),
    *,
    every: bool = False,
    allow_plaintext: bool = False,
    allow_empty: bool = False,
    lenient: bool = False,
    tree: Tree | None = None,
    contents: bool | None = True,
    strict: bool | None = None,
) -> list[Spec]:
    """Read a spec once and return what it is for each environment, or for `every` one it declares.

    Warnings are told by commands that have `--strict`, which makes them errors; `contents` is `check_spec`'s.
    """
    from kcfg.errors import SpecError
    from kcfg.spec.check import check_spec
    from kcfg.spec.environments import resolve
    from kcfg.spec.files import DISK
    from kcfg.spec.find import find_root
    from kcfg.spec.judge import raise_problems
    from kcfg.spec.load import read_spec

    given = parse_values(values)
    tree = tree or DISK
    spec, problems = read_spec(find_root(file, ".", tree), tree)
    if spec is None:
        raise_problems(problems)
    assert spec is not None
    if every and not spec.environments and spec.is_whole("environments"):
        raise_problems(problems, spec)
        raise SpecError(
            "the spec declares no environment", hint="leave --all-environments out; `kcfg explain environments`"
        )
    found: list[Spec] = []
    for name in watched(list(spec.environments) if every else environments):
        resolved, faults = resolve(spec, name, given, allow_empty=allow_empty, lenient=lenient)
        before = found[0] if found else None
        problems += faults
        problems += check_spec(
            resolved,
            resolved.read,
            allow_plaintext=allow_plaintext or _plaintext.get(),
            contents=contents,
            checked=before,
        )
        found.append(resolved)
    if strict:
        make_strict(problems)
    raise_problems(problems, spec)
    if strict is not None and problems:
        from kcfg.cli.shared.report import show_problems
        from kcfg.spec.judge import in_order

        show_problems(in_order(problems, spec))
    return found


def make_strict(problems: Iterable[Problem]) -> None:
    """Make warnings errors."""
    for problem in problems:
        if problem.level == "warning":
            problem.level = "error"


def parse_values(given: Sequence[str]) -> dict[str, str]:
    """Return the values of `--set NAME=VALUE`."""
    from kcfg.errors import KcfgError

    if wrong := next((each for each in given if not each.partition("=")[0] or "=" not in each), None):
        raise KcfgError(f"--set {wrong.partition('=')[0]!r}: no value", hint="--set NAME=VALUE")
    return {name: value for name, _, value in (each.partition("=") for each in given)}


class Stores:
    """The stores of a spec, each opened once.

    Without a Permit only what the gate lets everybody have: the spec's own keyring items, variables that begin with
    KCFG_, and files that git tracks.
    """

    def __init__(self, spec: Spec, permit: Permit | None = None) -> None:
        self._spec = spec
        self._permit = permit
        self._open: dict[str, Store] = {}

    def read_file(self, path: str) -> bytes:
        """Return the bytes of a file that the spec names, as `Spec.read` does."""
        return self._spec.read(path)

    def of(self, ref: SecretRef) -> Store:
        """Return the store that a reference names, to keep a secret in it or to look whether there is one."""
        from kcfg.kubeconfig.plugins import shown_store
        from kcfg.secrets import is_recorded, open_store
        from kcfg.secrets.stores import Settings
        from kcfg.spec.secrets import store_declaration

        if self._permit is None and is_recorded(self.provider(ref)):
            self._require_own(ref)
        if ref.store not in self._open:
            self._require_below(ref)
            declared = self._spec.secret_stores.get(ref.store)
            settings = Settings(
                store_declaration(self._spec, ref.store),
                spec_name=self._spec.name,
                directory=(declared.source.directory if declared else "") or ".",
                environ=os.environ,
                trusted=True,
                show=shown_store,
            )
            self._open[ref.store] = open_store(settings)
        return self._open[ref.store]

    def read(self, ref: SecretRef) -> Secret:
        """Return the secret of a reference; its property is not picked."""
        if self._permit is None:
            self._require_own(ref)
        return self.of(ref).read(ref)

    def hand_out(self, contexts: Iterable[str]) -> Callable[[SecretRef], Secret]:
        """Return `read` for credentials that go to the clusters of contexts; the user's log is told, if on."""
        from kcfg.exec_stanza import place_args
        from kcfg.log import add_placed, is_on
        from kcfg.spec.references import references_of
        from kcfg.spec.secrets import store_declaration

        if not is_on(os.environ):
            return self.read
        servers: dict[SecretRef, dict[str, None]] = {}
        for name in contexts:
            context = self._spec.contexts[name].entry
            cluster, user = self._spec.clusters.get(context.cluster or ""), self._spec.users.get(context.user or "")
            for ref in references_of(user.entry) if user else ():
                servers.setdefault(ref, {})[(cluster and cluster.entry.server) or ""] = None

        def read(ref: SecretRef) -> Secret:
            secret = self.read(ref)
            words = place_args(ref, self._spec.name, store_declaration(self._spec, ref.store, "."))
            for server in servers.get(ref, {"": None}):
                add_placed(dict(zip(words[::2], words[1::2], strict=True)), os.environ, server)
            return secret

        return read

    def stored(self, ref: SecretRef) -> Secret | None:
        """Return what a store has, to compare it with what its user gives; None where there is nothing."""
        from kcfg.errors import SecretNotFound

        try:
            return self.of(ref).read(ref)
        except SecretNotFound:
            return None

    def _require_below(self, ref: SecretRef) -> None:
        """Raise FileError where a relative folder of a store leads out of the spec's root."""
        declared = self._spec.secret_stores.get(ref.store)
        if declared is None:
            return
        from kcfg.boundary import Bounds
        from kcfg.secrets import settings_of, settings_of_kind

        settings = settings_of(declared.entry.plain())
        for name in settings_of_kind(declared.entry.provider, "folder"):
            folder = settings.get(name, "")
            if not os.path.isabs(os.path.expanduser(folder)):
                Bounds(self._spec.root.file).require(os.path.join(declared.source.directory, folder))

    def _require_own(self, ref: SecretRef) -> None:
        from kcfg.trust.gate import require_own

        require_own(self._spec, ref, os.environ)

    def provider(self, ref: SecretRef) -> str:
        """Return the provider of a reference's store."""
        from kcfg.spec.secrets import store_declaration

        return str(store_declaration(self._spec, ref.store)["provider"])

    def settings(self, ref: SecretRef) -> dict[str, Any]:
        """Return the settings of a reference's store, as plain values."""
        from kcfg.secrets import settings_of
        from kcfg.spec.secrets import store_declaration

        return settings_of(store_declaration(self._spec, ref.store))

    def is_writable(self, ref: SecretRef) -> bool:
        """Return whether kcfg stores secrets where a reference leads."""
        from kcfg.secrets import find_provider

        return find_provider(self.provider(ref)).WRITABLE

    def backend(self, ref: SecretRef) -> str:
        """Return what keeps a reference's secret, as the index names it."""
        from kcfg.secrets import backend_of

        return backend_of(self.provider(ref))

    def item_name(self, ref: SecretRef) -> str:
        """Return the name of a reference's item in the index."""
        from kcfg.spec.secrets import item_name

        return item_name(self._spec.name, ref)

    def remember(self, ref: SecretRef, kind: str, validity: tuple[str, str]) -> None:
        """Note in the index that a reference's secret is stored: since when, what kind, valid from and until when."""
        from kcfg.expiry import now
        from kcfg.secrets.index import record_item

        name, backend = self.item_name(ref), self.backend(ref)
        record_item(name, backend=backend, kind=kind, now=now(), environ=os.environ, validity=validity)
