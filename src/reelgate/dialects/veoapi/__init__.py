"""The wire of veoapi.io."""
