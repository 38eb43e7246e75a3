"""What the server says of itself: discovery, OpenAPI, and the documents that are shipped."""
