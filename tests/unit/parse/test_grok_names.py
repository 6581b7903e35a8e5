import re

import pytest

from logtrace.parse.grok import Expansion
from logtrace.parse.grok_names import NAMES
from logtrace.patterns.bounded import build

SAMPLES = {
    "WORD": "abc_1",
    "NOTSPACE": "a-b",
    "INT": "-17",
    "POSINT": "17",
    "NONNEGINT": "0",
    "BASE10NUM": "-1.5e3",
    "NUMBER": ".5",
    "BASE16NUM": "0xfF01",
    "BASE16FLOAT": "0xf.8",
    "UUID": "12345678-9aBc-def0-1234-56789abcdef0",
    "URN": "urn:isbn:0-395-36341-1",
    "USERNAME": "j.doe-2",
    "EMAILADDRESS": "j.doe+x@mail.example.com",
    "QUOTEDSTRING": r'"a \"b\" c"',
    "QS": "'x y'",
    "CISCOMAC": "0123.4567.89ab",
    "WINDOWSMAC": "01-23-45-67-89-ab",
    "COMMONMAC": "01:23:45:67:89:ab",
    "MAC": "01:23:45:67:89:ab",
    "IPV4": "192.0.2.255",
    "IPV6": "2001:db8::ff00:42:8329",
    "IP": "::ffff:192.0.2.1",
    "HOSTNAME": "shop-1.example.com",
    "IPORHOST": "fe80::1%eth0",
    "HOSTPORT": "[::1]:80"[1:1] + "shop:8080",
    "UNIXPATH": "/var/log/app.log",
    "WINPATH": r"C:\logs\app.log",
    "PATH": "/var",
    "TTY": "/dev/pts/3",
    "URIPROTO": "https",
    "URIHOST": "example.com:8443",
    "URIPATH": "/a/b;v=1",
    "URIPARAM": "?a=1&b[]=2",
    "URIPATHPARAM": "/a?b=c",
    "URI": "https://jo:pw@example.com:8443/a?b=c",
    "MONTH": "September",
    "MONTHNUM": "12",
    "MONTHNUM2": "09",
    "MONTHDAY": "31",
    "DAY": "Wednesday",
    "YEAR": "2026",
    "HOUR": "23",
    "MINUTE": "59",
    "SECOND": "59,123",
    "TIME": "23:59:59.5",
    "TZ": "CEST",
    "ISO8601_TIMEZONE": "+05:30",
    "ISO8601_SECOND": "60",
    "DATE_US": "11/22/2026",
    "DATE_EU": "22.11.2026",
    "DATE": "22-11-26",
    "DATESTAMP": "22/11/2026 10:00:00",
    "DATESTAMP_RFC822": "Sun Nov 22 2026 10:00:00 UTC",
    "DATESTAMP_RFC2822": "Sun, 22 Nov 2026 10:00:00 +0000",
    "DATESTAMP_OTHER": "Sun Nov 22 10:00:00 CET 2026",
    "DATESTAMP_EVENTLOG": "20261122100000",
    "TIMESTAMP_ISO8601": "2026-11-22T10:00:00,123+01:00",
    "SYSLOGTIMESTAMP": "Nov  2 10:00:00",
    "HTTPDATE": "22/Nov/2026:10:00:00 +0100",
    "PROG": "postfix/smtpd",
    "SYSLOGPROG": "cron[17]",
    "SYSLOGHOST": "shop-1",
    "SYSLOGFACILITY": "<3.6>",
    "SYSLOGBASE": "Nov 22 10:00:00 shop-1 cron[17]:",
    "SYSLOGLINE": "Nov 22 10:00:00 shop-1 cron: hello",
    "HTTPDUSER": "jo@example.com",
    "COMMONAPACHELOG": '192.0.2.7 - jo [22/Nov/2026:10:00:00 +0000] "GET /a HTTP/1.1" 200 -',
    "COMBINEDAPACHELOG": '::1 - - [22/Nov/2026:10:00:00 +0000] "-" 408 0 "-" "a \\"b\\""',
    "LOGLEVEL": "WARNING",
    "JAVACLASS": "com.example.Shop$1",
    "JAVAMETHOD": "<init>",
    "JAVAFILE": "Shop.java",
    "JAVATHREAD": "main-1",
    "JAVASTACKTRACEPART": "\tat com.example.Shop.main(Shop.java:7)",
    "SPACE": " \t",
    "DATA": "any thing",
    "GREEDYDATA": "any thing",
}
"""One text that each name matches as a whole."""

NOT = [
    ("INT", "x"),
    ("POSINT", "0"),
    ("IPV4", "1.2.3.256"),
    ("IPV6", "12:34"),
    ("UUID", "12345678-9abc-def0-1234"),
    ("MONTHNUM", "13"),
    ("TIME", "24:00"),
    ("TIME", "10:60:00"),
    ("TIMESTAMP_ISO8601", "2026-13-01T00:00:00"),
    ("LOGLEVEL", "wonder"),
    ("URI", "example.com"),
]


@pytest.mark.parametrize(("name", "sample"), SAMPLES.items())
def test_a_name_matches_what_it_says(name: str, sample: str) -> None:
    """The whole of it, not a part."""
    match = re.compile(Expansion(f"%{{{name}}}", NAMES).text, re.DOTALL).fullmatch(sample)
    assert match is not None


@pytest.mark.parametrize(("name", "sample"), NOT)
def test_a_name_does_not_match_what_it_is_not(name: str, sample: str) -> None:
    """A day of 25 hours is no time."""
    assert re.compile(Expansion(f"%{{{name}}}", NAMES).text).fullmatch(sample) is None


def test_every_name_has_a_sample() -> None:
    """But those that stand in others only."""
    helpers = {"USER", "JAVAOWNER", "EMAILLOCALPART", "URIQUERY", "HTTPDURL", "HTTPDRAW"}
    aliases = {"HTTPD_COMMONLOG", "HTTPD_COMBINEDLOG"}
    assert NAMES.keys() == SAMPLES.keys() | helpers | aliases


@pytest.mark.parametrize("name", NAMES)
def test_a_name_costs_linear_time(name: str) -> None:
    """By itself it can see the whole of a line of any length."""
    assert build(Expansion(f"%{{{name}:x}}$", NAMES).text, re.DOTALL).longest is None
