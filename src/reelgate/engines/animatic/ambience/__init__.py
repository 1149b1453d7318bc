"""What a scene sounds like: seamless loops, short grains, and which of them belong to which shot."""
