"""Where a spec can go besides a kubeconfig: one Protocol, a module for each target, loaded when asked for."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any, Protocol

    from kcfg.errors import Problem
    from kcfg.kubeconfig.model import Kubeconfig
    from kcfg.spec.models import User
    from kcfg.spec.spec import Declared
    from kcfg.targets.fields import Engine
    from kcfg.targets.job import Job
    from kcfg.targets.member import Member

    class Target(Protocol):
        """A format that another tool reads."""

        NAMESPACE: str
        """Where its objects live when the user names no namespace; "" where the format has none."""

        FILE: str
        """The one file that has the credentials of all clusters; "" where each cluster has its own."""

        def documents(self, job: Job) -> Iterator[tuple[str, str]]:
            """Yield (file name, text), one at a time; what cannot be expressed goes to `job.problems`."""

    class Reader(Target, Protocol):
        """A target that has an object for each cluster."""

        ENGINE: Engine
        """What its reader does not read."""

        def plain_object(self, job: Job, member: Member, config: Kubeconfig) -> dict[str, Any]:
            """Return a cluster's object."""

        def faults(self, job: Job, declared: Declared[User]) -> Iterator[Problem]:
            """Yield what the engine cannot do for a user, whoever brings the secret."""

        def member_faults(self, job: Job, member: Member) -> Iterator[Problem]:
            """Yield what the engine cannot do for a cluster, and this user there."""

        def unread(self, job: Job, member: Member) -> Iterator[str]:
            """Yield fields that the engine leaves alone because of what the others say."""

    class Template(Reader, Protocol):
        """A reader whose Secrets can also be made inside a cluster, by `external-secrets`."""

        KIND: str
        """The type of its Secrets."""

        def object_of(self, member: Member) -> tuple[str, dict[str, str], dict[str, str]]:
            """Return the name, the labels and the annotations of a cluster's object."""

        def cluster_data(self, member: Member, config: Kubeconfig) -> dict[str, str]:
            """Return the fields of a cluster's Secret."""

        def signs_in(self, job: Job, member: Member) -> str:
            """Return how the engine signs in without a secret; "" where the kubeconfig's credential does."""

        def instead(self, job: Job, member: Member) -> str:
            """Return what of the spec would make the secret unnecessary; "" where nothing would."""


# A target is a module with what the Protocol says; adding one is its file, its line here and its tests. Those of other
# packages are in the entry point group `kcfg.targets`: a name of these stays kcfg's.
TARGETS = {
    "argocd": "kcfg.targets.argocd",
    "flux": "kcfg.targets.flux",
    "capi": "kcfg.targets.capi",
    "clusterprofile": "kcfg.targets.clusterprofile",
    "external-secrets": "kcfg.targets.external_secrets",
    "secret": "kcfg.targets.secret",
    "kuberc": "kcfg.targets.kuberc",
    "k9s": "kcfg.targets.k9s",
    "kubectl": "kcfg.targets.kubectl",
    "direnv": "kcfg.targets.direnv",
}
TEMPLATES = ("argocd", "flux", "capi")


def other_targets() -> list[str]:
    """Return the targets of other installed packages."""
    from kcfg.outside import TARGETS as GROUP
    from kcfg.outside import find_names

    return [name for name in find_names(GROUP) if name not in TARGETS]


def open_target(name: str) -> "Target":
    """Return the module of a target, kcfg's own or an installed package's. Raises KcfgError for one nobody has."""
    target: Target = _open(name)
    return target


def open_reader(name: str) -> "Reader":
    """Return the module of a target that has an object for each cluster."""
    reader: Reader = _open(name)
    return reader


def open_template(name: str) -> "Template":
    """Return the module of a target that is among TEMPLATES, or says as much of itself."""
    template: Template = _open(name)
    return template


def _open(name: str) -> "Any":
    if name not in TARGETS:
        from kcfg.targets.outside import open_outside

        return open_outside(name)
    from importlib import import_module

    return import_module(TARGETS[name])
