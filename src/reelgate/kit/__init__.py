"""Tools that know nothing about video."""
