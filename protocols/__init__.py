"""The shared language of every substrate: operations, results, limits, errors, the wire and SCPI.

This room imports nothing of ours, and numpy and msgspec only; ZMQ appears in two files of `wire/`.
"""
