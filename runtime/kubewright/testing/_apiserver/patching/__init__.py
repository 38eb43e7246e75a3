"""Patches of all kinds, and who owns which field."""
