"""Random edits by real kubectl and kcfg: the same message, and files that mean the same; kcfg's keep their text."""

import contextlib
import io
import os
import re
import subprocess

import pytest
from answers import Judged
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.errors import UnsatisfiedAssumption
from kubeconfigs import CONFIG, SEVERAL, STYLES, TEXTS, TRICKY

from kcfg import __main__ as kcfg_main
from kcfg.cli.shared.editing import quoted
from kcfg.errors import KcfgError
from kcfg.kubeconfig.decode import decode
from kcfg.yaml.emit import dump_yaml
from kcfg.yaml.parse import parse_yaml

LETTERS = st.characters(max_codepoint=0x17F, exclude_categories=["Cs", "Cc", "Cn", "Co"])
PLAIN = st.text(LETTERS, min_size=1, max_size=9)
WORDS = PLAIN.filter(lambda word: not word.startswith("-"))
NAMES = st.sampled_from([name for name in TRICKY if name and name[0] != "-" and name not in ("\x85", "\u2028")])
ARGUMENTS = NAMES | WORDS
TOP = ["preferences.colors", "preferences", "kind", "nope"]
FIELDS = {
    "clusters": ["server", "proxy-url", "insecure-skip-tls-verify", "certificate-authority", "tls-server-name"],
    "users": ["username", "client-certificate", "act-as", "act-as-uid", "tokenFile"],
    "contexts": ["cluster", "user", "namespace"],
}


def flags(**values):
    one = [st.none() | value.map(f"--{name.replace('_', '-')}={{}}".format) for name, value in values.items()]
    return st.tuples(*one).map(lambda found: [flag for flag in found if flag is not None])


BOOL = st.sampled_from(["true", "false"])
PATHS = st.sampled_from(["ca.crt", "./pki/../ca.crt", "../other/ca.crt", "/abs/ca.crt", "nope.crt"])
OPTIONS = {
    "set-cluster": flags(
        # kcfg reads `-` from standard input.
        server=TEXTS.filter(lambda text: "\0" not in text and text != "-"), proxy_url=WORDS, tls_server_name=WORDS,
        insecure_skip_tls_verify=BOOL, certificate_authority=PATHS, embed_certs=BOOL,
    ),
    "set-credentials": flags(
        username=WORDS, client_certificate=PATHS, client_key=PATHS, auth_provider=WORDS,
        auth_provider_arg=WORDS.map("k={}".format), exec_command=WORDS, exec_api_version=WORDS, exec_arg=WORDS,
        exec_env=st.sampled_from(["A=1", "B-", "A=", "C=x=y"]),
        exec_interactive_mode=st.sampled_from(["Never", "Always", "odd"]), exec_provide_cluster_info=BOOL,
    ),
    "set-context": flags(cluster=WORDS, user=WORDS, namespace=WORDS),
}  # fmt: skip


@st.composite
def commands(draw, config):
    """Draw a command line that concerns what is there, most of the time."""
    section = draw(st.sampled_from(list(FIELDS)))
    present = [entry["name"] for entry in config.get(section) or []]
    name = draw(st.sampled_from(present) if present and draw(st.booleans()) else ARGUMENTS)
    kind = section.removesuffix("s")
    setter = {"cluster": "set-cluster", "user": "set-credentials", "context": "set-context"}[kind]
    field = draw(st.sampled_from(FIELDS[section]))
    value = draw(st.sampled_from(["true", "0", "x"]) | WORDS)
    return draw(
        st.sampled_from(
            [
                [setter, name, *draw(OPTIONS[setter])],
                ["set", f"{section}.{name}.{field}", value],
                ["unset", f"{section}.{name}.{field}"],
                ["unset", f"{section}.{name}"],
                [f"delete-{kind}", name],
                ["use-context", name],
                ["rename-context", name, draw(ARGUMENTS)],
                ["unset", draw(st.sampled_from(["current-context", section, "contexts.", *TOP]))],
                ["set", draw(st.sampled_from(["current-context", *TOP])), value],
                ["set-context", "--current", *draw(OPTIONS["set-context"])],
            ]
        )
    )


@pytest.fixture
def both(kubectl_path, tmp_path, monkeypatch, request):
    """Return a function: let kubectl and kcfg do the same to the same files, compare what they say and leave."""

    def compare(texts, words):
        # A name of only a line separator kubectl itself writes so that it reads as something else.
        assume(not any("\x85" in text or "\u2028" in text for text in [*texts, *words]))
        judged = Judged(request.node.originalname, kubectl_path, __file__, texts, words)
        assume(not judged.is_no_question)

        def result(who):
            folder = tmp_path / who / "k"
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "ca.crt").write_text("FAKE CA\n")
            paths = [folder / f"config{index}" for index in range(len(texts))]
            for path, text in zip(paths, texts, strict=True):
                path.write_text(text, newline="")
            monkeypatch.chdir(folder)
            monkeypatch.setenv("KUBECONFIG", ":".join(map(str, paths)))
            said = _kubectl(kubectl_path, words) if who == "kubectl" else _kcfg(words)
            left = [str(_meaning(path)).replace(str(tmp_path / who), "$DIR") for path in paths]
            # Of an auth provider's config that is not there set-credentials makes an empty one, whatever it was asked.
            left = [text.replace("config: {}", "config: null") for text in left]
            if who == "kubectl":
                assume(all(map(_is_readable, paths)))  # of a key `<<` kubectl makes a file that it cannot read again
            for word in words:  # what a terminal would obey is quoted here: kcfg/kubeconfig/README.md
                said = said.replace(f" {word} ", f" {word if word.isprintable() else quoted(word)} ")
            # kubectl names the first file of the list, whichever it changed: kcfg/kubeconfig/README.md.
            return re.sub(r"(?<= from )\$DIR/config\d$", "FILE", said, flags=re.MULTILINE), left

        ours = result("kcfg")
        if judged.is_right(ours):
            return
        try:
            theirs = result("kubectl")
        except UnsatisfiedAssumption:
            judged.keep_that_it_is_none()
            raise
        assert ours == theirs
        judged.keep(ours)

    return compare


def _meaning(path):
    raw = path.read_bytes()
    return dump_yaml(decode(parse_yaml(raw, "file")).to_value()) if _is_readable(path) else raw


def _is_readable(path):
    try:
        decode(parse_yaml(path.read_bytes(), "file"))
    except KcfgError:
        return False
    return True


def _kubectl(program, words):
    env = {name: os.environ[name] for name in ("KUBECONFIG", "GOGC")}
    done = subprocess.run([program, "config", *words], capture_output=True, text=True, env=env)
    assume("unknown flag: --exec-" not in done.stderr)  # 1.27 has not all of them
    return done.stdout.replace(os.getcwd(), "$DIR") if done.returncode == 0 else "refused"


def _kcfg(words):
    out = io.StringIO()
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
            kcfg_main.dispatch(words)
    except KcfgError:
        return "refused"
    return out.getvalue().replace(os.getcwd(), "$DIR")


@SEVERAL
@given(st.data(), CONFIG, STYLES)
def test_one_file(both, data, config, style):
    both([style(config)], data.draw(commands(config)))


@SEVERAL
@given(st.data(), CONFIG, CONFIG, STYLES)
def test_two_files(both, data, first, second, style):
    words = data.draw(commands(second))
    # What kubectl writes then belongs to another file: kcfg/kubeconfig/README.md, tests/unit/test_preferences.py.
    assume(not (words[1].startswith("preferences") and _says(second.get("preferences"))))
    both([style(first), style(second)], words)


def _says(preferences):
    return any((preferences or {}).values())


@pytest.mark.parametrize("flag", ["--exec-arg", "--auth-provider-arg"])
@pytest.mark.parametrize("values", [[""], ["", "A=b"], ["A=b", ""]], ids=str)
@pytest.mark.parametrize("more", [["--exec-command=x", "--auth-provider=p"], []], ids=["new", "there"])
def test_an_empty_list_flag_says_nothing(both, flag, values, more):
    there = "users: [{name: u, user: {exec: {command: x, args: [q]}, auth-provider: {name: p, config: {q: r}}}}]\n"
    both(["users: []\n" if more else there], ["set-credentials", "u", *more, *(f"{flag}={value}" for value in values)])
