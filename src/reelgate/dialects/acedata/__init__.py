"""The wire of Ace Data Cloud."""
