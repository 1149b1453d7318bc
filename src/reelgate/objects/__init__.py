"""Stored files and the links to them."""
