"""What commands that run others share: which contexts, a kubeconfig for each, the question before protected ones."""

from __future__ import annotations

import os
import sys

from kcfg.errors import KcfgError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from kcfg.kubeconfig.model import Kubeconfig
    from kcfg.spec.declared import Spec


class Contexts:
    """The contexts of a kubeconfig, or of a spec, that a command is run with."""

    def __init__(
        self, kubeconfig: str | None, file: str | None, environment: str | None, values: Sequence[str], *, trust: bool
    ) -> None:
        self._spec: Spec | None = None
        self._trust = trust
        if file is not None or environment is not None or values:
            if kubeconfig is not None:
                raise KcfgError("--kubeconfig and a spec exclude one another", hint="leave one out")
            from kcfg.cli.stores import load_valid

            self._spec = load_valid(file, environment, values)
            return
        from kcfg.cli.output import require_files
        from kcfg.kubeconfig.file import load_config, search_path

        search = search_path(kubeconfig, os.environ)
        require_files(search.paths)
        self._config = load_config(search)

    def choose(self, names: Sequence[str], selector: str | None) -> list[str]:
        """Return the contexts meant: by name or glob, by labels, or the current one. Raises KcfgError for none."""
        if self._spec is not None:
            from kcfg.spec.select import select_contexts

            current = [self._spec.current_context[0]] if self._spec.current_context else []
            if not names and selector is None and not current:
                raise KcfgError("this spec has no current-context", hint="name a context")
            return select_contexts(self._spec, names or ([] if selector else current), selector) or []
        from kcfg.kubeconfig.minify import select

        config = self._config
        if not names and selector is None:
            if not config.current_context:
                raise KcfgError("there is no current context", hint="name one: kcfg get-contexts lists them")
            names = [config.current_context]
        found = select(config, names) if names else sorted(config.contexts)
        if selector is not None:
            from kcfg.spec.select import parse_selector

            fits = parse_selector(selector)
            found = [name for name in found if fits(self._labels(name))]
            if not found:
                raise KcfgError(
                    f"no context has labels that fit {selector!r}", hint="`kcfg apply` writes labels; -f reads a spec's"
                )
        return found

    def is_protected(self, name: str) -> bool:
        """Return whether a context asks to be asked for."""
        if self._spec is not None:
            return self._spec.contexts[name].entry.protected
        return self._hint(name).get("protected") is True

    def alone(self, name: str, namespace: str | None) -> Kubeconfig:
        """Return a kubeconfig of one context, current, with absolute paths; what only it can hold is inlined."""
        from kcfg.kubeconfig.minify import minify
        from kcfg.kubeconfig.paths import relocate

        config = self._rendered(name) if self._spec is not None else self._config
        one = relocate(minify(config, name), None)
        if namespace:
            one.contexts[name].body["namespace"] = namespace
        return one

    def _labels(self, name: str) -> dict[str, str]:
        labels = self._hint(name).get("labels")
        return labels if isinstance(labels, dict) else {}

    def _hint(self, name: str) -> dict[str, object]:
        from kcfg.kubeconfig.hint import hint_of

        entry = self._config.contexts[name].copy()
        return hint_of(entry.body)

    def _rendered(self, name: str) -> Kubeconfig:
        """Render one context of the spec; the exec protocol has no passwords, so these are inlined."""
        from kcfg.cli.asking import own_plugin
        from kcfg.cli.stores import Stores
        from kcfg.files import read_bytes
        from kcfg.render import Target, render

        assert self._spec is not None
        user = self._spec.users.get(self._spec.contexts[name].entry.user or "")
        if user is None or user.entry.password is None:
            target = Target("exec", None, own_plugin())
            return render(self._spec, target, contexts=[name], read_file=read_bytes)
        read = Stores(self._spec, trusted=self._trust).read
        return render(self._spec, Target("inline"), contexts=[name], read_file=read_bytes, read_secret=read)


def ask_for_protected(names: Sequence[str], *, yes: bool) -> None:
    """Let the user type the name of each protected context, or refuse where nobody can be asked."""
    from kcfg.cli.report import printable

    for name in [] if yes else names:
        if not (sys.stdin.isatty() and sys.stderr.isatty()):
            raise KcfgError(f"context {name!r} is protected", hint="--yes-protected says that it is meant")
        print(f"Context {printable(name)} is protected. Type its name to go on: ", end="", file=sys.stderr, flush=True)
        if sys.stdin.readline().strip() != name:
            raise KcfgError("that is not its name: nothing was run")
