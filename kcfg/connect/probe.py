"""One context asked step by step: credentials, TCP, TLS, `/version`, who the server says we are."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence

from kcfg.connect.endpoint import Read, make_endpoint
from kcfg.connect.parallel import Clock, Parallel
from kcfg.connect.plugin import Plugins
from kcfg.connect.review import Identity, who_am_i
from kcfg.connect.trouble import ANONYMOUS, STEPS, Trouble, of_alert, of_anonymous, of_status
from kcfg.dataclass import dataclass, field, replace
from kcfg.kubeconfig.secret_patterns import hide_url

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.connect.client import Client
    from kcfg.connect.endpoint import Endpoint
    from kcfg.kubeconfig.model import Kubeconfig

_LATE = {
    "credentials": ("the credential was not there in time", "try again with a longer --timeout"),
    "tcp": ("the name lookup or the connection does not end", "is the VPN up? Does DNS work?"),
}


@dataclass(slots=True)
class Report:
    """What was found out about a context: how far we came, and what stopped us. Holds no credential."""

    context: str
    server: str = ""
    user: str = ""
    proxy: str = ""
    scheme: str = "https"
    version: str = ""
    identity: Identity | None = None
    trouble: Trouble | None = None
    seconds: float = 0.0

    def steps(self) -> dict[str, str]:
        """Return `ok`, `failed` or `skipped` for each step."""
        stopped = STEPS.index(self.trouble.step) if self.trouble else len(STEPS)
        skipped = {"tls": self.scheme == "http", "version": not self.version, "user": self.identity is None}
        return {
            step: "failed" if at == stopped else "skipped" if at > stopped or skipped.get(step) else "ok"
            for at, step in enumerate(STEPS)
        }


@dataclass(frozen=True, slots=True)
class Probe:
    """How to ask: of which kubeconfig, with which environment, whether credentials may be used, and whom not at all."""

    config: Kubeconfig
    environ: Mapping[str, str]
    read: Read
    agent: str
    seconds: float
    with_credentials: bool = True
    refused: Mapping[str, Trouble] = field(default_factory=dict)

    def ask_all(
        self, contexts: Sequence[str], at_once: int, told: Callable[[int, list[str]], None] = lambda *_: None
    ) -> list[Report]:
        """Ask the servers of contexts, many at a time; the order stays."""
        plugins = Plugins(self.environ, self.seconds)
        try:
            parallel = Parallel(lambda name, clock: self._report(name, clock, plugins), self._late, self.seconds)
            results = parallel.run(contexts, at_once, told)
        finally:
            plugins.stop()
        return [results[name] for name in contexts]

    def _report(self, context: str, clock: Clock, plugins: Plugins) -> Report:
        report = self._begin(context)
        try:
            self._ask(report, clock, plugins)
        except Trouble as trouble:
            report.trouble = trouble
        except Exception as error:  # a boundary: whatever stands in one context, the others are told
            message = f"kcfg could not make sense of it ({type(error).__name__})"
            report.trouble = Trouble(clock.step or "credentials", "bug", message, "please report it")
        report.seconds = time.monotonic() - clock.started
        return report

    def _begin(self, context: str) -> Report:
        body = self.config.contexts[context].body
        cluster = self.config.clusters.get(body.get("cluster") or "")
        return Report(context, shown_url(cluster.body.get("server") or "" if cluster else ""), body.get("user") or "")

    def _ask(self, report: Report, clock: Clock, plugins: Plugins) -> None:
        from kcfg.connect.client import Client

        clock.reach("credentials")
        if report.context in self.refused:
            raise self.refused[report.context]
        endpoint = make_endpoint(self.config, report.context, self.environ, self.read, with_user=self.with_credentials)
        report.proxy = endpoint.proxy.shown() if endpoint.proxy else ""
        if endpoint.plugin:
            clock.pause()  # plugins have a deadline, and wait for one another
            plugins.credential(endpoint).put_into(endpoint)
        report.scheme = endpoint.scheme
        clock.restart()
        client = Client(endpoint, clock.deadline, clock.reach, self.agent)
        try:
            client.connect()
            self._questions(report, client, clock)
            if report.identity and report.identity.username == ANONYMOUS and not _impersonates(endpoint):
                raise of_anonymous(report.scheme, password=endpoint.has_password)
        except Trouble as trouble:
            if trouble.cause == "protocol" and endpoint.certificate is not None and self._answers(endpoint, clock):
                # The alert that says so is lost when the server is gone before we have read it.
                raise of_alert("BAD_CERTIFICATE") from None
            raise
        finally:
            client.close()

    def _answers(self, endpoint: Endpoint, clock: Clock) -> bool:
        """Return whether the server answers somebody without any credential."""
        from kcfg.connect.client import Client

        nobody = replace(endpoint, certificate=None, key=None, headers=[])
        client = Client(nobody, clock.deadline, clock.reach, self.agent)
        try:
            return client.ask("GET", "/version")[0] > 0
        except Trouble:
            return False
        finally:
            client.close()

    def _questions(self, report: Report, client: Client, clock: Clock) -> None:
        clock.reach("version")
        status, answer = client.ask("GET", "/version")
        if status not in (200, 401, 403) or (status == 200 and not isinstance(answer.get("gitVersion"), str)):
            raise of_status("version", status)
        if status == 200:
            report.version = answer["gitVersion"][:64]
        if not self.with_credentials:
            return
        clock.reach("user")
        if status == 401 and report.scheme == "http" and report.user:
            message = "over http:// no credential is sent, and the server wants one (401)"
            raise Trouble("user", "unauthorized", message, "write https:// into the cluster's server")
        if status == 401:
            raise of_status("user", status)
        report.identity = who_am_i(client.ask)

    def _late(self, context: str, clock: Clock) -> Report:
        report = self._begin(context)
        words = _LATE.get(clock.step, ("the server did not answer in time", "is it overloaded?"))
        step = clock.step or "credentials"
        report.trouble = Trouble(step, "timeout", *words)
        report.seconds = time.monotonic() - clock.started
        return report


def _impersonates(endpoint: Endpoint) -> bool:
    """Return whether we ask to be taken for somebody else."""
    return any(name == "Impersonate-User" for name, _ in endpoint.headers)


def shown_url(url: str) -> str:
    """Return a URL without user and password."""
    scheme, mark, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    return hide_url(f"{scheme}{mark}{host.rpartition('@')[2]}{slash}{path}" if mark else url.rpartition("@")[2])
