"""The use cases, as plain async functions."""
