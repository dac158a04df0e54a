"""The forms of well-known tokens and private keys, wherever in a text they stand, and in base64.

`re` is half of a short run: it is loaded where a text has what its patterns look for.
"""

from __future__ import annotations

from binascii import a2b_base64

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

# Without one of these a text holds no token. The last three are base64: of a JWT, of PEM, of PEM once more.
MARKS = (
    "eyJ", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "xox", "AKIA", "ASIA", "sha256~",
    "k8s-aws-v1.", "kubeconfig-u", "_v1_", "hvs.", "ya29.", "AIza", "-----BEGIN", "ZXlK", "LS0tLS1CRUdJTi",
    "TFMwdExTMUNSVWRKVG",
)  # fmt: skip
BYTE_MARKS = tuple(mark.encode() for mark in MARKS)
_FORMS = (
    r"(?<![A-Za-z0-9])(?:eyJ[\w-]{8,}\.[\w-]+\.[\w.-]*|gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|glpat-[\w.-]{8,}"
    r"|xox[abeoprs]-[\w-]{8,}|(?:AKIA|ASIA)[A-Z0-9]{12,}|sha256~[\w-]{6,}|k8s-aws-v1\.[\w-]+"
    r"|kubeconfig-u(?:ser)?-[\w.-]{5,}(?::\w+)?|do[opr]_v1_[A-Za-z0-9]{20,}|hvs\.[\w-]{20,}|ya29\.[\w-]{20,}"
    r"|AIza[\w-]{30,})"
    r"|-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----(?:[\s\S]*?-----END [A-Z0-9 ]*PRIVATE KEY-----)?"
)
_ENCODED = r"(?<![A-Za-z0-9+])(?:ZXlK|LS0tLS1CRUdJTi|TFMwdExTMUNSVWRKVG)[A-Za-z0-9+/]*(?:\r?\n[A-Za-z0-9+/]+)*={0,2}"
_ACCESS_KEY_ID = r"(?:AKIA|ASIA)[A-Z0-9]{12,}"


def is_marked(text: str) -> bool:
    """Return whether a text may hold a token: cheap, and right when it says no."""
    for mark in MARKS:  # noqa: SIM110 - a generator is a call for every mark
        if mark in text:
            return True
    return False


def token_spans(text: str) -> Iterator[tuple[int, int]]:
    """Yield where the tokens and private keys of a text stand."""
    if not is_marked(text):
        return
    import re

    for found in re.finditer(_FORMS, text):
        yield found.span()
    for found in re.finditer(_ENCODED, text):
        if is_encoded_secret(found[0]):
            yield found.span()


def is_secret_text(value: str) -> bool:
    """Return whether a token of a well-known kind or a private key stands in a text."""
    return next(token_spans(value), None) is not None


def is_access_key_id(value: str) -> bool:
    """Return whether a text is nothing but the id of an AWS access key, which is no secret where an id is meant."""
    import re

    return re.fullmatch(_ACCESS_KEY_ID, value) is not None


def is_encoded_secret(value: str) -> bool:
    """Return whether a text is base64 of a JWT or of a private key, once or twice."""
    for _ in range(2):
        plain = _decoded("".join(value.split()))
        if b"PRIVATE KEY-----" in plain or (plain.startswith(b"eyJ") and plain.count(b".") >= 2):
            return True
        value = plain.decode("latin-1")
    return False


def _decoded(value: str) -> bytes:
    try:
        return a2b_base64(value[: len(value) // 4 * 4])
    except ValueError:
        return b""
