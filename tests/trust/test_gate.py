"""SECURITY.md's table, cell by cell: what a spec newly reaches, in each command, with canaries that must not move."""

import os
import re
import shutil
import subprocess
import sys
from base64 import b64encode

import pytest
from conftest import ROOT

from kcfg.__main__ import run
from kcfg.kubeconfig.file import load_file
from kcfg.x509 import make_authority, make_client

CANARY = "canary-7f3a-value"
HEAD = "apiVersion: kcfg/v1\nkind: KubeconfigSpec\nmetadata: {name: acme}\n"
KNOWN = HEAD + (
    "secretStores: [{name: vars, provider: env, env: {prefix: KCFG_}}]\n"
    "clusters: [{name: prod, server: 'https://prod.example.com'}]\n"
    "users: [{name: ops, token: ref+vars://ops}]\n"
    "contexts: [{name: prod, cluster: prod, user: ops}]\ncurrent-context: prod\nenvironments: [{name: e}]\n"
)


def with_cluster(fields):
    return KNOWN.replace("server: 'https://prod.example.com'", f"server: 'https://prod.example.com', {fields}")


def with_user(fields, stores="[]"):
    return KNOWN.replace("token: ref+vars://ops", fields).replace(
        "secretStores: [", f"secretStores: [{stores.strip('[]')}{', ' if stores != '[]' else ''}"
    )


def command_store(argv):
    return with_user("token: ref+run://ops", f"[{{name: run, provider: command, command: {{argv: {argv}}}}}]")


PWN = "[/bin/sh, -c, 'touch PWNED; echo $AWS_SECRET']"
EXEC = (
    "exec: {apiVersion: client.authentication.k8s.io/v1, command: /bin/sh, args: [-c, 'touch PWNED; echo {}'], "
    "interactiveMode: Never}"
)
WHAT = {
    "a stored secret that goes to another server": lambda _: KNOWN.replace("prod.example.com", "evil.example.com"),
    "the same server through a proxy": lambda _: with_cluster("proxy-url: 'http://evil.example.com:3128'"),
    "the same server, its certificate unchecked": lambda _: with_cluster("insecure-skip-tls-verify: true"),
    "the same server with another CA": lambda _: with_cluster("certificate-authority: evil.pem"),
    "the same server under another tls-server-name": lambda _: with_cluster("tls-server-name: evil.example.com"),
    "a context that brings a stored secret to a new cluster": lambda _: KNOWN.replace(
        "clusters: [", "clusters: [{name: evil, server: 'https://evil.example.com'}, "
    ).replace("cluster: prod,", "cluster: evil,"),
    "a variable that does not begin with `KCFG_`": lambda _: with_user(
        "token: ref+all://aws-secret", "[{name: all, provider: env, env: {prefix: ''}}]"
    ),
    "a file that git does not track, from a file store": lambda top: with_user(
        "token: ref+files://private", f"[{{name: files, provider: file, file: {{directory: '{top.parent}/home'}}}}]"
    ),
    "a token file that git does not track": lambda top: with_user(f"tokenFile: '{top.parent}/home/private'"),
    "a keyring item of another tool": lambda _: with_user(
        "token: {secretRef: {keyring: {service: mail, username: me}}}"
    ),
    "a `command` store": lambda _: command_store(PWN),
    "a changed script behind a trusted `command` store": lambda _: command_store("[./get.sh, '{key}']"),
    "an exec stanza": lambda _: with_user(EXEC),
    "a vendor's sign-in (`auth:`)": lambda _: with_user("auth: {aws-eks: {cluster: prod, region: eu-west-1}}"),
    "`credentials: inline` that only the spec asks for": lambda _: KNOWN.replace(
        "environments: [{name: e}]", "environments: [{name: e, credentials: inline}]"
    ),
    "`credentials: inline` of a user, likewise": lambda _: with_user("token: ref+vars://ops, credentials: inline"),
    "`flatten: true` that puts a key's file into outputs": lambda _: with_user(
        "client-certificate: me.crt, client-key: me.key"
    ).replace("environments: [{name: e}]", "environments: [{name: e, flatten: true}]"),
    "the name of another repository's spec": lambda _: KNOWN,
}
COLUMNS = {
    "reads, reviews": [
        "validate", "test reach.test.yaml", "lint", "fmt --check", "diff --kubeconfig live",
        "render --credentials exec", "render --to kuberc", "render --to k9s", "graph", "get-contexts -f .",
    ],
    "renders values": [
        "render -e e --credentials inline", "render --credentials inline --out out.yaml",
        "render --to secret --credentials inline --out out",
        *(f"{word} --kubeconfig live --read-secrets --credentials inline" for word in ("diff", "status", "verify")),
        "apply --dry-run --kubeconfig live --read-secrets --credentials inline",
    ],
    "applies": [
        "apply -e e --yes --kubeconfig live", "apply -e e --kubeconfig live --yes --adopt",
        "apply -e e --credentials inline --kubeconfig live",
    ],
    "runs, asks servers": [
        "exec prod -f . -- touch PWNED", "shell prod -f . --shell /bin/true", "get-token prod -f . -o token",
        "curl prod -f . /version", "whoami -f .",
    ],
}  # fmt: skip


def cells():
    """Return (what, column, said) of the table in SECURITY.md."""
    text = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    table = text[text.index("| what is new in a spec |") :].partition("\n\n")[0]
    lines = [line for line in table.splitlines() if line.startswith("| ")]
    heads, *rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [(row[0], head, said) for row in rows[1:] for head, said in zip(heads[1:], row[1:], strict=True)]


CELLS = cells()


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A trusted spec in a git work tree, beside a home with things that a hostile change would like."""
    for name in ("home", "repo"):
        (tmp_path / name).mkdir(exist_ok=True)
    private = tmp_path / "home" / "private"
    private.write_text(CANARY)
    private.chmod(0o600)
    top = tmp_path / "repo"
    subprocess.run(["git", "init", "-q", str(top)], check=True)
    (top / ".gitignore").write_text("*\n")
    (top / "reach.test.yaml").write_text(
        "apiVersion: kcfg/v1\nkind: SpecTest\ncases: [{context: prod, expect: {absent: false}}]\n"
    )
    (top / "evil.pem").write_bytes(make_authority("evil")[0])
    for name, content in zip(("me.crt", "me.key"), make_client("me", (), make_authority("me")), strict=True):
        (top / name).write_bytes(content)
    subprocess.run(["git", "-C", top, "add", "-f", "me.crt", "me.key"], check=True)
    monkeypatch.chdir(top)
    monkeypatch.setenv("AWS_SECRET", CANARY)
    monkeypatch.setenv("KCFG_OPS", CANARY)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return top


def make_hostile(top, what):
    """Trust the spec as it was; then the change comes."""
    (top / "kcfg.yaml").write_text(KNOWN)
    if what.startswith("a changed script"):
        (top / "get.sh").write_text("#!/bin/sh\necho before\n")
        (top / "get.sh").chmod(0o755)
        (top / "kcfg.yaml").write_text(WHAT[what](top))
    assert run(["trust", "--yes"]) == 0
    if what.startswith("a changed script"):
        (top / "get.sh").write_text("#!/bin/sh\ntouch PWNED\necho $AWS_SECRET\n")
    elif what.startswith("the name"):
        other = top.parent / "other"
        other.mkdir()
        (other / ".git").mkdir()
        shutil.copytree(top, other, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".git"))
        os.chdir(other)
    (type(top)() / "kcfg.yaml").write_text(WHAT[what](top))


def everything_below(folder):
    return "".join(
        path.read_text(errors="replace")
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".git" not in path.parts and path.name not in ("kcfg.yaml", "private", "get.sh")
    )


@pytest.mark.parametrize(("what", "column", "said"), CELLS, ids=lambda text: str(text)[:40])
def test_each_cell_of_the_table(repository, capsys, what, column, said):
    make_hostile(repository, what)
    capsys.readouterr()
    for line in COLUMNS[column]:
        code = run(line.split())
        out, err = capsys.readouterr()

        assert CANARY not in out + err, line
        assert CANARY not in everything_below(repository.parent), line
        assert not list(repository.parent.rglob("PWNED")), line
        if said == "refused":
            assert code == (125 if line.split()[0] in ("exec", "shell", "curl") else 1), (line, err)
            assert "kcfg trust" in err, line
            for live in repository.parent.glob("*/live"):
                assert load_file(str(live)).config.contexts == {}, line
        else:
            assert code in (0, 1), (line, err)
            assert "not trusted:" not in err, line


def test_every_row_and_column_has_a_reproduction():
    assert {what for what, _, _ in CELLS} == set(WHAT)
    assert {column for _, column, _ in CELLS} == set(COLUMNS)


@pytest.mark.parametrize("what", [what for what in WHAT if "keyring" not in what and "sign-in" not in what])
def test_the_canaries_move_where_the_gate_is_switched_off(repository, what, monkeypatch, capsys):
    """The walk above would find a gate that lets through: with it off each row does its damage."""
    from kcfg.trust import gate

    make_hostile(repository, what)
    capsys.readouterr()
    monkeypatch.setattr(
        gate, "check_trust", lambda spec, environ, **_: gate.Look(spec, gate.reach_of(spec), {}, "", environ)
    )
    if what == "an exec stanza" or "token file" in what:
        assert run(["apply", "--yes", "--kubeconfig", "live"]) == 0
        assert re.search("/bin/sh|private", (repository / "live").read_text())
        return
    words = ["render", "-e", "e", *([] if what.startswith("`cred") else ["--credentials", "inline"])]

    assert run(words) == 0
    shown = capsys.readouterr().out
    assert CANARY in shown or ("flatten" in what and b64encode((repository / "me.key").read_bytes()).decode() in shown)


@pytest.mark.parametrize(
    "change",
    [("proxy-url: 'http://bastion.example.com:3128', ", ""), ("insecure-skip-tls-verify: true, ", "")],
)
def test_less_than_before_never_asks(repository, capsys, change):
    before = KNOWN.replace("{name: prod, server", f"{{name: prod, {change[0]}server")
    (repository / "kcfg.yaml").write_text(before)
    run(["trust", "--yes"])
    (repository / "kcfg.yaml").write_text(before.replace(*change))

    assert run(["apply", "--yes", "--kubeconfig", "live"]) == 0


def test_yes_never_answers_and_one_answer_is_enough(repository, capsys):
    (repository / "kcfg.yaml").write_text(KNOWN)

    assert run(["apply", "--yes", "--kubeconfig", "live"]) == 1
    assert run(["trust", "--yes"]) == 0
    capsys.readouterr()
    for line in (
        "apply --yes --kubeconfig live",
        "render --credentials inline",
        "get-token prod -f . -o token",
        "trust --yes",
    ):
        assert run(line.split()) == 0
        assert "not trusted" not in capsys.readouterr().err


def test_a_secret_that_is_set_may_go_where_the_spec_sends_it_now(repository, capsys, monkeypatch, tmp_path):
    text = with_user("token: ref+files://t", "[{name: files, provider: file, file: {directory: store}}]")
    (repository / "kcfg.yaml").write_text(text)
    monkeypatch.setattr(sys, "stdin", open(os.devnull))  # noqa: SIM115
    done = subprocess.run(
        [sys.executable, "-m", "kcfg", "secret", "set", "files:t"],
        input="a-token", text=True, capture_output=True, cwd=repository, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    assert run(["apply", "--yes", "--kubeconfig", "live"]) == 0, capsys.readouterr().err
    (repository / "kcfg.yaml").write_text(text.replace("prod.example.com", "evil.example.com"))
    assert run(["apply", "--yes", "--kubeconfig", "live"]) == 1


def test_ci_trusts_what_the_protected_branch_reaches_and_refuses_what_was_added(repository, capsys):
    def git(*words):
        who = {f"GIT_{who}_{what}": "a@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        subprocess.run(["git", *words], check=True, cwd=repository, env={**os.environ, **who}, capture_output=True)

    (repository / "kcfg.yaml").write_text(KNOWN)
    git("add", "-f", "kcfg.yaml")
    git("commit", "-qm", "base")
    base = ["--trust-from", "HEAD"]

    assert run(["render", "--credentials", "inline", *base]) == 0
    assert CANARY in capsys.readouterr().out
    for what in ("a stored secret that goes to another server", "an exec stanza", "a `command` store"):
        (repository / "kcfg.yaml").write_text(WHAT[what](repository))
        assert run(["apply", "--yes", "--kubeconfig", "live", *base]) == 1
        out, err = capsys.readouterr()
        assert "the spec at HEAD does not reach this" in err
        assert CANARY not in out + err
    assert run(["apply", "--yes", "--kubeconfig", "live", "--trust-from", "nowhere"]) == 2


def test_trust_says_what_it_accepted(repository, capsys):
    (repository / "kcfg.yaml").write_text(KNOWN)

    assert run(["apply", "--yes", "--kubeconfig", "live", "--trust"]) == 0
    assert "kcfg: trusted by --trust: $KCFG_OPS goes to https://prod.example.com" in capsys.readouterr().err


def test_the_plugin_checks_a_pinned_script_again(repository, monkeypatch, capsys):
    from io import StringIO

    from kcfg.credential import handle

    what = "a changed script behind a trusted `command` store"
    make_hostile(repository, what)
    err = StringIO()
    code = handle(["--kind", "token", "--command", "acme/run", "--key", "ops"], dict(os.environ), StringIO(), err)

    assert code == 1
    assert "changed since it was trusted" in err.getvalue()
    assert not (repository / "PWNED").exists()


def test_render_notes_what_apply_would_ask(repository, capsys):
    (repository / "kcfg.yaml").write_text(KNOWN)
    run(["render"])

    assert "nothing of this spec is trusted yet" in capsys.readouterr().err
    run(["trust", "--yes"])
    capsys.readouterr()
    run(["render"])
    assert capsys.readouterr().err == ""
    (repository / "kcfg.yaml").write_text(KNOWN.replace("prod.example.com", "other.example.com"))
    run(["render"])
    assert "`kcfg apply` will ask whether this is meant: $KCFG_OPS goes to https://other" in capsys.readouterr().err


def test_a_folder_of_a_store_does_not_lead_out_of_the_repository(repository, capsys):
    store = "[{name: files, provider: file, file: {directory: ../home}}]"
    (repository / "kcfg.yaml").write_text(with_user("token: ref+files://private", store))
    run(["trust", "--yes"])
    capsys.readouterr()

    assert run(["render", "--credentials", "inline"]) == 2
    out, err = capsys.readouterr()
    assert CANARY not in out + err
    assert "leads out of" in err
    assert run(["render", "--credentials", "inline", "--allow-outside", "../home"]) == 0


def test_where_a_migrated_secret_went_a_spec_may_send_it(repository, kcfg, secret_service, capsys, monkeypatch):
    bus = {"DBUS_SESSION_BUS_ADDRESS": secret_service.env["DBUS_SESSION_BUS_ADDRESS"]}
    config = repository / "mine"
    config.write_text(
        "apiVersion: v1\nkind: Config\nclusters: [{name: prod, cluster: {server: 'https://prod.example.com'}}]\n"
        "users: [{name: ops, user: {token: a-token-of-mine}}]\n"
        "contexts: [{name: prod, context: {cluster: prod, user: ops}}]\n"
    )
    config.chmod(0o600)
    done = kcfg("secret", "migrate", config, "--name", "acme", cwd=repository, env=bus)
    assert done.returncode == 0, done.stderr
    (repository / "kcfg.yaml").write_text(KNOWN.replace("ref+vars://ops", "ref+default://ops"))

    assert run(["apply", "--yes", "--kubeconfig", "live"]) == 0, capsys.readouterr().err
    (repository / "kcfg.yaml").write_text(
        KNOWN.replace("ref+vars://ops", "ref+default://ops").replace("prod.example.com", "evil.example.com")
    )
    assert run(["apply", "--yes", "--kubeconfig", "live"]) == 1


@pytest.mark.parametrize("linked", [True, False])
def test_the_plugin_is_called_as_path_knows_it(tmp_path, monkeypatch, linked):
    from kcfg.cli.shared.asking import own_plugin

    for name in ("venv", "bin"):
        (tmp_path / name).mkdir()
    plugin = tmp_path / "venv" / "kcfg-credential"
    plugin.write_text("#!/bin/sh\n")
    plugin.chmod(0o755)
    if linked:
        (tmp_path / "bin" / "kcfg-credential").symlink_to(plugin)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "venv" / "python"))

    assert own_plugin() == ("kcfg-credential" if linked else str(plugin))


def test_what_changes_while_it_is_applied_is_not_trusted_with_it(repository, capsys):
    """Remembered is what was looked at, not what is there when all is written."""
    from kcfg.spec.load import load_spec
    from kcfg.trust.gate import check_trust

    (repository / "get.sh").write_text("#!/bin/sh\necho before\n")
    (repository / "kcfg.yaml").write_text(command_store("[./get.sh, '{key}']"))
    permit = check_trust(load_spec(str(repository)), os.environ).allow()
    (repository / "get.sh").write_text("#!/bin/sh\ntouch PWNED\n")
    permit.remember()

    assert run(["render", "--credentials", "inline"]) == 1
    assert "not trusted: store run runs ./get.sh" in capsys.readouterr().err
