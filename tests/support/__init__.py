"""What tests share: a real API server, and whatever else is too big for one test file."""
