"""How a configuration fits the machine it is on: log files, rights, rotation, state directory, Agent.

Called by `check`, unless it is told `--no-environment`. Everything found is a warning, since it may be
otherwise tomorrow. Looks, and changes nothing; what cannot be looked at is passed over.
"""

from logtrace.surroundings.look import look

__all__ = ["look"]
