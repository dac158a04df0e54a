"""What a spec means: references that lead nowhere, plain-text secrets, bad URLs, broken certificates.

Every check yields Problems and raises nothing. Files are read through the `read` it is given.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from kcfg.closest import guess_again, suggest
from kcfg.errors import Problem, SecretError
from kcfg.secrets import PROVIDERS
from kcfg.spec.accounts import LABEL, account_faults
from kcfg.spec.certificates import check_data, check_files, check_key
from kcfg.spec.engines import argocd_faults, flux_faults
from kcfg.spec.outputs import check_outputs
from kcfg.spec.presets import preset_faults
from kcfg.spec.records import fields_of, part_kind, record_class
from kcfg.spec.references import check_collisions, check_secret, secret_fields
from kcfg.spec.select import can_select
from kcfg.spec.urls import LEFTOVER, leftover, proxy_fault, server_fault

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.spec.models import Cluster, Context, SecretStore, User
    from kcfg.spec.models.auth import Auth
    from kcfg.spec.spec import Declared, Spec

Read = Callable[[str], bytes]
# The blocks of a store, and those that have a field without a default.
_BLOCKS = {field: kind for field in fields_of("SecretStore") if (kind := part_kind("SecretStore", field))}
_NEEDED = {
    block
    for block, kind in _BLOCKS.items()
    if any(field.default is ... for field in record_class(kind).model_fields.values())
}
_CREDENTIALS = {
    "token": ("token", "token_file"),
    "client key": ("client_key", "client_key_data"),
    "client certificate": ("client_certificate", "client_certificate_data"),
}


def check_spec(
    spec: Spec, read: Read, *, allow_plaintext: bool = False, contents: bool | None = True, checked: Spec | None = None
) -> list[Problem]:
    """Return every Problem of meaning. `read` returns a file's bytes or raises FileError.

    Entries that `checked` has too were checked with it, and are not checked again. Without `contents` only paths of
    certificates and keys are wanted: what is wrong inside of the files is a warning. With None, for a list of what
    there is, nobody looks inside: certificates are most of what it takes to check a small spec.
    """
    problems: list[Problem] = []
    if checked is None:
        guess_again()
        problems += check_outputs(spec)
    known = set() if checked is None else {id(each) for each in _entries(checked)}
    for store in spec.secret_stores.values():
        problems += _check_store(store)
    for cluster in spec.clusters.values():
        if id(cluster) not in known:
            problems += _check_cluster(cluster, read, contents=contents)
    for user in spec.users.values():
        if id(user) not in known:
            problems += _check_user(spec, user, read, allow_plaintext=allow_plaintext, contents=contents)
        problems += account_faults(spec, user)
    for context in spec.contexts.values():
        problems += _check_context(spec, context)
    problems += [problem for each in _entries(spec) if id(each) not in known for problem in _check_name(each)]
    problems += check_collisions(spec)
    problems += _check_current_context(spec)
    return problems


def _entries(spec: Spec) -> Iterator[Declared[Cluster] | Declared[User] | Declared[Context]]:
    yield from spec.clusters.values()
    yield from spec.users.values()
    yield from spec.contexts.values()


def _check_context(spec: Spec, declared: Declared[Context]) -> Iterator[Problem]:
    context = declared.entry
    if context.cluster not in spec.clusters and not spec.excuses("clusters", context.cluster):
        yield _dangling(declared, "cluster", context.cluster, spec.clusters)
    if context.user is not None and context.user not in spec.users and not spec.excuses("users", context.user):
        yield _dangling(declared, "user", context.user, spec.users)
    if context.namespace and "${" not in context.namespace and not LABEL.fullmatch(context.namespace):
        yield declared.problem(
            f"no namespace can be called {context.namespace!r}",
            "namespace",
            rule="KCFG005",
            hint="lower-case letters, digits and `-`, at most 63; it begins and ends with a letter or digit",
        )


def _dangling(declared: Declared[Context], kind: str, name: str, known: Iterable[str]) -> Problem:
    return declared.problem(
        f"{kind} {name!r} is not declared",
        kind,
        rule="KCFG102",
        hint=suggest(name, known, f"declare it under {kind}s"),
    )


def _check_current_context(spec: Spec) -> Iterator[Problem]:
    name, source = spec.current_context or ("", spec.root)
    if name and name not in spec.contexts and not spec.excuses("contexts", name):
        yield Problem(
            f"context {name!r} is not declared",
            location=source.locate(("current-context",)),
            path="current-context",
            rule="KCFG102",
            hint=suggest(name, list(spec.contexts), "declare it under contexts"),
        )


def _check_cluster(declared: Declared[Cluster], read: Read, *, contents: bool | None) -> Iterator[Problem]:
    cluster = declared.entry
    if message := server_fault(cluster.server):
        yield declared.problem(message[0], "server", rule="KCFG104", hint=message[1])
    if cluster.proxy_url is not None and (message := proxy_fault(cluster.proxy_url)):
        yield declared.problem(message[0], "proxy-url", rule="KCFG104", hint=message[1])
    for path, message_, hint, rule in (*argocd_faults(cluster), *flux_faults(cluster)):
        yield declared.problem(message_, *path, rule=rule, hint=hint)
    yield from check_files(declared, "clusters", read, contents=contents)
    yield from check_data(declared, "certificate-authority-data", cluster.certificate_authority_data, contents=contents)
    both = cluster.certificate_authority is not None and cluster.certificate_authority_data is not None
    if both:
        yield declared.problem(
            "set beside certificate-authority: kubectl refuses both",
            "certificate-authority-data",
            rule="KCFG109",
            hint="keep one of the two",
            key=True,
        )
    if cluster.insecure_skip_tls_verify and (cluster.certificate_authority or cluster.certificate_authority_data):
        yield declared.problem(
            "set beside a certificate authority: kubectl refuses both",
            "insecure-skip-tls-verify",
            rule="KCFG109",
            hint="remove insecure-skip-tls-verify; the certificate authority is the safe one",
            key=True,
        )


def _check_name(declared: Declared[Cluster] | Declared[User] | Declared[Context]) -> Iterator[Problem]:
    """Yield warnings of names and labels that are hardly what is meant: nobody can type, see or select them."""
    name = declared.entry.name
    if name != name.strip() or not name.isprintable():
        hint = "remove it: it looks like another name"
        message = f"{name!r} has blanks at its ends, or a character that cannot be seen"
        yield declared.problem(message, "name", rule="KCFG005", hint=hint, level="warning")
    for key, value in declared.entry.labels.items():
        if "${" not in key + value and not can_select(key, value):
            message, hint = f"no selector can name the label {key!r} with this value", "letters, digits, `-`, `_`, `.`"
            yield declared.problem(message, "labels", key, rule="KCFG005", hint=hint, level="warning")
    if (found := leftover(name)) and not found.startswith("<"):
        message = f"holds {found!r}, which nothing filled in"
        yield declared.problem(message, "name", rule="KCFG110", hint=LEFTOVER, level="warning")


def _check_user(
    spec: Spec, declared: Declared[User], read: Read, *, allow_plaintext: bool, contents: bool | None
) -> Iterator[Problem]:
    user = declared.entry
    if contents is False:
        contents = user.client_key_data is not None  # the certificate goes beside it into the stanza
    yield from check_files(declared, "users", read, contents=contents)
    yield from check_data(declared, "client-certificate-data", user.client_certificate_data, contents=contents)
    if contents is not None:
        yield from check_key(declared, read, contents=contents)
    for path, value in secret_fields(user):
        yield from check_secret(spec, declared, path, value, allow_plaintext=allow_plaintext)
    yield from _check_conflicts(declared)
    if user.exec and user.exec.api_version.endswith("/v1") and user.exec.interactive_mode is None:
        yield declared.problem(
            "exec with apiVersion v1 needs interactiveMode",
            "exec",
            rule="KCFG108",
            hint="add `interactiveMode: IfAvailable` (or Never, Always)",
            key=True,
        )


def _check_conflicts(declared: Declared[User]) -> Iterator[Problem]:
    user = declared.entry
    for what, attributes in _CREDENTIALS.items():
        if all(getattr(user, attribute) is not None for attribute in attributes):
            name = type(user).model_fields[attributes[1]].alias or attributes[1]
            yield declared.problem(f"a second {what} of this user", name, rule="KCFG109", hint="keep one", key=True)
    if user.token is not None and (user.username is not None or user.password is not None):
        yield declared.problem(
            "token beside username/password: kubectl allows one of them",
            "token",
            rule="KCFG109",
            hint="keep one",
            key=True,
        )
    if user.password is not None and not user.username:
        hint = "add `username:`"
        yield declared.problem(
            "password without username: kubectl sends neither", "password", rule="KCFG109", hint=hint, key=True
        )
    key = user.client_key is not None or user.client_key_data is not None
    certificate = user.client_certificate is not None or user.client_certificate_data is not None
    if certificate and not key:
        yield declared.problem(
            "a client certificate needs client-key or client-key-data",
            rule="KCFG109",
            hint="add the key's reference",
        )
    if user.auth is not None:
        yield from _check_preset(declared, user.auth)
    if user.exec is not None and user.auth_provider is not None:
        yield declared.problem("exec beside auth-provider", "auth-provider", rule="KCFG109", hint="keep one", key=True)
    if user.impersonate is None and any((user.impersonate_uid, user.impersonate_groups, user.impersonate_extra)):
        yield declared.problem("as-uid, as-groups and as-user-extra need `as`", rule="KCFG109", hint="add `as:`")


def _check_preset(declared: Declared[User], auth: Auth) -> Iterator[Problem]:
    for field, message, hint in preset_faults(auth):
        yield declared.problem(message, "auth", *([field] if field else []), rule="KCFG109", hint=hint, key=True)
    user = declared.entry
    others = {"exec": user.exec, "auth-provider": user.auth_provider, "token": user.token, "tokenFile": user.token_file}
    for name, value in (others | {"username": user.username}).items():
        if value is not None:
            yield declared.problem(f"auth beside {name}", "auth", rule="KCFG109", hint="keep one", key=True)


def _check_store(declared: Declared[SecretStore]) -> Iterator[Problem]:
    store = declared.entry
    given = store.plain()
    if store.provider not in PROVIDERS:
        yield from _check_outside(declared)
    for provider in (*_BLOCKS, *(["settings"] if store.provider in PROVIDERS else [])):
        if provider in given and provider != store.provider:
            yield declared.problem(
                f"settings of another provider than {store.provider!r}",
                provider,
                rule="KCFG109",
                hint="remove them",
                key=True,
            )
    if store.provider in _NEEDED and store.provider not in given:
        yield declared.problem(
            f"provider {store.provider!r} needs its settings", rule="KCFG004", hint=f"add `{store.provider}:`"
        )


def _check_outside(declared: Declared[SecretStore]) -> Iterator[Problem]:
    """Yield what is wrong with a store whose provider is another package's; without `settings` it is a slip."""
    store = declared.entry
    if store.settings is None:
        words = [repr(each) for each in PROVIDERS]
        message = f"expected one of {', '.join(words[:-1])} or {words[-1]}"
        hint = suggest(store.provider, PROVIDERS, "one of another package has `settings:`, {} at least")
        yield declared.problem(message, "provider", rule="KCFG005", hint=hint)
        return
    from kcfg.spec.models.stores import settings_faults

    try:
        for path, why in settings_faults(store.provider, store.settings):
            yield declared.problem(
                why, "settings", *path, rule="KCFG005", hint=f"as the provider {store.provider!r} says"
            )
    except SecretError as error:
        yield declared.problem(error.message, "provider", rule="KCFG005", hint=error.hint)
