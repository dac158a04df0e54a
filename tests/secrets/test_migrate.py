"""`kcfg secret migrate`: what moves, what stays and why, and that a credential is never nowhere."""

import json
import os
import signal
import subprocess
import sys
from base64 import b64encode

import pytest
import yaml

from kcfg.__main__ import run
from kcfg.x509 import make_authority, make_client

TOKEN = "canary-token-51aa"
PASSWORD = "canary-password-93bd"
REFRESH = "canary-refresh-77ce"
ARN = "arn:aws:eks:eu-west-1:111122223333:cluster/prod"
EVENTS = ("open", "os.rename", "os.link", "os.remove", "os.truncate", "socket.connect", "socket.sendmsg", "fcntl.flock")


@pytest.fixture
def pair():
    return [pem.decode() for pem in make_client("admin", (), make_authority("test"))]


def encoded(text):
    return b64encode(text.encode()).decode()


@pytest.fixture
def config(tmp_path, pair):
    """A hand-written file with every kind of credential."""
    folder = tmp_path / "home/.kube"
    folder.mkdir()
    (folder / "admin.crt").write_text(pair[0])
    path = folder / "config"
    path.write_text(f"""\
# written by hand
apiVersion: v1
kind: Config
clusters:
- name: prod   # the cluster
  cluster: {{server: "https://prod.example.com:6443"}}
contexts:
- {{name: prod, context: {{cluster: prod, user: ci}}}}
users:
# the robot
- name: ci
  user:
    token: {TOKEN}   # rotated monthly
    as: deputy
- name: data
  user:
    client-certificate-data: {encoded(pair[0])}
    client-key-data: {encoded(pair[1])}
- name: "{ARN}"
  user: {{token: {TOKEN}-arn}}
- name: plugin
  user:
    exec: {{apiVersion: client.authentication.k8s.io/v1, command: kubelogin, interactiveMode: Never}}
- name: oidc
  user:
    auth-provider: {{name: oidc, config: {{id-token: {TOKEN}-id, refresh-token: {REFRESH}, client-id: kube}}}}
current-context: prod  # here
""")
    path.chmod(0o600)
    return path


@pytest.fixture
def bus(secret_service):
    return {"DBUS_SESSION_BUS_ADDRESS": secret_service.env["DBUS_SESSION_BUS_ADDRESS"]}


@pytest.fixture
def migrate(kcfg, config, bus):
    return lambda *words: kcfg("secret", "migrate", config, *words, env=bus)


def users(config):
    return {user["name"]: user["user"] for user in yaml.safe_load(config.read_text())["users"]}


@pytest.fixture
def credential(kcfg, bus):
    """What the plugin of a stanza answers: credential(a user's body) → its status."""

    def ask(body):
        done = kcfg("credential", *body["exec"]["args"], env=bus)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)["status"]

    return ask


def killed(step, words, env):
    """Run kcfg in a fork of this process that ends itself at one of its steps; return its exit code."""
    child = os.fork()
    if not child:
        code = 99
        try:
            os.environ.update(env)
            with open(os.devnull, "r+", encoding="utf-8") as nowhere:
                sys.stdin = sys.stdout = sys.stderr = nowhere
                code = _run_to(step, words)
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _run_to(step, words):
    left = step

    def hook(event, args):
        nonlocal left
        if event in EVENTS and (event != "open" or args[2] & 3):
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)
    return run(list(map(str, words)))


def test_credentials_move_and_plugins_give_them_back(migrate, config, credential, pair):
    done = migrate()
    after = users(config)

    assert done.returncode == 0, done.stderr
    assert credential(after["ci"])["token"] == TOKEN
    assert credential(after[ARN])["token"] == f"{TOKEN}-arn"
    assert credential(after["oidc"])["token"] == f"{TOKEN}-id"
    status = credential(after["data"])
    assert [status["clientCertificateData"], status["clientKeyData"]] == pair
    assert after["ci"]["as"] == "deputy"
    assert after["plugin"]["exec"]["command"] == "kubelogin"


def test_items_are_named_after_users_and_arns_get_a_slug(migrate, config):
    migrate("--name", "work")
    places = {name: body["exec"].get("args", ["", "", "", ""])[3] for name, body in users(config).items()}

    assert places["ci"] == "kcfg/work/ci"
    assert places[ARN].startswith("kcfg/work/arn-aws-eks-eu-west-1-111122223333-cluster-prod-")


def test_comments_and_other_lines_stay(migrate, config):
    before = config.read_text().splitlines()
    migrate()
    after = config.read_text().splitlines()
    kept = [line for line in before if "#" in line and "rotated" not in line]

    assert [line for line in after if line in kept] == kept
    assert after[: before.index("users:")] == before[: before.index("users:")]


def test_nothing_below_home_holds_a_secret_afterwards(migrate, config, private_home, pair):
    shown = migrate()
    secrets = [TOKEN, REFRESH, pair[1], encoded(pair[1]), pair[1].splitlines()[1]]
    for path in (path for path in private_home.rglob("*") if path.is_file()):
        for secret in secrets:
            assert secret not in path.read_text(), path
    for secret in secrets:
        assert secret not in shown.stdout + shown.stderr
    assert sorted(path.name for path in config.parent.iterdir()) == ["admin.crt", "config"]
    assert config.stat().st_mode & 0o777 == 0o600


def test_twice_changes_nothing(migrate, config):
    migrate()
    after = config.read_bytes()
    again = migrate()

    assert again.returncode == 0
    assert again.stdout == f"{config} unchanged\n"
    assert config.read_bytes() == after


def test_dry_run_writes_nothing(migrate, config, secret_service, private_home):
    before = config.read_bytes()
    done = migrate("--dry-run")

    assert 'user "ci" would move to kcfg/kubeconfig/ci' in done.stdout
    assert config.read_bytes() == before
    assert secret_service.tool("search", "--all", "username", "kcfg").stdout == ""
    assert not (private_home / ".local").exists()
    assert TOKEN not in done.stdout + done.stderr


def add_user(config, name, body):
    text = config.read_text()
    at = text.index("current-context")
    config.write_text(f"{text[:at]}- name: {name}\n  user: {json.dumps(body)}\n{text[at:]}")


def test_what_cannot_move_stays_and_is_listed_with_the_reason(migrate, config, pair):
    add_user(config, "basic", {"username": "u", "password": PASSWORD})
    add_user(config, "both", {"token": TOKEN, "client-key-data": encoded(pair[1])})
    add_user(config, "broken", {"client-certificate": "admin.crt", "client-key-data": encoded(PASSWORD)})
    before = users(config)
    done = migrate()
    after = users(config)

    assert done.returncode == 1
    assert "users.basic.password: not moved" in done.stderr
    assert "kcfg exec" in done.stderr
    assert "--credentials inline" in done.stderr
    assert "users.both.token: not moved" in done.stderr
    assert "users.broken.client-key-data: not moved" in done.stderr
    for name in ("basic", "both", "broken"):
        assert after[name] == before[name]
    assert PASSWORD not in done.stdout + done.stderr
    assert "exec" in after["ci"]


def test_password_in_a_proxy_url_is_listed(migrate, config):
    config.write_text(
        config.read_text().replace("{server:", f'{{proxy-url: "http://u:{PASSWORD}@proxy.example.com", server:')
    )
    done = migrate()

    assert done.returncode == 1
    assert "clusters.prod.proxy-url: not moved" in done.stderr
    assert PASSWORD not in done.stderr


def test_key_file_moves_and_goes_only_when_asked(migrate, config, credential, pair):
    for name in ("one", "two"):
        (config.parent / f"{name}.key").write_text(pair[1])
    add_user(config, "one", {"client-certificate": "admin.crt", "client-key": "one.key"})
    done = migrate()

    assert "one.key still holds its key" in done.stderr
    assert credential(users(config)["one"])["clientKeyData"] == pair[1]
    assert (config.parent / "one.key").exists()
    add_user(config, "two", {"client-certificate": "admin.crt", "client-key": "two.key"})
    migrate("--delete-key-files")
    assert not (config.parent / "two.key").exists()
    assert credential(users(config)["two"])["clientKeyData"] == pair[1]


def test_item_with_another_value_is_not_overwritten(migrate, config, credential, secret_service):
    words = ("service", "kcfg/kubeconfig/ci", "username", "kcfg")
    secret_service.tool("store", "--label=x", *words, value="theirs")
    migrate()

    assert secret_service.tool("lookup", *words).stdout == "theirs"
    assert users(config)["ci"]["exec"]["args"][3].startswith("kcfg/kubeconfig/ci-")
    assert credential(users(config)["ci"])["token"] == TOKEN


def test_backup_is_kept_only_when_asked(migrate, config):
    before = config.read_bytes()
    migrate("--keep-backup")
    backup = config.parent / "config.kcfg-backup"

    assert backup.read_bytes() == before
    assert backup.stat().st_mode & 0o777 == 0o600


def test_a_backup_stays_where_git_ignores_it(migrate, config):
    before = config.read_bytes()
    subprocess.run(["git", "init", "-q", config.parent], check=True)
    done = migrate("--keep-backup")

    assert done.returncode == 2
    assert "config.kcfg-backup: error: refusing to write secrets into a git work tree" in done.stderr
    assert config.read_bytes() == before
    (config.parent / ".gitignore").write_text("*.kcfg-backup\n")
    assert migrate("--keep-backup").returncode in (0, 1)
    assert (config.parent / "config.kcfg-backup").read_bytes() == before


def test_locked_keyring_leaves_the_file_alone(migrate, config, secret_service):
    before = config.read_bytes()
    secret_service.lock()
    done = migrate()

    assert done.returncode == 2
    assert "kcfg secret unlock" in done.stderr
    assert config.read_bytes() == before


@pytest.mark.timeout(600)
def test_killed_at_any_step_the_credentials_are_in_the_file_or_in_the_store(config, bus, kcfg, credential):
    original = config.read_text()
    ended = set()
    for step in (*range(1, 20, 3), *range(20, 400, 25)):
        name = f"kill-{step}"
        config.write_text(original)
        code = killed(step, ("secret", "migrate", config, "--name", name), bus)
        body = users(config)["ci"]
        assert body.get("token") == TOKEN or credential(body)["token"] == TOKEN, step
        again = kcfg("secret", "migrate", config, "--name", name, env=bus)
        assert again.returncode == 0, (step, again.stderr)
        assert credential(users(config)["ci"])["token"] == TOKEN
        ended.add((code, "exec" in body))
        if code == 0:
            break

    # Killed before the file changed and not killed at all, at least: the steps reach from one end to the other.
    assert {(-9, False), (0, True)} <= ended


def test_the_log_learns_of_which_cluster_it_was(migrate, config, kcfg, credential):
    """While it is on, kubectl is let tell the plugin; not where git would commit the kubeconfig."""
    assert kcfg("log", "on").returncode == 0
    subprocess.run(["git", "init", "-q", str(config.parent)], check=True)
    before = config.read_text()
    asking = []
    for ignored in ("", "*\n"):
        config.write_text(before)
        (config.parent / ".gitignore").write_text(ignored)
        assert migrate().returncode == 0
        asking.append([users(config)[name]["exec"]["provideClusterInfo"] for name in ("ci", "data", ARN)])

    assert asking == [[False] * 3, [True] * 3]
    assert credential(users(config)["ci"]) == {"token": TOKEN}
