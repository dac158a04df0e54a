"""Plans onto the disk: what was applied where, writing, history, taking back."""
