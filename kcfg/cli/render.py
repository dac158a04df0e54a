"""`kcfg render`: a spec becomes a kubeconfig."""

from __future__ import annotations

import os

from kcfg.cli.render_to import require_alone
from kcfg.cli.render_to import run as run_to
from kcfg.cli.shared.output import (
    note_paths,
    pieces_of,
    put_config,
    require_file_for_diff,
    require_private_for,
    require_shown,
    suffix_of,
    write,
)
from kcfg.cli.shared.progress import watched
from kcfg.delivery import Left, embed_root, inlines
from kcfg.rendering import RenderOptions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.cli.shared.trusting import Trust
    from kcfg.kubeconfig.model import Kubeconfig
    from kcfg.spec.spec import Spec


def run(
    *,
    file: str | None,
    environment: list[str],
    all_environments: bool,
    values: list[str],
    out: str | None,
    output: str,
    context: list[str],
    selector: str | None,
    minify: bool,
    flatten: bool,
    no_embed: bool,
    credentials: str | None,
    credential_command: str,
    exec_api: str,
    allow_empty: bool,
    allow_plaintext: bool,
    strict: bool,
    trust: Trust,
    raw: bool,
    to: str | None,
    why: bool,
    check: str | None,
    prune: bool,
    namespace: str | None,
    plugins: list[str],
    template: str | None,
    secret_store: str | None,
    per_cluster: bool,
    key: str | None,
    labels: list[str],
) -> int:
    """Render everything, then write; the exit code is 1 for what `check` finds and for users left out."""
    from kcfg.cli.shared.render_folder import Folder
    from kcfg.cli.shared.stores import load_environments
    from kcfg.git.guard import require_private

    many = all_environments or len(set(environment)) > 1
    given: dict[str, object] = {
        "--why": why,
        "--namespace": namespace,
        "--plugin": plugins,
        "--template": template,
        "--secret-store": secret_store,
    }
    given |= {"--per-cluster": per_cluster, "--key": key, "--label": labels}
    if to is not None or not many:
        given |= {"--check": check, "--prune": prune}
    if to is not None:
        given["--out"] = out
    flags = {"minify": minify, "flatten": flatten, "no_embed": no_embed}
    require_alone(to=to, **flags, output=output, many=many, given=given)
    if to is not None:
        require_file_for_diff("--check DIR compares files that another engine reads")
    elif out is None:
        require_file_for_diff("--out PATH names one to compare with")
    if many:
        out = _folder_of(out, check, prune=prune, output=output)
    _require_folder(out, environment, many=many, every=all_environments)
    specs = load_environments(
        file,
        list(dict.fromkeys(environment)) or [None],
        values,
        every=all_environments,
        allow_plaintext=allow_plaintext,
        allow_empty=allow_empty,
        contents=flatten or to is not None,
        strict=strict,
    )
    if to is not None:
        (spec,) = specs
        return run_to(
            spec,
            _chosen(spec, context, selector, allow_empty=allow_empty),
            to=to,
            why=why,
            out=out,
            check=check,
            raw=raw,
            prune=prune,
            credentials=credentials,
            credential_command=credential_command,
            exec_api=exec_api,
            namespace=namespace,
            plugins=plugins,
            template=template or "argocd",
            secret_store=secret_store,
            per_cluster=per_cluster,
            key=key,
            labels=labels,
            trust=trust,
        )
    configs: list[tuple[str | None, Kubeconfig]] = []
    lefts: list[Left] = []
    folder = Folder(out, specs[0], suffix_of(output)) if many and out is not None else None
    for spec in watched(specs, [spec.environment or "" for spec in specs]):
        place = folder.place(str(spec.environment)) if folder is not None else out
        directory = None if place is None else os.path.dirname(os.path.realpath(place))
        chosen = _chosen(spec, context, selector, allow_empty=allow_empty)
        writes = place is not None and check is None
        if writes and inlines(spec, credentials, chosen):
            require_private(str(place))
        lefts.append(left := Left())
        embed = embed_root(spec, place, asked=(place is not None or spec.flatten) and not no_embed and not flatten)
        target = RenderOptions(credentials, directory, credential_command, embed, exec_api=exec_api)
        config = _render(spec, target, chosen, left, trust=trust)
        shaped = _shape(spec, config, directory, minify=minify, flatten=flatten)
        if writes:
            require_private_for(shaped, str(place))
        configs.append((place, shaped))
    code = 0
    if folder is not None:
        names = [str(spec.environment) for spec in specs]
        pieces = (b"".join(pieces_of(config, output)) for _, config in configs)
        code = folder.put(dict(zip(names, pieces, strict=True)), check=check is not None, prune=prune)
    else:
        _put(*configs[0], output, raw=raw)
    return code | _tell_left(lefts)


def _put(place: str | None, config: Kubeconfig, output: str, *, raw: bool) -> None:
    if place is None:
        require_shown(config, raw=raw)
        put_config(config, output)
    else:
        write(b"".join(pieces_of(config, output)), place)
        if len(config.contexts) == 1 and not config.current_context:
            from kcfg.printing import tell

            tell(
                "kcfg: note: its context is not current: kubectl needs --context, or `kcfg render --minify` makes it so"
            )


def _tell_left(lefts: list[Left]) -> int:
    """Say what is not in the result; return 1 when a user could not be delivered."""
    from kcfg.cli.shared.planning import tell_held, tell_paths
    from kcfg.printing import tell

    tell_paths(*lefts)
    for left in lefts:
        tell_held(left)
        if left.kept:
            tell(f"kcfg: note: credentials: keep, so not in the result: user {', '.join(sorted(left.kept))}")
    return int(any(left.held for left in lefts))


def _folder_of(out: str | None, check: str | None, *, prune: bool, output: str) -> str | None:
    """Return the one folder that --out or --check names."""
    from kcfg.cli.shared.render_folder import require_comments
    from kcfg.errors import FileError, KcfgError, Location

    require_comments(output, prune=prune)
    if check is None:
        return out
    if prune:
        raise KcfgError("--check writes nothing: there is nothing to prune", hint="leave --prune out")
    if out is not None and os.path.realpath(out) != os.path.realpath(check):
        raise KcfgError("--check writes nothing: --out names another folder", hint="leave --out out")
    if not os.path.isdir(check):
        raise FileError("no such folder", location=Location(check), hint="check the path, or render with --out first")
    return check


def _require_folder(out: str | None, environments: list[str], *, many: bool, every: bool) -> None:
    from kcfg.errors import KcfgError, Location

    if every and environments:
        raise KcfgError("-e and --all-environments exclude one another", hint="leave one out")
    if many and out is None:
        raise KcfgError("several environments need a folder", hint="--out DIR gets one file for each")
    if many and out is not None and os.path.exists(out) and not os.path.isdir(out):
        raise KcfgError("not a folder", location=Location(out), hint="--out DIR gets one file for each environment")


def _chosen(spec: Spec, context: list[str], selector: str | None, *, allow_empty: bool) -> list[str] | None:
    from kcfg.spec.select import select_contexts

    return select_contexts(spec, context, selector, allow_empty=allow_empty)


def _render(spec: Spec, target: RenderOptions, contexts: list[str] | None, left: Left, *, trust: Trust) -> Kubeconfig:
    from kcfg.cli.shared.stores import Stores
    from kcfg.cli.shared.trusting import note_new, require_permit
    from kcfg.rendering import render

    read_secret = None
    if inlines(spec, target.credentials, contexts):
        read_secret = Stores(spec, require_permit(spec, trust)).read
    else:
        note_new(spec)
    return render(spec, target, contexts=contexts, read_secret=read_secret, left=left)


def _shape(spec: Spec, config: Kubeconfig, directory: str | None, *, minify: bool, flatten: bool) -> Kubeconfig:

    if minify:
        from kcfg.kubeconfig.minify import minify as minify_to

        config = minify_to(config, _only_context(config))
    if flatten:
        from kcfg.kubeconfig.flatten import flatten as flatten_files

        config = flatten_files(config, spec.read, directory or "/")
    if flatten or spec.flatten:
        note_paths(config)
    return config


def _only_context(config: Kubeconfig) -> str:
    from kcfg.errors import SpecError

    if len(config.contexts) == 1:
        return next(iter(config.contexts))
    raise SpecError(
        f"--minify needs exactly one context, {len(config.contexts)} are selected",
        hint="choose one with --context",
    )
