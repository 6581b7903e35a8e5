"""A small configuration that is right, to be made wrong in one place."""

from pathlib import Path

from logtrace.config import Reading, read

GOOD = """\
sources:
  - path: /var/log/app.json
    format: json
    spans:
      - when: event == "done"
        name: job
        duration: "{ms} ms"
"""


def read_text(directory: Path, text: str, env: dict[str, str] | None = None) -> Reading:
    """Write `text` as `directory`/logtrace.yaml and read it; there is no preset but `edge`."""
    presets = directory / "presets"
    presets.mkdir(exist_ok=True)
    (presets / "edge.yaml").write_text(EDGE)
    path = directory / "logtrace.yaml"
    path.write_text(text)
    return read(path, env or {}, presets)


EDGE = """\
# Access log of the edge.
format: regex
pattern: '^(?P<time>\\S+) (?P<rest>.*)$'
service: edge
time: {field: time, format: clf}
tags: {from: preset, team: none}
spans:
  - {when: true, name: edge.request, instant: true}
"""
"""A preset."""
