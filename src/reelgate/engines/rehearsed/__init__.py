"""Has what real services do rehearsed, around another engine."""
