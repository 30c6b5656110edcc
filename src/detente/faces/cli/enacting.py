"""How a signed version comes into a home, whether its node runs or not, and how that is told."""

from pathlib import Path

from detente.faces import door, pillars
from detente.faces.exits import KEPT
from detente.faces.speech import Text, Voice
from detente.node import agreement, enactment
from detente.node.enactment import Enacted
from detente.node.home import Home

RESTART = Text(
    "The node that runs here reads it when it starts next: stop it, and start it again.",
    "正在运行的节点下次启动时才会读取：请停止节点后重新启动。",
)


def install(path: Path, data: bytes, voice: Voice) -> int:
    """Put a signed version into a home, and say so.

    Raises:
        As `Home.at`, `enactment.enact`.
    """
    home = Home.at(path)
    done = _enacted(home, data)
    told = Text(
        f"{home.path} has version {done.version} of {done.genesis[:16]}.",
        f"{home.path} 已有 {done.genesis[:16]} 第 {done.version} 版。",
    )
    lines = [voice.choose(told)]
    if not done.again and home.holder() is not None:
        lines.append(voice.choose(RESTART))
    voice.result(done, lines)
    return KEPT


def _enacted(home: Home, data: bytes) -> Enacted:
    # Whoever accedes needs the versions before the one that names it: no node opens on these.
    if home.settings.party not in agreement.newest_parties(home):
        with home.lock():
            return enactment.enact(home, data, pillars.installed())
    with door.reach(home.path) as node:
        return node.enact(data)
