"""A real kubectl reads what kcfg reads: each so-manieth kubeconfig of a run, every one that is replayed."""

import json
import os
import subprocess
from pathlib import Path

from kcfg.errors import KcfgError
from kcfg.kubeconfig.file import load_config, search_path
from kcfg.yaml.emit_json import dump_json
from kcfg.yaml.text import decode_text

# go-yaml reads in pieces of so many bytes, and stops at the end of the first document: that a text is none further
# down, kubectl may never see. kcfg looks at all of it.
READ_AHEAD = 512


def is_text(data):
    """Return whether bytes are characters that YAML has, to the last of them."""
    try:
        decode_text(data, "")
    except KcfgError:
        return False
    return True


class Judge:
    """`view(raw)` is asked of each `every`-th text; without a program of none."""

    def __init__(self, program, folder, every=1):
        self.program, self.folder, self.every, self._seen = program, folder, every, 0

    def sees(self, data):
        """Raise AssertionError where kubectl refuses what kcfg reads, or the other way, or reads something else."""
        self._seen += 1
        if not self.program or self._seen % self.every or (len(data) > READ_AHEAD and not is_text(data)):
            return
        path = os.path.join(self.folder, "judged")
        Path(path).write_bytes(data)
        ours, theirs = kcfg_view(path), kubectl_view(self.program, path)
        assert (ours is None) == (theirs is None), f"kubectl {'refuses' if theirs is None else 'reads'} it"
        assert ours == theirs, "kubectl reads something else"


def kcfg_view(path):
    """What kcfg makes of a file, as JSON values; None where it refuses."""
    try:
        return json.loads(dump_json(load_config(search_path(path, {})).to_value()))
    except KcfgError:
        return None


def kubectl_view(program, path):
    """The same of kubectl."""
    words = [program, "config", "view", "--raw", "-o", "json", "--kubeconfig", path]
    done = subprocess.run(words, capture_output=True, env={"HOME": os.path.dirname(path)}, timeout=120)
    if done.returncode:
        return None
    found = json.loads(done.stdout)
    if not found.get("preferences", True):
        del found["preferences"]  # up to 1.33 it is written without content
    return found
