"""kcfg: plan and apply for kubeconfig, with the secrets in your keyring.

The library's public names, loaded on first use so that `import kcfg` costs nothing.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.apply.live import open_live as open_live
    from kcfg.apply.target import make_target as make_target
    from kcfg.apply.write import apply_plan as apply_plan
    from kcfg.errors import ConflictError as ConflictError
    from kcfg.errors import KcfgError as KcfgError
    from kcfg.errors import Problem as Problem
    from kcfg.files import read_bytes as read_bytes
    from kcfg.kubeconfig.check import check_config as check_config
    from kcfg.kubeconfig.file import SearchPath as SearchPath
    from kcfg.kubeconfig.file import load_config as load_config
    from kcfg.kubeconfig.file import search_path as search_path
    from kcfg.kubeconfig.flatten import flatten as flatten
    from kcfg.kubeconfig.merge import merge as merge
    from kcfg.kubeconfig.merge import merge_all as merge_all
    from kcfg.kubeconfig.minify import extract as extract
    from kcfg.kubeconfig.minify import minify as minify
    from kcfg.kubeconfig.model import Entry as Entry
    from kcfg.kubeconfig.model import Kubeconfig as Kubeconfig
    from kcfg.kubeconfig.plan import Plan as Plan
    from kcfg.kubeconfig.redact import redact as redact
    from kcfg.kubeconfig.threeway import make_plan as make_plan
    from kcfg.rendering import RenderOptions as RenderOptions
    from kcfg.rendering import render as render
    from kcfg.spec.load import load_spec as load_spec
    from kcfg.transaction import edit_file as edit_file
    from kcfg.trust.gate import check_trust as check_trust
    from kcfg.version import __version__ as __version__
    from kcfg.yaml.emit import dump_yaml as dump_yaml
    from kcfg.yaml.emit_json import dump_json as dump_json

_PUBLIC = {
    "ConflictError": "kcfg.errors",
    "Entry": "kcfg.kubeconfig.model",
    "KcfgError": "kcfg.errors",
    "Kubeconfig": "kcfg.kubeconfig.model",
    "Plan": "kcfg.kubeconfig.plan",
    "Problem": "kcfg.errors",
    "SearchPath": "kcfg.kubeconfig.file",
    "RenderOptions": "kcfg.rendering",
    "__version__": "kcfg.version",
    "apply_plan": "kcfg.apply.write",
    "check_config": "kcfg.kubeconfig.check",
    "check_trust": "kcfg.trust.gate",
    "dump_json": "kcfg.yaml.emit_json",
    "dump_yaml": "kcfg.yaml.emit",
    "edit_file": "kcfg.transaction",
    "extract": "kcfg.kubeconfig.minify",
    "flatten": "kcfg.kubeconfig.flatten",
    "load_config": "kcfg.kubeconfig.file",
    "load_spec": "kcfg.spec.load",
    "make_plan": "kcfg.kubeconfig.threeway",
    "make_target": "kcfg.apply.target",
    "merge": "kcfg.kubeconfig.merge",
    "merge_all": "kcfg.kubeconfig.merge",
    "minify": "kcfg.kubeconfig.minify",
    "open_live": "kcfg.apply.live",
    "read_bytes": "kcfg.files",
    "redact": "kcfg.kubeconfig.redact",
    "render": "kcfg.rendering",
    "search_path": "kcfg.kubeconfig.file",
}


def __getattr__(name: str) -> object:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'kcfg' has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(_PUBLIC[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(_PUBLIC)
