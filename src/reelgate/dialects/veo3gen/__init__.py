"""The wire of veo3gen.co."""
