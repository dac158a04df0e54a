"""KCFG304 to 310: exec plugins and what came before them."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterator

from kcfg.exec_stanza import direct_stanza
from kcfg.lint.rule import KUBECONFIG, Rule
from kcfg.lint.subject import mapping

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.errors import Problem
    from kcfg.lint.subject import Item, Subject

_STATIC = ("token", "tokenFile", "username", "password", "client-key", "client-key-data")
_REMOVED = {"gcp": "gke-gcloud-auth-plugin", "azure": "kubelogin"}
# A folder named for a version: an update of the plugin takes it away.
_VERSIONED = re.compile(r"(^|[/@_-])v?\d+\.\d+(\.\d+)*([/_+-]|$)|/(Cellar|nix/store)/")


def _head(version: str = "v1") -> str:
    mode = "      interactiveMode: Never\n" if version == "v1" else ""
    return f"users:\n- name: a\n  user:\n    exec:\n      apiVersion: client.authentication.k8s.io/{version}\n{mode}"


def _plugins(subject: Subject) -> Iterator[tuple[Item, str]]:
    for user in subject.users:
        stanza = mapping(user, "exec")
        for command in dict.fromkeys((stanza.get("command"), direct_stanza(stanza).get("command"))):
            if isinstance(command, str) and command:
                yield user, command


def _check_alpha(subject: Subject) -> Iterator[Problem]:
    for user in subject.users:
        version = mapping(user, "exec").get("apiVersion")
        if version == "client.authentication.k8s.io/v1alpha1":
            yield user.problem(
                "kubectl 1.24 and later refuse the alpha version of the exec API",
                "exec",
                "apiVersion",
                hint="update the plugin and write client.authentication.k8s.io/v1 (or v1beta1)",
            )


def _check_provider(subject: Subject) -> Iterator[Problem]:
    for user in subject.users:
        name = mapping(user, "auth-provider").get("name")
        if isinstance(name, str) and name in _REMOVED:
            yield user.problem(
                f"kubectl 1.26 and later have no auth-provider {name!r}",
                "auth-provider",
                "name",
                hint=f"use the exec plugin {_REMOVED[name]}",
            )


def _full(item: Item, command: str) -> str:
    """Return where a command with a slash is; kubectl starts relative ones at the file's folder."""
    return os.path.abspath(os.path.join(item.directory, command))


def _has_folder(command: str) -> bool:
    return "/" in command or os.sep in command


def _check_missing(subject: Subject) -> Iterator[Problem]:
    for user, command in _plugins(subject):
        found = subject.outside.which(_full(user, command) if _has_folder(command) else command)
        if found is None:
            hint = mapping(user, "exec").get("installHint")
            yield user.problem(
                f"no such command: {command!r}",
                "exec",
                "command",
                hint=hint.strip() if isinstance(hint, str) and hint.strip() else "install it, or correct PATH",
            )


def _check_versioned(subject: Subject) -> Iterator[Problem]:
    for user, command in _plugins(subject):
        if _has_folder(command) and _VERSIONED.search(command):
            yield user.problem(
                "the path names one version of the plugin: the next update breaks it",
                "exec",
                "command",
                hint=f"write {os.path.basename(command)!r} and let PATH find it",
            )


def _check_relative(subject: Subject) -> Iterator[Problem]:
    for user, command in _plugins(subject):
        if _has_folder(command) and not os.path.isabs(command):
            yield user.problem(
                "a relative path: clients disagree on where it starts",
                "exec",
                "command",
                hint="write an absolute path, or a bare name that PATH finds",
            )


def untrusted_place(program: str, look: Callable[[str], os.stat_result | None]) -> str:
    """Return the file or folder through which somebody else could put a program there; "" if there is none.

    In a sticky folder such as /tmp everyone can add a file, but nobody can replace another's.
    """
    path = program
    while True:
        status = look(path)
        if status is not None and status.st_mode & stat.S_IWOTH:
            sticky = stat.S_ISDIR(status.st_mode) and status.st_mode & stat.S_ISVTX
            if not sticky or path == os.path.dirname(program):
                return path
        parent = os.path.dirname(path)
        if parent == path:
            return ""
        path = parent


def _check_untrusted(subject: Subject) -> Iterator[Problem]:
    if os.name != "posix":  # elsewhere the mode bits say nothing
        return
    for user, command in _plugins(subject):
        path = _full(user, command) if _has_folder(command) else subject.outside.which(command)
        if path and (where := untrusted_place(os.path.abspath(path), subject.outside.stat)):
            yield user.problem(
                f"everyone can write to {where!r}, and kubectl runs this as you",
                "exec",
                "command",
                hint="install the plugin in a folder that only you or root can write to",
            )


def _check_beside(subject: Subject) -> Iterator[Problem]:
    for user in subject.users:
        given = [name for name in _STATIC if user.body.get(name)]
        if mapping(user, "exec") and given:
            yield user.problem(
                f"{given[0]} stands beside exec: which of the two is used depends on the client",
                given[0],
                hint="keep one of the two",
                key=True,
            )


RULES = (
    Rule(
        "KCFG304",
        "alpha exec API",
        "error",
        "client.authentication.k8s.io/v1alpha1 was removed in Kubernetes 1.24.",
        remedy="Write client.authentication.k8s.io/v1 (or v1beta1), which the plugin has to know.",
        bad=(
            "users:\n- name: a\n  user:\n    exec:\n"
            "      apiVersion: client.authentication.k8s.io/v1alpha1  # here\n      command: sh\n",
        ),
        good=(_head("v1beta1") + "      command: sh\n", _head() + "      command: sh\n"),
        check=_check_alpha,
        on=(KUBECONFIG,),
    ),
    Rule(
        "KCFG305",
        "removed auth-provider",
        "error",
        "The providers gcp and azure were removed from kubectl in 1.26; vendors have exec plugins instead.",
        remedy="Use `exec:`, or `auth:` with a vendor's name.",
        bad=("users:\n- name: a\n  user:\n    auth-provider:\n      name: gcp  # here\n",),
        good=("users:\n- name: a\n  user:\n    auth-provider:\n      name: oidc\n",),
        check=_check_provider,
    ),
    Rule(
        "KCFG306",
        "plugin not found",
        "warning",
        "The command of an exec stanza is not on PATH, or not a program. It may be there on another machine.",
        remedy="Install it, or put its folder on PATH; `installHint` tells others how.",
        bad=(_head() + "      command: kcfg-no-such-plugin  # here\n", _head() + "      command: /no/such  # here\n"),
        good=(_head() + "      command: sh\n", _head() + "      command: /bin/sh\n"),
        check=_check_missing,
    ),
    Rule(
        "KCFG307",
        "plugin pinned to a version",
        "warning",
        "A path with a version in it, as package managers have them, is gone after the next update.",
        remedy="Name the plugin without its version: a package manager's link, or a name on PATH.",
        bad=(
            _head() + "      command: /opt/login/1.2.3/bin/login  # here\n",
            _head() + "      command: /opt/homebrew/Cellar/login/bin/login  # here\n",
        ),
        good=(_head() + "      command: /usr/bin/python3.11\n", _head() + "      command: /bin/sh\n"),
        check=_check_versioned,
    ),
    Rule(
        "KCFG308",
        "relative path of a plugin",
        "warning",
        "kubectl starts a relative command at the folder of the kubeconfig, kr8s at the working directory: "
        "there anybody can leave a program of that name.",
        remedy="Name a program on PATH, or write the full path.",
        bad=(_head() + "      command: ./login  # here\n", _head() + "      command: bin/login  # here\n"),
        good=(_head() + "      command: sh\n", _head() + "      command: /bin/sh\n"),
        check=_check_relative,
    ),
    Rule(
        "KCFG309",
        "plugin from a folder that others can write to",
        "error",
        "Whoever can write to the folder of a plugin can have you run a program of their own.",
        remedy="Take the folder's write permission from others, or name the program in a folder of the system's.",
        bad=(_head() + "      command: /tmp/login  # here\n", _head() + "      command: ./shared/login  # here\n"),
        good=(_head() + "      command: /bin/sh\n",),
        check=_check_untrusted,
    ),
    Rule(
        "KCFG310",
        "a static credential beside exec",
        "warning",
        "kubectl sends a token or client certificate that stands beside exec and does not run the plugin; kr8s "
        "runs it.",
        remedy="Remove the static credential: kubectl would use it, and never run the plugin.",
        bad=(_head() + "      command: sh\n    tokenFile: token.txt  # here\n",),
        good=(_head() + "      command: sh\n",),
        check=_check_beside,
    ),
)
