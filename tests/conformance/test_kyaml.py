"""`-o kyaml` beside kubectl 1.35: odd texts, keys and numbers. Random kubeconfigs are in test_differential."""

import json
import subprocess

import pytest
import yaml
from kubeconfigs import as_json

KEYS = """a b|a.b|-a|a-|.a|a/|t|T|F|y|No|1|1.5e3|é|٣|²|_|__|1_0|i_nf|inf|nan|Infinity|+x|0x1F|0b2|0b1|0o7|0o8|0778
|2001-1-1|2001-13-1|a/b|12:30|a:b||NULL|nULL|.inf|0x1p-2|0x1.8p1|0x.8p1|0x1p9999|é\u0301|\u0915\u093f|A_|1e999|-1|1.
|9223372036854775808|0x8000000000000000|0x7fffffffffffffff|日本|x\u00a0|"|\\|~|null|{|#"""
TEXTS = [
    "", "a", '"', "\\", "\\\\\n\\", "\t", "a\n\tb", "a\n  b\n\n\tc", "\n", "\n\n", "a\r\nb", "\r", "\u3000", "\u200b",
    "\u2028", "\ufeff", "\U000e0001", "\ud7ff", "\u0378", "🚀", "\x01\a\b\x1b\f\v\0", "<>&", "1", "two\nlines", " x ",
    "a \n b ", "x" * 300,
]  # fmt: skip
NUMBERS = [0, -1, 1.5, 1e21, 1e-7, 123456789.5, 18446744073709551615, 1e20, 1e300, 0.1, -0.0, True, None]
NESTED = [[], {}, [[]], [{}, []], [{}, 1], [[1], [2]], [[[1]]], {"a": {"b": []}}, [{"a": 1}, {"b": [2]}]]


def test_odd_values_are_what_kubectl_prints(tmp_path, kubectl_135, kcfg):
    value = {key.strip("\n"): 1 for key in KEYS.split("|")} | {"texts": TEXTS, "numbers": NUMBERS, "nested": NESTED}
    (tmp_path / "k").write_text(as_json({"extensions": [{"name": "e", "extension": value}]}))
    words = ("view", "--raw", "-o", "kyaml", "--kubeconfig", "k")

    theirs = subprocess.run([kubectl_135, "config", *words], cwd=tmp_path, capture_output=True, text=True, check=True)
    ours = kcfg(*words)

    assert ours.returncode == 0, ours.stderr
    assert ours.stdout == theirs.stdout


@pytest.mark.parametrize("text", ["a\n\u00a0b", "\n\r", "\x85", "a\x85b", "\x7f", "\x80"])
def test_where_kubectl_prints_another_value_or_fails_it_is_the_value(text, tmp_path, kcfg):
    (tmp_path / "k").write_text(json.dumps({"extensions": [{"name": "e", "extension": {"v": text}}]}))

    found = kcfg("view", "--raw", "-o", "kyaml", "--kubeconfig", "k")

    assert yaml.safe_load(found.stdout)["extensions"][0]["extension"] == {"v": text}


@pytest.mark.parametrize(
    "words", ["merge k", "minify --kubeconfig k", "flatten --kubeconfig k", "extract c --kubeconfig k"]
)
def test_every_command_that_prints_a_kubeconfig_prints_it(words, tmp_path, kubectl_135, kcfg):
    (tmp_path / "k").write_text(
        'clusters: [{name: a, cluster: {server: "https://a.example.com"}}]\n'
        "contexts: [{name: c, context: {cluster: a}}]\ncurrent-context: c\n"
    )
    ours = kcfg(*words.split(), "-o", "kyaml")
    (tmp_path / "out").write_text(ours.stdout)
    view = [kubectl_135, "config", "view", "-o", "kyaml", "--kubeconfig", "out"]

    assert ours.returncode == 0, ours.stderr
    assert subprocess.run(view, cwd=tmp_path, capture_output=True, text=True, check=True).stdout == ours.stdout


def test_a_file_of_it_is_called_yaml(tmp_path, kcfg):
    (tmp_path / "k").write_text("contexts: [{name: c, context: {}}]\n")

    assert kcfg("split", "--out-dir", "out", "-o", "kyaml", "--kubeconfig", "k").returncode == 0
    assert (tmp_path / "out/c.yaml").read_text().startswith("---\n{\n")
