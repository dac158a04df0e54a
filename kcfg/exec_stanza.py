"""The exec stanza that kcfg writes, and back: it names where a credential is, and holds no secret."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterator, Sequence

from kcfg.dataclass import NamedTuple
from kcfg.kubeconfig.fields import INSTALL_HINT
from kcfg.kubeconfig.plugins import BEHIND, behind_own, own_start
from kcfg.secrets import find_placed, forms_at, provider_at, settings_of
from kcfg.secrets import place_args as _place
from kcfg.secrets.keyring import USERNAME
from kcfg.secrets.ref import SecretRef, is_ref, key_fault

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

API_GROUP = "client.authentication.k8s.io/"
API_VERSION = f"{API_GROUP}v1"
EXEC_APIS = ("v1", "v1beta1")  # that kcfg-credential answers in; the older one is for clients that know no other
COMMAND = "kcfg-credential"
_AROUND = ("--kind", "--property", "--certificate-data")  # what does not say where the secret is


def make_stanza(
    ref: SecretRef,
    *,
    kind: str,
    spec_name: str,
    store: dict[str, Any],
    certificate_pem: str | None = None,
    command: str = COMMAND,
    exec_api: str = "v1",
) -> dict[str, Any]:
    """Return `user.exec` for a reference; `kind` is `token` or `client-certificate`, `exec_api` one of EXEC_APIS.

    Everything the plugin needs is in args: at use time it reads no spec and no kubeconfig.
    """
    args = ["--kind", kind, *place_args(ref, spec_name, store)]
    if certificate_pem is not None:
        args += ["--certificate-data", b64encode(certificate_pem.encode()).decode()]
    return {
        "apiVersion": f"{API_GROUP}{exec_api}",
        "command": command,
        "args": args,
        "env": None,
        "installHint": INSTALL_HINT,
        "interactiveMode": "Never",
        "provideClusterInfo": False,
    }


def make_vendor_stanza(
    stanza: dict[str, Any], *, spec_name: str, environment: str, user: str, command: str = COMMAND
) -> dict[str, Any]:
    """Return another tool's `user.exec` as one that runs it with its secrets: its variables without them stay.

    What is run, and which variable gets which secret, is in the trust record alone: whoever writes a kubeconfig chooses
    neither, so an allowlist that names `kcfg-credential` (kuberc) allows no more than what the user trusted.
    """
    args = ["--spec", spec_name, *(["--environment", environment] if environment else []), "--user", user]
    env = [each for each in stanza.get("env") or [] if isinstance(each.get("value"), str) and not is_ref(each["value"])]
    return {**stanza, "command": command, "args": args, "env": env or None, "installHint": INSTALL_HINT}


def make_kept_stanza(
    stanza: dict[str, Any], *, program: str, spec_name: str, environment: str, user: str, command: str = COMMAND
) -> dict[str, Any]:
    """Return another tool's `user.exec` as one that runs it through kcfg's plugin, which keeps its answers.

    Its command line stands behind `--`, with `program` as its first word: it is run only if the user trusted that very
    one. `direct_stanza` is the way back.
    """
    wrapped = make_vendor_stanza(stanza, spec_name=spec_name, environment=environment, user=user, command=command)
    hint = str(stanza.get("installHint") or "")
    args = [*wrapped["args"], BEHIND, program, *(stanza.get("args") or [])]
    return {**wrapped, "args": args, "installHint": f"{INSTALL_HINT}\n{hint}" if hint else INSTALL_HINT}


def direct_stanza(stanza: dict[str, Any]) -> dict[str, Any]:
    """Return another tool's stanza where kcfg's plugin runs it to keep its answers; every other as it is."""
    args = stanza.get("args")
    if not isinstance(args, list) or not all(isinstance(each, str) for each in args):
        return stanza
    at = behind_own(str(stanza.get("command") or ""), args)
    if at is None or at == len(args):
        return stanza
    hint = str(stanza.get("installHint") or "")
    own, _, its = hint.partition("\n")
    return {**stanza, "command": args[at], "args": args[at + 1 :], "installHint": its if own == INSTALL_HINT else hint}


def place_args(ref: SecretRef, spec_name: str, store: dict[str, Any]) -> list[str]:
    """Return the plugin's arguments that lead to a secret: its store's, and the property of its item."""
    return [*_place(ref, spec_name, store), *(["--property", ref.property] if ref.property else [])]


def own_options(stanza: object) -> dict[str, tuple[int, str]]:
    """Return the options of a stanza that kcfg wrote, each with where its value stands in args; nothing of others."""
    args = stanza.get("args") if isinstance(stanza, dict) else None
    if not isinstance(stanza, dict) or not isinstance(args, list) or not all(isinstance(each, str) for each in args):
        return {}
    start = own_start(str(stanza.get("command") or ""), args)
    if start is None:
        return {}
    behind = behind_own(str(stanza.get("command") or ""), args)
    end = len(args) if behind is None else behind - 1
    return {args[at]: (at + 1, args[at + 1]) for at in range(start, end - 1, 2)}


def plugin_args(stanza: dict[str, Any]) -> list[str]:
    """Return what the plugin itself gets of the arguments of a stanza that kcfg wrote."""
    words = [str(each) for each in stanza.get("args") or []]
    return words[own_start(str(stanza.get("command") or ""), words) or 0 :]


def with_cluster(stanza: dict[str, Any]) -> dict[str, Any]:
    """Return a stanza of our own plugin that is told which cluster it is for, as the user's log wants to know.

    What another tool's plugin is told stays what its stanza says.
    """
    if not {"--kind", "--session"} & own_options(stanza).keys():
        return stanza
    return {**stanza, "provideClusterInfo": True}


class Own(NamedTuple):
    """What a stanza that kcfg wrote says: which credential, and where it is."""

    kind: str
    place: list[str]
    property: str
    certificate: str | None
    args: list[str]


def read_stanza(stanza: dict[str, Any]) -> Own | None:
    """Return what a stanza says that kcfg wrote; None for every other, and for one that was changed by hand."""
    words = [str(each) for each in stanza.get("args") or []]
    start = own_start(str(stanza.get("command") or ""), words, renamed=False)
    known = stanza.get("apiVersion") in [f"{API_GROUP}{each}" for each in EXEC_APIS]
    if start is None or stanza.get("env") or not known or stanza.get("interactiveMode") != "Never":
        return None
    options = {flag: value for flag, (_, value) in own_options(stanza).items()}
    place = [word for flag, value in options.items() if flag not in _AROUND for word in (flag, value)]
    try:
        certificate = b64decode(options.get("--certificate-data", ""), validate=True).decode()
    except ValueError:
        return None
    own = Own(options.get("--kind", ""), place, options.get("--property", ""), certificate or None, words[start:])
    around = [word for flag in _AROUND[1:] if flag in options for word in (flag, options[flag])]
    whole = ["--kind", own.kind, *place, *around] == own.args
    known = tuple(place[::2]) in (forms_at(place[0]) if place else ())
    return own if whole and known and own.kind in ("token", "client-certificate") else None


def vendor_spec(stanza: dict[str, Any]) -> str:
    """Return the spec whose trust record says what a stanza runs, or nothing where the stanza says it itself."""
    return own_options(stanza).get("--spec", (0, ""))[1]


def reference_in(own: Own, store: dict[str, Any], spec_name: str, likely: Sequence[str] = ()) -> SecretRef | None:
    """Return the reference to a store that leads to a stanza's place, never elsewhere; `likely` are keys to try."""
    for key in _keys(own.place, store, spec_name, likely):
        ref = SecretRef(key, store=store["name"], property=own.property)
        if not key_fault(key) and _place(ref, spec_name, store) == own.place:
            return ref
    return None


def _keys(place: list[str], store: dict[str, Any], spec_name: str, likely: Sequence[str]) -> Iterator[str]:
    yield from likely
    provider = find_placed(store["provider"])
    yield provider.key_at(place[1], spec_name, settings_of(store)) if provider else place[-1]


def item_of(own: Own) -> SecretRef | None:
    """Return the reference to the very keyring item that a stanza names, whosever it is; None for other places."""
    named = dict(zip(own.place[::2], own.place[1::2], strict=True))
    if "--keyring" not in named:
        return None
    username = named.get("--username", USERNAME)
    ref = SecretRef(store="", service=named["--keyring"], username=username, property=own.property)
    return ref if _place(ref, "", {}) == own.place else None


def store_of(own: Own, likely: Sequence[str] = ()) -> dict[str, Any] | None:
    """Return a store, yet without a name, that a stanza's place can be in; None where argv does not say it all."""
    name = provider_at(own.place[0])
    provider = find_placed(name) if name else None
    settings = provider.settings_at(own.place[1], likely) if provider else None
    return None if settings is None else {"provider": name, **({name: settings} if settings else {})}


def written_by_default(stanza: dict[str, Any], own: Own) -> dict[str, Any]:
    """Return a stanza as kcfg writes it where nobody chose another command or API, or a log; its hint is of now."""
    here = {"apiVersion": API_VERSION, "command": COMMAND, "installHint": INSTALL_HINT, "provideClusterInfo": False}
    return {**stanza, **here, "args": own.args}
