"""The tables of docs/pillars.md: every kind and field of every installed pillar, as its folder says them.

    python -m detente.faces.cli.reference docs/pillars.md docs/pillars.zh.md

A page has a pair of marks for each pillar, `<!-- incidents -->` and `<!-- /incidents -->`. What lies between
them is made by this; what is around them is written by hand. A test compares the pages with what this makes.
"""

import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from detente.accord.edition import Edition
from detente.accord.field import MAX_SAFE, Field, fields
from detente.accord.pillar import KindSpec
from detente.accord.words import Word
from detente.faces import pillars
from detente.faces.speech import Text, Voice

HEADS = Text(
    "| open to every party | | |\n|---|---|---|",
    "| 对各缔约方公开 | | |\n|---|---|---|",
)
AUDIENCES = {
    "peer": Text("peers", "对等方"),
    "clearinghouse": Text("clearinghouse", "信息交换机构"),
    "testing": Text("testing facility", "测试机构"),
    "standards": Text("standards body", "标准机构"),
    "witness": Text("witness", "见证方"),
}
REFERENCES = {
    "record": Text("a record", "记录"),
    "digest": Text("a digest", "摘要值"),
    "party": Text("a party", "缔约方"),
    "code": Text("a code", "代码"),
}


def rewritten(page: str, voice: Voice) -> str:
    """Return a page with what lies between its marks made anew, in the language of the voice."""
    for name, edition in pillars.editions().items():
        made = "\n".join(_pillar(edition, voice))
        marks = re.compile(rf"(?<=<!-- {name} -->\n).*?(?=<!-- /{name} -->)", re.DOTALL)
        page = marks.sub(lambda _, made=made: f"{made}\n", page)  # type: ignore[misc]  # a default, so bound now
    return page


def _pillar(edition: Edition, voice: Voice) -> Iterator[str]:
    heading = edition.words.pillar
    yield f"\n{voice.choose(Text(heading.paragraph_en, heading.paragraph_zh))}\n"
    for short, spec in edition.pillar.kinds.items():
        named = f"**{_say(edition.words.kinds[short], voice)}** `{edition.name}.{short}`."
        yield f"{named} {_place(spec, voice)}\n"
        yield from _rows(edition, short, spec, voice)
    yield voice.choose(Text("| refused | because |\n|---|---|", "| 不成立 | 原因 |\n|---|---|"))
    yield from (
        f"| `{code}` | {_say(word, voice)} |" for code, word in sorted(edition.words.refusals.items())
    )
    yield ""


def _place(spec: KindSpec, voice: Voice) -> str:
    answers = ", ".join(f"`{one}`" for one in spec.answers)
    starts = voice.choose(Text("It starts a thread", "开启线程"))
    joins = voice.choose(Text(f"answers {answers}", f"回应 {answers}"))
    both = voice.choose(Text(f"{starts}, or {joins}", f"{starts}，或{joins}"))
    end = voice.choose(Text(".", "。"))
    if not answers:
        return starts + end
    return (both if spec.may_start else joins[:1].upper() + joins[1:]) + end


def _rows(edition: Edition, short: str, spec: KindSpec, voice: Voice) -> Iterator[str]:
    yield voice.choose(HEADS)
    yield from (_row(one, _holds(one, edition, voice), edition, voice) for one in fields(spec.open))
    if spec.paths:
        yield voice.choose(Text("| **sealed** | | **at most to** |", "| **密封** | | **至多开示给** |"))
        for one in fields(spec.sealed, text=True):
            yield _row(one, _to(edition.ceilings[short][one.name], voice), edition, voice)
    if fields(spec.facts):
        yield voice.choose(Text("| **follows** | | |", "| **由此得出** | | |"))
        yield from (_row(one, _holds(one, edition, voice), edition, voice) for one in fields(spec.facts))
    yield ""


def _row(field: Field, holds: str, edition: Edition, voice: Voice) -> str:
    return f"| `{field.name}` | {_say(edition.words.fields[field.name], voice)} | {holds} |"


def _holds(field: Field, edition: Edition, voice: Voice) -> str:
    """What a field can hold, in words."""
    one = field.item or field
    words = edition.words.values.get(field.name, {})
    said = _values(one, words, voice) if one.values else _plain(one, voice)
    if field.item is not None:
        said = voice.choose(Text(f"up to {field.high} of: {said}", f"至多 {field.high} 项：{said}"))
    return said + (voice.choose(Text("; or null", "；或 null")) if field.nullable else "")


def _values(field: Field, words: Mapping[str, Word], voice: Voice) -> str:
    said = (voice.choose(Text(f"`{one}`", f"`{one}` {words[one].zh}")) for one in field.values)
    return voice.choose(Text(", ", "、")).join(said)


def _plain(field: Field, voice: Voice) -> str:
    if field.ref is not None:
        return voice.choose(REFERENCES[field.ref])
    if field.type == "int":
        moment = (field.low, field.high) == (0, MAX_SAFE)
        return voice.choose(Text("a time", "时间")) if moment else f"{field.low} … {field.high}"
    if field.type == "bool":
        return voice.choose(Text("yes or no", "是或否"))
    return f"`{field.pattern}`".replace("|", "\\|")


def _to(audiences: Iterable[str], voice: Voice) -> str:
    named = [voice.choose(text) for audience, text in AUDIENCES.items() if audience in audiences]
    return voice.choose(Text(", ", "、")).join(named) or voice.choose(Text("nobody", "无人"))


def _say(word: Word, voice: Voice) -> str:
    return voice.choose(Text(word.en, word.zh))


if __name__ == "__main__":
    for given in map(Path, sys.argv[1:]):
        language = Voice("zh" if given.name.endswith(".zh.md") else "en")
        given.write_text(rewritten(given.read_text(encoding="utf-8"), language), encoding="utf-8")
