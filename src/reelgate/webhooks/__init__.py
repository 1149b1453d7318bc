"""Webhooks: sign, prepare (pure), send."""
