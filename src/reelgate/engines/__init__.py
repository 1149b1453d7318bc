"""What makes the videos, one folder each."""
