"""Another tool's plugin with secrets from the keyring: `kcfg-credential --spec NAME --user USER`."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

PLUGIN = Path(sys.executable).parent / "kcfg-credential"
TOKEN = "plum-token-of-the-robot"
VALUE = "plum-client-secret"
LOGIN = """#!/bin/sh
[ "$AAD_SECRET" = plum-client-secret ] || { echo "login: wrong secret" >&2; exit 3; }
env | grep -c plum- > seen
printf '%s\\n' "$PLAIN" "$*" "$KUBERNETES_EXEC_INFO" >> seen
cat >> seen
echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential",'
echo '"status":{"token":"plum-token-of-the-robot"}}'
"""
SPEC = """\
apiVersion: kcfg/v1
kind: KubeconfigSpec
metadata: {{name: e2e}}
clusters: [{{name: local, server: "{url}", certificate-authority: server/ca.crt}}]
users:
- name: sp
  exec:
    apiVersion: client.authentication.k8s.io/v1
    command: {command}
    args: [get-token, --login, spn]
    interactiveMode: IfAvailable
    provideClusterInfo: true
    env:
    - {{name: PLAIN, value: shown}}
    - {{name: AAD_SECRET, value: ref+default://sp/secret}}
- {{name: other, token: ref+default://other/token}}
contexts:
- {{name: sp, cluster: local, user: sp}}
- {{name: other, cluster: local, user: other}}
environments: [{{name: prod, patches: [{{target: {{kind: User, name: sp}}, merge: {{exec: {{args: [prod]}}}}}}]}}]
"""


@pytest.fixture
def spec(tmp_path, server, plugin_env):
    """A spec whose user signs in by `azlogin`, which is on PATH."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/azlogin").write_text(LOGIN)
    (tmp_path / "bin/azlogin").chmod(0o755)
    plugin_env["PATH"] = f"{tmp_path / 'bin'}:{plugin_env['PATH']}"
    server.tokens[TOKEN] = "robot"
    (tmp_path / "kcfg.yaml").write_text(SPEC.format(url=server.url, command="azlogin"))
    return tmp_path / "kcfg.yaml"


@pytest.fixture
def run(kcfg, plugin_env):
    return lambda *words, **more: kcfg(*words, env=plugin_env, **more)


@pytest.fixture
def trusted(spec, run):
    assert run("secret", "set", "sp/secret", stdin=VALUE).returncode == 0
    assert run("secret", "set", "other/token", stdin="plum-of-another").returncode == 0
    assert run("trust", "--yes").returncode == 0


@pytest.fixture
def ask(kcfg, plugin_env):
    """Ask as kubectl does: ask(*words, VARIABLE=…) → CompletedProcess."""

    def run(*words, stdin="", **more):
        words = words or ("--spec", "e2e", "--user", "sp")
        return kcfg("credential", *words, env={**plugin_env, **more}, stdin=stdin)

    return run


@pytest.mark.kubectl
def test_kubectl_signs_in_through_both(trusted, run, plugin_env, server, kubectl_path, tmp_path):
    done = run("apply", "--yes", "--kubeconfig", "k")
    assert done.returncode == 0, done.stderr
    assert VALUE not in (tmp_path / "k").read_text()

    words = (kubectl_path, "--kubeconfig", "k", "--context", "sp", "--cache-dir", "cache", "get", "--raw", "/version")
    done = subprocess.run(words, capture_output=True, text=True, env=plugin_env, cwd=tmp_path, timeout=60)

    assert done.returncode == 0, done.stderr
    assert server.asked[-1][0] == "robot"
    count, plain, words, info, *_ = (tmp_path / "seen").read_text().splitlines()
    assert (count, plain, words) == ("1", "shown", "get-token --login spn")
    assert json.loads(info)["spec"]["cluster"]["server"] == server.url


def test_question_input_and_answer_pass_through(trusted, ask, tmp_path):
    done = ask(stdin="typed by hand\n", KUBERNETES_EXEC_INFO='{"kind": "ExecCredential"}')

    assert json.loads(done.stdout)["status"] == {"token": TOKEN}, done.stderr
    assert (tmp_path / "seen").read_text().splitlines()[1:] == [
        "",  # kubectl gives it what the stanza says
        "get-token --login spn",
        '{"kind": "ExecCredential"}',
        "typed by hand",
    ]


def test_its_failure_is_its_own(trusted, run, ask, tmp_path):
    assert run("secret", "set", "sp/secret", stdin="plum-rotated").returncode == 0
    done = ask()

    assert (done.returncode, done.stdout, done.stderr) == (3, "", "login: wrong secret\n")


def test_what_nobody_allowed_does_not_run(spec, run, ask, tmp_path):
    assert run("secret", "set", "sp/secret", stdin=VALUE).returncode == 0
    assert run("render", "--out", "k").returncode == 0  # writes a name, and allows nothing
    done = ask()

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "kcfg: the command of e2e/sp is not trusted; run `kcfg trust` at its spec\n"
    assert not (tmp_path / "seen").exists()


OTHERS = (
    "--spec e2e --user nobody",
    "--spec e2e --user sp --environment dev",
    "--spec e2e --user other",
    "--spec other --user sp",
    "--spec e2e",
    "--spec e2e --user sp --user sp",
    "--spec e2e --user sp --keyring kcfg/e2e/other/token",
    "--spec e2e --user sp sh",
)


def test_a_kubeconfig_chooses_no_command(trusted, ask, tmp_path):
    told = {words: ask(*words.split(" ")) for words in OTHERS}

    assert {words: (done.returncode, done.stdout) for words, done in told.items()} == dict.fromkeys(OTHERS, (1, ""))
    assert [words for words, done in told.items() if not done.stderr.startswith("kcfg: ")] == []
    assert not (tmp_path / "seen").exists()


def test_a_kubeconfigs_path_finds_no_other_program(trusted, ask, plugin_env, tmp_path):
    evil = tmp_path / "evil"
    evil.mkdir()
    (evil / "azlogin").write_text("#!/bin/sh\necho evil\n")
    (evil / "azlogin").chmod(0o755)

    done = ask(PATH=f"{evil}:{plugin_env['PATH']}")

    assert json.loads(done.stdout)["status"] == {"token": TOKEN}


def test_an_environment_has_its_own(trusted, run, ask, tmp_path):
    assert run("render", "-e", "prod", "--out", "k").returncode == 0
    assert "--environment\n      - prod" in (tmp_path / "k").read_text()
    done = ask("--spec", "e2e", "--environment", "prod", "--user", "sp")

    assert json.loads(done.stdout)["status"] == {"token": TOKEN}
    assert (tmp_path / "seen").read_text().splitlines()[2] == "prod"


def test_a_changed_script_of_the_repository_is_refused(spec, run, ask, server, tmp_path):
    script = tmp_path / "login.sh"
    script.write_text(LOGIN)
    script.chmod(0o755)
    spec.write_text(SPEC.format(url=server.url, command="./login.sh"))
    assert run("secret", "set", "sp/secret", stdin=VALUE).returncode == 0
    assert run("trust", "--yes").returncode == 0
    assert ask().returncode == 0

    script.write_text(LOGIN + "# changed\n")
    done = ask()

    assert done.returncode == 1
    assert "changed since it was trusted" in done.stderr


def test_a_plugin_that_came_after_the_trust(spec, run, ask, tmp_path):
    (tmp_path / "bin/azlogin").rename(tmp_path / "azlogin")
    assert run("secret", "set", "sp/secret", stdin=VALUE).returncode == 0
    assert run("trust", "--yes").returncode == 0
    assert "azlogin was not installed when it was trusted; install it, then run `kcfg trust`" in ask().stderr

    (tmp_path / "azlogin").rename(tmp_path / "bin/azlogin")
    assert run("trust", "--yes").returncode == 0
    assert ask().returncode == 0


def test_a_missing_secret_is_told_with_the_command_that_sets_it(trusted, run, ask, tmp_path):
    assert run("secret", "rm", "sp/secret", "--yes").returncode == 0
    done = ask()

    assert (done.returncode, done.stdout) == (1, "")
    assert "kcfg secret set sp/secret" in done.stderr


def test_arguments_that_hold_a_secret_are_told_and_never_remembered(spec, run, plugin_env, tmp_path):
    spec.write_text(spec.read_text().replace("[get-token, --login, spn]", "[get-token, --client-secret, plum-in-argv]"))
    done = run("render", "--out", "k")

    assert done.returncode == 1
    assert "kcfg.yaml:10:11: error: users[0].exec.args: a plain-text secret among the arguments" in done.stderr
    assert run("trust", "--yes").returncode == 0
    state = [path.read_text() for path in Path(plugin_env["HOME"]).rglob("*.json")]
    assert state
    assert "plum-in-argv" not in "".join(state)


def test_whoami_asks_it(trusted, run):
    done = run("whoami", "-f", "kcfg.yaml", "--context", "sp")

    assert done.returncode == 0, done.stderr
    assert "robot" in done.stdout


@pytest.mark.kubectl
def test_trusted_for_one_run_alone(spec, run, server, kubectl_path, tmp_path):
    assert run("secret", "set", "sp/secret", stdin=VALUE).returncode == 0
    done = run("exec", "-f", "kcfg.yaml", "--trust", "sp", "--", kubectl_path, "get", "--raw", "/version")

    assert done.returncode == 0, done.stderr
    assert server.asked[-1][0] == "robot"
    assert run("apply", "--yes", "--kubeconfig", "k").returncode == 1


@pytest.mark.parametrize("mode", ["inline", "omit"])
def test_the_other_modes(mode, trusted, run, tmp_path):
    done = run("render", "--credentials", mode, "--raw", "--context", "sp")

    assert ("value: plum-client-secret" in done.stdout) == (mode == "inline")
    assert "command: azlogin" in done.stdout
    assert ("AAD_SECRET" in done.stdout) == (mode == "inline")


@pytest.mark.kubectl
def test_a_session_asks_it(trusted, run, plugin_env, server, kubectl_path, tmp_path):
    assert run("apply", "--yes", "--kubeconfig", "k").returncode == 0
    done = subprocess.run(
        [sys.executable, "-m", "kcfg", "shell", "sp", "--ttl", "1h", "--kubeconfig", "k", "--shell", "bash"],
        input=f"{kubectl_path} get --raw /version; env | grep -c plum-; true\n",
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=plugin_env,
        timeout=60,
    )

    assert done.stdout.endswith("}0\n"), done.stderr
    assert server.asked[-1][0] == "robot"


def test_import_gives_its_references_back(trusted, run, spec, tmp_path):
    assert run("apply", "--yes", "--kubeconfig", "k").returncode == 0
    before = yaml.safe_load(spec.read_text())["users"][0]["exec"]
    done = run("import", "k", "--into", "again", "--name", "e2e")
    user = yaml.safe_load((tmp_path / "again/kcfg.yaml").read_text())["users"][1]

    assert done.returncode == 0, done.stderr
    assert ", 0 differences" in done.stderr
    assert (user["name"], user["exec"]) == ("sp", before)
    other = run("import", "k", "--into", "other")
    assert "it runs what you allowed the spec 'e2e'" in other.stderr
