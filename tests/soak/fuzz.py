"""schemathesis, another author's fuzzer, against a node that is served, from docs/openapi.json alone.

What the description says is what may be answered: any other status, any 5xx, a node that ends or that grows
is a failure. Half of what is sent fits the description, half does not; nothing is signed, as strangers come.
"""

import json
import warnings
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import msgspec
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from knocking import free_ports, resident, running
from trial import Options, counted, say

from detente.node.home import Home, Quota
from homes import World, draft

PAGE = Path(__file__).parents[2] / "docs" / "openapi.json"
MOST_GROWN = 60
"""Megabytes that a node may grow by while it is fuzzed."""

STRANGE = frozenset({404, 405, 501})
"""What is answered to a path or method that is not described."""


def run(folder: Path, options: Options) -> None:
    """Ask `options.cases` times at each operation, half of them wrongly."""
    import schemathesis  # noqa: PLC0415 (of the extra `fuzz`, which no other trial wants)
    from schemathesis import GenerationMode  # noqa: PLC0415

    world = _served(folder)
    port = free_ports(1)[0]
    told = Counter[str]()
    schema = schemathesis.openapi.from_dict(json.loads(PAGE.read_text(encoding="utf-8"))["peer"])
    with running(world.home("us"), f"127.0.0.1:{port}") as pid:
        before = resident(pid)
        for found in schema.get_all_operations():
            operation = found.ok()
            for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
                cases = operation.as_strategy(generation_mode=mode)

                @seed(options.seed)
                @settings(
                    max_examples=options.cases,
                    deadline=None,
                    database=None,
                    phases=(Phase.generate,),
                    suppress_health_check=list(HealthCheck),
                )
                @given(cases)
                def ask(case: schemathesis.Case) -> None:
                    answer = case.call(base_url=f"http://127.0.0.1:{port}", timeout=30)
                    told[f"{case.method} {case.operation.path}: {answer.status_code}"] += 1
                    described = {int(one) for one in case.operation.definition.raw["responses"]}
                    assert answer.status_code in described | STRANGE, (
                        case.as_curl_command(),
                        answer.text[:200],
                    )

                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")  # of the fuzzer's own, about what it cannot make
                    _play(ask)
            say(f"fuzz: {operation.method} {operation.path}, {resident(pid):.0f} MB")
        grown = resident(pid) - before
    counted("fuzz", told)
    say(f"fuzz: {grown:+.1f} MB")
    assert grown < MOST_GROWN


def _play(ask: Callable[[], None]) -> None:
    """Let Hypothesis ask; what takes nothing cannot be asked wrongly."""
    with suppress(Unsatisfiable):
        ask()


def _served(folder: Path) -> World:
    """Found three homes; us answers strangers, as often as they ask, and has a store."""
    world = World(folder).found()
    with world.open("us", {}) as us:
        us.table(draft(1))
        us.publish()
    home = Home.at(world.home("us"))
    quota = Quota(requests=10**9, bytes=10**15)
    Home(home.path, msgspec.structs.replace(home.settings, quota=quota, store=1_000_000)).save()
    return world
