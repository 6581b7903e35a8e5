"""YAML → frozen model; every problem at once, each with file:line:col, what, and how to fix it.

    bytes ─ syntax ─▶ nodes ─ walk (shape, scalars, checks) ─▶ model       reader: files, presets, conf.d

`model` holds the one list of keys; `schema` makes the JSON Schema of the same.
"""

from logtrace.config.reader import Reading, load, read, read_preset

__all__ = ["Reading", "load", "read", "read_preset"]
