"""Checks what was made and writes it, all or nothing."""
