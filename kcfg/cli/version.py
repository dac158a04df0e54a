"""`kcfg version`."""

from kcfg.printing import say


def run() -> int:
    """Print the version."""
    from kcfg.version import __version__

    say(f"kcfg {__version__}")
    return 0
