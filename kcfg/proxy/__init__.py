"""A read-only door to one API server, on the loopback, with a credential of its own."""
