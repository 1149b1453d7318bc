"""A PostgreSQL server that lives in a folder and dies with its owner."""
