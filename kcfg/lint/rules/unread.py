"""KCFG116 to 118: what stands in a kubeconfig and nobody reads."""

from __future__ import annotations

from functools import partial

from kcfg.kubeconfig.unread import MISSPELT, NOTHING, UNKNOWN, check_unread
from kcfg.lint.rule import KUBECONFIG, Rule

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from kcfg.errors import Problem
    from kcfg.lint.subject import Subject

_CLUSTER = "clusters:\n- name: a\n  cluster:\n    server: https://a.example.com\n"


def _check(rule: str, subject: Subject) -> Iterator[Problem]:
    for file in subject.files:
        yield from (problem for problem in check_unread(file.document) if problem.rule == rule)


RULES = (
    Rule(
        MISSPELT,
        "a misspelt field",
        "error",
        "kubectl does not know it and says nothing, but knows one that is spelt or placed a little differently.",
        remedy="Take the field's name as the message has it.",
        bad=(
            _CLUSTER + "    certificate_authority_data: <ca.crt>  # here\n",
            "users:\n- name: a\n  user:\n    tokn: hunter2  # here\n",
            "clusters:\n- name: a\n  cluster: {}\n  server: https://a.example.com  # here\n",
        ),
        good=(_CLUSTER + "    certificate-authority-data: <ca.crt>\n",),
        check=partial(_check, MISSPELT),
        on=(KUBECONFIG,),
    ),
    Rule(
        UNKNOWN,
        "a field that nobody reads",
        "warning",
        "kubectl does not know it, and drops it from a file that it writes. Foreign data belongs under `extensions`. "
        "Of a file with several documents kubectl reads the first.",
        remedy="Remove it, or move foreign data below `extensions`.",
        bad=(_CLUSTER + "    region: north  # here\n", "owner: a  # here\n" + _CLUSTER),
        good=(_CLUSTER + "    extensions:\n    - name: acme.example.com\n      extension: {region: north}\n",),
        check=partial(_check, UNKNOWN),
        on=(KUBECONFIG,),
    ),
    Rule(
        NOTHING,
        "no kubeconfig",
        "error",
        "The file is empty, or an error message that was saved in its place: kubectl takes it, and talks to "
        "http://localhost:8080.",
        remedy="Name the kubeconfig that was meant; `apiVersion: v1` and `kind: Config` begin one.",
        bad=('"404": Not Found  # here\n', "error: unauthorized  # here\n"),
        good=(_CLUSTER, "apiVersion: v1\nkind: Config\n"),
        check=partial(_check, NOTHING),
        on=(KUBECONFIG,),
    ),
)
