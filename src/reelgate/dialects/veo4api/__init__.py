"""The wire of veo4api.net."""
