"""How the built-in engine reads a prompt: words, lexicon, then each kind of fact on its own."""
