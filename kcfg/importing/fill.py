"""A spec's references and a kubeconfig with plain credentials → the value of each reference: a colleague's first day.

Users go by their names, fields by their kinds. Pure: files come through a function, and no store is asked.
"""

from __future__ import annotations

from collections.abc import Callable

from kcfg.dataclass import dataclass
from kcfg.errors import KcfgError
from kcfg.importing.entries import Fit, Found, ReadFile, Unfit, fit
from kcfg.pem import private_key_only
from kcfg.secrets.pair import join_pair, split_pair
from kcfg.secrets.secret import Secret
from kcfg.secrets.value import PEM_KINDS, check_kind
from kcfg.spec.references import is_reference, reference, secret_fields

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.kubeconfig.model import Kubeconfig
    from kcfg.spec.models import User
    from kcfg.spec.secrets import DeclaredSecret
    from kcfg.spec.spec import Declared, Spec

_FIELDS = {"token": "token", "password": "password", "client-key-data": "client key"}


@dataclass(frozen=True, slots=True)
class Use:
    """A user of the spec that refers to a secret: the field, and what people call it."""

    user: Declared[User]
    field: str
    shown: str


def uses_of(spec: Spec, secret: DeclaredSecret) -> list[Use]:
    """Return who refers to a secret."""
    found = []
    for declared in spec.users.values():
        for path, value in secret_fields(declared.entry):
            if is_reference(value) and _is_item(secret, reference(value)):
                found.append(_use(declared, path))
    return found


def _is_item(secret: DeclaredSecret, ref: object) -> bool:
    other = secret.ref
    return all(getattr(ref, name) == getattr(other, name) for name in ("store", "key", "service", "username"))


def _use(declared: Declared[User], path: tuple[str | int, ...]) -> Use:
    if path[0] == "exec" and declared.entry.exec is not None:
        name = (declared.entry.exec.env or [])[int(path[2])].name
        return Use(declared, f"exec-env-{name}", f"variable {name}")
    if path[0] == "auth-provider":
        return Use(declared, f"auth-provider-{path[2]}", f"{path[2]} of its auth-provider")
    return Use(declared, str(path[0]).removesuffix("-data"), _FIELDS[str(path[0])])


class Filling:
    """What a kubeconfig has for the references of a spec."""

    def __init__(
        self, config: Kubeconfig, read_kubeconfig_file: ReadFile, read_spec_file: Callable[[str], bytes]
    ) -> None:
        self._config = config
        self._read_kubeconfig_file = read_kubeconfig_file
        self._read_spec_file = read_spec_file
        self._fits: dict[str, Fit] = {}

    def value(self, secret: DeclaredSecret, uses: list[Use]) -> Found:
        """Return a secret's value, checked as `secret set` does. Raises Unfit with the reason why there is none."""
        if secret.properties:
            raise Unfit("it holds several values, a kubeconfig's user has one")
        found: dict[str, Found] = {}
        reasons: list[str] = []
        for use in uses:
            try:
                each = self._of_user(use)
            except Unfit as unfit:
                reasons.append(unfit.message)
                continue
            found.setdefault(each.secret.reveal(), each)
        if not found:
            raise Unfit("; ".join(dict.fromkeys(reasons)))
        if len(found) > 1:
            names = ", ".join(repr(use.user.entry.name) for use in uses)
            raise Unfit(f"the users {names} of the kubeconfig have different values, and the spec has one for them")
        return self._checked(secret, next(iter(found.values())))

    def _of_user(self, use: Use) -> Found:
        name = use.user.entry.name
        entry = self._config.users.get(name)
        if entry is None:
            raise Unfit(f"the kubeconfig has no user {name!r}")
        if name not in self._fits:
            try:
                self._fits[name] = fit("users", entry, self._read_kubeconfig_file, allow_plaintext=True)
            except Unfit as unfit:
                raise Unfit(f"the kubeconfig's user {name!r}: {unfit.message}") from None
        for each in self._fits[name].secrets:
            if each.name == use.field:
                return each
        own = ": it names the place of its credential (exec)" if self._fits[name].own else ""
        raise Unfit(f"the kubeconfig's user {name!r} has no {use.shown}{own}")

    def _checked(self, secret: DeclaredSecret, found: Found) -> Found:
        """Return the value as the spec needs it: with its certificate where the spec has none."""
        value, certificates = found.secret, secret.certificates(self._read_spec_file)
        if secret.kind in PEM_KINDS and None in certificates and found.certificate is not None:
            value = Secret(join_pair(found.certificate, found.secret.reveal()))
        try:
            for certificate in certificates:
                check_kind(value, secret.kind, certificate=certificate)
        except KcfgError as error:
            raise Unfit(f"{error.message}; {error.hint}" if error.hint else error.message) from None
        return Found(found.path, found.name, secret.kind, value, next(filter(None, certificates), None))


def is_same(secret: DeclaredSecret, one: Secret, other: Secret) -> bool:
    """Return whether two values are one credential: of a key it does not count what stands beside it."""
    if one.reveal() == other.reveal():
        return True
    if secret.kind not in PEM_KINDS:
        return False
    try:
        keys = [private_key_only(split_pair(each.reveal())[1].encode()) for each in (one, other)]
    except KcfgError:
        return False
    return keys[0] is not None and keys[0] == keys[1]
