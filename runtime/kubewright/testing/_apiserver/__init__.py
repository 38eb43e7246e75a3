"""The API server in memory: what it stores, and how it answers each verb; no sockets here."""
