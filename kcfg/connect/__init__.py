"""Talking to API servers as kubectl would: the same proxy, certificates, plugin and identity for each context."""
