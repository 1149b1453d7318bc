"""The built-in engine: a prompt becomes an animated scene, without weights, GPU, key or network."""
