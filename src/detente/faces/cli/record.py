"""`detente record show ID`, `list`, `preview`, `erase`: what a node knows of a record, in its pillar's words.

The id may be shortened as long as it names one record. Which states a record has reached are shown apart:
logged, cosigned by whom, held by whom; what is sealed and not open to this node is listed by name alone. A
preview has for every party exactly the bytes that it would get now, and why not the rest; nothing is sent. Of
a draft it is had from the verb that tables it: `detente incidents report --preview`.
"""

import argparse
from typing import Any, get_args

from detente.accord import rebuff
from detente.accord.acts import ATTEST
from detente.accord.edition import Edition
from detente.accord.field import MAX_SAFE, fields
from detente.faces import blank, door, pillars, testimony
from detente.faces.cli.digits import record_of
from detente.faces.cli.place import declare_domain, declare_home, home_of, marked
from detente.faces.delivered import delivered, receipt
from detente.faces.exits import KEPT
from detente.faces.speech import Text, Voice, as_json, clock, table
from detente.node import agreement
from detente.node.erasure import Erased, Reason
from detente.node.home import Home
from detente.node.release import Would
from detente.node.status import Shown


def declare(parser: argparse.ArgumentParser) -> None:
    """`show` one, `list` all, `preview` a release, or `erase` values."""
    acts = parser.add_subparsers(dest="act", metavar="show|list|preview|erase", required=True)
    one = acts.add_parser("show", help="one record, its states and its deliveries")
    one.add_argument("id", help="of the record, or its first digits")
    declare_home(one)
    one = acts.add_parser("preview", help="exactly the bytes that each party would get now; nothing is sent")
    one.add_argument("id", help="of an own record, or its first digits")
    declare_home(one)
    one = acts.add_parser("list", help="where each record stands")
    one.add_argument("--kind", help="only this kind, such as incidents.report")
    declare_domain(one)
    declare_home(one)
    one = acts.add_parser("erase", help="destroy sealed values that this node holds, and log that it did")
    one.add_argument("id", help="of the record, or its first digits")
    one.add_argument("path", nargs="+", help="sealed paths")
    one.add_argument("--reason", required=True, choices=get_args(Reason))
    declare_home(one)


def run(arguments: argparse.Namespace, voice: Voice) -> int:
    """Print one record, or where all stand.

    Raises:
        NoSuchThing: `status.1`; `show.1` the digits name none, or several; `release.1`, `erase.2`.
        DiskFailed: `store.3`. Incomplete: `standing.2`.
    """
    with door.reach(home_of(arguments)) as node:
        if arguments.act == "list":
            places = node.records(arguments.domain, arguments.kind)
            rows = [[one.party, str(one.index), one.id, one.kind] for one in places]
            voice.result(places, marked(arguments.domain, table(rows)))
            return KEPT
        name = record_of(node, arguments.id)
        shown = node.record(name)
        if arguments.act == "erase":
            erased = node.erase(name, tuple(arguments.path), arguments.reason, shown.domain)
            voice.result(erased, [_erased(erased, voice)])
            return KEPT
        if arguments.act == "preview":
            would = node.preview(name, shown.domain)
            lines = [line for one in would for line in would_lines(one, voice)]
            voice.result(would, marked(shown.domain, lines))
            return KEPT
    accord = agreement.written(Home.read(home_of(arguments))).get(shown.version)
    edition = pillars.edition_in(accord, shown.kind.partition(".")[0])
    voice.result(shown, marked(shown.domain, _lines(shown, _Words(shown.kind, edition, voice), voice)))
    return KEPT


def _erased(erased: Erased, voice: Voice) -> str:
    paths = ", ".join(erased.paths)
    return voice.choose(
        Text(
            f"{paths} of {erased.record} are destroyed here, with {erased.packages} packages;"
            f" logged as {erased.id}.",
            f"{erased.record} 的 {paths} 在此已销毁，连同 {erased.packages} 个密封包；"
            f"日志记录为 {erased.id}。",
        )
    )


def _lines(shown: Shown, words: "_Words", voice: Voice) -> list[str]:
    head = [
        f"{shown.id}",
        f"  {words.kind()} · {shown.party} · {shown.domain} · {clock(shown.at)}",
        f"  {voice.choose(Text('states', '状态'))}: {_states(shown, voice)}",
    ]
    if shown.thread:
        head.append(f"  {voice.choose(Text('answers', '回应'))}: {shown.thread}")
    if shown.refusals:
        codes = ", ".join(map(words.refusal, shown.refusals))
        head.append(f"  {voice.choose(Text('does not stand', '不成立'))}: {codes}")
    if shown.disavowed:
        where = ", ".join(map(str, shown.disavowed))
        said = Text(
            f"  disavowed by its party, at {where} of its log; it binds all the same",
            f"  该方已在其日志第 {where} 条声明不认此签名；约束力不变",
        )
        head.append(voice.choose(said))
    opened = [
        [f"  {words.field(name)}", words.value(name, value)] for name, value in sorted(shown.open.items())
    ]
    if shown.kind == ATTEST:
        whose = voice.choose(testimony.of(shown.open, shown.refusals))
        opened = [row for row in opened if row[0].strip() != "approval"]
        opened.append([f"  {voice.choose(Text('whose word', '由谁说明'))}", whose])
    facts = [
        [f"  → {words.field(name)}", words.value(name, value)] for name, value in sorted(shown.facts.items())
    ]
    sealed = [[f"  ▪ {words.field(path)}", _sealed(shown, path, voice)] for path in shown.sealed]
    ledger = [
        f"  {one.audience}/{','.join(one.paths) or '*'}: {' '.join(delivered(one, voice)).rstrip()}"
        for one in shown.deliveries
    ]
    return [*head, *table(opened + facts + sealed), *ledger]


def would_lines(one: Would, voice: Voice) -> list[str]:
    """What one party would get: the content as it would be sealed, and each row of what stays."""
    goes = Text(
        f"{one.audience}: {', '.join(one.paths)}; {one.bytes} bytes sealed",
        f"{one.audience}：{'、'.join(one.paths)}；密封后 {one.bytes} 字节",
    )
    nothing = Text(f"{one.audience}: nothing", f"{one.audience}：无")
    head = [voice.choose(goes), f"  {one.content}"] if one.content else [voice.choose(nothing)]
    return [
        *head,
        *(f"  {','.join(row.paths)}: {' '.join(delivered(row, voice)).rstrip()}" for row in one.stays),
    ]


def _states(shown: Shown, voice: Voice) -> str:
    logged = voice.choose(Text(f"logged at {shown.index}", f"已入日志第 {shown.index} 条"))
    cosigned = ", ".join(shown.cosigned)
    held = ", ".join(f"{party} {receipt(said, voice)}" for party, said in shown.receipts.items())
    parts = [logged]
    parts += [voice.choose(Text(f"cosigned by {cosigned}", f"由 {cosigned} 联署"))] if cosigned else []
    return "; ".join([*parts, held])


def _sealed(shown: Shown, path: str, voice: Voice) -> str:
    if path in shown.missing:
        return {
            "absent": voice.choose(Text("absent", "无")),
            "unknown": voice.choose(Text("unknown", "未知")),
        }.get(shown.missing[path], shown.missing[path])
    if path not in shown.values:
        return voice.choose(Text("sealed", "密封"))
    return _plain(shown.values[path], voice)


def _plain(value: Any, voice: Voice) -> str:  # noqa: ANN401 (a sealed value is any JSON)
    """A value as people read it; a text in two languages in the language of the voice."""
    if isinstance(value, list | tuple) and len(value) == 2 and all(isinstance(one, str) for one in value):  # noqa: PLR2004 (English and Chinese)
        return voice.choose(Text(*value))
    return value if isinstance(value, str) else as_json(value)


class _Words:
    """The words of a kind's edition; of a kind that is not installed, the names themselves."""

    def __init__(self, kind: str, edition: Edition | None, voice: Voice) -> None:
        self._short = kind.partition(".")[2]
        self._words, self._kind, self._voice = (edition.words if edition else None), kind, voice
        self._edition = edition
        spec = edition.spec(kind) if edition else None
        self._fields = {one.name: one for one in (fields(spec.open) if spec else ())}
        known = self._fields.values()
        self._moments = {one.name for one in known if one.type == "int" and one.high == MAX_SAFE}

    def kind(self) -> str:
        word = self._words.kinds.get(self._short) if self._words else None
        return self._voice.choose(Text(word.en, word.zh)) if word else self._kind

    def field(self, name: str) -> str:
        word = self._words.fields.get(name) if self._words else None
        return self._voice.choose(Text(word.en, word.zh)) if word else name

    def value(self, field: str, value: Any) -> str:  # noqa: ANN401 (an open value is any JSON)
        if value is None:
            return self._voice.choose(blank.of(self._fields.get(field)))
        if isinstance(value, bool):
            return self._voice.choose(Text("yes", "是") if value else Text("no", "否"))
        if isinstance(value, list):
            return ", ".join(self.value(field, one) for one in value) or "-"
        if field in self._moments:
            return clock(value)
        word = self._words.values.get(field, {}).get(str(value)) if self._words else None
        if word is not None:
            return self._voice.choose(Text(word.en, word.zh))
        return value if isinstance(value, str) else as_json(value)

    def refusal(self, code: str) -> str:
        word = rebuff.word(code, self._edition)
        return self._voice.choose(Text(word.en, word.zh)) if word else code
