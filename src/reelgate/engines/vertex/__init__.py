"""Veo on Google's Vertex AI."""
