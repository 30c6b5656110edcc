"""The public: a site of counts and closed cases that anybody checks, and the word to whoever reported."""

from collections.abc import Callable
from functools import partial
from shlex import quote

from msgspec import Struct

from detente.faces.demo.cast import until
from detente.faces.demo.checked import check
from detente.faces.demo.confided import DESK
from detente.faces.demo.hand import Hand
from detente.faces.demo.handled import LESSON
from detente.faces.demo.narrator import Narrator
from detente.faces.demo.released import NEUTRAL, RIVAL, SECONDS
from detente.faces.demo.told import ACCOUNT, TITLE
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
        """The neutral builds the site; the rival checks it; a word or a figure that is changed falls."""
        folder = self.hand.folder / "site"
        build = ("site", "build", "--to", str(folder), "--least", str(LEAST), *self.hand.home(NEUTRAL))
        # It waits until others have cosigned what was told.
        done = self.hand.folder / "site.json"
        until("the site is built", partial(self.hand.tries, *build, to=done), SECONDS)
        checked = check(
            self.narrator,
            f"{self._checks(quote(str(folder)))} && {searched(str(folder))}",
            Text(
                "the closed case is told in both languages; its words are those that two officers signed and"
                " its author's log holds, as whoever has the accord checks; every figure follows from the"
                " rival's own logs; a changed word and a changed figure are refused; no name of the report is"
                " in any file.",
                "已结案例以中英文讲述，其文字即两名官员所签署、讲述方日志所载的文字，凡持有协议者均可核对；"
                "各项数字均可由另一方自己的日志得出；改动一词或一数均被拒绝；任何文件均无报告所涉名称。",
            ),
            Text(
                f"counts below {LEAST}, which are withheld; whether all that happened was reported; whether"
                " the account is true.",
                f"小于 {LEAST} 的计数（不予公布）；所发生的事件是否均已报告；所述案例是否属实。",
            ),
        )
        return {"check": checked, "held": checked.holds}

    def _checks(self, there: str) -> str:
        """What the rival types, with its own home and its own copy of the accord."""
        rival, bent = self.hand.folder / RIVAL, quote(str(self.hand.folder / "bent"))
        language = f"--lang {self.narrator.voice.language}"
        verify = f"--home {quote(str(rival))} {language}"
        accord = f"--accord {quote(str(rival / 'accord' / '1.json'))} {language}"
        told = " ".join(quote(one) for one in (*TITLE, ACCOUNT[0][3], ACCOUNT[1][3]))
        return (
            f'for t in {told}; do grep -lF "$t" {there}/2*.html | wc -l | grep -qx 1 || exit 9; done'
            f" && detente site check {there} {accord} && detente site verify {there} {verify}"
            f" && cp -r {there} {bent} && sed -i 's/whoever found it/{RIVAL} alone/' {bent}/2*.html"
            f" && ! detente site check {bent} {accord}"
            f" && cp {there}/2*.html {bent} && detente site verify {bent} {verify} >/dev/null"
            f' && sed -i \'s/"report":[0-9]*/"report":9/\' {bent}/data.json'
            f" && ! detente site verify {bent} {verify}"
        )

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
