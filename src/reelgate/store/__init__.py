"""Postgres: the SQL and thin typed functions over it."""
