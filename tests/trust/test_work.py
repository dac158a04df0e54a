"""Work grows with the parts of a spec, never with their square: counted, at N and at 2N, whatever the machine.

Where a few lines can ask for a product (globs over files, patches over entries), there is a bound that is told.
"""

import io
import os
import sys
from cProfile import Profile

import pytest

from kcfg.__main__ import run

HEAD = "apiVersion: kcfg/v1\nkind: KubeconfigSpec\n"
ROOT = HEAD + "metadata: {name: acme}\n"
SIZE = 80


def listed(key, template, size):
    return f"{key}:\n" + "".join(f"- {{{template.replace('#', str(at))}}}\n" for at in range(size))


def clusters(size, template="name: c#, server: 'https://c#.example.com'"):
    return listed("clusters", template, size)


def users(size, template="name: u#, token: ref+default://t#"):
    return listed("users", template, size)


def contexts(size, template="name: x#, cluster: c#, user: u#"):
    return listed("contexts", template, size)


def whole(size):
    return clusters(size) + users(size) + contexts(size)


def patches(size, name="c#", value="a: b"):
    head = clusters(size) + "environments:\n- name: e\n  patches:\n"
    patch = f"  - {{target: {{kind: Cluster, name: {name}}}, merge: {{labels: {{{value}}}}}}}\n"
    return head + "".join(patch.replace("#", str(at)) for at in range(size))


def parts(size):
    entry = "clusters: [{name: p#, server: 'https://p.example.com'}]\n"
    return {f"p{at}.yaml": HEAD + entry.replace("#", str(at)) for at in range(size)}


def joined(key, word, size):
    return f"{key}: [{', '.join(word.replace('#', str(at)) for at in range(size))}]\n"


def levels(size):
    """Return files that each include both of the next level: as many ways as 2 to the power of the levels."""
    count = min(size // 10, 40)
    both = {f"{side}{at}.yaml": f"include: [a{at + 1}.yaml, b{at + 1}.yaml]\n" for at in range(count) for side in "ab"}
    files = {name: HEAD + text for name, text in both.items()} | {f"{side}{count}.yaml": HEAD for side in "ab"}
    return {"kcfg.yaml": f"{ROOT}include: [a0.yaml, b0.yaml]\n"} | files


KINDS = {
    "keys": lambda n: "".join(f"zz{at}: 1\n" for at in range(n)),
    "keys of an entry": lambda n: "clusters: [{name: c, server: x, " + ", ".join(f"z{at}: 1" for at in range(n)) + "}]",
    "keys twice": lambda n: "clusters: []\n" * n,
    "keys of a mapping": lambda n: "variables:\n" + "".join(f"  v{at}: {{defaul: a}}\n" for at in range(n)),
    "names twice": lambda n: clusters(n, "name: c, server: 'https://c.example.com'"),
    "contexts": whole,
    "contexts of one user": lambda n: clusters(n) + users(1) + contexts(n, "name: x#, cluster: c#, user: u0"),
    "contexts that lead nowhere": lambda n: clusters(n) + users(n) + contexts(n, "name: x#, cluster: d#, user: v#"),
    "documents": lambda n: "".join(f"---\n{HEAD}clusters: [{{name: c{at}, server: 'https://c'}}]\n" for at in range(n)),
    "broken documents": lambda n: "".join(f"---\n{HEAD}clusters: [{{name: c{at}}}]\n" for at in range(n)),
    "environments": lambda n: whole(1) + listed("environments", "name: e#", n),
    "environments that lead nowhere": lambda n: listed("environments", "name: e#, extends: f#", n),
    "patches": patches,
    "patches that match nothing": lambda n: patches(n, "d#"),
    "patches of one entry": lambda n: patches(n, "c0", "a#: b"),
    "names that are selected": lambda n: (
        whole(n) + "environments:\n- name: e\n  select:\n    " + joined("names", "x#", n)
    ),
    "stores": lambda n: listed("secretStores", "name: s#, provider: env", n) + users(n, "name: u#, token: ref+s#://t"),
    "stores that there are not": lambda n: (
        listed("secretStores", "name: s#, provider: env", n) + users(n, "name: u#, token: ref+r#://t")
    ),
    "variables": lambda n: (
        "variables:\n"
        + "".join(f"  v{at}: {{default: a}}\n" for at in range(n))
        + clusters(n, "name: c#, server: 'https://${v#}.example.com'")
    ),
    "variables that there are not": lambda n: (
        "variables:\n"
        + "".join(f"  v{at}: {{default: a}}\n" for at in range(n))
        + clusters(n, "name: c#, server: 'https://${w#}.example.com'")
    ),
    "comments": lambda n: (
        "clusters:\n"
        + "".join(f"# kcfg:ignore KCFG401\n- {{name: c{at}, server: 'http://c.example.com'}}\n" for at in range(n))
    ),
    "plain-text secrets": lambda n: users(n, "name: u#, token: fake-#"),
    "includes": lambda n: {"kcfg.yaml": ROOT + joined("include", "p#.yaml", n)} | parts(n),
    "includes of nothing": lambda n: joined("include", "p#.yaml", n),
    "a glob": lambda n: {"kcfg.yaml": ROOT + "include: ['**/p*.yaml']\n"} | parts(n),
    "includes of the same": levels,
    "a matrix": lambda n: (
        "generate:\n- " + joined("forEach: {i", "#", n).replace("\n", "}\n")
        + "  cluster: {name: 'c{i}', server: 'https://c{i}.example.com'}\n"
        + "  " + joined("exclude", "{i: '#'}", n // 2)
    ),
}  # fmt: skip


def calls(words, files, folder, monkeypatch):
    for name, text in files.items():
        (folder / name).write_text(text)
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO()))
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    profile = Profile()
    code = profile.runcall(run, words.split())
    assert code in (0, 1, 2), sys.stderr.getvalue()
    return sum(each.callcount for each in profile.getstats())


def files_of(kind, size):
    made = KINDS[kind](size)
    return made if isinstance(made, dict) else {"kcfg.yaml": ROOT + made}


@pytest.mark.parametrize("words", ["validate", "lint", "graph"])
@pytest.mark.parametrize("kind", KINDS)
def test_twice_the_parts_are_twice_the_work(kind, words, tmp_path, monkeypatch):
    counts = []
    for size in (4, SIZE, 2 * SIZE):  # the first loads modules
        folder = tmp_path / str(size)
        folder.mkdir()
        counts.append(calls(words, files_of(kind, size), folder, monkeypatch))

    assert counts[2] < 2.3 * counts[1]


@pytest.mark.parametrize(
    ("kind", "made", "told"),
    [
        ("environments that extend", lambda n: listed("environments", "name: e#", 1) + "".join(
            f"- {{name: e{at}, extends: e{at - 1}}}\n" for at in range(1, n)), "environments that extend one another"),
        ("files that include", lambda n: {"kcfg.yaml": ROOT + "include: [p0.yaml]\n"} | {
            f"p{at}.yaml": f"{HEAD}include: [p{at + 1}.yaml]\n" for at in range(n)}, "files that include one another"),
    ],
)  # fmt: skip
def test_a_chain_has_an_end(kind, made, told, tmp_path, kcfg):
    files = made(2000)
    for name, text in (files if isinstance(files, dict) else {"kcfg.yaml": ROOT + whole(1) + files}).items():
        (tmp_path / name).write_text(text)
    done = kcfg("validate")

    assert done.returncode == 1, done.stderr[-300:]
    assert told in done.stderr


@pytest.mark.parametrize(
    ("limit", "files", "told"),
    [
        ("kcfg.spec.globs.MAX_NAMES", lambda: {"kcfg.yaml": ROOT + joined("include", "'p*#.yaml'", 20)} | parts(20),
         "more than 100 names"),
        ("kcfg.spec.environments.MAX_STEPS", lambda: {"kcfg.yaml": ROOT + patches(20, "'*'")}, "more than 100 steps"),
        ("kcfg.spec.load.MAX_INCLUDES", lambda: {"kcfg.yaml": ROOT + joined("include", "p0.yaml", 101)} | parts(1),
         "more than 100 includes"),
        ("kcfg.spec.layers.MAX_LAID", lambda: {"kcfg.yaml": ROOT + clusters(101)}, "more than 100 entries"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)  # fmt: skip
def test_a_product_is_refused(limit, files, told, tmp_path, monkeypatch, capsys):
    for name, text in files().items():
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(limit, 100)

    assert run(["validate"]) in (1, 2)
    assert told in capsys.readouterr().err


def test_the_first_mistakes_are_helped(tmp_path, kcfg):
    (tmp_path / "kcfg.yaml").write_text(ROOT + clusters(1) + "cluster: []\nuser: []\n")
    told = kcfg("validate").stderr

    assert "did you mean 'clusters'?" in told
    assert "did you mean 'users'?" in told


LONG = "1" * 4301
NUMBERS = [LONG, f"-{LONG}", f"+{LONG}", f"1_{LONG}", f"{LONG}.5", "1" * 400, "1e999", "-1e999"]
NUMBERS += ["0x" + "f" * 400, "0" + "7" * 400, "0b" + "1" * 400]
READERS = [
    ["view", "--kubeconfig", "k"],
    ["use-context", "c", "--kubeconfig", "k"],
    ["current-context", "--kubeconfig", "k"],
    ["get-contexts", "--kubeconfig", "k"],
    ["set-context", "c", "--namespace", "x", "--kubeconfig", "k"],
    ["merge", "k", "k"],
    ["validate", "--kubeconfig", "k"],
    ["lint", "k"],
    ["secret", "scan", "k"],
    ["secret", "scan", "kcfg.yaml"],
    ["import", "k", "--into", "out", "--secrets", "keep-out"],
    ["validate"],
    ["lint"],
    ["fmt", "--check"],
    ["render"],
    ["get-clusters", "-f", "."],
]


@pytest.mark.parametrize("words", READERS, ids=" ".join)
def test_a_number_of_any_length_is_read(words, tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    for number in NUMBERS:
        (tmp_path / "k").write_text(
            "apiVersion: v1\nkind: Config\ncurrent-context: c\ncontexts: [{name: c, context: {cluster: c, user: u}}]\n"
            "clusters: [{name: c, cluster: {server: 'https://c.example.com'}}]\n"
            f"extensions: [{{name: e, extension: {{n: {number}}}}}]\nmine: {number}\n"
        )
        entry = f"name: c, server: 'https://c.example.com', extensions: [{{name: e, extension: {{size: {number}}}}}]"
        (tmp_path / "kcfg.yaml").write_text(f"{ROOT}clusters: [{{{entry}}}]\n")
        os.chmod(tmp_path / "k", 0o600)
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"")))
        code = run(words)
        told = capfd.readouterr().err

        assert code in (0, 1, 2), told
        assert code != 2 or "lint" in words or "import" in words, told
