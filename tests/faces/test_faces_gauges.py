"""What a node says of itself to who runs it: logs, /health, /metrics, and nothing of it to anybody else."""

import asyncio
import json
import re
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import httpx
import msgspec
import pytest
from starlette.routing import Route
from starlette.types import ASGIApp

from detente.faces import gauges, openapi, peer, telling
from detente.faces.gauges import Pulse
from detente.faces.telling import Syslog, Teller
from detente.node.absence import Away
from detente.node.deadline import Deadline
from detente.node.errors import PortTaken
from detente.node.home import Home, Settings
from detente.node.source import MemorySource, Source
from detente.node.status import DomainStatus, OtherLog, OwnLog, Status
from detente.trust import witness
from detente.trust.errors import Malformed
from detente.trust.key import PublicKey
from detente.trust.record import Domain

ROOT = Path(__file__).parents[2]
WELL = Status(
    party="us",
    genesis="5d" * 32,
    version=1,
    now=1_790_000_060_000,
    trouble="",
    domains={
        "live": DomainStatus(
            own=OwnLog(size=7, signed=7, root="00", cosigned={"cn": 5, "neutral": 7}),
            others={"cn": OtherLog(seen=9, here=8, missing=((2, 4),), forked=None, waiting_since=None)},
            evidence=2,
            away=(Away("cn", 1_790_000_000_000, "connection refused"),),
        )
    },
)
DUE = Deadline(
    domain="live",
    name="x",
    party="us",
    clause="c",
    base="",
    due=1,
    since=0,
    verdict="owed",
    raised="warned",
)


@dataclass
class Node:
    """What the endpoints ask of a node, answered from a list."""

    said: Status = WELL
    tree: Source = field(default_factory=lambda: MemorySource({"live/us/checkpoint": b"head"}))
    party: str = "us"
    blotter: None = None
    home: Home = field(default_factory=lambda: Home(Path("/nowhere"), Settings(party="us", unsigned=True)))

    def askers(self) -> dict[str, tuple[str, str, tuple[PublicKey, ...]]]:
        return {}

    def status(self) -> Status:
        return self.said

    def deadlines(self, domain: Domain = "live") -> tuple[Deadline, ...]:
        return (DUE,) if domain == "live" else ()

    def submit(self, origin: str, submission: witness.Submission, heard: Callable[[], None]) -> bytes | int:
        raise NotImplementedError(origin, submission, heard)


def _pulse(*times: float) -> Pulse:
    left = list(times)
    return Pulse(1.0, clock=lambda: left.pop(0) if len(left) > 1 else left[0])


def _ask(app: ASGIApp, path: str) -> httpx.Response:
    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://node") as client:
            return await client.get(path)

    return asyncio.run(ask())


def _asked(node: Node, pulse: Pulse, home: Path, path: str) -> httpx.Response:
    return _ask(gauges.application(node, pulse, home), path)


def test_a_node_that_does_its_work_is_ready_and_says_how_far_behind_each_log_is(tmp_path: Path) -> None:
    answer = _asked(Node(), _pulse(0.0, 1.5), tmp_path, "/health")
    assert answer.status_code == 200
    assert answer.json() == {
        "ready": True,
        "why": [],
        "party": "us",
        "round_age_seconds": 1.5,
        "domains": {
            "live": {
                "behind": {"cn": {"leaves": 1, "bodies": 3}},
                "not_cosigned": {"cn": 2, "neutral": 0},
                "away": {"cn": 1_790_000_000_000},
            }
        },
    }


def _with(**changes: object) -> Status:
    return msgspec.structs.replace(WELL, **changes)


UNSIGNED = msgspec.structs.replace(WELL.domains["live"], own=OwnLog(size=8, signed=7, root="", cosigned={}))


@pytest.mark.parametrize(
    ("said", "age", "word"),
    [
        (_with(trouble="The disk is full."), 1.0, "disk is full"),
        (_with(domains={"live": UNSIGNED}), 1.0, "1 leaves are not signed"),
        (WELL, 61.0, "No round was whole"),
    ],
)
def test_a_node_that_does_not_is_not_ready_and_says_why(
    tmp_path: Path, said: Status, age: float, word: str
) -> None:
    answer = _asked(Node(said), _pulse(0.0, age), tmp_path, "/health")
    assert answer.status_code == 503
    assert word in "".join(answer.json()["why"])
    assert "detente_ready 0\n" in _asked(Node(said), _pulse(0.0, age), tmp_path, "/metrics").text


SAMPLE = re.compile(r'[a-z_]+(\{([a-z]+="(\\.|[^"\\])*",?)+\})? -?[0-9.e+-]+')


def test_metrics_are_in_the_text_format_each_family_once_with_help_and_type(tmp_path: Path) -> None:
    answer = _asked(Node(), _pulse(0.0, 2.0), tmp_path, "/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    lines = answer.text.splitlines()
    families = [line.split()[2] for line in lines if line.startswith("# TYPE")]
    assert len(families) == len(set(families)) >= 15
    for line in lines:
        assert line.startswith(("# HELP ", "# TYPE ")) or SAMPLE.fullmatch(line), line
        assert line.startswith("#") or re.split(r"[{ ]", line)[0] in families
    for sample in (
        'detente_own_cosigned{domain="live",witness="cn"} 5',
        'detente_bodies_missing{domain="live",party="cn"} 3',
        'detente_peer_away_seconds{domain="live",party="cn"} 60.0',
        'detente_duties{domain="live",whose="own",stage="warned"} 1',
        "detente_ready 1",
    ):
        assert sample in lines


def test_a_label_cannot_break_out_of_its_line() -> None:
    made = gauges.family("x", "About.", [({"a": 'b"} 1\nevil 2\\'}, 1)])
    assert made.splitlines()[2:] == ['x{a="b\\"} 1\\nevil 2\\\\"} 1']


@pytest.mark.parametrize("where", ["0.0.0.0:9464", "192.0.2.1:9464", "example.org:1", "127.0.0.1:x", "9464"])
def test_the_operators_endpoint_is_of_this_machine_alone(where: str) -> None:
    with pytest.raises(Malformed) as caught:
        gauges.require_loopback(where)
    assert caught.value.step == "gauges.1"


def test_a_port_in_use_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as held:
        where = f"127.0.0.1:{held.getsockname()[1]}"
        with pytest.raises(PortTaken) as caught, gauges.serving(Node(), _pulse(0.0), tmp_path, where):
            pass
    assert caught.value.step == "gauges.2"


def test_a_peer_learns_whether_and_nothing_more() -> None:
    for well, code in ((True, 200), (False, 503)):
        app = peer.application(Node(), well=lambda well=well: well)  # type: ignore[misc]  # bound early
        answer = _ask(app, "/health")
        assert (answer.status_code, answer.json()) == (code, {"ok": well})
        assert _ask(app, "/metrics").status_code == 404


def _routes(app: object) -> set[tuple[str, str]]:
    found = set()
    for route in app.routes:  # type: ignore[attr-defined]  # an application of Starlette
        assert isinstance(route, Route)
        methods = (route.methods or set()) - {"HEAD"}
        found |= {(route.path.replace(":path", ""), method.lower()) for method in methods}
    return found


def test_the_description_names_exactly_the_routes_that_there_are(tmp_path: Path) -> None:
    apps = (
        (openapi.PEER, peer.application(Node())),
        (openapi.OPERATOR, gauges.application(Node(), _pulse(0.0), tmp_path)),
    )
    for document, app in apps:
        said = {(path, method) for path, item in document["paths"].items() for method in item}
        assert said == _routes(app)
        for item in document["paths"].values():
            for one in item.values():
                assert one["responses"]
                assert one["summary"]
                assert one["operationId"]
    page = json.loads((ROOT / "docs/openapi.json").read_text(encoding="utf-8"))
    assert page == {"intake": openapi.INTAKE, "operator": openapi.OPERATOR, "peer": openapi.PEER}
    assert _ask(peer.application(Node()), "/openapi.json").json() == openapi.PEER


LINE = re.compile(
    r"<(?P<pri>\d{1,3})>1 (?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) (?P<host>\S+) detente (?P<pid>\d+)"
    r" (?P<event>[!-~]{1,32}) - \ufeff(?P<text>.*)",
    re.DOTALL,
)


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as made:
        made.bind(str(tmp_path / "log"))
        made.settimeout(5)
        yield made


@pytest.mark.parametrize(
    ("event", "severity"), [("trouble", 3), ("refused", 4), ("deadline", 5), ("pulled", 6)]
)
def test_a_line_reaches_the_local_log_as_rfc_5424_has_it(
    receiver: socket.socket, tmp_path: Path, event: str, severity: int
) -> None:
    tell = Teller("us", lambda: 7, (Syslog.at(f"unix:{tmp_path}/log"),))
    tell(event, what="磁盘已满")
    found = LINE.fullmatch(receiver.recv(4096).decode())
    assert found
    assert int(found["pri"]) == telling.DAEMON * 8 + severity
    assert found["event"] == event
    assert json.loads(found["text"]) == {"at": 7, "event": event, "node": "us", "what": "磁盘已满"}


def test_a_line_reaches_a_port_of_this_machine() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        made.bind(("127.0.0.1", 0))
        made.settimeout(5)
        Teller("us", lambda: 7, (Syslog.at(f"udp:127.0.0.1:{made.getsockname()[1]}"),))("pulled")
        assert LINE.fullmatch(made.recv(4096).decode())


@pytest.mark.parametrize(
    "where", ["udp:192.0.2.1:514", "udp:localhost:514", "tcp:127.0.0.1:514", "unix:log", "/dev/log", ""]
)
def test_a_log_of_another_machine_is_refused(where: str) -> None:
    with pytest.raises(Malformed) as caught:
        Syslog.at(where)
    assert caught.value.step == "syslog.1"


def test_a_log_that_cannot_be_written_stops_nothing_and_is_counted(tmp_path: Path) -> None:
    gone = Syslog.at(f"unix:{tmp_path}/nobody")
    Teller("us", lambda: 7, (gone,))("pulled")
    assert gone.lost == 1


def test_a_line_that_is_too_long_is_cut_between_two_characters() -> None:
    data = telling.frame("trouble", "磁" * 2000, "h", datetime.now(UTC))
    assert len(data) <= telling.MAX_LINE
    assert data.decode().endswith("磁")


def test_a_node_tells_no_body_and_no_secret(tmp_path: Path) -> None:
    sources = [ROOT / "src/detente/faces/serve.py", ROOT / "src/detente/faces/gauges.py"]
    said = "".join(one.read_text(encoding="utf-8") for one in sources)
    assert not re.search(r"_tell\([^)]*(values|open=|envelope|encoded|seed)", said)
    text = _asked(Node(), _pulse(0.0), tmp_path, "/metrics").text
    assert not re.search(r"[0-9a-f]{32}", text)
    assert str(tmp_path) not in text
