"""KCFG4xx: certificates, keys and tokens that have ended, will end, are weak or do not belong together."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator

from kcfg.expiry import token_expiry, token_validity
from kcfg.kubeconfig.fields import BYTES, CLUSTERS, USERS, names
from kcfg.lint.rule import KUBECONFIG, Fix, Rule
from kcfg.lint.subject import decode_base64

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.errors import Problem
    from kcfg.lint.subject import Item, Subject

SOON = 30
_CLOCK = "is this machine's clock right?"
_DATA = (*names(CLUSTERS, BYTES), *names(USERS, BYTES))
_CLUSTER = "clusters:\n- name: a\n  cluster:\n    server: https://a.example.com\n"
_USER = "users:\n- name: a\n  user:\n"


def _kind(item: Item) -> str:
    return "certificate authority" if item.section == "clusters" else "client certificate"


def _check_expired(subject: Subject) -> Iterator[Problem]:
    now = subject.outside.now(0)
    lasting = {id(item) for item, _, each in subject.certificates if each.ends > now}
    for item, path, each in subject.certificates:
        if each.ends <= now and id(item) not in lasting:
            yield item.problem(f"the {_kind(item)} ended on {each.ends[:10]}", *path, hint="get a new one")


def _check_expiring(subject: Subject) -> Iterator[Problem]:
    now, soon = subject.outside.now(0), subject.outside.now(SOON * 86400)
    for item, path, each in subject.certificates:
        if now < each.ends <= soon:
            yield item.problem(
                f"the {_kind(item)} ends on {each.ends[:10]}", *path, hint="`kcfg check expiry` lists what ends when"
            )


def _check_early(subject: Subject) -> Iterator[Problem]:
    now = subject.outside.now(0)
    for item, path, each in subject.certificates:
        if each.starts > now:
            yield item.problem(_early(_kind(item), each.starts), *path, hint=_CLOCK)
    for user, steps, token in subject.tokens():
        starts, _ = token_validity(token)
        if starts > now:
            yield user.problem(_early("token", starts), *steps, hint=_CLOCK)


def _early(what: str, starts: str) -> str:
    return f"the {what} is not valid before {starts[:16].replace('T', ' ')} UTC"


def _check_weak(subject: Subject) -> Iterator[Problem]:
    for item, path, each in subject.certificates:
        if each.weakness:
            yield item.problem(
                f"the {_kind(item)} has {each.weakness}", *path, hint="RSA from 2048 bits or P-256, with SHA-256"
            )


def _check_pair(subject: Subject) -> Iterator[Problem]:
    for user in subject.users:
        key, certificate = subject.content(user, "client-key"), subject.content(user, "client-certificate")
        if key is None or b"-----BEGIN " not in key[1]:  # that is KCFG106
            continue
        from kcfg.certificate import certificate_fault
        from kcfg.x509 import pair_fault

        usable = certificate is not None and certificate_fault(certificate[1], client=True) is None
        if fault := pair_fault(certificate[1] if certificate and usable else None, key[1]):
            yield user.problem(fault.message, key[0], hint=fault.hint)


def _check_authority(subject: Subject) -> Iterator[Problem]:
    for item, path, each in subject.certificates:
        if item.section == "clusters" and not each.is_authority:
            yield item.problem(
                "the certificate is none of an authority: it vouches at most for the server that shows it",
                *path,
                hint="use the certificate of the CA that signed the server's",
            )


def _check_token(subject: Subject) -> Iterator[Problem]:
    now = subject.outside.now(0)
    for user, path, token in subject.tokens():
        ends = token_expiry(token)
        if ends and ends <= now:
            yield user.problem(f"the token ended on {ends[:10]}", *path, hint="log in again, or use an exec plugin")


def _keys(subject: Subject, *, data: bool) -> Iterator[Problem]:
    from kcfg.pem import holds_private_key

    for item in subject.items:
        for name in ("certificate-authority", "client-certificate"):
            found = subject.content(item, name)
            if found is not None and found[0].endswith("-data") == data and holds_private_key(found[1]):
                yield item.problem(
                    "a private key stands in a field for certificates",
                    found[0],
                    hint="leave only its CERTIFICATE blocks; client-key is for the key",
                )


def _check_key_data(subject: Subject) -> Iterator[Problem]:
    return _keys(subject, data=True)


def _check_key_file(subject: Subject) -> Iterator[Problem]:
    return _keys(subject, data=False)


def _wrapped(subject: Subject) -> Iterator[tuple[Item, str, str, str]]:
    for item in subject.items:
        for field in _DATA:
            value = item.text(field)
            decoded = decode_base64(value) if value else None
            if not decoded:
                continue
            if "\n" in value or "\r" in value:
                yield (
                    item,
                    field,
                    value.replace("\n", "").replace("\r", ""),
                    "line breaks in base64, which strict decoders refuse",
                )
            elif b"\r\n" in decoded and b"-----BEGIN " in decoded:
                unix = b64encode(decoded.replace(b"\r\n", b"\n")).decode()
                yield item, field, unix, "the PEM text inside has Windows line ends"


def _check_wrapped(subject: Subject) -> Iterator[Problem]:
    for item, field, _, what in _wrapped(subject):
        yield item.problem(what, field, hint="encode with `base64 -w0`, or --fix")


def _fix_wrapped(subject: Subject) -> Iterator[Fix]:
    for item, field, value, _ in _wrapped(subject):
        origin = item.origin((field,), False)
        yield Fix(item.locate(field), origin.file.path, origin.written, item.text(field), value)


RULES = (
    Rule(
        "KCFG401",
        "certificate has ended",
        "error",
        "An ended client certificate is refused by the server, an ended authority by every client. In a bundle an "
        "ended authority may stand beside one that lasts, as it does while authorities change.",
        remedy="Renew it, and store it with `kcfg secret set KEY`; `kcfg check expiry` lists what ends when.",
        bad=(
            _CLUSTER + "    certificate-authority-data: <expired-ca.crt>  # here\n",
            _USER + "    client-certificate: expired.crt  # here\n    client-key: expired.key\n",
            _USER + "    exec:\n      apiVersion: client.authentication.k8s.io/v1\n      command: kcfg-credential\n"
            "      interactiveMode: Never\n      args:\n      - --kind\n      - client-certificate\n      - --keyring\n"
            "      - kcfg/demo/key\n      - --certificate-data\n      - <expired.crt>  # here\n",
        ),
        good=(_CLUSTER + "    certificate-authority-data: <ca.crt>\n",),
        check=_check_expired,
    ),
    Rule(
        "KCFG402",
        "certificate ends soon",
        "warning",
        f"It ends within {SOON} days. `kcfg check expiry --within 90d` looks further.",
        remedy="Renew it in time; `kcfg check expiry -o ics` makes a calendar.",
        bad=(_USER + "    client-certificate-data: <soon.crt>  # here\n    client-key: soon.key\n",),
        good=(_USER + "    client-certificate-data: <client.crt>\n    client-key: client.key\n",),
        check=_check_expiring,
    ),
    Rule(
        "KCFG403",
        "certificate or token is not valid yet",
        "error",
        "Its validity begins in the future: a certificate's notBefore, a JWT's `nbf`.",
        remedy="Compare the clock of this machine and that of the issuer.",
        bad=(
            _USER + "    client-certificate-data: <early.crt>  # here\n    client-key: early.key\n",
            _USER + "    tokenFile: early.jwt  # here\n",
        ),
        good=(
            _USER + "    client-certificate-data: <client.crt>\n    client-key: client.key\n",
            _USER + "    tokenFile: fresh.jwt\n",
        ),
        check=_check_early,
    ),
    Rule(
        "KCFG404",
        "weak certificate",
        "warning",
        "RSA below 2048 bits, small curves, DSA, MD5 and SHA-1 are refused by current TLS libraries. The signature of "
        "a self-signed certificate does not matter: nobody verifies it.",
        remedy="Issue it anew with an RSA key of 2048 bits or more, or an elliptic one, and SHA-256.",
        bad=(_USER + "    client-certificate: weak.crt  # here\n    client-key: weak.key\n",),
        good=(_USER + "    client-certificate: client.crt\n    client-key: client.key\n",),
        check=_check_weak,
    ),
    Rule(
        "KCFG405",
        "key does not match the certificate",
        "error",
        "client-key belongs to another certificate, is encrypted, or cannot be parsed.",
        remedy="Give the certificate that was issued for this key, or the other way round.",
        bad=(
            _USER + "    client-certificate: client.crt\n    client-key: soon.key  # here\n",
            _USER + "    client-certificate: client.crt\n    client-key: locked.key  # here\n",
        ),
        good=(_USER + "    client-certificate: client.crt\n    client-key: client.key\n",),
        check=_check_pair,
        on=(KUBECONFIG,),
    ),
    Rule(
        "KCFG406",
        "not a certificate authority",
        "warning",
        "certificate-authority holds a certificate whose basic constraints do not say CA. It works only when it is the "
        "server's own, and not with every client.",
        remedy="Name the certificate that signed the server's, not the server's own.",
        bad=(_CLUSTER + "    certificate-authority: client.crt  # here\n",),
        good=(_CLUSTER + "    certificate-authority: ca.crt\n",),
        check=_check_authority,
    ),
    Rule(
        "KCFG407",
        "token has ended",
        "error",
        "A JWT says in `exp` when it ends. Tokens in a store are looked at by `kcfg secret check`.",
        remedy="Sign in again, and store the new token with `kcfg secret set KEY`.",
        bad=(
            _USER + "    tokenFile: ended.jwt  # here\n",
            _USER + "    auth-provider:\n      name: oidc\n      config:\n        id-token: <<ended.jwt>>  # here\n",
        ),
        good=(_USER + "    tokenFile: fresh.jwt\n", _USER + "    tokenFile: token.txt\n"),
        check=_check_token,
    ),
    Rule(
        "KCFG408",
        "base64 with line breaks",
        "info",
        "kubectl and the Python clients let line breaks in base64 through, strict decoders (Java's, Rust's) do not; "
        "Windows line ends in the PEM text trip up what reads it line by line. "
        "--fix writes the same data on one line.",
        remedy="Write it on one line; --fix does it.",
        bad=(
            _CLUSTER + "    certificate-authority-data: |  # here\n      <ca.crt>\n",
            _CLUSTER + "    certificate-authority-data: <windows.crt>  # here\n",
        ),
        good=(_CLUSTER + "    certificate-authority-data: <ca.crt>\n",),
        check=_check_wrapped,
        fixes=_fix_wrapped,
    ),
    Rule(
        "KCFG409",
        "private key in a certificate field",
        "error",
        "Certificates are public: they are shown, compared, kept and sent where a key must not be. kubectl reads only "
        "CERTIFICATE blocks. In a spec this is an error for a file too, but where the same file is the client-key.",
        remedy="Leave only the CERTIFICATE blocks; `kcfg secret set KEY` stores the key.",
        bad=(
            _USER + "    client-certificate-data: <both.pem>  # here\n    client-key: client.key\n",
            _CLUSTER + "    certificate-authority-data: <ca-and-key.pem>  # here\n",
        ),
        good=(
            _USER + "    client-certificate-data: <client.crt>\n    client-key: client.key\n",
            _USER + "    client-certificate: both.pem\n    client-key: both.pem\n",
        ),
        check=_check_key_data,
        on=(KUBECONFIG,),
    ),
    Rule(
        "KCFG410",
        "certificate and key in one file",
        "warning",
        "kubectl reads such a file as kubelet writes it. Other tools copy what client-certificate or "
        "certificate-authority names as if it were public; kcfg takes the certificates alone.",
        remedy="Make it two files, so that the certificate can be shared.",
        bad=(
            _USER + "    client-certificate: both.pem  # here\n    client-key: both.pem\n",
            _CLUSTER + "    certificate-authority: ca-and-key.pem  # here\n",
        ),
        good=(_USER + "    client-certificate: client.crt\n    client-key: client.key\n",),
        check=_check_key_file,
        on=(KUBECONFIG,),
    ),
)
