"""The inaugural: the accord of a demonstration is signed by six officers, and three nodes start under it."""

from detente.accord.document import Accord
from detente.faces.demo import ceremony
from detente.faces.demo.cast import Cast
from detente.faces.demo.ceremony import PARTIES
from detente.faces.demo.checked import programs
from detente.faces.demo.narrator import Narrator
from detente.faces.demo.stage import Stage, ports


def found(stage: Stage, narrator: Narrator, base_port: int, text: str) -> Accord:
    """Found the accord of a text beside this file, and start the nodes; the stage ends them."""
    narrator.say(f"Where `detente` stands below: {programs()}", f"下文中的 `detente` 位于：{programs()}")
    narrator.say(f"Files stand in {stage.folder}", f"文件位于 {stage.folder}")
    chosen = dict(zip(PARTIES, ports(base_port, len(PARTIES)), strict=True))
    made = ceremony.homes(stage.folder, chosen, narrator.pace)
    accord = ceremony.found(stage, made, ceremony.appoint(stage), narrator.pace, text)
    Cast(stage, made).start_all(PARTIES)
    narrator.tell(
        f"accord {accord.genesis[:16]} signed by six officers; three nodes run",
        f"六名官员签署协议 {accord.genesis[:16]}；三个节点已运行",
    )
    return accord
