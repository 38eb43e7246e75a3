"""HTTP to an API server: requests, the transport that carries them, the client above it."""
