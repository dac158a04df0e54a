"""Random kubeconfigs through real kubectl and kcfg: view, minify, flatten and merge give the same bytes or refuse."""

import contextlib
import io
import json
import os
import subprocess

import pytest
from answers import Judged
from hypothesis import given
from hypothesis import strategies as st
from kubeconfigs import CONFIG, SEVERAL, STYLES, without_empty_preferences

from kcfg.cli import view
from kcfg.errors import KcfgError
from kcfg.printing import is_harmless
from kcfg.yaml.parse import parse_yaml


@pytest.fixture
def both(kubectl_path, tmp_path, monkeypatch, request):
    """Return a function: files and flags → None if both answered alike, else what they said."""
    (tmp_path / "pki").mkdir()
    (tmp_path / "ca.crt").write_bytes(b"FAKE\r\nCA\xff")
    (tmp_path / "pki" / "empty").touch()

    def compare(texts, program=kubectl_path, same=None, **flags):
        paths = [tmp_path / f"config{index}" for index in range(len(texts))]
        for path, text in zip(paths, texts, strict=True):
            path.write_text(text, newline="")
        monkeypatch.setenv("KUBECONFIG", ":".join(map(str, paths)))
        ours = _kcfg(flags)
        told = ours.replace(str(tmp_path), "$DIR")
        judged = Judged(request.node.originalname, program, __file__, texts, sorted(flags.items()))
        if judged.is_right(told):
            return
        theirs = without_empty_preferences(_kubectl(program, tmp_path, flags))
        if is_harmless(theirs) and not same:
            assert ours == theirs
        elif same:
            same(ours, theirs)
        else:  # what would drive a terminal stands in escapes, and means the same
            read = json.loads if flags.get("output") == "json" else _read_yaml
            assert is_harmless(ours)
            assert read(ours) == read(theirs)
        judged.keep(told)

    return compare


def _read_yaml(text):
    return parse_yaml(text.encode(), "view").value


def _kubectl(program, folder, flags):
    words = [f"--{name}={value if isinstance(value, str) else str(value).lower()}" for name, value in flags.items()]
    done = subprocess.run(
        [program, "config", "view", *words],
        capture_output=True,
        cwd=folder,
        env={name: os.environ[name] for name in ("KUBECONFIG", "GOGC")},
    )
    return done.stdout.decode() if done.returncode == 0 else "refused"


def _kcfg(flags):
    given = {"raw": False, "minify": False, "flatten": False, "output": "yaml", "context": None} | flags
    out = io.StringIO()
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
            view.run(**given, merge=None, kubeconfig=None)
    except KcfgError:
        return "refused"
    return out.getvalue()


@SEVERAL
@given(CONFIG, STYLES, st.sampled_from(["yaml", "json"]))
def test_view(both, config, style, output):
    both([style(config)], raw=True, output=output)


@SEVERAL
@given(CONFIG, STYLES)
def test_view_kyaml(kubectl_135, both, config, style):
    def same(ours, theirs):
        """Where kubectl's own text means something else (a line that begins with U+00A0), ours means what it should."""
        if (printed := _kubectl(kubectl_135, None, {"raw": True, "output": "json"})) == "refused":
            assert ours == theirs == "refused"
            return
        value = json.loads(printed)
        assert _read_yaml(ours) == value
        if is_harmless(theirs.replace("\t", "")) and theirs != "refused" and _read_yaml(theirs) == value:
            assert ours == theirs

    both([style(config)], kubectl_135, same, raw=True, output="kyaml")


@SEVERAL
@given(st.lists(CONFIG, min_size=2, max_size=3), STYLES)
def test_merge(both, configs, style):
    both([style(config) for config in configs], raw=True)


@SEVERAL
@given(CONFIG, STYLES, st.data())
def test_minify(both, config, style, data):
    names = [context["name"] for context in config.get("contexts") or []]
    both([style(config)], raw=True, minify=True, context=data.draw(st.sampled_from([*names, "", "nope"])))


@SEVERAL
@given(CONFIG, STYLES)
def test_flatten(both, config, style):
    both([style(config)], flatten=True)
