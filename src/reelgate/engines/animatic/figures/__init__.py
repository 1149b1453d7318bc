"""Who and what is seen: one drawing function each, and the table of them in `forms`."""
