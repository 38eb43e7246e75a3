"""The formats of texts that a server knows, each with what a text must be like."""
