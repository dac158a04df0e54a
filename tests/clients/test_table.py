"""What kcfg says that clients do is what was measured: tests/clients/README.md says how."""

import json
from pathlib import Path

import pytest
from client_fields import cases
from measure import MEASURED, measure
from recorder import signed

from kcfg.lint.capabilities import CLIENTS, FIELDS, WORDS, cell, client_named, clients_named

FOUND = {client_named(name): column for name, column in json.loads(MEASURED.read_text()).items()}
MEASURABLE = [name for name, about in CLIENTS.items() if about.known.startswith("measured")]


def test_every_client_that_can_run_here_was_measured():
    assert list(FOUND) == MEASURABLE


def test_every_row_has_a_case():
    authority = signed("authority")

    assert list(cases(authority, signed("jane", issuer=authority))) == list(FIELDS)


@pytest.mark.parametrize("client", MEASURABLE)
def test_the_table_is_the_measurement(client):
    assert CLIENTS[client].version == FOUND[client]["version"].removeprefix("v")
    assert {row: cell(client, row) for row in FIELDS} == FOUND[client]["cells"]


@pytest.mark.parametrize("client", CLIENTS)
def test_every_difference_has_a_row_a_word_and_a_consequence(client):
    for row, word in CLIENTS[client].differs.items():
        comes = FIELDS[row].comes

        assert word in WORDS
        assert word in ("used", "needless", "file") or comes.get(word, comes.get(""))


def test_kubectl_uses_every_field(kubectl_path):
    """And the servers that record can see it: the same cases, the kubectl of this machine."""
    found = measure([kubectl_path, "get", "pods"])

    assert found == {row: cell("kubectl", row) for row in FIELDS}


def test_a_client_of_this_machine_is_measured_as_the_table_has_it():
    """kr8s is here for other tests: what it ignores is seen to be missing, not only what kubectl sends."""
    import sys

    rows = ["as", "tokenFile", "tokenFile beside token", "exec v1", "exec provideClusterInfo", "proxy-url http"]
    found = measure([sys.executable, str(Path(__file__).parent / "drivers" / "kr8s_list.py")], rows)

    assert found == {row: cell("kr8s", row) for row in rows}


def test_explain_prints_the_table(kcfg):
    lines = kcfg("explain", "clients").stdout.splitlines()
    head, ignored = lines[0].split(), next(line for line in lines if line.startswith("as "))

    assert head == ["FIELD", *CLIENTS]
    assert ignored.split()[1:7] == ["used", "used", "ignored", "ignored", "ignored", "ignored"]
    assert "0.20.15" in lines[1]


def test_explain_prints_one_client(kcfg):
    said = kcfg("explain", "clients", "@kubernetes/client-node").stdout

    assert said.startswith("client-node 2.0.1\n")
    assert "as-groups                       ignored   the request goes out without it\n" in said


def test_an_unknown_client_is_told_with_the_name_that_was_meant(kcfg):
    done = kcfg("explain", "clients", "kr8")

    assert done.returncode == 2
    assert "no client 'kr8'" in done.stderr
    assert "did you mean 'kr8s'?" in done.stderr


def test_a_second_word_is_for_clients_only(kcfg):
    assert kcfg("explain", "clusters", "kr8s").returncode == 2


def test_clients_are_named_with_commas_and_by_other_names():
    assert clients_named(["kr8s, lightkube", "kubernetes-python,kr8s"]) == ("kr8s", "lightkube", "kubernetes")
