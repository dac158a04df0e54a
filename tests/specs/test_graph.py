"""`kcfg graph`: the same diagram bare, and in a fence that ends where it should."""

from conftest import EXAMPLES

SPEC = """
apiVersion: kcfg/v1
kind: KubeconfigSpec
metadata: {name: graph}
clusters: [{name: "```\\n# x", server: "https://a.example.com"}]
contexts: [{name: c, cluster: "```\\n# x"}]
"""


def test_markdown_is_mermaid_in_its_fence(kcfg):
    bare = kcfg("graph", "-f", EXAMPLES / "fleet").stdout
    fenced = kcfg("graph", "-f", EXAMPLES / "fleet", "-o", "markdown").stdout

    assert bare.startswith("flowchart LR\n")
    assert fenced == f"```mermaid\n{bare}```\n"


def test_no_name_ends_the_fence(kcfg):
    lines = kcfg("graph", "-f", "-", "-o", "markdown", stdin=SPEC).stdout.splitlines()

    assert [at for at, line in enumerate(lines) if "```" in line] == [0, len(lines) - 1]
    assert len(lines) == 6


def test_an_empty_selection_names_options_that_graph_has(kcfg):
    graph, render = (kcfg(name, "-f", EXAMPLES / "fleet", "-l", "env=nope").stderr for name in ("graph", "render"))

    assert "--allow-empty" in render
    assert "check -l and --context\n" in graph
