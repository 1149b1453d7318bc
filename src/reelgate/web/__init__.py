"""What dialects share over HTTP."""
