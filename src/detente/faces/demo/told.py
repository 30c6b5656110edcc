"""The telling: the party whose case it was lets the public read it, in words that its officers sign."""

from msgspec import Struct

from detente.faces.demo import officers
from detente.faces.demo.cast import everywhere
from detente.faces.demo.ceremony import HOLDERS, PARTIES, desk
from detente.faces.demo.confided import DESK
from detente.faces.demo.hand import Hand
from detente.faces.demo.narrator import Narrator
from detente.faces.demo.released import SECONDS
from detente.faces.demo.stage import Stage

TITLE = ("Open to whoever found it", "谁找到，谁就能用")
ACCOUNT = (
    (
        "A training cluster took jobs from anybody on the internet. Somebody used its machines and its keys.",
        "The interface for jobs was made for a closed network and asked for no login. It was not closed.",
        "The interface was taken off the internet, the keys were changed, and a login was put in front.",
        "An interface that takes jobs needs a login, also where nobody outside is thought to reach it.",
    ),
    (
        "一个训练集群接受来自互联网的任何作业，有人借此占用其算力，使用其密钥。",
        "作业接口原为封闭网络设计，不要求登录；而该网络并未封闭。",
        "将接口移出互联网，更换密钥，并在接口前设置登录验证。",
        "凡可提交作业的接口，即便以为外部无法访问，也须设置登录验证。",
    ),
)


class Told(Struct, frozen=True):
    """What the public may read of a case.

    Args:
        hand: who types.
        narrator: who tells it.
        stage: where the officers play.
    """

    hand: Hand
    narrator: Narrator
    stage: Stage

    def tell(self, response: str) -> dict[str, str]:
        """Write the account in a response, have it signed, and open it; unsigned it is not opened."""
        home = self.hand.home(DESK)
        said = ("tlp=clear", "audience=public", f"title.en={TITLE[0]}", f"title.zh={TITLE[1]}")
        texts = (
            f"text.{code}={chr(10).join(lines)}" for code, lines in zip(("en", "zh"), ACCOUNT, strict=True)
        )
        words = [part for one in (*said, *texts) for part in ("--set", one)]
        name = str(self.hand.ask("respond", "say", response, "advisory", *words, *home)["id"])
        early = self.hand.refused("site", "tell", name, "--open", *home)
        self.hand.show("site", "tell", name, *home)
        self._sign(name, home)
        opened = self.hand.ask("site", "tell", name, "--open", *home)["opened"]
        for one in (name, *opened):
            everywhere(self.hand.folder, PARTIES, str(one), SECONDS)
        self.narrator.tell(
            f"two officers of {DESK} signed these words, and {DESK} opened them to all: {name[:12]}",
            f"{DESK} 的两名官员签署了上述文字，由 {DESK} 向所有人公开：{name[:12]}",
        )
        return {"account": name, "early": early}

    def _sign(self, name: str, home: tuple[str, str]) -> None:
        act = self.hand.folder / "account.act"
        affirm = ("accord", "affirm", name, *home)
        self.hand.ask(*affirm, "--file", str(act))
        signed = officers.signatures(desk(self.stage, DESK), act, HOLDERS)
        self.hand.ask(*affirm, *[word for one in signed for word in ("--approval", str(one))])
