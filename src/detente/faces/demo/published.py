"""The public: a site of counts that anybody checks against the log, and the word to whoever reported."""

from collections.abc import Callable
from shlex import quote

from msgspec import Struct

from detente.faces.demo.checked import check
from detente.faces.demo.confided import DESK
from detente.faces.demo.hand import Hand
from detente.faces.demo.handled import LESSON
from detente.faces.demo.narrator import Narrator
from detente.faces.demo.released import NEUTRAL, RIVAL
from detente.faces.speech import Text
from detente.node import durable

LEAST = 3


class Published(Struct, frozen=True):
    """What comes out.

    Args:
        hand: who types.
        narrator: who tells it.
        desk: its address.
    """

    hand: Hand
    narrator: Narrator
    desk: str

    def site(self, searched: Callable[..., str]) -> dict[str, object]:
        """The neutral builds the site; the rival checks it by its own logs, and a changed figure falls."""
        folder = self.hand.folder / "site"
        to = ("--to", str(folder), "--least", str(LEAST))
        self.hand.show("site", "build", *to, *self.hand.home(NEUTRAL))
        there, bent = quote(str(folder)), quote(str(self.hand.folder / "bent"))
        verify = f"--home {quote(str(self.hand.folder / RIVAL))} --lang {self.narrator.voice.language}"
        checked = check(
            self.narrator,
            f"grep '^all,report' {there}/data.csv && detente site verify {there} {verify}"
            f' && cp -r {there} {bent} && sed -i \'s/"report":[0-9]*/"report":9/\' {bent}/data.json'
            f" && ! detente site verify {bent} {verify} && {searched(str(folder))}",
            Text(
                "the closed case is counted, every figure follows from the rival's own logs, a changed one is"
                " refused, and no name of the report is on any page.",
                "已结案件计入总数；各项数字均可由另一方自己的日志得出；"
                "改动的数字被拒绝；任何页面均无报告所涉名称。",
            ),
            Text(
                f"counts below {LEAST}, which are withheld; whether all that happened was reported.",
                f"小于 {LEAST} 的计数（不予公布）；所发生的事件是否均已报告。",
            ),
        )
        return {"check": checked, "held": checked.holds}

    def tell(self) -> dict[str, object]:
        """The desk tells the reporter what became of it; the reporter reads the lesson behind the code."""
        at = self.hand.folder
        durable.write(at / "lesson", LESSON[1].encode())
        words = ("--outcome", "acted_on", "--lesson", str(at / "lesson"), "--key", str(at / "duty-1.key"))
        close = ("intake", "close", "1", *self.hand.home(DESK), *words, "--passphrase-fd")
        self.hand.ask(*close, secret=at / "word")
        checked = check(
            self.narrator,
            f"detente confide follow {self.desk} --card {quote(str(at / 'reporter-card'))} --code-fd 3"
            f" 3< {quote(str(at / 'code'))} --lang {self.narrator.voice.language}"
            f" | tee /dev/stderr | grep -q '{LESSON[1]}'",
            Text(
                "the reporter, with the code alone, reads what became of it and the lesson.",
                "报告人仅凭查询码即可读到处理结果与经验教训。",
            ),
            Text("who the reporter is: nobody had to know.", "报告人是谁：无须任何人知晓。"),
        )
        return {"check": checked, "held": checked.holds}
