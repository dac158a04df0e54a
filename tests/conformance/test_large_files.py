"""Megabytes are read as strictly as lines: what kubectl refuses is refused, and not edited."""

import pytest
from answers import ask

DATA = "RkFL" * 20_000
SIZE = 60


def large(data=DATA):
    cluster = "- cluster:\n    certificate-authority-data: {1}\n    server: https://c-{0}.example.com\n  name: c-{0}\n"
    context = "- context:\n    cluster: c-{0}\n    user: u-{0}\n  name: c-{0}\n"
    user = "- name: u-{0}\n  user:\n    token: fake-{0}\n"
    numbers = range(SIZE)
    return "".join((
        "apiVersion: v1\nclusters:\n", *(cluster.format(number, data) for number in numbers),
        "contexts:\n", *(context.format(number) for number in numbers),
        "current-context: c-0\nkind: Config\npreferences: {}\nusers:\n", *(user.format(number) for number in numbers),
    ))  # fmt: skip


def test_a_large_file_is_read(private_home, kcfg, kubectl):
    path = private_home / "config"
    path.write_text(large())

    assert path.stat().st_size > 4 << 20
    assert kubectl("config", "view", "--kubeconfig", path).returncode == 0
    assert len(kcfg("get-contexts", "-o", "name", "--kubeconfig", path).stdout.splitlines()) == SIZE


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("  name: c-1\n- cluster:\n", "  name: c-1 - cluster:\n"),
        ("  name: c-1\n- context:\n", "  name: c-1 - context:\n"),
        ("    token: fake-1\n- name: u-2\n", "    token: fake-1 - name: u-2\n"),
        ("  name: c-1\n- context:\n", "  name: c-1- context:\n"),
        ("- context:\n    cluster: c-3\n", "- context:\n   cluster: c-3\n"),
        (f"  name: c-{SIZE - 1}\ncontexts:\n", f"  name: c-{SIZE - 1} contexts:\n"),
    ],
)
def test_a_lost_line_break_in_a_large_file_is_an_error(before, after, private_home, kcfg, kubectl_path):
    whole = large(DATA[:20_000])  # a megabyte
    spoiled = whole.replace(before, after, 1)
    assert spoiled != whole
    path = private_home / "k"
    path.write_text(spoiled)

    assert ask(kubectl_path, ["config", "view", "--kubeconfig", "k"], private_home, "large files").returncode != 0
    for words in (["get-contexts", "-o", "name"], ["view"], ["use-context", "c-5"]):
        done = kcfg(*words, "--kubeconfig", path)

        assert done.returncode == 2, done.stdout[:300]
        assert done.stderr.startswith(f"{path}:"), done.stderr[:300]
        assert not done.stdout
    assert path.read_text() == spoiled
