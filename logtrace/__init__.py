"""logtrace: distributed traces from the log files of applications nobody will touch again.

One direction, five stages, each a folder of that name:

    source -> parse -> mapping -> assemble -> ship

`pipeline.py` joins them and is the file to read first. The only arrow back is the acknowledgement:
what the Agent has taken, the ledger in `source/` may forget. There is no public Python API.
"""

__version__ = "0.1.0"
