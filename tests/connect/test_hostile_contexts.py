"""Whatever stands in one context, every other row is told; and yes or no is kubectl's, for each of them."""

import base64
import json
import os
import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from fleet_servers import TOKEN, server_pem, socks, tunnel

KINDS = ("ca", "proxy", "server", "name", "header", "user")
PASSWORD = "Basic " + base64.b64encode(b"jane:plum pw").decode()


class World:
    """A good server, its proxies, and contexts drawn to be out of order in one field."""

    def __init__(self, fleet):
        self.fleet = fleet
        self.good = fleet.start()
        self.address = self.good.url.removeprefix("https://")
        self.proxy = fleet.start(pem=None, answer=tunnel, review=None)
        self.locked = fleet.start(pem=None, answer=tunnel, review=PASSWORD)
        self.secure = fleet.start(answer=tunnel, review=None)
        self.strange = fleet.start(pem=server_pem(fleet.other), answer=tunnel, review=None)
        self.socks = socks(self.good)
        self.lying = fleet.start(pem=None, answer=lambda _: (200, {}))

    def context(self, name, kind, draw):
        user, cluster, url = {"token": TOKEN}, {"certificate-authority": "ca.crt"}, self.good.url
        if kind == "ca":
            cluster = {"certificate-authority-data": base64.b64encode(draw.choice(self._authorities(draw))).decode()}
        elif kind == "proxy":
            cluster["proxy-url"] = draw.choice(self._proxies())
        elif kind == "server":
            url = draw.choice(self._servers())
        elif kind == "name":
            cluster["tls-server-name"] = draw.choice(
                [
                    "api.internal",
                    "",
                    "127.0.0.1",
                    "other",
                    "a b",
                    "é",
                    ".x",
                    "-",
                    "*.internal",
                    "x" * 300,
                    "API.INTERNAL",
                    "[::1]",
                ]
            )
        elif kind == "header":
            user |= draw.choice(self._headers())
        else:
            user = draw.choice(self._users())
        self.fleet.user(name, **user)
        self.fleet.context(name, url, name, **cluster)

    def _authorities(self, draw):
        pem = self.fleet.authority[0]
        body = b"".join(pem.split(b"\n")[1:-2])
        return [
            draw.randbytes(40), b"\xef\xbb\xbf" + pem, b"\xef\xbb\xbfx\n" + pem, pem.decode().encode("utf-16"),
            pem.replace(b"\n", b"\r\n"), b"  " + pem.replace(b"\n", b"\n  "), pem.replace(b"\n", b" "), b"x\n" + pem,
            self.fleet.other[0] + b"between \xff\n" + pem, self.fleet.authority[1], b"-----BEGIN CERTIFICATE-----\n",
            pem.replace(b"-----\n", b"-----\nA: b\n\n", 1), base64.b64decode(body), b"not PEM", pem[:-30], pem[:200],
            pem.replace(b"CERTIFICATE", b"TRUSTED CERTIFICATE"), pem + pem, self.fleet.other[0] + draw.randbytes(9),
            pem.replace(b"MII", b"MIJ", 1) + pem,
        ]  # fmt: skip

    def _proxies(self):
        through, locked = self.proxy.url, self.locked.url
        return [
            through, through.upper(), through + "/path?q", locked, locked.replace("//", "//jane:plum%20pw@"),
            locked.replace("//", "//jane:wrong@"), locked.replace("//", "//jane@"), self.secure.url, self.strange.url,
            self.lying.url, self.socks, self.socks.replace("socks5", "socks5h"), "http://127.0.0.1:1",
            "socks5://127.0.0.1:1", "https://127.0.0.1:1", "localhost:1080", "127.0.0.1:1080", "//127.0.0.1:1",
            "http://[", "ftp://x",
            "http://[::1]:1", "http://127.0.0.1:99999", "http://127.0.0.1:x", "http://a b", "x\n::error::y", " ", "http://u:p%zz@h",
            "http://127.0.0.1%00:1", "http://%31:1", "é", "http://\x7f",
        ]  # fmt: skip

    def _servers(self):
        here, port = self.address, self.address.rpartition(":")[2]
        return [
            f"HTTPS://{here}", f"https://{here}/", f"https://{here}/a/..", f"https://{here}?x=y", f"https://{here}#f",
            f"https://jane:pw@{here}", here, f"https:{here}", f"//{here}", f"https:/{here}", f"https://{here}//",
            f"https://[{here}]", f"https://[::1]:{port}", f"https://::1:{port}", "https://127.0.0.1:99999", "https://",
            f"https:// {here}", f"ftp://{here}", f"https://{here}/é b", f"https://{here}/%zz", "https://127.0.0.1:",
            "https://" + "x" * 70 + ".invalid:1", "https://[", "http:///x", "x\n::error::y", f"https://{here}/%2e%2e",
        ]  # fmt: skip

    def _headers(self):
        return [{"as": name} for name in ("Jörg", "a\tb", "a\nb", "a\x7fb", " x ", "\u2028", "a\rb", "x" * 3000)] + [
            {"as": "a", "as-groups": ["Größe", "a\nb"]},
            {"as": "a", "as-groups": ["Größe"]},
            {"as": "a", "as-user-extra": {"a b/é": ["x"], "": ["y"]}},
            {"as": "a", "as-user-extra": {"k": ["a\nb"]}},
            {"as-groups": ["x"]},
            {"as-uid": "7", "as": "ü"},
        ]

    def _users(self):
        certificate, key = (base64.b64encode(each).decode() for each in self.fleet.client)
        stanza = {"apiVersion": "client.authentication.k8s.io/v1", "interactiveMode": "Never"}
        return [
            {"token": f"{TOKEN}\n"}, {"token": f"{TOKEN}é"}, {"token": "a\tb"}, {"token": TOKEN, "username": "x"},
            {"token": TOKEN, "password": "x"}, {"tokenFile": "gone"}, {"tokenFile": ".", "token": TOKEN},
            {"client-certificate-data": certificate, "client-key-data": key}, {"client-certificate-data": certificate},
            {"client-key-data": key},
            {"client-certificate-data": key, "client-key-data": certificate},
            {"client-certificate-data": "eA==", "client-key-data": key},
            {"client-certificate": "\x7f", "client-key": "x"}, {"exec": {"command": "", **stanza}},
            {"exec": {"command": "gone", **stanza}}, {"exec": {"command": "./é", **stanza}},
            {"exec": {"command": "true"}}, {"exec": {"command": "echo", "args": ["{"], **stanza}},
            {"exec": {**stanza, "command": "echo", "args": ["{}"], "env": [{"name": "", "value": "x"}]}},
            {"exec": {**stanza, "command": "echo", "args": ["{}"], "env": [{"name": "A=B", "value": "x"}]}},
            {"auth-provider": {"name": "gcp"}}, {"auth-provider": {"name": "oidc", "config": {"id-token": "a\nb"}}},
        ]  # fmt: skip


@pytest.fixture
def world(fleet):
    return World(fleet)


@pytest.mark.kubectl
@pytest.mark.parametrize("seed", range(int(os.environ.get("KCFG_SEEDS", "1"))))
def test_every_row_is_told_and_yes_is_kubectls(seed, world, kcfg, kubectl):
    draw = random.Random(f"contexts {seed}")
    kinds = Counter()
    world.fleet.context("good", world.good.url, **{"certificate-authority": "ca.crt"})
    for number in range(60):
        kind = KINDS[number % len(KINDS)]
        kinds[kind] += 1
        world.context(f"{kind}-{number}", kind, draw)
    config = world.fleet.write()

    done = kcfg("check", "connectivity", "--kubeconfig", config, "-o", "json", "--timeout", "5s")
    assert done.returncode == 1, done.stderr
    told = {each["name"]: each for each in json.loads(done.stdout)["contexts"]}
    assert told["good"]["ok"]
    assert len(told) == 61
    assert not [each for each in told.values() if each["cause"] == "bug"]
    assert not [each["message"] for each in told.values() if not each["ok"] and not each["message"]]
    assert TOKEN not in done.stdout + done.stderr
    assert "plum%20pw" not in done.stdout

    def theirs(name):
        return kubectl("--kubeconfig", config, "--context", name, "version")

    with ThreadPoolExecutor(4) as pool:
        answers = dict(zip(told, pool.map(theirs, told), strict=True))
    differs = {}
    for name, row in told.items():
        asked = "tokenFile" in world.fleet.users.get(name, {}) or row["cause"] in ("forbidden", "unauthorized")
        if row["ok"] != (answers[name].returncode == 0) and not asked:
            cluster = world.fleet.clusters[name]
            differs[name] = (cluster, world.fleet.users.get(name), row["message"], answers[name].stderr[-200:])
    assert not differs
    assert min(kinds.values()) == 10


@pytest.mark.parametrize("command", ["whoami", "url", "get-token", "curl -- /version", "exec -- true"])
def test_no_command_ends_in_a_bug(command, world, kcfg):
    draw = random.Random(command)
    words = command.split()
    for number in range(30):
        kind = KINDS[number % len(KINDS)]
        world.context(name := f"{kind}-{number}", kind, draw)
        world.fleet.contexts = {name: world.fleet.contexts[name]}
        config = world.fleet.write()
        given = [words[0], name, *[each for each in words[1:] if each != "--" or words[0] == "exec"]]
        done = kcfg(*given, "--kubeconfig", config)
        assert done.returncode != 3, (world.fleet.clusters[name], world.fleet.users[name], done.stderr)
        assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "proxy",
    ["http://[", "HTTP://127.0.0.1:1", "ftp://x", "x y", "::", "http://127.0.0.1:99999", "socks5h://127.0.0.1:1", "é"],
)
def test_a_proxy_of_the_environment_is_a_cause(proxy, fleet_of_one, kcfg):
    env = {"HTTPS_PROXY": proxy, "NO_PROXY": ""}
    done = kcfg("check", "connectivity", "--kubeconfig", fleet_of_one, "-o", "json", "--timeout", "2s", env=env)

    (row,) = json.loads(done.stdout)["contexts"]
    assert (done.returncode, row["ok"]) == (1, False)
    assert row["cause"] in ("proxy", "kubeconfig"), row
    assert "proxy" in row["message"]


@pytest.fixture
def fleet_of_one(tmp_path):
    text = {
        "apiVersion": "v1", "kind": "Config", "current-context": "a",
        "clusters": [{"name": "a", "cluster": {"server": "https://192.0.2.1:6443"}}],
        "contexts": [{"name": "a", "context": {"cluster": "a", "user": "a"}}],
        "users": [{"name": "a", "user": {"token": TOKEN}}],
    }  # fmt: skip
    (tmp_path / "one").write_text(json.dumps(text))
    return tmp_path / "one"
