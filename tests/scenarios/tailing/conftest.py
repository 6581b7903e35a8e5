"""An application's log, and what follows the files of its directory."""

from tests.support.following import app, follow

__all__ = ["app", "follow"]
