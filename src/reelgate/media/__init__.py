"""Untrusted pictures and videos, looked at in limited child processes."""
