"""The kubeconfig of one context, as a program is given it. Pure."""

from __future__ import annotations

from kcfg.errors import KcfgError
from kcfg.kubeconfig.minify import minify
from kcfg.kubeconfig.model import Entry

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from kcfg.kubeconfig.model import Kubeconfig


def single(
    config: Kubeconfig,
    context: str,
    *,
    namespace: str | None = None,
    user: str | None = None,
    groups: Sequence[str] = (),
) -> Kubeconfig:
    """Return a kubeconfig with one context, which is current; in another namespace, as somebody else.

    `user` and `groups` are kubectl's --as and --as-group: the API server lets only those impersonate whom it trusts.
    """
    result = minify(config, context).copy()
    if namespace is not None:
        result.contexts[context].body = {**result.contexts[context].body, "namespace": namespace}
    if user is not None or groups:
        _impersonate(result, context, user, groups)
    return result


def namespace_of(config: Kubeconfig, context: str) -> str:
    """Return the namespace that kubectl uses."""
    return config.contexts[context].get("namespace") or "default"


def _impersonate(config: Kubeconfig, context: str, user: str | None, groups: Sequence[str]) -> None:
    entry = config.contexts[context]
    name = entry.get("user")
    if not name:
        # A context without a user cannot say whom it stands for.
        name = context
        entry.body = {**entry.body, "user": name}
        config.users[name] = Entry(name)
    body = config.users[name].body
    if user is None and not body.get("as"):
        raise KcfgError("--as-group needs --as: a group alone is nobody", hint="--as NAME --as-group GROUP")
    kept = {key: value for key, value in body.items() if not (user is not None and key in ("as-uid", "as-user-extra"))}
    change = {"as": user} if user is not None else {}
    config.users[name].body = {**kept, **change, "as-groups": list(groups)}
