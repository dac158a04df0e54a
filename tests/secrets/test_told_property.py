"""A `command` store whose arguments name `{property}`: its command prints that field alone, for every caller."""

import io
import json
import os

import pytest

from kcfg.credential import handle
from kcfg.x509 import make_authority, make_client

SPEC = """\
apiVersion: kcfg/v1
kind: KubeconfigSpec
metadata: {name: acme}
secretStores:
- {name: told, provider: command, command: {argv: [sh, -c, 'cat "$1.$2"', sh, "{key}", "{property}"]}}
clusters: [{name: dev, server: "https://dev.example.com"}]
users:
- {name: bot, token: "ref+told://ops#token"}
- {name: other, token: "ref+told://ops#other"}
- {name: tls, client-key-data: "ref+told://ops#pair"}
contexts:
- {name: bot, cluster: dev, user: bot}
- {name: other, cluster: dev, user: other}
- {name: tls, cluster: dev, user: tls}
"""


@pytest.fixture
def spec(kcfg, tmp_path):
    """A trusted spec and what its command prints."""
    pair = make_client("dev", (), make_authority("ca"))
    values = {"token": b"planted-one", "other": b"planted-two", "pair": b"".join(pair)}
    for name, value in values.items():
        (tmp_path / f"ops.{name}").write_bytes(value + b"\n")
    (tmp_path / "kcfg.yaml").write_text(SPEC)
    trusted = kcfg("trust", "--yes")
    assert trusted.returncode == 0, trusted.stderr
    return {name: value.decode() for name, value in values.items()}


def plugin(args):
    out, err = io.StringIO(), io.StringIO()
    return handle(args, os.environ, out, err), out.getvalue(), err.getvalue()


def test_plugin_and_inline_rendering_give_what_the_command_prints(kcfg, spec):
    rendered = json.loads(kcfg("render", "-o", "json").stdout)
    inline = json.loads(kcfg("render", "--credentials", "inline", "-o", "json", "--raw").stdout)
    args = {each["name"]: each["user"]["exec"]["args"] for each in rendered["users"]}
    tokens = {each["name"]: each["user"].get("token") for each in inline["users"]}

    assert json.loads(plugin(args["bot"])[1])["status"] == {"token": spec["token"]}
    assert json.loads(plugin(args["tls"])[1])["status"]["clientKeyData"] in spec["pair"]
    assert tokens == {"bot": spec["token"], "other": spec["other"], "tls": None}


def test_each_property_is_an_item_of_its_own(kcfg, spec):
    checked = kcfg("secret", "check")

    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert [line.split()[0] for line in checked.stdout.splitlines()[1:]] == [
        "told:ops#other",
        "told:ops#pair",
        "told:ops#token",
    ]
    assert kcfg("secret", "get", "ops#other", "--reveal").stdout == spec["other"]
    assert kcfg("secret", "get", "ref+told://ops#token", "--reveal").stdout == spec["token"]


def test_another_property_for_a_known_server_is_asked_about(kcfg, spec, tmp_path):
    (tmp_path / "kcfg.yaml").write_text(SPEC.replace("ref+told://ops#other", "ref+told://ops#root"))
    done = kcfg("render", "--credentials", "inline", "--raw")

    assert (done.returncode, done.stdout) == (1, "")
    assert "ops#root of store told goes to https://dev.example.com" in done.stderr


def test_without_a_property_the_command_is_not_run(kcfg, spec, tmp_path):
    (tmp_path / "ops.").write_text("planted-table\n")
    done = plugin(["--kind", "token", "--command", "acme/told", "--key", "ops"])

    assert done[:2] == (1, "")
    assert "the reference names none; write ref+told://ops#PROPERTY" in done[2]


def test_external_secrets_ask_the_operator_for_the_property(kcfg, spec, tmp_path):
    done = kcfg("render", "--to", "external-secrets", "--context", "bot", "--out", "out")

    assert done.returncode == 0, done.stderr
    texts = "".join(path.read_text() for path in (tmp_path / "out").rglob("*.yaml"))
    assert "property: token" in texts
    assert "planted" not in texts
