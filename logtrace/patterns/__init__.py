"""Regular expressions from a configuration, run on hostile lines: compiled, judged, and bounded.

`bounded.build` is what parse and mapping call; `backtracking` tells from a pattern how long it can take.
Pure; no state.
"""
