"""The wire of OpenAI's Videos API."""
