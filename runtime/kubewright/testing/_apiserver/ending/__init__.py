"""How objects end: deleted, evicted, collected."""
