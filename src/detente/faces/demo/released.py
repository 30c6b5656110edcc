"""The release: the draft is tabled, and the gate lets out what the accord says, to whom it says."""

from collections.abc import Callable
from functools import partial
from shlex import quote

from msgspec import Struct

from detente.faces import door
from detente.faces.demo import officers
from detente.faces.demo.cast import everywhere, until
from detente.faces.demo.ceremony import HOLDERS, PARTIES, desk
from detente.faces.demo.checked import check
from detente.faces.demo.confided import DESK
from detente.faces.demo.hand import Hand
from detente.faces.demo.narrator import Narrator
from detente.faces.demo.stage import Stage
from detente.faces.speech import Text

RIVAL, NEUTRAL = "us", "neutral"
SHOWN = ("title", "pattern", "mitigation")
KNOWN_BY = "Jobs of unknown origin"
"""Words of the sealed pattern, by which who may read it is told."""
SECONDS = 90.0


class Released(Struct, frozen=True):
    """What goes, and to whom.

    Args:
        hand: who types.
        narrator: who tells it.
        stage: where the officers play.
    """

    hand: Hand
    narrator: Narrator
    stage: Stage

    def table(self, draft: str, searched: Callable[..., str]) -> tuple[str, dict[str, object]]:
        """Table the draft; the neutral gets it by rule, the rival once two officers have signed that."""
        name = str(self.hand.ask("incidents", "draft", "table", draft, *self.hand.home(DESK))["id"])
        everywhere(self.hand.folder, PARTIES, name, SECONDS)
        self.narrator.tell(
            f"{DESK} tabled {name[:12]}; all hold it, and none but {DESK} can read its sealed fields",
            f"{DESK} 提交 {name[:12]}；各方均已持有，密封字段仅 {DESK} 可读",
        )
        until(f"{NEUTRAL} reads it", partial(self._reads, NEUTRAL, name), SECONDS)
        before = self._reads(RIVAL, name) or False
        self.narrator.tell(
            f"{NEUTRAL} reads it by rule; {RIVAL} {'DOES TOO' if before else 'does not'}",
            f"{NEUTRAL} 依规则可读；{RIVAL} {'也可读' if before else '尚不可读'}",
        )
        self.approve(DESK, name, RIVAL, SHOWN)
        until(f"{RIVAL} reads it", partial(self._reads, RIVAL, name), SECONDS)
        folder, homes = quote(str(self.hand.folder)), f"{RIVAL} {NEUTRAL}"
        places = [str(self.hand.folder / one) for one in (RIVAL, NEUTRAL, f"{DESK}/public")]
        checked = check(
            self.narrator,
            f"for n in {homes}; do detente record show {name} --home {folder}/$n --lang en"
            f" | grep '{KNOWN_BY}' || exit 9; done; {searched(*places)}",
            Text(
                "both read what was released, and no name of the report is in any file of their homes or in"
                f" what {DESK} publishes, in any layer: base64, gzip, databases.",
                f"双方均可读到已开示的内容；其主目录的任何文件以及 {DESK} 对外公布的任何文件中，"
                "逐层检索（base64、gzip、数据库）均无报告所涉名称。",
            ),
            Text(
                "what is encrypted: what was sealed to another's key is closed to the search; nor what lies"
                " below six layers.",
                "加密内容中有无上述名称：以他人密钥密封者，检索同样无法进入；六层以下亦未检索。",
            ),
        )
        return name, {
            "record": name,
            "before": before,
            "check": checked,
            "held": checked.holds and not before,
        }

    def approve(self, party: str, name: str, audience: str, paths: tuple[str, ...]) -> None:
        """Two officers of a party, each a process with its own keys, sign exactly this act; it is let out."""
        act = self.hand.folder / f"{name[:12]}-{audience}.act"
        words = ("release", name, *self.hand.home(party), "--to", audience)
        fields = [word for path in paths for word in ("--path", path)]
        self.hand.ask(*words, *fields, "--act", str(act))
        signed = officers.signatures(desk(self.stage, party), act, HOLDERS)
        self.hand.show(*words, *[word for one in signed for word in ("--approval", str(one))])

    def _reads(self, party: str, name: str) -> bool | None:
        with door.reach(self.hand.folder / party) as node:
            return "pattern" in node.record(name).values or None
