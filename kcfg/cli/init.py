"""`kcfg init`: a first spec to edit."""

from __future__ import annotations

from kcfg.printing import tell

_TEMPLATE = """\
# A kcfg spec: the clusters, users and contexts of a team, to be committed to git.
# Check it with `kcfg validate`, see the result with `kcfg render`.
# An editor completes it after `kcfg schema > kcfg.schema.json`, with this as the first line of the file:
#   `# yaml-language-server: $schema=kcfg.schema.json`
apiVersion: kcfg/v1
kind: KubeconfigSpec
metadata:
  name: {name}            # scopes this spec's keyring items

clusters:
- name: dev
  labels: {{env: dev}}      # for `-l env=dev`; never written to the kubeconfig
  server: https://dev.example.com:6443
  # certificate-authority: pki/dev.crt    # relative to this file

users:
- name: dev-admin
  # Only a reference: the token itself lives in the OS keyring.
  # Store it with `kcfg secret set dev-admin/token`.
  token: ref+default://dev-admin/token

contexts:
- name: dev
  cluster: dev
  user: dev-admin
  namespace: default
"""


def run(*, name: str, out: str) -> int:
    """Write the starting spec; refuse to write over a file."""
    import os
    import re

    from kcfg.boundary import require_plain
    from kcfg.errors import FileError, KcfgError
    from kcfg.files import write_atomic

    if not re.fullmatch(r"[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?", name):
        raise KcfgError(f"--name {name!r}: use small letters, digits, dots and dashes", hint="for example `acme`")
    if os.path.lexists(out):
        raise FileError(f"{out}: exists already", hint="choose another file with --out")
    require_plain(out)
    write_atomic(out, _TEMPLATE.format(name=name).encode(), mode=0o644)
    tell(f"{out} created")
    tell(f"kcfg: next: kcfg validate -f {out}")
    return 0
