"""Chaos: proof by force that nothing is lost, and nothing comes twice but what was in flight.

`make chaos` (`python -m bench.chaos`) runs the real daemon on real files. `plan` draws from the seed
what is done to it and when; `scene` says which files there are; `writers`, `rotation`, `receiver` and
`daemon` are the processes; `run` lets them loose and then lets the daemon finish; `account` compares,
line by line, what was written with what was delivered; `report` prints it.
"""
