"""`python -m logtrace` is the command `logtrace`."""

from logtrace.cli import main

main()
