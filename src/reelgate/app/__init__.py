"""Composition: the only place that names concrete adapters. Called by the command line; holds no logic of its own.

Each module imports what its process needs and no more: `tables` what settings lead to, `wires` the dialects, `gateway`
what use cases work with, `api` and `worker` the two parts of a server.
"""
