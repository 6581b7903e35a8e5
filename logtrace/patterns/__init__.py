"""Regular expressions from a configuration, run on hostile lines: compiled, judged, and bounded.

`bounded.build` is what parse, mapping and redact call; `backtracking` tells from a pattern how long it
can take, from the ways through its `automaton` that `ambiguity` finds and `counting` counts; `linear`
runs by RE2, where that is installed, what would take too long, as `translation` writes it. Pure.
"""
