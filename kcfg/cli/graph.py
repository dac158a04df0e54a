"""`kcfg graph`: a diagram of contexts, clusters and users, as Mermaid, fenced for Markdown or not, or Graphviz text."""

from __future__ import annotations

from kcfg.printing import is_data, printable, say_lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.spec.spec import Spec

Edge = tuple[str, str]


def run(
    *,
    file: str | None,
    environment: str | None,
    values: list[str],
    output: str,
    context: list[str],
    selector: str | None,
) -> int:
    """Print the diagram."""
    from kcfg.cli.shared.stores import load_valid
    from kcfg.spec.select import select_contexts

    spec = load_valid(file, environment, values, allow_plaintext=True, lenient=True, contents=None)
    chosen = select_contexts(spec, context, selector, allow_empty=None)
    contexts = list(spec.contexts) if chosen is None else chosen
    if output == "json":
        from kcfg.printing import put_json

        put_json({"contexts": [_row(spec, name) for name in sorted(contexts)]})
        return 0
    draw = {"mermaid": mermaid, "markdown": markdown, "dot": dot}[output]
    say_lines(draw(spec, contexts))
    return 0


def _row(spec: Spec, name: str) -> dict[str, str | None]:
    context = spec.contexts[name].entry
    row = {"name": name, "cluster": context.cluster, "user": context.user or None}
    via = _via(spec, context.user)
    return {**row, "via": via} if via else row


def _via(spec: Spec, user: str | None) -> str:
    """Return the user by whose credential a user is a service account; "" for every other user."""
    from kcfg.spec.accounts import account_of

    account = account_of(spec.users[user].entry) if user in spec.users else None
    return account.via if account is not None else ""


def _ids(spec: Spec, contexts: list[str]) -> dict[tuple[str, str], str]:
    """Return a short id for each node that is drawn: names may hold anything."""
    found: dict[tuple[str, str], str] = {}
    counts = dict.fromkeys(("context", "cluster", "user"), 0)
    for name in sorted(contexts):
        context = spec.contexts[name].entry
        via = _via(spec, context.user)
        for kind, each in (("context", name), ("cluster", context.cluster), ("user", context.user), ("user", via)):
            if each and (kind, each) not in found:
                counts[kind] += 1
                found[kind, each] = f"{kind}{counts[kind]}"
    return found


def _edges(spec: Spec, contexts: list[str]) -> list[tuple[Edge, Edge]]:
    found = []
    for name in sorted(contexts):
        context = spec.contexts[name].entry
        found.append((("context", name), ("cluster", context.cluster)))
        if context.user:
            found.append((("context", name), ("user", context.user)))
    return found


def _vias(spec: Spec, contexts: list[str]) -> list[tuple[Edge, Edge]]:
    """Return which user of these contexts asks by which other."""
    users = sorted({spec.contexts[name].entry.user or "" for name in contexts})
    return [(("user", user), ("user", via)) for user in users if (via := _via(spec, user))]


def mermaid(spec: Spec, contexts: list[str]) -> str:
    """Return a Mermaid flowchart: contexts in the middle, their clusters and users right of them."""
    shapes = {"context": ("[", "]"), "cluster": ("[(", ")]"), "user": ("([", "])")}
    ids = _ids(spec, contexts)
    lines = ["flowchart LR"]
    for (kind, name), identity in ids.items():
        left, right = shapes[kind]
        lines.append(f'  {identity}{left}"{_entities(name)}"{right}')
    lines += [f"  {ids[start]} --> {ids[end]}" for start, end in _edges(spec, contexts)]
    lines += [f"  {ids[user]} -. via .-> {ids[other]}" for user, other in _vias(spec, contexts)]
    return "\n".join(lines) + "\n"


def markdown(spec: Spec, contexts: list[str]) -> str:
    """Return the flowchart inside the fence that GitHub and GitLab draw it from. No line of it can end the fence."""
    return f"```mermaid\n{mermaid(spec, contexts)}```\n"


def _entities(text: str) -> str:
    """Write what Mermaid would read as markup as its entity codes."""
    return "".join(
        char if (char.isalnum() and is_data(char)) or char in " -_./:@" else f"#{ord(char)};" for char in text
    )


def dot(spec: Spec, contexts: list[str]) -> str:
    """Return a Graphviz digraph."""
    shapes = {"context": "box", "cluster": "cylinder", "user": "ellipse"}
    ids = _ids(spec, contexts)
    lines = ["digraph kcfg {", "  rankdir=LR;"]
    lines += [
        f'  {identity} [shape={shapes[kind]}, label="{_quoted(name)}"];' for (kind, name), identity in ids.items()
    ]
    lines += [f"  {ids[start]} -> {ids[end]};" for start, end in _edges(spec, contexts)]
    lines += [f'  {ids[user]} -> {ids[other]} [style=dashed, label="via"];' for user, other in _vias(spec, contexts)]
    return "\n".join([*lines, "}"]) + "\n"


def _quoted(text: str) -> str:
    return printable(text).replace("\\", "\\\\").replace('"', '\\"')
