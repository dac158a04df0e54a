"""`kcfg version`."""


def run() -> int:
    """Print the version."""
    from kcfg.version import __version__

    print(f"kcfg {__version__}")
    return 0
