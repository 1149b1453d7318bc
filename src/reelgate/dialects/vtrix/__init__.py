"""The wire of vtrix.ai."""
