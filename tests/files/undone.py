"""A kubeconfig with every kind of credential, adopted and undone; kcfg is killed at its nth call in one of the two.

The keyring is written between two calls that change the disk: its lock is taken, and given back.
"""

import base64
import json
import re

from faults import Place, Scenario

MARK = "zxplantedsecret"
STANZA = "{apiVersion: client.authentication.k8s.io/v1, command: login, interactiveMode: Never}"
CREDENTIALS = {
    "token": {"token": f"{MARK}-t"},
    "password": {"username": "me", "password": f"{MARK}-p"},
    "key": {"client-certificate-data": "AAAA", "client-key-data": base64.b64encode(MARK.encode()).decode()},
    "provider": {"auth-provider": {"name": "oidc", "config": {
        "id-token": f"{MARK}-i", "access-token": f"{MARK}-x", "refresh-token": f"{MARK}-r",
        "client-secret": f"{MARK}-c",
    }}},
    "exec": {"exec": {
        "apiVersion": "client.authentication.k8s.io/v1", "command": "login", "args": ["--token", f"{MARK}-a"],
        "env": [{"name": "LOGIN_TOKEN", "value": f"{MARK}-e"}], "interactiveMode": "Never",
    }},
    "several": {"token": f"{MARK}-t", "username": "me", "password": f"{MARK}-p", "as": "x"},
    "files": {"tokenFile": "token", "client-certificate": "me.crt", "client-key": "me.key", "token": f"{MARK}-f"},
    "extension": {"username": "me", "extensions": [{"name": "tool", "extension": {"apiToken": f"{MARK}-n"}}]},
}  # fmt: skip
SPEC = "apiVersion: kcfg/v1\nkind: KubeconfigSpec\nmetadata: {name: demo}\nusers:\n" + "".join(
    f"- {{name: {name}, exec: {STANZA}}}\n" for name in CREDENTIALS
)
OLD = json.dumps({"users": [{"name": name, "user": body} for name, body in CREDENTIALS.items()]}, indent=1) + "\n"
ADOPT = ("apply", "--adopt", "--yes", "--trust", "--kubeconfig", "config")
UNDO = ("undo", "--yes", "--kubeconfig", "config")
FILES = dict.fromkeys(("token", "me.crt", "me.key"), f"{MARK}-in-a-file\n")


class Undone:
    """That file, the keyring, and how many calls `adopt` and `undo` make."""

    def __init__(self, folder, service):
        import keyring.backends.SecretService  # noqa: F401  (once, not in every child)

        self._service = service
        environ = {"DBUS_SESSION_BUS_ADDRESS": service.env["DBUS_SESSION_BUS_ADDRESS"]}
        files = {"kcfg.yaml": SPEC, "config": OLD, **FILES}
        self._place = Place(folder, Scenario("adopt", files, ADOPT, environ))
        self.file = self._place.work / "place/config"
        self.old, self.new = OLD.encode(), self.file.read_bytes()
        assert MARK not in self.file.read_text()
        code, undone, said = self._place.run(UNDO)
        assert code == 0, said
        assert self.file.read_bytes() == self.old
        self.calls = {"adopt": len(self._place.calls), "undo": len(undone)}

    def verdict(self, command, at):
        """Return what is wrong after a kill at a call of `adopt` or `undo`, and which file the kill left."""
        self._wrong = []
        self._place.reset()
        if command == "undo":
            self._done(ADOPT, self.new)
        code, _, said = self._place.run(ADOPT if command == "adopt" else UNDO, kind="KILL", at=at)
        self._require(code == -9, f"not killed: {code} {said}")
        found = self.file.read_bytes()
        self._require(found in (self.old, self.new), "a third content")
        self._require(not self._shown(said, "home"), "a secret in the state or in words")
        if command == "adopt":
            if found == self.old:
                self._done(ADOPT, self.new)
        else:
            if found == self.new:
                self._done(UNDO, self.old)
            self._done(ADOPT, self.new)  # whatever was left is swept by the next that writes
        self._require(len(self.items()) == 1, f"items {self.items()}")
        self._done(UNDO, self.old)
        self._require(not self.items(), f"items {self.items()}")
        self._done(("trust", "--yes"), self.old)  # the last that the apply writes is what it was allowed
        self._require(not self._place.litter(), f"litter {self._place.litter()}")
        self._service.tool("clear", "username", "kcfg")
        return self._wrong, {self.old: "old", self.new: "new"}.get(found, "other")

    def items(self):
        """Return the names of the keyring items of kcfg."""
        done = self._service.tool("search", "--all", "--unlock", "username", "kcfg")
        return sorted(re.findall(r"attribute\.service = (\S+)", done.stdout + done.stderr))

    def _done(self, words, expected):
        code, _, said = self._place.run(words)
        self._require(code == 0, f"{words[0]}: {code} {said}")
        self._require(self.file.read_bytes() == expected, f"{words[0]}: another file than expected")
        self._require(not self._shown(said, "."), f"{words[0]}: a secret in another place")

    def _shown(self, said, below):
        """Return whether a secret is in words, or in a file that is not where it came from."""
        needles = (MARK.encode(), base64.b64encode(MARK.encode()))
        files = [each for each in (self._place.work / below).rglob("*") if each.is_file()]
        data = [each.read_bytes() for each in files if each != self.file and each.name not in FILES]
        return any(needle in each for each in (said.encode(), *data) for needle in needles)

    def _require(self, right, wrong):
        if not right:
            self._wrong.append(wrong)
