"""Run an exec plugin as kubectl does, but never interactive: a deadline, and its output is never shown.

Of kcfg's own plugin the one line is repeated that it says when it fails: it holds no secret, and what to do.
"""

from __future__ import annotations

import json
import os
import subprocess
from base64 import b64encode
from shutil import which
from threading import Lock, Semaphore

from kcfg.connect.trouble import Trouble
from kcfg.dataclass import dataclass
from kcfg.errors import KcfgError
from kcfg.exec_stanza import with_cluster
from kcfg.kubeconfig.plugins import own_start
from kcfg.kubeconfig.secret_patterns import hide_tokens
from kcfg.log import is_on

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from kcfg.connect.endpoint import Endpoint

_GROUP = "client.authentication.k8s.io/"
_VERSIONS = (f"{_GROUP}v1", f"{_GROUP}v1beta1")
_AT_ONCE = 8  # a vendor's tool may be a big program
_START = 2.0  # seconds that a start may take before an interrupt no longer waits for it
CONFIG = f"{_GROUP}exec"  # the extension of a cluster that plugins are told
_OWN_LINE = "kcfg: "


@dataclass(frozen=True, slots=True, repr=False)
class Credential:
    """What a plugin gave."""

    token: str = ""
    certificate: bytes | None = None
    key: bytes | None = None
    ends: str = ""  # RFC 3339, as the plugin says

    def put_into(self, endpoint: Endpoint) -> None:
        """Let the endpoint use it."""
        if self.token:
            endpoint.headers.append(("Authorization", f"Bearer {self.token}"))
        if self.certificate is not None:
            endpoint.certificate, endpoint.key = self.certificate, self.key


def sign_in(endpoint: Endpoint, environ: Mapping[str, str], seconds: float) -> Credential | None:
    """Run the endpoint's plugin, if it has one, and let the endpoint use what it gives; return that. Raises Trouble."""
    if not endpoint.plugin:
        return None
    plugins = Plugins(environ, seconds)
    try:
        credential = plugins.credential(endpoint)
    finally:
        plugins.stop()
    credential.put_into(endpoint)
    return credential


class Plugins:
    """Runs each plugin once for all contexts that share it, and only a few at a time."""

    def __init__(self, environ: Mapping[str, str], seconds: float) -> None:
        self._environ = environ
        self._seconds = seconds
        self._slots = Semaphore(_AT_ONCE)
        self._guard = Lock()
        self._locks: dict[str, Lock] = {}
        self._known: dict[str, Credential | Trouble] = {}
        self._starting = Lock()
        self._running: set[subprocess.Popen[bytes]] = set()
        self._stopped = False

    def credential(self, endpoint: Endpoint) -> Credential:
        """Return what the endpoint's plugin gives. Raises Trouble."""
        assert endpoint.plugin is not None
        info = make_info(with_cluster(endpoint.plugin) if is_on(self._environ) else endpoint.plugin, endpoint)
        name = json.dumps([endpoint.plugin, endpoint.plugin_folder, info], sort_keys=True, default=str)
        with self._guard:
            lock = self._locks.setdefault(name, Lock())
        with lock:
            if name not in self._known:
                try:
                    self._known[name] = self._ask(endpoint, info)
                except Trouble as trouble:
                    self._known[name] = trouble
        found = self._known[name]
        if isinstance(found, Trouble):
            raise found
        return found

    def stop(self) -> None:
        """End every plugin that still runs, one that is just being started too; no other is started."""
        self._stopped = True
        started = self._starting.acquire(timeout=_START)
        for process in list(self._running):
            process.kill()
        if started:
            self._starting.release()

    def _ask(self, endpoint: Endpoint, info: str) -> Credential:
        stanza = endpoint.plugin or {}
        command = str(stanza.get("command") or "")
        version = stanza.get("apiVersion")
        if version not in _VERSIONS:
            raise _trouble(command, f"speaks {version!r}, which kubectl no longer does", "update it: v1 is current")
        mode = stanza.get("interactiveMode")
        if not mode and version == _VERSIONS[0]:
            raise _trouble(command, "has no interactiveMode, which v1 needs", "add `interactiveMode: IfAvailable`")
        if mode == "Always":
            raise _trouble(command, "asks questions, and cannot be asked here", "run `kubectl version` in this context")
        argv = self._argv(command, stanza, endpoint.plugin_folder)
        given = {
            str(each["name"]): str(each.get("value") or "") for each in stanza.get("env") or [] if each.get("name")
        }
        env = {**self._environ, **given, "KUBERNETES_EXEC_INFO": info}
        with self._slots:
            output = self._kept(argv, stanza, env)
        return parse_answer(output, command, str(version))

    def _kept(self, argv: list[str], stanza: dict[str, Any], env: Mapping[str, str]) -> bytes:
        """Return what a plugin prints, or printed a short while ago where the user wants that kept."""
        from kcfg.cache.setting import read_setting

        command = str(stanza.get("command") or "")
        own = own_start(command, argv[1:]) is not None  # which looks for itself
        if own or read_setting(self._environ) is None:
            return self._run(argv, stanza, env)
        from kcfg.cache.cache import Answer, open_cache
        from kcfg.cache.ends import end_of_answer
        from kcfg.cache.name import asker_of, name_of
        from kcfg.cache.once import ask_once

        cache = open_cache(self._environ)
        name = name_of(cache.setting.salt, "plugin", argv, env) if cache else ""
        if cache is None or not name:
            return self._run(argv, stanza, env)

        def run() -> Answer:
            try:
                text = self._run(argv, stanza, env).decode("utf-8", "surrogateescape")
            except Trouble as trouble:
                return Answer(f"{trouble.message}\n{trouble.hint}", code=1)
            return Answer(text, ends=end_of_answer(text, env.get("KUBERNETES_EXEC_INFO", "")))

        label, asker = f"plugin {os.path.basename(command)}", asker_of(self._environ)
        answer = ask_once(cache, name, label, run, asker=asker, wait=self._seconds)
        if answer.code:
            message, _, hint = answer.text.partition("\n")
            raise Trouble("credentials", "plugin", message, hint)
        return answer.text.encode("utf-8", "surrogateescape")

    def _run(self, argv: list[str], stanza: dict[str, Any], env: Mapping[str, str]) -> bytes:
        command = str(stanza.get("command") or "")
        try:
            output, said, code = self._output(argv, env, listen=_is_own(command, argv[1:]))
        except FileNotFoundError:
            hint = str(stanza.get("installHint") or "").strip() or "install it, or correct PATH"
            raise _trouble(command, "is not installed", hint.splitlines()[0]) from None
        except subprocess.TimeoutExpired:
            message = f"gave no answer within {self._seconds:.3g} s"
            raise _trouble(command, message, "does it wait for a sign-in? Run it by hand") from None
        except (OSError, ValueError) as error:
            reason = (getattr(error, "strerror", "") or "not a command").lower()
            raise _trouble(command, f"cannot be run: {reason}", "check its path and file mode") from None
        if code and (line := _own_line(said)):
            message, _, hint = line.partition("; ")
            raise Trouble("credentials", "plugin", message, hint)
        if code:
            raise _trouble(command, f"failed with exit code {code}", "sign in again, or run it by hand to see why")
        return output

    def _argv(self, command: str, stanza: dict[str, Any], folder: str) -> list[str]:
        # A path is relative to the kubeconfig; a name is looked up in kubectl's own PATH, not in that of `env`.
        path = self._environ.get("PATH")
        found = os.path.join(folder, command) if "/" in command else which(command, path=path) or f"/{command}"
        return [found, *map(str, stanza.get("args") or [])]

    def _output(self, argv: list[str], env: Mapping[str, str], *, listen: bool) -> tuple[bytes, bytes, int]:
        quiet, pipe = subprocess.DEVNULL, subprocess.PIPE
        with self._starting:
            if self._stopped:
                raise Trouble("credentials", "plugin", "is not asked any more")
            process = subprocess.Popen(argv, stdin=quiet, stdout=pipe, stderr=pipe if listen else quiet, env=env)  # noqa: S603
            self._running.add(process)
        try:
            output, said = process.communicate(timeout=self._seconds)
            return output, said or b"", process.returncode
        except BaseException:
            process.kill()
            process.wait()
            raise
        finally:
            self._running.discard(process)
            for stream in filter(None, (process.stdout, process.stderr)):
                stream.close()  # what the plugin started may hold the other end


def make_info(stanza: dict[str, Any], endpoint: Endpoint) -> str:
    """Return KUBERNETES_EXEC_INFO."""
    spec: dict[str, Any] = {}
    if stanza.get("provideClusterInfo"):
        body = endpoint.cluster
        cluster = {
            name: body[name] for name in ("server", "tls-server-name", "insecure-skip-tls-verify") if body.get(name)
        }
        if endpoint.authority is not None:
            cluster["certificate-authority-data"] = b64encode(endpoint.authority).decode()
        cluster |= {name: body[name] for name in ("proxy-url", "disable-compression") if body.get(name)}
        settings = [each.get("extension") for each in body.get("extensions") or [] if each.get("name") == CONFIG]
        spec["cluster"] = cluster | {"config": settings[0] if settings else None}
    spec["interactive"] = False
    value = {"kind": "ExecCredential", "apiVersion": stanza.get("apiVersion"), "spec": spec}
    return json.dumps(value, separators=(",", ":")) + "\n"


def parse_answer(output: bytes, command: str, version: str) -> Credential:
    """Return the credential in what a plugin printed, JSON or YAML. Raises Trouble."""
    return _credential(_status(output, command, version), command)


def _status(output: bytes, command: str, version: str) -> dict[str, Any]:
    try:
        value = json.loads(output)
    except (ValueError, RecursionError):
        value = _yaml(output)
    status = value.get("status") if isinstance(value, dict) else None
    if not isinstance(status, dict):
        raise _trouble(command, "prints something that is no ExecCredential", "run it by hand to see why")
    if value.get("apiVersion") != version:
        raise _trouble(command, "answers in another version than its stanza's apiVersion", "make them the same")
    return status


def _yaml(output: bytes) -> Any:
    from kcfg.yaml.parse import parse_yaml

    try:
        return parse_yaml(output, "plugin").value
    except KcfgError:
        return None


def _credential(status: dict[str, Any], command: str) -> Credential:
    token, certificate, key = (status.get(name) for name in ("token", "clientCertificateData", "clientKeyData"))
    if token and not (isinstance(token, str) and token.isascii() and token.isprintable()):
        raise _trouble(command, "gives a token that HTTP cannot send", "run it by hand to see why")
    pair = isinstance(certificate, str) and isinstance(key, str)
    if bool(certificate) != bool(key):
        raise _trouble(command, "gives only one of certificate and key", "run it by hand to see why")
    if not token and not pair:
        raise _trouble(command, "gives neither a token nor a certificate", "run it by hand to see why")
    ends = status.get("expirationTimestamp")
    ends = ends if isinstance(ends, str) else ""
    if pair:
        return Credential(token or "", str(certificate).encode(), str(key).encode(), ends)
    return Credential(str(token), ends=ends)


def _is_own(command: str, args: list[str]) -> bool:
    # What kcfg-credential starts is silent; in a session it may run another plugin, which is not.
    start = own_start(command, args, renamed=False)
    return start is not None and args[start : start + 1] == ["--kind"]


def _own_line(said: bytes) -> str:
    """Return what kcfg's own plugin said, without its name."""
    lines = said.decode("utf-8", "replace").splitlines()
    own = [line.removeprefix(_OWN_LINE) for line in lines if line.startswith(_OWN_LINE)]
    found = [line for line in own if not line.startswith("note: ")]
    return hide_tokens(found[0]) if found else ""  # it may quote an argument, which somebody else may have written


def _trouble(command: str, message: str, hint: str) -> Trouble:
    return Trouble("credentials", "plugin", f"the plugin {os.path.basename(command)!r} {message}", hint)
