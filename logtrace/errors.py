"""Everything that can end a command, as a tree.

    LogtraceError            exit 1
    ├── ConfigError          exit 78  the configuration has problems: all of them, each with its place
    ├── UsageError           exit 2   the command line asks for something that cannot be
    ├── StateError           exit 74  the state directory cannot be used, or another daemon has it
    ├── SourceError          exit 1   a log file named on the command line cannot be read
    ├── AddressError         exit 1   an address cannot be listened on
    └── AgentError           exit 1   an exchange with the Agent failed
        ├── AgentUnavailable          try again later: nobody there, too busy, broken connection
        └── AgentRejected             never send this again as it is: the Agent said why

Elsewhere Python's own exceptions serve. A message has the form `where: what; fix`, in lower case.
Only `logtrace.cli` turns an error into an exit code.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class LogtraceError(Exception):
    """A failure that a person can do something about; its text says what."""

    exit_code = 1


class UsageError(LogtraceError):
    """The command line asks for something that cannot be."""

    exit_code = 2


class StateError(LogtraceError):
    """The state directory cannot be used, or another daemon holds it."""

    exit_code = 74  # EX_IOERR of sysexits(3)


class SourceError(LogtraceError):
    """A log file named on the command line cannot be read."""


class AddressError(LogtraceError):
    """An address cannot be listened on."""


class AgentError(LogtraceError):
    """An exchange with the Agent failed."""


class AgentUnavailable(AgentError):
    """The Agent could not take the payload now; the same payload may be sent again.

    Attributes:
        retry_after: nanoseconds that the Agent asked to be left alone for; 0 if it did not.
        slow: whether it had no time to read the whole payload: a smaller one may be read.
    """

    def __init__(self, message: str, retry_after: int = 0, slow: bool = False) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.slow = slow


class AgentRejected(AgentError):
    """The Agent refused the payload for what it is; `status` is the HTTP status.

    Attributes:
        status: the HTTP status of the reply, such as 400 or 413.
    """

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """A place in a configuration file; line and column count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class Severity(StrEnum):
    """Whether a problem stops logtrace (`error`) or is only worth a look (`warning`)."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing that is wrong in a configuration: where, what, and how to fix it.

    Attributes:
        mark: where in which file.
        key: path of the key, such as `sources[0].spans[1].when`; may be empty.
        what: what is wrong, lower case, with the value and what was expected.
        fix: what to do about it; may be empty.
        excerpt: lines to print below (the offending text with a caret under it); may be empty.
    """

    mark: Mark
    key: str
    what: str
    fix: str = ""
    severity: Severity = Severity.ERROR
    excerpt: str = ""

    def __str__(self) -> str:
        parts = [
            f"{self.mark}: ",
            "warning: " if self.severity is Severity.WARNING else "",
            f"{self.key}: " if self.key else "",
            self.what,
            f"; {self.fix}" if self.fix else "",
            f"\n{self.excerpt}" if self.excerpt else "",
        ]
        return "".join(parts)


class ConfigError(LogtraceError):
    """The configuration has problems; `problems` holds all of them, sorted by place."""

    exit_code = 78  # EX_CONFIG of sysexits(3)

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = sorted(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))
