"""`kcfg check expiry`: what ends, by the day, from specs, kubeconfigs and stores; a calendar that calendars read."""

import json
import re
from datetime import UTC, datetime

import pytest
from lint_world import DAY, FILES, NOW, filled_in, jwt

from kcfg.cli.check.calendar import dump
from kcfg.errors import KcfgError
from kcfg.lint.endings import Ending, parse_duration

ENTRIES = filled_in("""clusters:
- name: good
  cluster: {server: "https://a.example.com", certificate-authority-data: <ca.crt>}
- name: old
  cluster: {server: "https://b.example.com", certificate-authority: expired-ca.crt}
users:
- name: soon
  user: {client-certificate-data: <soon.crt>, client-key: soon.key}
- name: robot
  user: {tokenFile: fresh.jwt}
- name: opaque
  user: {tokenFile: token.txt}
contexts:
- {name: two, context: {cluster: good, user: soon}}
- {name: one, context: {cluster: good, user: soon}}
- {name: three, context: {cluster: old, user: robot}}
""")
KUBECONFIG = f"apiVersion: v1\nkind: Config\n{ENTRIES}"
SPEC = f"apiVersion: kcfg/v1\nkind: KubeconfigSpec\nmetadata: {{name: demo}}\n{ENTRIES}"
ROWS = [
    ("old", "certificate-authority", "ended", ["three"]),
    ("soon", "client-certificate", "soon", ["one", "two"]),
    ("robot", "token", "ok", ["three"]),
    ("good", "certificate-authority", "ok", ["one", "two"]),
]


@pytest.fixture
def expiry(kcfg, world):
    """Run check expiry on a kubeconfig: CompletedProcess."""
    (world / "config").write_text(KUBECONFIG)
    (world / "kcfg.yaml").write_text(SPEC)
    return lambda *words, **more: kcfg("check", "expiry", *words, cwd=world, **more)


@pytest.mark.parametrize("words", [("--kubeconfig", "config"), ("-f", "kcfg.yaml"), ()])
def test_what_ends_is_sorted_by_the_day(words, expiry):
    done = expiry(*words, "-o", "json")
    rows = json.loads(done.stdout)["endings"]

    assert done.returncode == 1
    assert [(row["name"], row["kind"], row["status"], row["contexts"]) for row in rows] == ROWS
    assert [row["ends"] for row in rows] == sorted(row["ends"] for row in rows)
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", row["ends"]) for row in rows)
    assert all(re.fullmatch(r"(config|kcfg.yaml):\d+:\d+", row["where"]) for row in rows)


def test_the_table(expiry):
    head, *rows = expiry().stdout.splitlines()

    assert head.split() == ["ENDS", "STATUS", "KIND", "NAME", "CONTEXTS", "WHERE"]
    assert [row.split()[3] for row in rows] == ["old", "soon", "robot", "good"]


@pytest.mark.parametrize(
    ("within", "code", "soon"), [("9d", 0, 0), ("11d", 1, 1), ("2w", 1, 1), ("264h", 1, 1), ("91d", 1, 2)]
)
def test_within(within, code, soon, expiry, world):
    text = "\n".join(line for line in KUBECONFIG.splitlines() if "expired-ca" not in line and "name: old" not in line)
    (world / "config").write_text(text.replace("cluster: old, ", ""))
    done = expiry("--kubeconfig", "config", "--within", within, "-o", "json")

    assert done.returncode == code
    assert sum(row["status"] == "soon" for row in json.loads(done.stdout)["endings"]) == soon


def test_nothing_ends(expiry, world):
    (world / "config").write_text("apiVersion: v1\nkind: Config\n")
    done = expiry("--kubeconfig", "config", "-o", "yaml")

    assert (done.returncode, done.stdout) == (0, "endings: []\n")


@pytest.mark.parametrize("words", [("--within", "soon"), ("--kubeconfig", "absent"), ("-f", "absent")])
def test_what_cannot_be_done_is_2(words, expiry):
    done = expiry(*words)

    assert (done.returncode, done.stdout) == (2, "")
    assert "error: " in done.stderr


def test_a_kubeconfig_that_cannot_be_read_is_2(expiry, world):
    (world / "config").write_text("clusters: [")

    assert expiry("--kubeconfig", "config").returncode == 2


def test_stores_are_read_only_when_asked(expiry, world):
    (world / "store").mkdir()
    (world / "store/token").write_bytes(FILES["ended.jwt"])
    (world / "store/token").chmod(0o600)
    spec = SPEC.replace("tokenFile: fresh.jwt", "token: ref+kept://token").replace(
        "clusters:", "secretStores: [{name: kept, provider: file, file: {directory: store}}]\nclusters:", 1
    )
    (world / "kcfg.yaml").write_text(spec)
    without = json.loads(expiry("-o", "json").stdout)["endings"]
    done = expiry("--read-secrets", "-o", "json")
    (row,) = [row for row in json.loads(done.stdout)["endings"] if row["kind"] == "secret"]

    assert [each for each in without if each["kind"] == "secret"] == []
    assert (row["name"], row["status"], row["contexts"], row["where"]) == (
        "kept:token",
        "ended",
        ["three"],
        "store kept",
    )
    assert FILES["ended.jwt"].decode() not in done.stdout + done.stderr


STORED = """apiVersion: kcfg/v1
kind: KubeconfigSpec
metadata: {name: demo}
secretStores: [{name: kept, provider: file, file: {directory: store}}]
clusters: [{name: a, server: "https://a.example.com"}]
users: [{name: robot, token: ref+STORE://token}]
contexts: [{name: one, cluster: a, user: robot}]
"""


def test_the_end_of_what_was_stored_is_remembered(kcfg, expiry, world):
    (world / "kcfg.yaml").write_text(STORED.replace("STORE", "kept"))
    stored = kcfg("secret", "set", "kept:token", cwd=world, stdin=FILES["fresh.jwt"].decode())
    assert stored.returncode == 0, stored.stderr
    (world / "store/token").chmod(0)  # nobody looks into it
    done = expiry("--within", "91d", "-o", "json")
    (row,) = json.loads(done.stdout)["endings"]

    assert (done.returncode, row["name"], row["status"], row["contexts"]) == (1, "kept:token", "soon", ["one"])
    (world / "store/token").chmod(0o600)
    (world / "store/token").write_bytes(FILES["ended.jwt"])
    assert json.loads(expiry("--read-secrets", "-o", "json").stdout)["endings"][0]["status"] == "ended"


def test_the_stanzas_of_kcfg_lead_to_what_it_remembers(kcfg, expiry, world, secret_service):
    bus = {"DBUS_SESSION_BUS_ADDRESS": secret_service.env["DBUS_SESSION_BUS_ADDRESS"]}
    (world / "kcfg.yaml").write_text(STORED.replace("STORE", "default"))
    kcfg("secret", "set", "token", cwd=world, stdin=FILES["fresh.jwt"].decode(), env=bus)
    (world / "config").write_text(kcfg("render", cwd=world).stdout)
    done = expiry("--kubeconfig", "config", "--within", "91d", "-o", "json")
    (row,) = json.loads(done.stdout)["endings"]

    assert (done.returncode, row["name"], row["status"]) == (1, "kcfg/demo/token", "soon")
    assert row["where"].startswith("config:")


def test_a_stored_token_that_has_not_begun(kcfg, expiry, world, secret_service):
    bus = {"DBUS_SESSION_BUS_ADDRESS": secret_service.env["DBUS_SESSION_BUS_ADDRESS"]}
    (world / "kcfg.yaml").write_text(STORED.replace("STORE", "default"))
    later = int((datetime.now(UTC) + DAY).timestamp())
    kcfg("secret", "set", "token", cwd=world, stdin=jwt(NOW + 90 * DAY, nbf=later), env=bus)
    (world / "config").write_text(kcfg("render", cwd=world).stdout)
    secret_service.lock()

    for words in ((), ("--kubeconfig", "config")):
        done = expiry(*words, "-o", "json")
        assert [row["status"] for row in json.loads(done.stdout)["endings"]] == ["early"], done.stderr


def test_own_stanzas_are_followed_when_asked(kcfg, expiry, world):
    (world / "kcfg.yaml").write_text(STORED.replace("STORE", "kept"))
    kcfg("secret", "set", "kept:token", cwd=world, stdin=FILES["fresh.jwt"].decode())
    (world / "config").write_text(kcfg("render", cwd=world).stdout)
    (world / "store/token").write_bytes(FILES["ended.jwt"])

    assert json.loads(expiry("--kubeconfig", "config", "-o", "json").stdout)["endings"] == []
    done = expiry("--kubeconfig", "config", "--read-secrets", "-o", "json")
    assert [(row["kind"], row["status"]) for row in json.loads(done.stdout)["endings"]] == [("secret", "ended")]
    (world / "store/token").unlink()
    assert json.loads(expiry("--kubeconfig", "config", "--read-secrets", "-o", "json").stdout)["endings"] == []


def test_certificates_in_stanzas_of_kcfg(expiry, world):
    args = "[--kind, client-certificate, --keyring, kcfg/demo/key, --certificate-data, <soon.crt>]"
    user = f"{{name: a, user: {{exec: {{command: COMMAND, args: {args}, interactiveMode: Never}}}}}}"
    text = f"apiVersion: v1\nkind: Config\nusers:\n- {user}\n- {user.replace('a,', 'b,', 1)}\n"
    (world / "config").write_text(filled_in(text.replace("COMMAND", "/opt/bin/kcfg-credential")))
    rows = json.loads(expiry("--kubeconfig", "config", "-o", "json").stdout)["endings"]

    assert [(row["name"], row["kind"], row["status"]) for row in rows] == [
        (name, "client-certificate", "soon") for name in ("a", "b")
    ]


EARLY = """apiVersion: v1
kind: Config
users:
- {name: certificate, user: {client-certificate-data: <early.crt>, client-key: early.key}}
- {name: token, user: {tokenFile: early.jwt}}
- {name: endless, user: {tokenFile: endless.jwt}}
"""


def test_what_has_not_begun_is_early_and_1(expiry, world):
    (world / "endless.jwt").write_text(jwt(None, nbf=int((NOW + DAY).timestamp())))
    (world / "config").write_text(filled_in(EARLY))
    done = expiry("--kubeconfig", "config", "--within", "30m", "-o", "json")
    rows = {row["name"]: row for row in json.loads(done.stdout)["endings"]}

    assert done.returncode == 1
    assert {name: row["status"] for name, row in rows.items()} == dict.fromkeys(
        ("endless", "token", "certificate"), "early"
    )
    assert rows["token"]["starts"] == (NOW + DAY).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert (rows["endless"]["ends"], expiry("--kubeconfig", "config", "-o", "ics").stdout.count("SUMMARY:")) == ("", 2)


def test_within_minutes(expiry, world):
    (world / "short.jwt").write_text(jwt(datetime.now(UTC) + DAY / 24))  # NOW was when the run began
    (world / "config").write_text("apiVersion: v1\nkind: Config\nusers: [{name: a, user: {tokenFile: short.jwt}}]\n")

    codes = [expiry("--kubeconfig", "config", "--within", each).returncode for each in ("30m", "50m", "61m", "3601s")]
    assert codes == [0, 0, 1, 1]


def unfolded(text):
    return text.replace("\r\n ", "").split("\r\n")


def test_the_calendar(expiry):
    done = expiry("-o", "ics")
    lines = unfolded(done.stdout.replace("\n", "\r\n") if "\r" not in done.stdout else done.stdout)

    assert lines[0] == "BEGIN:VCALENDAR"
    assert lines[-2:] == ["END:VCALENDAR", ""]
    assert [line for line in lines if line.startswith("SUMMARY:")] == [
        f"SUMMARY:{kind} of {name} ends" for name, kind, _, _ in ROWS
    ]
    assert lines.count("BEGIN:VEVENT") == lines.count("END:VEVENT") == lines.count("BEGIN:VALARM") == len(ROWS)
    assert all(re.fullmatch(r"\d{8}T\d{6}Z", line[8:]) for line in lines if line.startswith(("DTSTART:", "DTSTAMP:")))
    assert len({line for line in lines if line.startswith("UID:")}) == len(ROWS)


def test_the_calendar_escapes_and_folds():
    name = "a;b,c\\d\n" + "ü" * 60
    ending = Ending("2030-01-02T03:04:05Z", "token", name, ("x", "y"), "config:1:1")
    text = dump([ending], "2029-01-01T00:00:00Z")

    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    assert "\n" not in text.replace("\r\n", "")
    assert f"SUMMARY:token of a\\;b\\,c\\\\d\\n{'ü' * 60} ends" in unfolded(text)
    assert "DTSTART:20300102T030405Z" in unfolded(text)


def test_the_same_ending_keeps_its_uid_when_lines_move():
    first, second = (
        dump([Ending("2030-01-02T03:04:05Z", "token", "a", (), f"config:{line}:1")], "2029-01-01T00:00:00Z")
        for line in (1, 9)
    )

    assert re.findall("UID:.*", first) == re.findall("UID:.*", second) != []


@pytest.mark.parametrize(
    ("text", "hours"), [("30d", 720), ("12h", 12), ("4w", 672), ("0d", 0), ("30m", 0.5), ("36s", 0.01), ("1h30m", 1.5)]
)
def test_times(text, hours):
    assert parse_duration(text) == hours * 3600


@pytest.mark.parametrize("text", ["", "30", "d", "-1d", "1.5d", "30 d", "9999999999d", "1y", "1d2", "٣d"])
def test_times_that_are_none(text):
    with pytest.raises(KcfgError):
        parse_duration(text)


def test_a_reference_that_is_none_is_told_with_its_place(expiry, world):
    (world / "kcfg.yaml").write_text(STORED.replace("ref+STORE://token", '"ref+BAD BAD"'))
    done = expiry()

    assert (done.returncode, "kcfg.yaml:6:30: error: " in done.stderr) == (2, True)
