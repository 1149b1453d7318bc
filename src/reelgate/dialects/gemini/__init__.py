"""The wire of the Gemini Developer API: Veo by predictLongRunning."""
