"""kcfg: plan and apply for kubeconfig, with the secrets in your keyring.

The library's public names, loaded on first use so that `import kcfg` costs nothing.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.kubeconfig.minify import minify as minify
    from kcfg.kubeconfig.model import Kubeconfig as Kubeconfig
    from kcfg.render import render as render
    from kcfg.spec.load import load_spec as load_spec
    from kcfg.version import __version__ as __version__

_PUBLIC = {
    "Kubeconfig": "kcfg.kubeconfig.model",
    "__version__": "kcfg.version",
    "load_spec": "kcfg.spec.load",
    "minify": "kcfg.kubeconfig.minify",
    "render": "kcfg.render",
}


def __getattr__(name: str) -> object:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'kcfg' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_PUBLIC[name]), name)


def __dir__() -> list[str]:
    return sorted(_PUBLIC)
