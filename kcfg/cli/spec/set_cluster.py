"""`kcfg spec set-cluster`: kubectl's flags and meaning, on a spec."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from kcfg.spec.edit import SpecEdit


def run(*, name: str, file: str | None, **given: Any) -> int:
    """Create or change a cluster."""
    from kcfg.cli.set_cluster import change, check
    from kcfg.cli.spec.editing import open_spec, relative
    from kcfg.errors import KcfgError
    from kcfg.kubeconfig.secret_patterns import hide_url

    data = check(name, given)
    for flag, field in (("server", "server"), ("proxy_url", "proxy-url")):
        if given[flag] and hide_url(given[flag]) != given[flag]:
            raise KcfgError(
                f"--{field}: a secret may not stand on the command line, nor in a spec",
                hint="remove user:password@ and tokens from the URL",
            )

    def work(body: dict[str, Any], directory: str) -> None:
        change(body, given, data)
        if given["certificate_authority"] and "certificate-authority" in body:
            body["certificate-authority"] = relative(given["certificate_authority"], directory)

    return put(open_spec(file), "clusters", name, work)


def put(edit: SpecEdit, section: str, name: str, work: Callable[[dict[str, Any], str], None]) -> int:
    """Let `work` change an entry's fields (given the folder of its file), check the outcome, write, tell."""
    from kcfg.cli.spec.editing import plan, tell_edit, write
    from kcfg.spec.edit import WRAPPERS

    source, existed = change_entry(edit, section, name, work)
    files = plan(edit)
    write(edit.spec, files)
    tell_edit(WRAPPERS[section], name, source, existed=existed, wrote=bool(files))
    return 0


def change_entry(
    edit: SpecEdit, section: str, name: str, work: Callable[[dict[str, Any], str], None]
) -> tuple[str, bool]:
    """Change an entry, or add one; return its file, and whether it was there."""
    if name in getattr(edit.spec, section):
        declared = edit.find(section, name)
        work(edit.body(declared), declared.source.directory)
        return declared.source.file, True
    body: dict[str, Any] = {"name": name}
    work(body, edit.home(section).directory)
    return edit.add(section, body).file, False
