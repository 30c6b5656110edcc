"""Uses a pillar that this house has never seen, in a copy of it; prints what was found as one JSON value.

python newcomer.py FOLDER      with the copy's `src` first on the path
"""

import contextlib
import io
import json
import sys
from pathlib import Path
from typing import Any

from detente.faces.cli import main
from homes import ACCORD, World

PILLAR = '  visits: {edition: installed, state: active, sunset: "2029-12-31T00:00:00Z"}\n'
CLAUSE = "  - {id: places, kind: visits.announcement, fields: [place], to: peer, by: node}\n"
SAID = {
    "open": {"guest": "cn", "purpose": "joint_exercise", "size": 7, "topics": ["evaluation", "reporting"]},
    "sealed": {"place": "Hall 4"},
}


def tell(*words: str, given: str = "") -> str:
    """Run a verb as a person does; return what it says."""
    out, sys.stdin = io.StringIO(), io.TextIOWrapper(io.BytesIO(given.encode()))
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        code = main(words)
    return f"{code}\n{out.getvalue()}"


def result(*words: str, given: str = "") -> Any:  # noqa: ANN401 (any JSON)
    """Run a verb, and read its JSON."""
    return json.loads(tell(*words, "--json", given=given).partition("\n")[2])


def play(folder: Path) -> dict[str, Any]:
    """Found an accord with the pillar, table a record, and look everywhere."""
    accord = ACCORD.replace("scales:", f"{PILLAR}scales:").replace("outflow:", f"{CLAUSE}outflow:")
    world = World(folder, accord=accord).found()
    home = ("--home", str(folder / "us"))
    found: dict[str, Any] = {"pillars": tell("pillars", "visits", "--lang", "both")}
    found["cases"] = result("conformance", "visits")["cases"]
    name = result("visits", "announcement", *home, given=json.dumps(SAID))["id"]
    found["refused"] = tell("visits", "announcement", *home, given=json.dumps(SAID).replace('"cn"', '"us"'))
    found["shown"] = tell("record", "show", name, "--lang", "zh", *home)
    found["listed"] = result("visits", "list", *home)["records"]
    found["records"] = result("record", "list", "--kind", "visits.announcement", *home)
    found["preview"] = result("record", "preview", name, *home)
    tell("log", "export", "--to", str(folder / "export"), *home)
    found["verified"] = tell("verify", str(folder / "export"))
    found["desk"] = _desk(world)
    return found | {"id": name}


def _desk(world: World) -> str:
    """The desk's shelf of the pillar, searched by what was sealed."""
    from browser import at  # noqa: PLC0415 (the desk is imported last: what came before must not need it)

    with at(world, "us") as browser:
        browser.watch.follow()
        return browser.get("/pillar/visits?words=Hall", **{"Accept-Language": "zh"}).text


if __name__ == "__main__":
    sys.stdout.write(json.dumps(play(Path(sys.argv[1]))))
