"""What `logtrace demo` shows: an application that logs, and the configuration that traces it."""
