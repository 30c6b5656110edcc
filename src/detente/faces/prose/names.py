"""What the things of an accord are called: parties, kinds, fields, terms, in both languages.

names = Names(version)
names.kind("incidents.report")            “Incident report”
names.audience("peer")                    every other peer (Party US, Party CN)
term("PT72H")                             72 hours
"""

import re
from collections.abc import Iterable, Mapping

from msgspec import Struct

from detente.accord.ceiling import AUDIENCES, audiences
from detente.accord.version import Version
from detente.accord.words import Word
from detente.faces.speech import Text

ROLES: Mapping[str, Text] = {
    "witness": Text("witness", "见证方"),
    "clearinghouse": Text("clearinghouse", "信息交换中心"),
    "testing": Text("testing body", "测试机构"),
    "standards": Text("standards body", "标准机构"),
}
STATES: Mapping[str, Text] = {
    "dormant": Text("dormant", "休眠"),
    "prepared": Text("prepared", "就绪"),
    "pilot": Text("in trial", "试行"),
    "active": Text("in force", "生效"),
    "suspended": Text("suspended", "中止"),
    "retired": Text("retired", "停用"),
}
UNITS: Mapping[str, tuple[str, str]] = {
    "W": ("week", "周"),
    "D": ("day", "天"),
    "H": ("hour", "小时"),
    "M": ("minute", "分钟"),
    "S": ("second", "秒"),
}
PART = re.compile(r"([0-9]+)([WDHMS])")
EVERY: Mapping[str, Text] = {
    "P1M": Text("each month", "每月"),
    "P1Y": Text("each year", "每年"),
    "P1W": Text("each week", "每周"),
    "P1D": Text("each day", "每天"),
}


class Names(Struct, frozen=True):
    """The names of one version."""

    version: Version

    def party(self, name: str) -> Text:
        """A party by its full name; anything else as it is."""
        one = self.version.accord.parties.get(name)
        return Text(one.names.en, one.names.zh) if one else Text(name, name)

    def pillar(self, name: str) -> Text:
        """A pillar by its own name."""
        edition = self.version.editions.get(name)
        return Text(edition.words.pillar.en, edition.words.pillar.zh) if edition else Text(name, name)

    def kind(self, kind: str) -> Text:
        """A kind of record in quotation marks; one of the accord's own as its code."""
        edition = self.version.edition_of(kind)
        word = edition.words.kinds.get(kind.partition(".")[2]) if edition else None
        return _quoted(word) if word else Text(f"`{kind}`", f" `{kind}` ")

    def field(self, kind: str, name: str) -> Text:
        """A field of a kind in quotation marks."""
        edition = self.version.edition_of(kind)
        return _quoted((edition.words.fields.get(name) if edition else None) or Word(name, name))

    def value(self, kind: str, name: str, value: bool | int | str) -> Text:  # noqa: FBT001 (a value as found)
        """A value of a field: the word of an enumeration, a party's name, or as it is."""
        edition = self.version.edition_of(kind)
        word = edition.words.values.get(name, {}).get(str(value)) if edition else None
        if word is not None:
            return _quoted(word)
        return self.party(value) if isinstance(value, str) else Text(str(value), f" {value} ")

    def audience(self, to: str) -> Text:
        """To whom: each peer, who holds a role, or a party."""
        if to not in AUDIENCES:
            return self.party(to)
        rows = self.version.accord.parties.items()
        who = [name for name, one in rows if to in audiences(frozenset(one.roles))]
        names = listed([self.party(name) for name in who]) if who else Text("nobody yet", "目前无")
        if to == "peer":
            return Text(f"every other peer (of {names.en})", f"其他各对等方（{names.zh}）")
        role = ROLES[to]
        return Text(f"the {role.en} ({names.en})", f"{role.zh}（{names.zh}）")


def listed(texts: Iterable[Text], word: Text = Text("and", "和")) -> Text:  # noqa: B008 (a constant)
    """Several things as one: `a, b and c`, `a、b和c`."""
    several = [*texts]
    if len(several) < 2:  # noqa: PLR2004 (one needs no joint)
        return several[0] if several else Text("nothing", "无")
    *most, last = several
    return Text(
        f"{', '.join(one.en for one in most)} {word.en} {last.en}",
        f"{'、'.join(one.zh for one in most)}{word.zh}{last.zh}",
    )


def term(duration: str) -> Text:
    """A duration: `72 hours`, `72 小时`."""
    parts = PART.findall(duration)
    return Text(
        " ".join(f"{n} {UNITS[unit][0]}{'' if n == '1' else 's'}" for n, unit in parts),
        " ".join(f"{n} {UNITS[unit][1]}" for n, unit in parts),
    )


def milliseconds_told(length: int) -> Text:
    """A length of time in the largest units that give it exactly."""
    sizes = (("D", 86_400_000), ("H", 3_600_000), ("M", 60_000), ("S", 1_000))
    unit, size = next((one for one in sizes if length % one[1] == 0), sizes[-1])
    return term(f"{length // size}{unit}")


def every(period: str) -> Text:
    """A period of the calendar: `each month`, `每月`."""
    if period in EVERY:
        return EVERY[period]
    calendar = {"M": ("months", "个月"), "Y": ("years", "年")}
    number, unit = period[1:-1], period[-1]
    if unit in calendar and "T" not in period:
        return Text(f"every {number} {calendar[unit][0]}", f"每 {number} {calendar[unit][1]}")
    length = term(period)
    return Text(f"every {length.en}", f"每 {length.zh}")


def _quoted(word: Word) -> Text:
    return Text(f"“{word.en}”", f"“{word.zh}”")
