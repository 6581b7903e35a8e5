"""What the commands find out for a person about a log and its mapping, as data; `cli` prints it.

    given         files that are named on the command line → traces, as they would be sent
    survey        what some files would become; with coverage, shapes (of lines), kept (traces)
    record_texts  what stands within envelopes and records of several lines
    cases         runs the `tests:` of a configuration
    examination   some lines and their traces, looked at closely; line: what is to be told of one
    reading       what one reading of files shows of lines; chosen: which entry of traces.keep decided
    watched       the stages at work, for somebody who wants to see each line
    differences   what a test expects, held against what came

Used by the command line only; the daemon never loads it.
"""
