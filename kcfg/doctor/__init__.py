"""Is this machine ready for kcfg? Each check is a module: `check(surroundings)` yields Findings, changes nothing."""
