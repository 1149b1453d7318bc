"""Gemini Omni by Google's Interactions API."""
