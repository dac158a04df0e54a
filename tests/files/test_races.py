"""Many writers and readers of one file, all of them real processes."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from conftest import ROOT

from kcfg.kubeconfig.file import SearchPath, load_config

EDITS = int(os.environ.get("KCFG_EDITS", "4"))  # `make soak` does more
START = "# mine\ncontexts: []\ncurrent-context: a\n"


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "config"
    path.write_text(START)
    return path


def kcfg_editor(config, prefix):
    return subprocess.Popen(
        [sys.executable, Path(__file__).parent / "editor.py", config, prefix, str(EDITS)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


class Reader(threading.Thread):
    """Reads all the time; keeps what could not be read, and how many contexts there were."""

    def __init__(self, config):
        super().__init__()
        self.search = SearchPath([str(config)], explicit=True)
        self.stop = threading.Event()
        self.faults, self.counts = [], [0]

    def run(self):
        while not self.stop.wait(0.02):
            try:
                self.counts.append(len(load_config(self.search).contexts))
            except Exception as error:
                self.faults.append(repr(error))


def finish(editors, reader):
    said = []
    for editor in editors:
        out, err = editor.communicate(timeout=300)
        assert editor.returncode == 0, err
        said += out.splitlines()
    reader.stop.set()
    reader.join()
    return said


@pytest.mark.timeout(400)
def test_sixteen_kcfgs_lose_no_edit(config):
    reader = Reader(config)
    reader.start()
    said = finish([kcfg_editor(config, f"kcfg{number}") for number in range(16)], reader)

    acknowledged = {line.split()[1] for line in said if line.startswith("done")}
    assert len(acknowledged) == 16 * EDITS
    # On a slow machine a writer may be told to try again; that is no loss.
    assert [line for line in said if not line.startswith(("done", "refused held by a running kcfg"))] == []
    assert set(load_config(reader.search).contexts) == acknowledged
    assert reader.faults == []
    assert reader.counts == sorted(reader.counts)
    assert config.read_text().startswith("# mine\n")
    assert [path.name for path in config.parent.iterdir() if path.name.startswith((".", "config"))] == ["config"]


@pytest.mark.timeout(400)
def test_with_half_of_them_kubectl_every_loss_is_kubectls(config, kubectl_path):
    # kubectl truncates the file before it writes it, so this reader may meet a torn one.
    reader = Reader(config)
    reader.start()
    loop = (
        'for n in $(seq 0 {last}); do for t in $(seq 100); do "$0" config set-context kubectl{who}-$n --namespace n '
        '--kubeconfig "$1" >/dev/null 2>&1 && echo done kubectl{who}-$n && break; sleep 0.2; done; done; true'
    )
    kubectls = [
        subprocess.Popen(
            ["bash", "-c", loop.format(who=who, last=EDITS - 1), kubectl_path, config],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for who in range(6)
    ]
    said = finish([kcfg_editor(config, f"kcfg{number}") for number in range(6)] + kubectls, reader)

    acknowledged = {line.split()[1] for line in said if line.startswith("done")}
    assert len({name for name in acknowledged if name.startswith("kcfg")}) == 6 * EDITS
    # Every write of kcfg kept what the file held: what is missing, kubectl removed.
    assert [line for line in said if line.startswith("lost")] == []
    # kubectl reads without a lock: of a file that another kubectl had half written it takes a name cut short.
    unknown = set(load_config(reader.search).contexts) - acknowledged
    assert [name for name in unknown if not any(whole.startswith(name) for whole in acknowledged)] == []
