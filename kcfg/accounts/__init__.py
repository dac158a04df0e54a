"""Service accounts as borrowed identities: short tokens for jobs and agents, what they may do, and their end."""
