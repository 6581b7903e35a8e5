import pytest

from logtrace.config.model import MultilineConfig, Text
from logtrace.errors import ConfigError
from logtrace.parse.multiline import CONTINUATIONS, STARTS, Multiline
from tests.support.lines import MARK, text

TRACES = {
    "java": """\
java.lang.IllegalStateException: no stock
\tat com.shop.Cart.take(Cart.java:17) ~[shop.jar:1.4]
\tat java.base/java.lang.Thread.run(Thread.java:840)
\tSuppressed: java.io.IOException: closed
\t\tat com.shop.Db.close(Db.java:3)
\t\t... 2 more
Caused by: java.sql.SQLException: gone
\tat com.shop.Db.read(Db.java:9)
\t... 17 common frames omitted""",
    "python": """\
Traceback (most recent call last):
  File "/srv/shop/cart.py", line 17, in take
    stock[name] -= 1
    ~~~~~^^^^^^
KeyError: 'apple'

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/srv/shop/cart.py", line 19, in take
    raise OutOfStock(name) from error
shop.errors.OutOfStockError: apple""",
    "go": """\
panic: runtime error: index out of range [3] with length 3

goroutine 17 [running]:
main.(*Cart).take(0xc000012345, 0x3)
\t/srv/shop/cart.go:17 +0x1d
main.main()
\t/srv/shop/main.go:5 +0x2c
created by net/http.(*Server).Serve in goroutine 1
exit status 2""",
    "ruby": """\
/srv/shop/cart.rb:17:in `take': no stock (Shop::OutOfStock)
\tfrom /srv/shop/cart.rb:9:in `buy'
\t 2: from /srv/shop/main.rb:3:in `<main>'""",
    "dotnet": """\
System.InvalidOperationException: no stock
 ---> System.Data.DataException: gone
   at Shop.Db.Read() in /srv/Db.cs:line 9
   --- End of inner exception stack trace ---
   at Shop.Cart.Take(String name) in /srv/Cart.cs:line 17""",
    "indented": "  more\n\tof it",
}
RECORDS = [
    "2026-11-22 10:00:00,123 INFO [main] Starting job import",
    "Nov 22 10:00:00 web1 shop[17]: done",
    "[22/Nov/2026:10:00:00 +0100] GET / 200",
    "ERROR could not do it: KeyError is likely",
    "I1122 10:00:00.123456 17 main.go:3] begin",
]


@pytest.mark.parametrize("name", sorted(CONTINUATIONS))
def test_the_lines_of_a_stack_trace_go_on(name: str) -> None:
    """Each line of a trace goes on with the record before it, and no line of a log does."""
    begins = Multiline(MultilineConfig(continue_=(text(name),))).begins

    assert [] == [line for line in TRACES[name].split("\n") if begins(line)]
    assert RECORDS == [line for line in RECORDS if begins(line)]


@pytest.mark.parametrize(
    "line",
    [
        *RECORDS[:3],
        "2026-11-22T10:00:00Z {",
        "22.11.2026 10:00:00 x",
        "[2026/11/22 10:00:00] x",
        "10:00:00.123 [main] DEBUG",
        "22-Nov-2026 10:00:00.123 INFO",
    ],
)
def test_a_line_that_begins_with_a_time(line: str) -> None:
    """Begins a record by the ready-made start."""
    assert Multiline(MultilineConfig(start=text("timestamp"))).begins(line)


def test_a_line_without_a_time_does_not() -> None:
    """Nor one that holds a time further on."""
    begins = Multiline(MultilineConfig(start=text("timestamp"))).begins
    assert not begins("\tat 2026-11-22 10:00:00")
    assert not begins("17 apples")
    assert ["timestamp"] == list(STARTS)


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({"start": "^S"}, ["S"]),
        ({"continue": ("^x",)}, ["S", "E"]),
        ({"continue": ("^x", "^E")}, ["S"]),
        ({"end": "^E"}, []),
        ({"start": "^S", "continue": ("^x",)}, ["S", "E"]),
    ],
)
def test_which_lines_begin_a_record(keys: dict[str, object], expected: list[str]) -> None:
    """By what begins one, by what does not go on, or by either."""
    made = _multiline(**keys)

    assert expected == [line for line in ("S", "x", "E") if made.begins(line)]


def test_which_lines_end_a_record() -> None:
    """Only where something says so; `None` otherwise."""
    ends = _multiline(end="^E").ends
    assert ends is not None
    assert [False, True] == [bool(ends("S")), bool(ends("E"))]
    assert _multiline(start="^S").ends is None


def test_every_bad_pattern_is_found() -> None:
    """In one go, each at its place."""
    with pytest.raises(ConfigError) as caught:
        _multiline(start="(", end="(a+)+$", **{"continue": ("[",)})

    assert {"multiline.start", "multiline.continue", "multiline.end"} == {
        problem.key for problem in caught.value.problems
    }


def _multiline(**keys: object) -> Multiline:
    def read(value: object) -> object:
        return tuple(map(read, value)) if isinstance(value, tuple) else Text(str(value), MARK)

    fields = {name.replace("continue", "continue_"): read(value) for name, value in keys.items()}
    return Multiline(MultilineConfig(**fields))  # type: ignore[arg-type]
