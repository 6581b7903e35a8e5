"""What the commands find out for a person about a log and its mapping, as data; `cli` prints it.

    given         lines that are named on the command line, as batches; traces as they would be sent
    cases         runs the `tests:` of a configuration
    watched       the stages at work, for somebody who wants to see each line
    differences   what a test expects, held against what came

Used by the command line only; the daemon never loads it.
"""
