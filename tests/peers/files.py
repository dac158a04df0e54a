"""The kubeconfigs that every peer is given: each is one thing that people and tools write, otherwise plain.

What must survive carries a word that is nowhere else: `remark-N` in comments, `foreign-N` in fields that kubectl does
not know, `second-N` in another document. They stand beside what a job is about (the context `prod`), never inside it.
"""
# ruff: noqa: E501 - a row is a file

import json
import os
import re
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

PLAIN = """\
apiVersion: v1
clusters:
- cluster:
    server: https://dev.example.com:6443
  name: dev
- cluster:
    server: https://prod.example.com:6443
  name: prod
contexts:
- context:
    cluster: dev
    namespace: shop
    user: dev
  name: dev
- context:
    cluster: prod
    user: prod
  name: prod
current-context: dev
kind: Config
users:
- name: dev
  user:
    username: dev
- name: prod
  user:
    client-certificate: prod.crt
    client-key: prod.key
"""
VALUE = {
    "apiVersion": "v1",
    "kind": "Config",
    "current-context": "dev",
    "clusters": [{"name": name, "cluster": {"server": f"https://{name}.example.com:6443"}} for name in ("dev", "prod")],
    "contexts": [
        {"name": "dev", "context": {"cluster": "dev", "user": "dev", "namespace": "shop"}},
        {"name": "prod", "context": {"cluster": "prod", "user": "prod"}},
    ],
    "users": [{"name": "dev", "user": {"username": "dev"}}, {"name": "prod", "user": {"username": "prod"}}],
}
OTHER = """\
apiVersion: v1
clusters:
- cluster:
    server: https://extra.example.com:6443
  name: extra
contexts:
- context:
    cluster: extra
    user: extra
  name: extra
current-context: extra
kind: Config
users:
- name: extra
  user:
    username: extra
"""
BY_HAND = """\
# remark-1: our clusters
apiVersion: v1
kind: Config
current-context: dev  # remark-2

clusters:
  # remark-3: the one to try things on
  - name: dev
    cluster:
      server: "https://dev.example.com:6443"  # remark-4
  - name: prod
    cluster:
      server: 'https://prod.example.com:6443'

contexts:
  - name: dev
    context: {cluster: dev, user: dev, namespace: shop}
  - name: prod
    context:
      user: prod
      cluster: prod

users:
  - name: dev
    user:
      username: dev
      # remark-5
  - name: prod
    user:
      username: prod
# remark-6: the end
"""
CA = "MIIB" + "abcd" * 1000


@dataclass(frozen=True)
class File:
    """One kubeconfig: its text, the context that jobs are about, and what is done to it on the disk before."""

    about: str
    text: str | bytes
    context: str = "prod"
    on_disk: Callable[[Path], None] = lambda path: None
    several: bool = False

    @property
    def data(self) -> bytes:
        return self.text if isinstance(self.text, bytes) else self.text.encode()


def plain(about: str, *changes: tuple[str, str], **more: object) -> File:
    """Return the plain file with some of its text replaced; each replacement must be there."""
    text = PLAIN
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    return File(about, text, **more)


def named(about: str, name: str, bare: str = "") -> File:
    """Return the plain file whose context has another name, written as JSON writes it, or as it stands."""
    return plain(about, ("  name: prod\ncurrent", f"  name: {bare or json.dumps(name)}\ncurrent"), context=name)


def mode(bits: int) -> Callable[[Path], None]:
    return lambda path: path.chmod(bits)


def link(path: Path) -> None:
    path.rename(path.parent / "real")
    path.symlink_to("real")


def far_link(path: Path) -> None:
    folder = path.parent / "team"
    folder.mkdir()
    path.rename(folder / "real")
    (path.parent / "middle").symlink_to("team")
    path.symlink_to("middle/real")


def hard_link(path: Path) -> None:
    (path.parent / "same").hardlink_to(path)


def acl(path: Path) -> None:
    """One user more may read: what `setfacl -m u:nobody:r` writes."""
    none = 0xFFFFFFFF
    entries = ((1, 6, none), (2, 4, 65534), (4, 0, none), (0x10, 4, none), (0x20, 0, none))
    packed = struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *each) for each in entries)
    os.setxattr(path, "system.posix_acl_access", packed)


def attribute(path: Path) -> None:
    os.setxattr(path, "user.origin", b"team")


def locked(path: Path) -> None:
    path.with_name("config.lock").touch()


def second_file(path: Path) -> None:
    """KUBECONFIG lists another file first, which has neither the context nor a current one."""
    path.with_name("first").write_text(PLAIN.replace("prod", "stage").replace("current-context: dev", ""))


FOREIGN = "        deep: [foreign-2]\n"
FILES = (
    plain("kubectl's own form"),
    File("by hand, with comments", BY_HAND),
    plain("a comment above everything", ("apiVersion", "# remark-1\napiVersion")),
    plain("a comment beside a value", ("namespace: shop", "namespace: shop  # remark-1")),
    plain("a comment between entries", ("- cluster:\n    server: https://p", "# remark-1\n- cluster:\n    server: https://p")),
    File("a comment after everything", PLAIN + "# remark-1\n"),
    File("indented lists", re.sub(r"\s*# remark.*", "", BY_HAND)),
    plain("double quotes", ("https://dev.example.com:6443", '"https://dev.example.com:6443"'), ("shop", '"shop"')),
    plain("single quotes", ("https://dev.example.com:6443", "'https://dev.example.com:6443'"), ("shop", "'shop'")),
    plain("names before bodies", ("- cluster:\n    server: https://dev.example.com:6443\n  name: dev", "- name: dev\n  cluster:\n    server: https://dev.example.com:6443")),
    File("sections in another order", PLAIN[PLAIN.index("users:"):] + PLAIN[:PLAIN.index("users:")]),
    plain("entries that are not sorted", ("- name: dev\n  user:\n    username: dev\n", "- name: zoe\n  user: {username: zoe}\n- name: dev\n  user:\n    username: dev\n")),
    File("JSON", json.dumps(VALUE, indent=2) + "\n"),
    File("JSON on one line", json.dumps(VALUE)),
    plain("an entry in braces", ("- cluster:\n    server: https://dev.example.com:6443\n  name: dev", "- {name: dev, cluster: {server: 'https://dev.example.com:6443'}}")),
    File("CRLF", PLAIN.replace("\n", "\r\n")),
    File("CRLF in some lines", PLAIN.replace("dev\n", "dev\r\n")),
    File("a BOM", b"\xef\xbb\xbf" + PLAIN.encode()),
    File("no line end at the end", PLAIN.rstrip("\n")),
    plain("blank lines", ("contexts:", "\n\ncontexts:"), ("users:", "\nusers:")),
    File("begins with ---", "---\n" + PLAIN),
    File("--- and ...", "---\n" + PLAIN + "...\n"),
    File("a second document", PLAIN + "---\nkind: Other\nwhat: second-1\n"),
    File("a %YAML directive", "%YAML 1.1\n---\n" + PLAIN),
    plain("tabs before a comment", ("namespace: shop", "namespace: shop\t# remark-1")),
    plain("spaces at the ends of lines", ("user: dev\n", "user: dev  \n"), ("kind: Config", "kind: Config ")),
    plain("a line of 4,000 characters", ("    server: https://dev", f"    certificate-authority-data: {CA}\n    server: https://dev")),
    plain("a folded text", ("namespace: shop", "namespace: >-\n      shop")),
    plain("a literal text", ("    username: dev", "    username: |-\n      dev")),
    plain("an anchor and an alias", ("    cluster: dev\n", "    cluster: &where dev\n"), ("  name: dev\n- context", "  name: *where\n- context")),
    plain("a merge key", ("- context:\n    cluster: dev\n    namespace: shop\n", "- context: &all\n    cluster: dev\n    namespace: shop\n"), ("- context:\n    cluster: prod\n", "- context:\n    <<: *all\n    cluster: prod\n")),
    plain("an unknown field at the top", ("kind: Config\n", "kind: Config\nteam: foreign-1\n")),
    plain("an unknown field of a cluster", ("    server: https://dev", "    owner: foreign-1\n    server: https://dev")),
    plain("an unknown field of a user", ("    username: dev\n", f"    username: dev\n    x-sso:\n{FOREIGN}")),
    plain("an unknown field of a context", ("    namespace: shop\n", "    namespace: shop\n    color: foreign-1\n")),
    plain("an unknown field beside a name", ("  name: dev\n- cluster", "  name: dev\n  labels: {env: foreign-1}\n- cluster")),
    plain("extensions at the top", ("kind: Config\n", "extensions:\n- extension: {a: kept-1}\n  name: team\nkind: Config\n")),
    plain("extensions of a cluster, as minikube", ("    server: https://dev", "    extensions:\n    - extension:\n        last-update: Mon, 02 Jan 2023 10:00:00 UTC\n        provider: minikube.sigs.k8s.io\n        version: v1.31.2\n      name: cluster_info\n    server: https://dev")),
    plain("preferences", ("kind: Config\n", "kind: Config\npreferences:\n  colors: true\n")),
    plain("empty preferences", ("kind: Config\n", "kind: Config\npreferences: {}\n")),
    plain("a section that is null", (PLAIN[PLAIN.index("users:"):], "users: null\n")),
    plain("a field that is null", ("    namespace: shop\n", "    namespace: null\n")),
    plain("a body that is null", ("- name: dev\n  user:\n    username: dev\n", "- name: dev\n  user:\n")),
    plain("a section that is an empty list", (PLAIN[PLAIN.index("users:"):], "users: []\n")),
    plain("no users at all", (PLAIN[PLAIN.index("users:"):], "")),
    plain("a context twice", ("- context:\n    cluster: prod", "- context:\n    cluster: prod\n    namespace: first\n    user: dev\n  name: dev\n- context:\n    cluster: prod")),
    plain("a key twice", ("    namespace: shop\n", "    namespace: shop\n    namespace: web\n")),
    File("a section twice", PLAIN + "users:\n- name: late\n  user:\n    username: late\n"),
    named("a name with spaces", "prod in europe"),
    named("a name of an EKS cluster", "arn:aws:eks:eu-west-1:123456789012:cluster/prod"),
    named("a name in Unicode", "prod-münchen", "prod-münchen"),
    named("a name of digits, in quotes", "0123"),
    named("a name of digits, bare", "123", "123"),
    named("a name that reads as yes", "yes"),
    named("a name with a quote", "prod's"),
    named("a name with dots and an at sign", "admin@prod.example.com", "admin@prod.example.com"),
    named("a name of 300 characters", "p" * 300),
    named("a name that begins with a dash", "-prod", '"-prod"'),
    plain("a context that leads nowhere", ("    cluster: dev\n    namespace", "    cluster: gone\n    namespace")),
    plain("a relative path to a certificate", ("    server: https://dev", "    certificate-authority: ../certs/dev.crt\n    server: https://dev")),
    plain("a plugin with empty fields", ("    username: dev\n", "    exec:\n      apiVersion: client.authentication.k8s.io/v1\n      args: null\n      command: dev-login\n      env: null\n      interactiveMode: IfAvailable\n      provideClusterInfo: false\n")),
    plain("a plugin beside the file", ("    username: dev\n", "    exec:\n      apiVersion: client.authentication.k8s.io/v1\n      command: ./dev-login\n      interactiveMode: Never\n")),
    plain("an auth-provider of old days", ("    username: dev\n", "    auth-provider:\n      config:\n        client-id: dev\n      name: oidc\n")),
    plain("no apiVersion, no kind", ("apiVersion: v1\n", ""), ("kind: Config\n", "")),
    plain("another apiVersion", ("apiVersion: v1", "apiVersion: v2")),
    plain("a token that reads as a number", ("    username: dev", "    token: 0123")),
    plain("yes for true", ("    server: https://dev", "    insecure-skip-tls-verify: yes\n    server: https://dev")),
    plain("a mapping where a list belongs", (PLAIN[PLAIN.index("users:"):], "users:\n  dev: {}\n")),
    File("not closed", PLAIN + "extensions: [\n"),
    File("empty", ""),
    plain("a secret, open to all", ("    username: dev", "    token: dev-token"), on_disk=mode(0o644)),
    plain("mode 0644", on_disk=mode(0o644)),
    plain("mode 0640", on_disk=mode(0o640)),
    plain("mode 0400", on_disk=mode(0o400)),
    plain("a symbolic link", on_disk=link),
    plain("a link through a link to a folder", on_disk=far_link),
    plain("a hard link", on_disk=hard_link),
    plain("an ACL", on_disk=acl),
    plain("an extended attribute", on_disk=attribute),
    plain("a lock that somebody holds", on_disk=locked),
    plain("the second of two files", on_disk=second_file, several=True),
)  # fmt: skip
