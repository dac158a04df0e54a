"""One rendering for a target: what was asked for, what may be read, and the Problems met on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from kcfg.dataclass import dataclass, field
from kcfg.errors import Problem, Signal, SpecError, listed
from kcfg.kubeconfig.model import Kubeconfig
from kcfg.kubeconfig.redact import holds_secret
from kcfg.rendering import RenderOptions, render

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.secrets.ref import SecretRef
    from kcfg.secrets.secret import Secret
    from kcfg.spec.spec import Spec

ReadSecret = Callable[["SecretRef"], "Secret"]
_BATCH = 256
_SHOWN = 5


class Unrendered(Signal):
    """A rendering failed; its Problems are in the job already."""


@dataclass(slots=True)
class Job:
    """What a target is given. `read_secret` is for `inline` alone; `directory` is where the files will stand."""

    spec: Spec
    contexts: list[str] | None  # None: nothing narrows the spec
    credentials: str = "exec"
    read_secret: ReadSecret | None = None
    directory: str | None = None
    credential_command: str = "kcfg-credential"
    namespace: str = ""
    plugins: frozenset[str] = frozenset()  # commands that the user's own Argo CD image has
    template: str = "argocd"  # what an ExternalSecret becomes
    secret_store: str = ""  # [KIND/]NAME; "" takes the spec's own store names
    key: str = "value"  # of a Secret's data, under which the kubeconfig stands
    labels: dict[str, str] = field(default_factory=dict)  # beside those of the spec
    per_cluster: bool = False  # a Secret for each cluster instead of one
    exec_api: str = "v1"  # of kcfg's own exec stanzas
    # The gate of files with secrets: without a name asked for all that the target named, else for one more.
    require_private: Callable[..., None] | None = None
    holds_secret: bool = False  # a kubeconfig with a secret was made
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    servers: dict[str, str] = field(default_factory=dict)  # what an engine knows a cluster by → the cluster
    judged: bool = False  # each cluster was held to what the engine reads, one by one
    _unread: dict[str, dict[str, int]] = field(default_factory=dict)
    _listed: dict[str, list[str]] = field(default_factory=dict)

    @property
    def inline(self) -> bool:
        """Whether the values of secrets were asked for."""
        return self.credentials == "inline"

    @property
    def names(self) -> list[str]:
        """The contexts that were asked for."""
        return list(self.spec.contexts) if self.contexts is None else self.contexts

    def left_out(self, engine: str, name: str) -> None:
        """Count a field that the engine does not read; they are told in one note."""
        counts = self._unread.setdefault(engine, {})
        counts[name] = counts.get(name, 0) + 1

    def listed(self, what: str, name: str) -> None:
        """Note an object about which there is something to know."""
        self._listed.setdefault(what, []).append(name)

    def finish(self) -> None:
        """Make notes of what was counted: one for all that is left out, one for each thing to know."""
        for engine, counts in self._unread.items():
            fields = (f"{name} ({number})" if number > 1 else name for name, number in sorted(counts.items()))
            self.notes.append(f"{engine} does not read {', '.join(fields)}")
        for what, names in self._listed.items():
            self.notes.append(f"{what}: {listed(names, _SHOWN)}")

    def kubeconfig(self) -> Kubeconfig:
        """Return the one kubeconfig of everything selected."""
        rendering = RenderOptions(self.credentials, self.directory, self.credential_command, exec_api=self.exec_api)
        return self._render(rendering, self.contexts, self.read_secret)

    def kubeconfigs(self, contexts: Iterable[str], read_secret: ReadSecret | None = None) -> Iterator[Kubeconfig]:
        """Yield the kubeconfig of each context alone, with absolute paths; never more than a batch is in memory."""
        marks = read_secret is not None
        read_secret = read_secret or (self.read_secret if self.inline else None)
        rendering = RenderOptions("inline" if read_secret else "omit", None, self.credential_command, marks=marks)
        waiting = iter(contexts)
        # All at once where stores are read: then every missing secret is told together.
        while names := list(islice(waiting, None if self.inline else _BATCH)):
            whole = self._render(rendering, names, read_secret)
            for name in names:
                yield _only(whole, name)

    def _render(self, rendering: RenderOptions, names: list[str] | None, read_secret: ReadSecret | None) -> Kubeconfig:
        try:
            config = render(self.spec, rendering, contexts=names, read_secret=read_secret)
        except SpecError as error:
            self.problems += error.problems
            raise Unrendered from None
        if read_secret is not None:
            self.holds_secret = True
        elif self.require_private is not None and holds_secret(config):  # one that was not asked for
            self.require_private()
            self.holds_secret = True
        return config


def _only(whole: Kubeconfig, name: str) -> Kubeconfig:
    context = whole.contexts[name].copy()
    one = Kubeconfig()
    one.contexts = {name: context}
    one.current_context = name
    one.clusters = {context.body["cluster"]: whole.clusters[context.body["cluster"]].copy()}
    if context.body["user"] in whole.users:
        one.users = {context.body["user"]: whole.users[context.body["user"]].copy()}
    return one
