"""The board of a response at the desk: what both sides said of it, and forms that know where they go on."""

from pathlib import Path

import pytest
from browser import Browser, at

from homes import HOUR, World, draft


@pytest.fixture(scope="module")
def responding(tmp_path_factory: pytest.TempPathFactory) -> tuple[World, str, str]:
    """A response that us opened, its request of cn, an indicator of cn; ids of opening and request."""
    world = World(tmp_path_factory.mktemp("board"))
    state = '{edition: installed, state: active, sunset: "2029-12-31T00:00:00Z"}'
    world.accord = world.accord.replace("scales:", f"  response: {state}\nscales:")
    world.found()
    now = world.clock.now()
    opened = {"about": None, "playbook": "cyberattack", "level": 4, "joint": True}
    asked = {"to": "cn", "asks": "preserve_evidence", "by": now + 4 * HOUR}
    sought = {"sort": "address", "confidence": 80, "valid_until": now + 400 * HOUR, "tlp": "amber"}
    with world.nodes() as nodes:
        titled = {"title": ["Keys taken <b>", "密钥被窃取"]}
        root = nodes["us"].table(draft(71, kind="response.opened", open=opened, values=titled)).id
        world.settle(nodes)
        turn = {"previous": root, "event": "triage"}
        nodes["us"].table(draft(72, kind="response.turn", open=turn, values={}).answering(root))
        request = (
            nodes["us"].table(draft(73, kind="response.request", open=asked, values={}).answering(root)).id
        )
        pattern = {"pattern": "203.0.113.7"}
        nodes["cn"].table(draft(74, kind="response.indicator", open=sought, values=pattern).answering(root))
        world.settle(nodes)
    return world, root, request


def _desk(responding: tuple[World, str, str], tmp_path: Path) -> World:
    return responding[0].copy(tmp_path)


def test_the_board_says_where_each_side_stands_what_is_asked_and_what_to_look_for(
    responding: tuple[World, str, str], tmp_path: Path
) -> None:
    _, root, request = responding
    with at(_desk(responding, tmp_path), "cn") as cn:
        page = cn.get(f"/board/{root}")
        assert "us Triaged" in page.text
        assert "us → cn: Preserve evidence" in page.text
        assert "not answered" in page.text
        assert "203.0.113.7" in page.text, "its author can read what it sealed"
        assert f"{cn.base}/new/response.reply?thread={root}&of={request}" in page.links
        assert f"{cn.base}/board/{root}" in cn.get(f"/thread/{root}").links
        reply = cn.get(f"/new/response.reply?thread={root}&of={request}")
        assert f'value="{request}" checked' in reply.html
        cn.speak("zh")
        chinese = cn.get(f"/board/{root}").text
        assert "未答复" in chinese
        assert "排查指标" in chinese


def test_what_is_sealed_to_the_other_side_is_not_on_its_board_and_its_own_next_turn_follows_its_last(
    responding: tuple[World, str, str], tmp_path: Path
) -> None:
    _, root, request = responding
    with at(_desk(responding, tmp_path), "us") as us:
        page = us.get(f"/board/{root}")
        assert "203.0.113.7" not in page.html
        assert "&lt;b&gt;" in page.html
        assert f"of={request}" not in " ".join(page.links), "nobody answers what they asked"
        turn = next(one for one in page.links if "/new/response.turn?" in one)
        last = next(one.id for one in us.watch.indexes["live"].newest(9) if one.kind == "response.turn")
        assert turn.endswith(f"open.previous={last}")
        assert f'value="{last}" checked' in us.get(turn.removeprefix(us.base)).html


def test_what_is_no_response_has_no_board(us: Browser) -> None:
    report = us.watch.indexes["live"].newest(9)[-1]
    for name in (report.root, "00", "9f" * 32):
        answer = us.client.get(f"{us.base}/board/{name}")
        assert answer.status_code == 404
        assert "board.1" in answer.text
