"""The same requests in each log format, and the keys of a source that reads them.

Used by `throughput`: what a request says, and what is made of it, does not depend on the format, so that
the formats can be compared.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

Request = dict[str, str | int | float]


class Sample(NamedTuple):
    """A format.

    Attributes:
        keys: of the source, beside those that all have.
        names: what the fields of a request are called in expressions: those that differ.
        head: lines before the first request.
        line: writes a request.
    """

    keys: str
    names: dict[str, str]
    head: str
    line: Callable[[Request], str]


ROUTES = ("/", "/cart", "/checkout", "/orders/list", "/products/search")


def requests(lines: int) -> list[Request]:
    """Return requests, the same each time."""
    chance = random.Random(7)
    made: list[Request] = []
    for number in range(lines):
        second, milli = divmod(number, 1000)
        minute, second = divmod(second, 60)
        made.append(
            {
                "ts": f"2026-11-22T10:{minute % 60:02}:{second:02}.{milli:03}Z",
                "level": "INFO",
                "event": "request.done",
                "request_id": f"{chance.getrandbits(128):032x}",
                "method": "GET",
                "route": chance.choice(ROUTES),
                "status": 500 if chance.random() < 0.01 else 200,
                "took_ms": round(chance.uniform(1, 250), 3),
                "user": f"u{chance.randrange(10**6)}",
                "rows": chance.randrange(100),
                "host": "web-01.example.internal",
                "logger": "com.example.shop.RequestLog",
                "message": "request served",
            }
        )
    return made


def _json(request: Request) -> str:
    nested = {"user": {"id": request["user"]}, "db": {"rows": request["rows"]}}
    rest = {key: value for key, value in request.items() if key not in ("user", "rows")}
    return json.dumps({**rest, **nested}, separators=(",", ":"))


def _logfmt(request: Request) -> str:
    quoted = {**request, "message": f'"{request["message"]}"'}
    return " ".join(f"{key}={value}" for key, value in quoted.items())


def _text(request: Request) -> str:
    r = request
    return (
        f"{r['ts']} {r['level']} [{r['logger']}] {r['event']} id={r['request_id']} "
        f'"{r["method"]} {r["route"]}" {r["status"]} {r["took_ms"]} user={r["user"]} rows={r["rows"]} '
        f"host={r['host']} {r['message']}"
    )


def _csv(request: Request) -> str:
    quoted = {**request, "message": f'"{request["message"]}"'}
    return ",".join(map(str, quoted.values()))


def _w3c(request: Request) -> str:
    stamp = str(request["ts"])
    rest = [str(value).replace(" ", "+") for key, value in request.items() if key != "ts"]
    return " ".join((stamp[:10], stamp[11:23], *rest))


_KEYS = [
    "ts",
    "level",
    "event",
    "request_id",
    "method",
    "route",
    "status",
    "took_ms",
    "user",
    "rows",
    "host",
    "logger",
    "message",
]
_REGEX = (
    r"(?P<ts>\S+) (?P<level>\w+) \[(?P<logger>[^\]]*)\] (?P<event>\S+) id=(?P<request_id>\w+) "
    r'"(?P<method>\w+) (?P<route>[^" ]*)" (?P<status>\d+) (?P<took_ms>[\d.]+) user=(?P<user>\S+) '
    r"rows=(?P<rows>\d+) host=(?P<host>\S+) (?P<message>.*)"
)
_GROK = (
    r"%{TIMESTAMP_ISO8601:ts} %{WORD:level} \[%{JAVACLASS:logger}\] %{NOTSPACE:event} "
    r'id=%{WORD:request_id} "%{WORD:method} %{URIPATH:route}" %{INT:status} %{NUMBER:took_ms} '
    r"user=%{WORD:user} rows=%{INT:rows} host=%{HOSTNAME:host} %{GREEDYDATA:message}"
)

SAMPLES = {
    "json": Sample("format: json", {"user": "user.id", "rows": "db.rows"}, "", _json),
    "logfmt": Sample("format: logfmt", {}, "", _logfmt),
    "regex": Sample(f"format: regex\n    pattern: '{_REGEX}'", {}, "", _text),
    "grok": Sample(f"format: grok\n    pattern: '{_GROK}'", {}, "", _text),
    "csv": Sample("format: csv", {}, ",".join(_KEYS) + "\n", _csv),
    "w3c": Sample("format: w3c", {}, f"#Fields: date time {' '.join(_KEYS[1:])}\n", _w3c),
}


def config(name: str) -> str:
    """Return the keys and rules of the source, as YAML below an entry of `sources:`."""
    sample = SAMPLES[name]
    user, rows = (sample.names.get(field, field) for field in ("user", "rows"))
    return f"""{sample.keys}
    time: {{field: ts}}
    spans:
      - when: event == "request.done"
        trace_id: "{{request_id}}"
        name: web.request
        resource: "{{method}} {{route}}"
        type: web
        kind: server
        duration: "{{took_ms}} ms"
        error: status >= 500
        tags: {{http.method: "{{method}}", http.status_code: "{{status}}", user.id: "{{{user}}}"}}
        metrics: {{rows: "{{{rows}}}"}}
"""


def write_log(path: Path, name: str, lines: int) -> int:
    """Write so many requests in a format; return the bytes written."""
    sample = SAMPLES[name]
    with path.open("w") as log:
        log.write(sample.head)
        log.writelines(sample.line(request) + "\n" for request in requests(lines))
    return path.stat().st_size
