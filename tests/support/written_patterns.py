"""Patterns that people write for logs, with many optional parts: none may be refused or cut."""

from __future__ import annotations

IPV4 = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?:25[0-5]|2[0-4]\d|1?\d?\d)){3}"
IPV6 = (
    r"(?:(?:[0-9a-fA-F]{1,4}:){7}[0-9a-fA-F]{1,4}|(?:[0-9a-fA-F]{1,4}:){1,7}:"
    r"|(?:[0-9a-fA-F]{1,4}:){1,6}:[0-9a-fA-F]{1,4}|(?:[0-9a-fA-F]{1,4}:){1,5}(?::[0-9a-fA-F]{1,4}){1,2}"
    r"|::(?:[fF]{4}:)?(?:\d{1,3}\.){3}\d{1,3})"
)
ISO = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?"
UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
KEYS = ("user", "ip", "method", "path", "status", "bytes", "took", "trace_id", "span_id", "error")

WRITTEN = [
    # fields in a row, some of which may be missing
    *(r"^(?P<a>\S+)" + r"(?: (\S+))?" * count + "$" for count in (1, 2, 4, 6)),
    *(
        "^" + "".join(rf"(?: {key}=(\S+))?" for key in KEYS[:count]) + "$"
        for count in (4, 6, 8, 10)
    ),
    *("^" + "".join(rf'(?: {key}="([^"]*)")?' for key in KEYS[:count]) + "$" for count in (6, 10)),
    "^" + ISO + "".join(rf"(?:\s+{key}: (\d+))?" for key in KEYS) + r"\s*;$",
    "^" + "".join(rf"(?:,\s*http_request_{key}=([^,]*))?" for key in KEYS) + "$",
    r"^(\w+)" + "".join(rf"(?:\|{key}:(?:-|(\d+)))?" for key in KEYS) + "$",
    r"^(?P<a>\w+)(?: \[(?P<b>[^\]]*)\])?(?: \((?P<c>[^)]*)\))?(?: <(?P<d>[^>]*)>)?: (?P<text>.*)$",
    r"^(\S+) (\S+) (\S+)(?: (\S+)(?: (\S+)(?: (\S+))?)?)?$",
    r"^(\d+),(\d*),(\d*),(\d*),(\d*),(\d*)(?:,(\d*))?(?:,(\d*))?(?:,(\d*))?$",
    r"^[^,]*(?:,[^,]*){9}$",
    r"^(?:[^\t]*\t){5}(?P<six>[^\t]*)(?:\t[^\t]*){0,6}$",
    # addresses
    rf"^(?P<client>{IPV4})$",
    rf"^(?P<client>{IPV6})$",
    rf"^(?P<client>{IPV4}|{IPV6})(?::(?P<port>\d{{1,5}}))? ",
    r"^\d{1,3}(\.\d{1,3}){3}(?:/\d{1,2})?$",
    r"^\[?(?P<host>[\w.-]+)\]?(?::(?P<port>\d+))?$",
    r"^(?:[0-9a-f]{2}:){5}[0-9a-f]{2}$",
    r"^(?P<user>[\w.+-]{1,64})@(?P<host>[\w-]+(?:\.[\w-]+)*)$",
    r"^(?P<scheme>https?)://(?P<host>[^/:?#]+)(?::(?P<port>\d+))?(?P<path>/[^?#]*)?(?:\?([^#]*))?(?:#(.*))?$",
    rf"^(?P<id>{UUID})(?:/(?P<parent>{UUID}))?$",
    r"^00-(?P<trace>[0-9a-f]{32})-(?P<span>[0-9a-f]{16})-[0-9a-f]{2}$",
    # times
    rf"^(?P<time>{ISO}) (?P<text>.*)$",
    rf"^\[?(?P<time>{ISO})\]?\s+(?P<level>[A-Z]+)\s+(?:\[(?P<thread>[^\]]+)\] )?(?P<text>\S.*)$",
    r"^(?P<time>[A-Z][a-z]{2} [ \d]\d [\d:]{8}) (?P<host>\S+) (?P<app>[^:\[]+)(?:\[(?P<pid>\d+)\])?: .*",
    r"^(?P<time>\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4})$",
    r"^(?:(?P<d>\d+)d)?(?:(?P<h>\d+)h)?(?:(?P<m>\d+)m)?(?:(?P<s>\d+(?:\.\d+)?)s)?$",
    r"^(?P<h>\d\d):(?P<m>\d\d)(?::(?P<s>\d\d)(?:[.,](?P<f>\d{3,6}))?)?(?: ?[AP]M)?$",
    r"^(?:Mon|Tue|Wed|Thu|Fri),? \d\d? (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4}$",
    r"^(?P<epoch>\d{10})(?:\.?(?P<ms>\d{3})(?P<us>\d{3})?)?$",
    r"^P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$",
    # quoted texts, numbers, names
    r'^"(?P<text>[^"\\]*(?:\\.[^"\\]*)*)"$',
    r'^(?:"(?:[^"\\]|\\.)*"|[^ "]+)(?: (?:"(?:[^"\\]|\\.)*"|[^ "]+))*$',
    r"^'(?:[^']|'')*'$",
    r"^(?P<key>\w+)=(?:\"(?P<quoted>[^\"]*)\"|'(?P<single>[^']*)'|(?P<bare>\S*))$",
    r"^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$",
    r"^(?P<value>\d{1,3}(?:,\d{3})*(?:\.\d+)?) ?(?P<unit>[kMG]?i?B)?$",
    r"^(?P<class>(?:[a-z]\w*\.)*[A-Z]\w*)(?:\$\w+)*: (?P<text>.*)$",
    r"^\s*at (?P<where>[\w.$<>]+)\((?P<file>[\w.]+)(?::(?P<line>\d+))?\)$",
    r'^  File "(?P<file>[^"]+)", line (?P<line>\d+)(?:, in (?P<name>\S+))?$',
    r"^(?P<path>(?:/[^/? ]*)+)(?:\?(?P<query>\S*))?$",
    r"^v?(?P<version>\d+\.\d+(?:\.\d+)?(?:-[\w.]+)?(?:\+[\w.]+)?)$",
    # whole lines
    r'^(\S+) (\S+) (\S+) \[([^\]]+)\] "([^"]*)" (\d{3}) (\d+|-)(?: "([^"]*)" "([^"]*)")?(?: ([\d.]+))?$',
    r"^(?P<level>[IWEF])(?P<time>\d{4} [\d:.]+)\s+(?P<thread>\d+) (?P<file>[^:]+):(?P<line>\d+)\] (.*)$",
    r"^\[(?P<time>[^\]]+)\] \[(?:(?P<module>\w*):)?(?P<level>\w+)\] (?:\[pid (\d+)(?::tid \d+)?\] )?.*$",
    r"^<(?P<priority>\d{1,3})>(?P<version>\d )?(?P<time>\S+) (?P<host>\S+) (?P<app>\S+) (\S+) (.*)$",
    r"^(?P<verb>GET|POST|PUT|DELETE|PATCH|HEAD|OPTIONS) (?P<path>\S+)(?: HTTP/(?P<v>\d(?:\.\d)?))?$",
    r"^(?P<op>SELECT|INSERT|UPDATE|DELETE) (?:\* |[\w, ]+ )?(?:FROM|INTO) (?P<table>[\w.]+)",
    r"^took (?P<took>\d+(?:\.\d+)?) ?(?:ms|s|us)(?: \((?P<rows>\d+) rows?\))?(?: cached)?$",
    r"^(?P<name>[a-z]+)(?:-(?P<number>\d+))?\.log(?:\.(?:gz|bz2|\d+))*$",
    r"^(?:\[\d+/\d+\]\s)?(?:(?P<scope>\w+)\.)?(?P<event>started|done|failed)(?:\s\((?P<why>[^)]*)\))?!?$",
    r"^(?=.*\bERROR\b)(?P<time>\S+) (?P<text>.*)$",
    r"^(?!DEBUG|TRACE)(?P<level>[A-Z]+): (?P<text>.*)$",
    r"^(?i:(?P<level>err(?:or)?|warn(?:ing)?|info(?:rmation)?|debug))[\]: ]+(?P<text>.*)$",
    r"^(?>(?:\[[^\]]*\] )*)(?P<text>.*)$",
    r"^(?:(?:[A-Z_]{1,20})=(?:\d{1,10});){0,8}$",
]
