"""`--why`: whether a target needs a secret for a cluster, and what would make it unnecessary. No secret is read."""

from __future__ import annotations

from collections.abc import Iterator

from kcfg.delivery import KEEP, mode_of
from kcfg.errors import KcfgError, show_path
from kcfg.spec.presets import preset_stanza
from kcfg.spec.references import is_reference, secret_fields
from kcfg.targets.member import Member
from kcfg.targets.members import member_of
from kcfg.targets.names import object_names
from kcfg.targets.targets import TARGETS, TEMPLATES, open_target, open_template

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.spec.models import User
    from kcfg.spec.spec import Declared
    from kcfg.targets.job import Job

# These are for people's machines: kcfg's own plugin brings there what a reference leads to.
_LOCAL = ("kubectl", "direnv")
_PLUGIN = "a user with auth: or exec:, whose plugin the reader has"


def needs(job: Job, to: str) -> Iterator[str]:
    """Yield a line for each cluster that the job's contexts lead to.

    Raises KcfgError for a target of another package that does not say it.
    """
    if to not in TARGETS:
        yield from _other_needs(job, to)
        return
    yield from _needs(job, to)


def _other_needs(job: Job, to: str) -> Iterator[str]:
    from kcfg.targets.outside import answering

    if not all(hasattr(open_target(to), each) for each in ("ENGINE", "signs_in", "instead")):
        raise KcfgError(f"the target {to!r} does not say what a secret is needed for", hint="leave --why out")
    with answering(to):
        yield from _needs(job, to)


def _needs(job: Job, to: str) -> Iterator[str]:
    ways: dict[str, dict[str, Declared[User] | None]] = {}
    firsts: dict[str, str] = {}
    for name in job.names:
        entry = job.spec.contexts[name].entry
        firsts.setdefault(entry.cluster, name)
        ways.setdefault(entry.cluster, {})[entry.user or ""] = job.spec.users[entry.user] if entry.user else None
    names = object_names(ways)
    for cluster, users in ways.items():
        ways_there = [member_of(job, names[cluster], firsts[cluster], user) for user in users.values()]
        yield f"{cluster}: {_need(job, to, ways_there)}"


def _need(job: Job, to: str, ways: list[Member]) -> str:
    engine = job.template if to == "external-secrets" else to
    if engine in TEMPLATES or engine not in TARGETS:
        if len(ways) > 1:
            return _several(ways)
        return _of_engine(job, engine, ways[0], fetched=to == "external-secrets")
    if to == "clusterprofile":
        return _several(ways) if len(ways) > 1 else _of_provider(ways[0].user)
    if to == "kuberc":
        return "no secret: only the names of plugins are listed"
    if to == "k9s":
        return "no secret: only what is read-only is written"
    if len(ways) > 1 and job.per_cluster:
        return _several(ways)
    users = [each.user for each in ways if each.user]
    found = [(user, values) for user in users if (values := _values(user.entry, local=to in _LOCAL))]
    if found:
        named = ", ".join(f"{', '.join(values)} of user {user.entry.name!r}" for user, values in found)
        return f"secret needed: {named}; unnecessary with {_PLUGIN}"
    plugins = {_plugin(user.entry) for user in users} - {""}
    return f"no secret: {', '.join(sorted(plugins))} signs in" if plugins else "no secret: nobody signs in"


def _of_provider(declared: Declared[User] | None) -> str:
    if declared is None or not ((plugin := _plugin(declared.entry)) or _values(declared.entry)):
        return f"no secret, and nobody signs in, which a ClusterProfile cannot say: needed is {_PLUGIN}"
    user = declared.entry
    if values := _values(user):
        return f"no place for {', '.join(values)} of user {user.name!r}: needed is {_PLUGIN}"
    return f"no secret: consumers run {plugin}, their provider {user.name!r}"


def _several(ways: list[Member]) -> str:
    named = ", ".join(repr(each.user.entry.name) if each.user else "nobody" for each in ways)
    return f"reached by {named}, and an engine takes one of them: choose with --context or -l"


def _of_engine(job: Job, engine: str, member: Member, *, fetched: bool) -> str:
    template = open_template(engine)
    if member.user and mode_of(job.spec, member.user.entry.name) == KEEP:
        return f"a credential that the spec does not know: user {member.user.entry.name!r} has credentials: keep"
    user = member.user.entry if member.user else None
    values = _values(user) if user else []
    known = template.signs_in(job, member)
    if known and not values:
        return f"no secret: {known}"
    if known:
        return f"no secret would be needed: {known}; leave out {', '.join(values)} of user {user and user.name!r}"
    if user is None or not (values or user.exec or user.auth or user.auth_provider):
        return "no secret: nobody signs in"
    what = f"{', '.join(values)} of user {user.name!r}"
    if not values:
        what = f"{template.ENGINE.name} does not run the plugin of user {user.name!r}"
    if fetched and values:
        what += ", which the operator fetches: nothing secret is in git"
    instead = template.instead(job, member)
    end = f"unnecessary with {instead}" if instead else f"{template.ENGINE.name} knows no other way"
    return f"secret needed: {what}; {end}"


def _values(user: User, *, local: bool = False) -> list[str]:
    """Return the fields that need a value; `local`: where kcfg's own plugin and the user's files are at hand."""
    found = {show_path(path): value for path, value in secret_fields(user)}
    if local:
        return [name for name, value in found.items() if name == "password" or not is_reference(value)]
    files = {"client-key": user.client_key, "tokenFile": user.token_file}
    return [*found, *(name for name, value in files.items() if value)]


def _plugin(user: User) -> str:
    if user.exec:
        return user.exec.command
    if user.auth:
        return str(preset_stanza(user.auth)["command"])
    return "kcfg-credential" if any(True for _ in secret_fields(user)) else ""
