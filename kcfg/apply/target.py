"""What `apply` wants a kubeconfig to be: the rendered spec, and in each context a hint where it comes from."""

from __future__ import annotations

from kcfg.dataclass import replace
from kcfg.delivery import embed_root
from kcfg.kubeconfig.kcfg_marker import with_marker
from kcfg.rendering import ReadFile, ReadSecret, RenderOptions, render

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.delivery import Left
    from kcfg.kubeconfig.model import Kubeconfig
    from kcfg.spec.spec import Spec


def make_target(
    spec: Spec,
    target: RenderOptions | None = None,
    *,
    read_file: ReadFile | None = None,
    read_secret: ReadSecret | None = None,
    left: Left | None = None,
    embed: bool = True,
) -> Kubeconfig:
    """Render a spec for `make_plan`, which is given `left.keys()`. Raises what `render` raises.

    Public files below the spec's root are embedded, unless `embed` or the spec says no: a kubeconfig outlives a clone.
    """
    target = replace(target or RenderOptions(), embed=embed_root(spec, asked=embed))
    config = render(spec, target, read_file=read_file, read_secret=read_secret, left=left)
    for name, entry in config.contexts.items():
        context = spec.contexts[name].entry
        entry.body = with_marker(entry.body, spec.name, spec.labels_of(context), protected=context.protected)
    return config
