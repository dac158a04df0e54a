"""Who writes: kcfg by its real `run`, a kubectl, an editor, who removes locks; and what each does, by scenario.

An edit has a name and says of the files whether it is there: True, False, or None for half of it.
"""

import os
import time
from dataclasses import dataclass, field

from fs import TOP

PLACE, HOME = f"{TOP}/place", f"{TOP}/home"
STATE = f"{HOME}/.local/state/kcfg"
FOREIGN = b"# somebody's own\n- name: foreign\n  user: {token: fake-secret-foreign}   # stays\n"
CONFIG = (
    b"apiVersion: v1\nkind: Config\nusers:\n" + FOREIGN + b"- name: u\n  user: {token: fake-secret-u}\nclusters:\n"
    b"- name: x\n  cluster: {server: 'https://one.example.com'}\n"
    b"contexts:\n- name: c\n  context: {cluster: x, user: u}\n"
)
A = CONFIG.partition(b"contexts:")[0]
B = b"# b\ncontexts:\n- name: c\n  context: {cluster: x, user: u}\n"
HEAD = "apiVersion: kcfg/v1\nkind: KubeconfigSpec\nmetadata: {name: acme}\n"


@dataclass
class Edit:
    """What one writer does, and how it is seen: `there(files)` with the bytes by path."""

    name: str
    words: tuple
    there: object
    environ: dict = field(default_factory=dict)
    stdin: bytes = b""
    kind: str = "kcfg"
    may_fail: bool = False  # what another one did may be in its way


@dataclass
class Scenario:
    """Files, the edits that may meet there, what the next kcfg is, and the way back."""

    name: str
    files: dict
    edits: object  # a function of the seed's chance
    again: tuple
    guarded: tuple
    back: tuple = ()
    also: tuple = ()  # what is run before `again`, to write the files that it does not
    effects: int = 45  # how many calls that change something an edit makes, about
    derived: bool = False  # what can be made again is not synced: no loss of power
    environ: dict = field(default_factory=dict)
    victim: str = ""  # whom a fault strikes; without it, one of them


def kubectl(path, name):
    """Add a context as kubectl does: an empty lock of mode 0000, read, truncate, write."""

    def work():
        for _ in range(2000):
            try:
                handle = os.open(f"{path}.lock", os.O_CREAT | os.O_EXCL, 0)
            except FileExistsError:
                time.sleep(0.01)
                continue
            os.close(handle)
            break
        else:
            return 1
        try:
            with open(path, "rb") as file:
                before = file.read()
            after = before.replace(b"contexts:\n", f"contexts:\n- name: {name}\n  context: {{}}\n".encode())
            handle = os.open(path, os.O_WRONLY | os.O_TRUNC)
            os.write(handle, after)
            os.close(handle)
        finally:
            os.unlink(f"{path}.lock")
        return 0

    return work


def editor(path, line):
    """Put a comment on top as an editor does: a temporary, renamed."""

    def work():
        with open(path, "rb") as file:
            before = file.read()
        handle = os.open(f"{path}~new", os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        os.write(handle, line + before)
        os.fsync(handle)
        os.close(handle)
        os.rename(f"{path}~new", path)
        return 0

    return work


def rude(path):
    """Remove a lock, whosever it is, once in a while."""

    def work():
        for _ in range(3):
            time.sleep(0.003)
            try:
                os.unlink(f"{path}.lock")
            except FileNotFoundError:
                pass
        return 0

    return work


def has(name, text, *, gone=b""):
    """Whether a file holds a text, and another one no more."""
    return lambda files: (
        text in (files.get(f"{PLACE}/{name}") or b"") and not (gone and gone in (files.get(f"{PLACE}/{name}") or b""))
    )


def all_or_none(*each):
    """Whether all of them, None when some."""

    def there(files):
        found = [one(files) for one in each]
        return True if all(found) else None if any(found) else False

    return there


def _one(rng):
    edits = [
        Edit(f"set{n}", ("set-context", f"n{n}", "--namespace", f"s{n}"), has("config", f"name: n{n}\n".encode()))
        for n in range(rng.randint(1, 3))
    ]
    edits.append(Edit("use", ("use-context", "c"), has("config", b"current-context: c")))
    edits.append(Edit("delete", ("delete-cluster", "x"), lambda f: not has("config", b"name: x\n")(f)))
    rng.shuffle(edits)
    edits = edits[: rng.randint(1, 4)]
    if rng.random() < 0.3:
        path = f"{PLACE}/config"
        edits.append(Edit("kubectl", kubectl(path, "k1"), has("config", b"name: k1\n"), kind="kubectl"))
    elif rng.random() < 0.2:
        edits.append(Edit("rude", rude(f"{PLACE}/config"), lambda files: True, kind="rude"))
    return edits


def _two(rng):
    orders = ["a:far/b", "far/b:a"]
    rename = all_or_none(has("a", b"name: uu\n", gone=b"name: u\n"), has("far/b", b"user: uu}", gone=b"user: u}"))
    edits = [Edit("rename", ("rename", "user", "u", "uu"), rename, {"KUBECONFIG": orders[0]})]
    if rng.random() < 0.6:
        words = ("rename", "user", "foreign", "foreign2")
        edits.append(Edit("other", words, has("a", b"name: foreign2"), {"KUBECONFIG": orders[1]}))
    if rng.random() < 0.4:
        words = ("rename", "cluster", "x", "xx")
        edits.append(
            Edit(
                "third",
                words,
                all_or_none(has("a", b"name: xx\n"), has("far/b", b"cluster: xx")),
                {"KUBECONFIG": rng.choice(orders)},
            )
        )
    if rng.random() < 0.2:
        edits.append(Edit("kubectl", kubectl(f"{PLACE}/far/b", "k1"), has("far/b", b"name: k1\n"), kind="kubectl"))
    return edits


_SPEC = {
    "kcfg.yaml": f"{HEAD}include: [users.yaml]\nclusters:\n- {{name: c, server: 'https://one.example.com'}}\n"
    "contexts:\n- {name: c, cluster: c, user: u}\n",
    "users.yaml": f"{HEAD}users:\n- {{name: u, username: bob}}\n",
}
_APPLIED = {
    "kcfg.yaml": f"{HEAD}clusters:\n- {{name: c, server: 'https://one.example.com'}}\n"
    "contexts:\n- {name: c, cluster: c}\n",
    "config": CONFIG,
}
_STORE = {
    "kcfg.yaml": f"{HEAD}secretStores: [{{name: default, provider: file, file: {{directory: store}}}}]\n"
    "users:\n- {name: u, token: ref+default://u/token}\n",
    "store/u/token": "fake-secret-old\n",
}
_ENVIRONMENTS = {
    "kcfg.yaml": f"{HEAD}clusters:\n- {{name: c, server: 'https://${{env}}.example.com'}}\n"
    "contexts:\n- {name: c, cluster: c}\n"
    "environments:\n- {name: dev, variables: {env: dev}}\n- {name: prod, variables: {env: prod}}\n"
    "variables: {env: {default: x}}\n"
}
_RUNS = (
    f"{HEAD}users:\n- {{name: u, exec: {{apiVersion: client.authentication.k8s.io/v1, "
    "command: /bin/true, interactiveMode: Never}}\n"
)
_ODD = f"{HEAD}clusters:\n  -   {{server: 'https://one.example.com',   name: c}}\n"


def _spec(rng):
    there = all_or_none(has("kcfg.yaml", b"user: robot"), has("users.yaml", b"name: robot", gone=b"name: u,"))
    edits = [Edit("rename", ("spec", "rename", "user", "u", "robot"), there)]
    if rng.random() < 0.5:
        words = ("spec", "set-context", "n1", "--cluster", "c")
        edits.append(Edit("set", words, has("kcfg.yaml", b"n1")))
    return edits


def _apply(rng):
    words = ("apply", "--yes", "--kubeconfig", "config")
    return [Edit("apply", words, has("config", b"name: d"))]


def _beside(rng):
    orders = ["config:far/b", "far/b:config"]
    rename = all_or_none(has("config", b"name: uu\n", gone=b"name: u\n"), has("far/b", b"user: uu}", gone=b"user: u}"))
    edits = [Edit("rename", ("rename", "user", "u", "uu"), rename, {"KUBECONFIG": rng.choice(orders)})]
    if rng.random() < 0.6:
        edits += _apply(rng)
        if rng.random() < 0.3:  # it takes back what `apply` did, where that came first
            edits.append(Edit("undo", ("undo", "--yes", "--kubeconfig", "config"), lambda files: True, may_fail=True))
            edits[1].there = lambda files: True
    return edits


def _set(rng):
    edits = [
        Edit(f"set{n}", ("secret", "set", "u/token"), lambda files: True, stdin=f"fake-secret-new{n}\n".encode())
        for n in range(rng.randint(1, 3))
    ]
    if len(edits) == 1:
        edits[0].there = lambda files: b"old" not in files.get(f"{PLACE}/store/u/token", b"old")
    return edits


def _trust(rng):
    return [Edit(f"trust{n}", ("trust", "--yes", "-f", f"{n}"), trusted(n)) for n in "pqr"[: rng.randint(1, 3)]]


def trusted(name):
    return lambda files: f'"spec-{name}"'.encode() in (files.get(f"{STATE}/trust.json") or b"")


def _fmt(rng):
    done = all_or_none(*((lambda files, n=n: files.get(f"{PLACE}/{n}.yaml") != _ODD.encode()) for n in "abc"))
    return [Edit("fmt", ("fmt", "a.yaml", "b.yaml", "c.yaml"), done)]


def _import(rng):
    stored = lambda files: any(b"fake-secret-u" in (files.get(p) or b"") for p in files if not p.endswith("/config"))  # noqa: E731
    there = lambda files: stored(files) and f"{PLACE}/spec/kcfg.yaml" in files  # noqa: E731
    return [Edit("import", _IMPORT, there)]


def _render(rng):
    done = all_or_none(*((lambda f, n=n: f"{PLACE}/out/{n}.yaml" in f) for n in ("dev", "prod")))
    return [Edit("render", ("render", "--all-environments", "--out", "out"), done)]


def _split(rng):
    done = all_or_none(*((lambda f, n=n: f"{PLACE}/out/{n}.yaml" in f) for n in ("c", "d")))
    return [Edit("split", ("split", "--out-dir", "out"), done, {"KUBECONFIG": "config"})]


_IMPORT = ("import", "config", "--into", "spec", "--secrets", "file")
_K = {"KUBECONFIG": "config"}
SCENARIOS = [
    Scenario(
        "edits of one file", {"config": CONFIG}, _one, ("set-context", "last"), ("config",), effects=14, environ=_K
    ),
    Scenario(
        "rename over two files",
        {"a": A, "far/b": B},
        _two,
        ("set-context", "last"),
        ("a", "far/b"),
        effects=32,
        also=(("set-context", "also", "--kubeconfig", "far/b"),),
        environ={"KUBECONFIG": "a:far/b"},
    ),
    Scenario(
        "spec rename",
        _SPEC,
        _spec,
        ("spec", "set-context", "last", "--cluster", "c"),
        ("kcfg.yaml", "users.yaml"),
        also=(("spec", "set-credentials", "also", "--username", "also", "-f", "users.yaml"),),
    ),
    Scenario(
        "apply and undo",
        {
            **_APPLIED,
            "kcfg.yaml": _APPLIED["kcfg.yaml"].replace("name: c,", "name: d,").replace("cluster: c", "cluster: d"),
        },
        _apply,
        ("apply", "--yes", "--kubeconfig", "config"),
        ("config",),
        back=("undo", "--yes", "--kubeconfig", "config"),
    ),
    Scenario("secret set", _STORE, _set, ("secret", "set", "u/token"), ()),
    Scenario(
        "trust",
        {f"{n}/kcfg.yaml": _RUNS.replace("acme", f"spec-{n}") for n in "pqrz"},
        _trust,
        ("trust", "--yes", "-f", "z"),
        (),
    ),
    Scenario(
        "fmt", {f"{n}.yaml": _ODD for n in "abc"}, _fmt, ("fmt", "a.yaml", "b.yaml", "c.yaml"), ("a.yaml", "b.yaml")
    ),
    Scenario("import", {"config": CONFIG}, _import, (*_IMPORT, "--force"), ()),
    Scenario("render", _ENVIRONMENTS, _render, ("render", "--all-environments", "--out", "out"), (), derived=True),
    Scenario(
        "split",
        {"config": CONFIG + b"- name: d\n  context: {cluster: x, user: u}\n"},
        _split,
        ("split", "--out-dir", "out", "--force"),
        (),
        environ=_K,
    ),
]
# Those that share a last digit with another one: a seed's tens say which, so that a seed stays the run that it was.
ODD = {
    8: Scenario(
        "apply beside a rename",
        {
            "kcfg.yaml": _APPLIED["kcfg.yaml"].replace("name: c,", "name: d,").replace("cluster: c", "cluster: d"),
            "config": A,
            "far/b": B,
        },
        _beside,
        ("set-context", "last", "--kubeconfig", "config"),
        ("config", "far/b"),
        effects=32,
        victim="rename",
        also=(("apply", "--yes", "--kubeconfig", "config"), ("set-context", "also", "--kubeconfig", "far/b")),
    )
}


def scenario_of(seed):
    """Return what a seed plays."""
    return ODD.get(seed % 20 - 10) or SCENARIOS[seed % 10]
