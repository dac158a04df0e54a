"""What commands that reach one API server share: which context is meant, its server and its user."""

from __future__ import annotations

import os

from kcfg.dataclass import dataclass
from kcfg.errors import KcfgError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kcfg.cli.shared.trusting import Trust
    from kcfg.connect.endpoint import Endpoint
    from kcfg.connect.plugin import Credential
    from kcfg.kubeconfig.model import Kubeconfig

_SIGN_IN = 60.0  # seconds that a plugin may take


@dataclass(frozen=True, slots=True)
class Source:
    """Where the context is looked for, as given on the command line, and what it is called."""

    context: str | None
    named: str | None
    kubeconfig: str | None
    file: str | None
    environment: str | None
    values: Sequence[str]
    in_cluster: bool
    asks: bool = False  # before a context that is protected is used
    yes_protected: bool = False

    @property
    def is_spec(self) -> bool:
        """Whether a spec is asked, not a kubeconfig."""
        return self.file is not None or self.environment is not None or bool(self.values)

    @property
    def name(self) -> str | None:
        """The context's name, if one was given."""
        if self.context and self.named and self.context != self.named:
            raise KcfgError("two contexts are named", hint="leave --context out")
        return self.context or self.named


def open_context(source: Source, *, with_user: bool, trust: Trust = False) -> tuple[Kubeconfig, str]:
    """Return a kubeconfig and the name of the context meant; of a spec, secrets of that context's user are read."""
    if source.in_cluster:
        return _open_in_cluster(source)
    if source.is_spec:
        return _open_spec(source, with_user=with_user, trust=trust)
    from kcfg.cli.shared.contexts import in_kubeconfig, the_one
    from kcfg.cli.shared.output import require_files
    from kcfg.kubeconfig.file import load_config, search_path
    from kcfg.kubeconfig.kcfg_marker import marker_of

    search = search_path(source.kubeconfig, os.environ)
    require_files(search.paths)
    config = load_config(search)
    name = the_one(in_kubeconfig(config), source.name or None)
    _agree(source, name, protected=marker_of(config.contexts[name].body).get("protected") is True)
    return config, name


def _agree(source: Source, name: str, *, protected: bool) -> None:
    if source.asks and protected:
        from kcfg.cli.shared.protecting import require_agreement

        require_agreement([name], yes=source.yes_protected)


def _open_in_cluster(source: Source) -> tuple[Kubeconfig, str]:
    from kcfg.kubeconfig.in_cluster import IN_CLUSTER, load_in_cluster

    if source.name or source.kubeconfig or source.is_spec:
        raise KcfgError("--in-cluster is the only context of its own", hint="leave context and files out")
    return load_in_cluster(os.environ), IN_CLUSTER


def _open_spec(source: Source, *, with_user: bool, trust: Trust) -> tuple[Kubeconfig, str]:
    from kcfg.cli.shared.asking import own_plugin
    from kcfg.cli.shared.contexts import in_spec, the_one
    from kcfg.cli.shared.serving import require_served
    from kcfg.cli.shared.stores import Stores, load_valid
    from kcfg.cli.shared.trusting import require_permit
    from kcfg.delivery import is_account, require_delivered
    from kcfg.rendering import RenderOptions, render

    if source.kubeconfig is not None:
        raise KcfgError("--kubeconfig and a spec exclude one another", hint="leave one out")
    spec = load_valid(source.file, source.environment, source.values)
    name = the_one(in_spec(spec), source.name or None)
    _agree(source, name, protected=spec.contexts[name].entry.protected)
    if not with_user:
        return render(spec, RenderOptions("omit"), contexts=[name]), name
    require_delivered(spec, [name])
    read = Stores(spec, require_permit(spec, trust)).hand_out([name])
    require_served(spec, [name])
    if is_account(spec, name):  # a token is asked for at each use
        return render(spec, RenderOptions("exec", None, own_plugin()), contexts=[name]), name
    config = render(spec, RenderOptions("inline"), contexts=[name], read_secret=read)
    return config, name


def reach(config: Kubeconfig, context: str, *, with_user: bool) -> Endpoint:
    """Return what is known about a context's server and, if wanted, its user; no plugin is run."""
    from kcfg.connect.endpoint import make_endpoint
    from kcfg.connect.trouble import Trouble
    from kcfg.files import read_bytes

    try:
        return make_endpoint(config, context, os.environ, read_bytes, with_user=with_user)
    except Trouble as trouble:
        raise KcfgError(f"{context}: {trouble.message}", hint=trouble.hint) from None


def sign_in(endpoint: Endpoint, context: str, environ: Mapping[str, str] | None = None) -> Credential | None:
    """Run the endpoint's plugin, if it has one, and let the endpoint use what it gives; return that."""
    from kcfg.connect import plugin
    from kcfg.connect.trouble import Trouble

    try:
        return plugin.sign_in(endpoint, os.environ if environ is None else environ, _SIGN_IN)
    except Trouble as trouble:
        raise KcfgError(f"{context}: {trouble.message}", hint=trouble.hint) from None


def place(
    config: Kubeconfig, context: str, targets: Mapping[str, str | None], namespace: str | None, path: str | None
) -> str:
    """Return what stands behind the server's URL: the path, below a service, pod or node if one is named."""
    from kcfg.connect.address import escape, proxied

    given = [(kind, name) for kind, name in targets.items() if name is not None]
    if len(given) > 1:
        raise KcfgError("a service, a pod and a node exclude one another", hint="leave all but one out")
    below = escape(path if path.startswith("/") else f"/{path}") if path else ""
    if not given:
        return below
    kind, name = given[0]
    # An empty namespace means the default one, as in kubectl.
    own = config.contexts[context].body.get("namespace")
    return proxied(kind, name, str(namespace or own or "default")) + below
