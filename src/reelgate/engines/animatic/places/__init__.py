"""Where it happens: the painting of each place, and the table of them in `spots`."""
