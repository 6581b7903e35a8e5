"""parse → mapping → assemble: rules that turn records into spans.

`check` reads the rules of a configuration and finds every mistake in them; `compile_source` makes one
Python function of them; `pairing` joins what several lines say of one span. No I/O, no threads, no
clock.
"""

from logtrace.mapping.checked import CheckedSource
from logtrace.mapping.compiler import Mapping, compile_source
from logtrace.mapping.interpreter import Interpreter
from logtrace.mapping.keep import Keep, compile_keep
from logtrace.mapping.ready import compile_ready
from logtrace.mapping.rules import check

__all__ = [
    "CheckedSource",
    "Interpreter",
    "Keep",
    "Mapping",
    "check",
    "compile_keep",
    "compile_ready",
    "compile_source",
]
