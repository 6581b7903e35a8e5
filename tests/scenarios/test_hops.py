"""A request through a gateway and two services, seen in nothing but access logs, is one nested trace."""

import json
from pathlib import Path

from click.testing import CliRunner

from logtrace.cli import root

ID = "6f1ce29b-e29b-91d4-a716-446655440000"
GATEWAY = (
    '[2026-11-22T10:00:00.100Z] "GET /cart HTTP/2" 200 - via_upstream - "-" 0 178 90 89 '
    f'"192.0.2.7" "curl/8.5.0" "{ID}" "shop" "10.0.0.9:8080" '
    "outbound|80||web.shop 10.0.0.5:52410 10.96.0.12:8443 192.0.2.7:40062 - default\n"
)
WEB = (
    '[2026-11-22T10:00:00.120Z] "POST /pay HTTP/1.1" 200 - via_upstream - "-" 0 178 40 39 '
    f'"-" "web/1" "{ID}" "pay:80" "10.0.0.11:8080" '
    "outbound|80||pay.shop 10.0.0.5:52410 10.96.0.12:80 10.0.0.9:40062 - default\n"
    '[2026-11-22T10:00:00.102Z] "GET /cart HTTP/1.1" 200 - via_upstream - "-" 0 178 85 84 '
    f'"192.0.2.7" "curl/8.5.0" "{ID}" "shop" "10.0.0.9:8080" '
    "inbound|8080|| 127.0.0.6:52410 10.0.0.9:8080 10.0.0.5:40062 - default\n"
)
PAY = {
    "start_time": "2026-11-22T10:00:00.122Z",
    "method": "POST",
    "path": "/pay",
    "response_code": 200,
    "duration": 36,
    "upstream_service_time": "35",
    "request_id": ID,
}
APP = (
    '10.0.0.11 - - [22/Nov/2026:10:00:00 +0000] "POST /pay HTTP/1.1" 200 5 "-" "-" '
    f'1795341600156 30 "{ID}"\n'
)


def test_each_hop_is_the_child_of_the_one_before(tmp_path: Path) -> None:
    """Formats differ and no line names a parent: the request id and the times are enough."""
    config = tmp_path / "logtrace.yaml"
    sources = []
    for service, preset, lines in (
        ("gateway", "envoy", GATEWAY),
        ("web", "envoy", WEB),
        ("pay", "envoy-json", json.dumps(PAY) + "\n"),
        ("till", "tomcat", APP),
    ):
        log = tmp_path / f"{service}.log"
        log.write_text(lines)
        sources.append(f"{{name: {service}, path: {log}, format: {preset}, service: {service}}}")
    config.write_text(f"sources: [{', '.join(sources)}]\n")
    logs = [str(log) for log in tmp_path.glob("*.log")]
    result = CliRunner().invoke(root, ["convert", "-c", str(config), *logs])
    (trace,) = json.loads(result.stdout)
    names = {
        span["span_id"]: f"{span['service']} {span['name'].partition('.')[2]} {span['resource']}"
        for span in trace
    }
    parents = {names[span["span_id"]]: names.get(span.get("parent_id", 0)) for span in trace}
    hops = ["till request POST /pay"]
    while parents[hops[-1]]:
        hops.append(str(parents[hops[-1]]))

    assert 9 == len(trace) == len(hops)
    assert [
        "till request POST /pay",
        "pay upstream envoy.upstream",
        "pay request POST /pay",
        "web upstream outbound|80||pay.shop",
        "web request POST /pay",
        "web upstream inbound|8080||",
        "web request GET /cart",
        "gateway upstream outbound|80||web.shop",
        "gateway request GET /cart",
    ] == hops
