"""The telegram: a message of the channel as an officer reads it, in both languages from the one record.

Operative fields stand first, each in English and Chinese made from the same value. What is sealed stands
below, under a line that says that it binds nobody. The digest at the end is that of what was shown.
"""

from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any

from detente.accord.edition import Edition
from detente.accord.field import MAX_SAFE, fields
from detente.faces import blank
from detente.faces.speech import Text, clock
from detente.node.status import Shown
from detente.trust import canonical

OPERATIVE = Text("OPERATIVE", "具实质效力")
REMARK = Text("NOT OPERATIVE: what follows binds nobody", "不具实质效力：以下内容不约束任何一方")
READ_BACK = Text("Read-back digest of the above", "上述内容的复诵摘要")
YES, NO = Text("yes", "是"), Text("no", "否")
NONE = Text("none", "无")
EXERCISE = Text("This is an exercise. ", "这是演习。")
CLOSING = Text(
    "That is all. Please read it back at your desk too. If the line fails, I call again in five minutes.",
    "宣读完毕。请同时在贵方值班台复诵确认。如通话中断，五分钟后我将再次拨打。",
)
SPOKEN = 8
"""So many digits of a number are said."""


def digest(kind: str, opened: Mapping[str, Any]) -> str:
    """Return the read-back digest of a message's operative fields (docs/protocol.md, 6.4)."""
    return sha256(canonical.encode({"kind": kind, "open": dict(opened)})).hexdigest()


def rows(edition: Edition, kind: str, opened: Mapping[str, Any]) -> list[tuple[Text, Text]]:
    """Return the operative fields in the order of their kind: name and value, each in both languages."""
    spec = edition.spec(kind)
    order = spec.open.__struct_fields__ if spec else sorted(opened)
    return [(field_word(edition, name), value_word(edition, kind, name, opened.get(name))) for name in order]


def lines(edition: Edition, kind: str, opened: Mapping[str, Any], sealed: Mapping[str, Any]) -> list[str]:
    """Return a whole message as lines, both languages side by side."""
    head = kind_word(edition, kind)
    found = [f"{head.en} / {head.zh}", _rule(OPERATIVE)]
    found += [
        f"  {name.en} / {name.zh}: {_side_by_side(value)}" for name, value in rows(edition, kind, opened)
    ]
    found.append(f"  {READ_BACK.en} / {READ_BACK.zh}: {digest(kind, opened)[:16]}")
    said = [(path, value) for path, value in sorted(sealed.items()) if value]
    if said:
        found.append(_rule(REMARK))
        found += [f"  {_name(edition, path)}: {one}" for path, value in said for one in _texts(value)]
    return found


def spoken(edition: Edition, shown: Shown, party: str) -> list[str]:
    """Return the words with which a party's officer reads a message out by telephone, in both languages."""
    told = rows(edition, shown.kind, shown.open)
    pace = value_word(edition, shown.kind, "precedence", shown.open.get("precedence"))
    kind, number = kind_word(edition, shown.kind), " ".join(shown.id[:SPOKEN])
    drill = EXERCISE if shown.domain == "exercise" else Text("", "")
    english = (
        f"{drill.en}This is the duty officer of {party}, on the technical safety channel. "
        f"I speak of a message of precedence {pace.en}: {kind.en}, from {shown.party}, number {number}. "
        "I read its fields. Please repeat each of them."
    )
    chinese = (
        f"{drill.zh}这里是 {party} 值班官员，使用技术安全通道。现就一份{pace.zh}电文通话：{kind.zh}，"
        f"由 {shown.party} 发出，编号 {number}。下面逐项宣读，请逐项复诵。"
    )
    return [
        english,
        *(f"{name.en}: {value.en}." for name, value in told),
        CLOSING.en,
        chinese,
        *(f"{name.zh}：{value.zh}。" for name, value in told),
        CLOSING.zh,
    ]


def kind_word(edition: Edition, kind: str) -> Text:
    """Return the word of a kind."""
    word = edition.words.kinds.get(kind.partition(".")[2])
    return Text(word.en, word.zh) if word else Text(kind, kind)


def field_word(edition: Edition, name: str) -> Text:
    """Return the word of a field."""
    word = edition.words.fields.get(name)
    return Text(word.en, word.zh) if word else Text(name, name)


def value_word(edition: Edition, kind: str, name: str, value: Any) -> Text:  # noqa: ANN401 (an open value is any JSON)
    """Return the words of a value."""
    if value is None:
        return blank.named(edition, kind, name)
    if isinstance(value, bool):
        return YES if value else NO
    if isinstance(value, list | tuple):
        return _joined(value_word(edition, kind, name, one) for one in value)
    spec = edition.spec(kind)
    known = fields(spec.open) if spec else ()
    if any(one.name == name and one.type == "int" and one.high == MAX_SAFE for one in known):
        return Text(clock(value), clock(value))
    word = edition.words.values.get(name, {}).get(str(value))
    return Text(word.en, word.zh) if word else Text(str(value), str(value))


def _joined(words: Iterable[Text]) -> Text:
    found = list(words)
    if not found:
        return NONE
    return Text(", ".join(one.en for one in found), "、".join(one.zh for one in found))


def _side_by_side(value: Text) -> str:
    return value.en if value.en == value.zh else f"{value.en} / {value.zh}"


def _rule(text: Text) -> str:
    return f"— {text.en} / {text.zh} —"


def _name(edition: Edition, path: str) -> str:
    return _side_by_side(field_word(edition, path))


def _texts(value: object) -> list[str]:
    return [str(one) for one in value if one] if isinstance(value, list | tuple) else [str(value)]
