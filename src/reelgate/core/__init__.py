"""The pure core: tasks, money, media, ids, errors and ports. Standard library only."""
