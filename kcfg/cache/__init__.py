"""Answers of slow plugins and commands, kept in memory until shortly before they end: if the user asks."""
