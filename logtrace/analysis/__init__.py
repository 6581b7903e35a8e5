"""What can be told from a configuration before a line is read: mistakes that are no errors.

Called by `check`, for sources that compile. Gives warnings only, and only where it is certain: a field
that no line can have, a condition that cannot hold or fail, a rule that no line reaches, an id that is
none. What cannot be decided is passed over in silence. Pure.
"""

from logtrace.analysis.findings import findings

__all__ = ["findings"]
