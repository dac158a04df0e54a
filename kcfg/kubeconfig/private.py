"""Whether the bytes of a kubeconfig hold a secret: what redaction hides is one."""

from __future__ import annotations


def text_holds_secret(data: bytes) -> bool:
    """Return whether a kubeconfig holds a secret; bytes that are none, or that cannot be read, may."""
    from kcfg.errors import KcfgError
    from kcfg.kubeconfig.document import KubeconfigFile
    from kcfg.kubeconfig.redact import holds_secret

    try:
        return holds_secret(KubeconfigFile("", data).config)
    except KcfgError:
        return True
