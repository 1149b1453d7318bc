"""reelgate: a self-hosted gateway for video generation."""
