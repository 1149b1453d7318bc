"""The wire of Vertex AI: Veo by predictLongRunning and fetchPredictOperation."""
