"""Finished spans become traces: what belongs together, when it is complete, who is whose parent.

`assembler.Assembler` is all that the pipeline sees. Spans come in, with the name of the log stream
that they were read from; whole traces, or chunks of them, go out. No I/O, no thread, no clock.

    assembler    collects spans and closes traces
    stream_time  how much time has passed in a log stream
    domain       streams that share trace ids, and traces that are held for one that lags
    deadlines    which traces are to be looked at now
    waits        how long quiet must last
    open_trace   the spans of one trace so far, and where to cut them
    closed       what is remembered of traces that have left
    memory       what of all this a restart goes on from
    finish       spans become a `Trace`
    decisions    whether a trace is to be kept, by the Agent's rates
    parents      who is whose parent, without cycles
"""
