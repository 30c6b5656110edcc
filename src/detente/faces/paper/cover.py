"""The cover: what a document on paper says of itself, before its first paragraph."""

from typing import NamedTuple

from detente.accord.version import Version
from detente.faces.speech import Text

LEFT_OUT = Text("(left out)", "（删去）")
COMMENTS = Text("Comments, no part of the text", "评注（不属于正文）")
FRAME = Text("Values outside the sentences that differ", "正文之外有变动的数值")
DRAFT = Text("Draft: nobody has signed it.", "草案：尚无人签署。")
DRAWN = Text(
    "Drawn from the text that a machine runs. What officers sign is that text, by its digest, and not "
    "this paper.",
    "本文件由机器执行的文本生成。官员签署的是该文本（以摘要标识），而非本文件。",
)
OPEN = Text(
    "Text in square brackets is not agreed; before it stands who would have it so.",
    "方括号内文字尚未议定，其前注明主张方。",
)


class Cover(NamedTuple):
    """The first lines.

    Args:
        title: of the accord.
        lines: which version, of which digest, compared with what, and how to read it.
    """

    title: Text
    lines: tuple[Text, ...]


def cover(version: Version, digest: str, old: Version | None, *, disputed: bool) -> Cover:
    """Return the first lines of a document.

    Args:
        version: which it is of; one of its readings while it is open.
        digest: that officers sign; "" of a draft.
        old: with which it is compared.
        disputed: whether any bracket is open.
    """
    accord = version.accord
    lines = [
        Text(
            f"Version {accord.version}, from {accord.starts}.",
            f"第 {accord.version} 版，自 {accord.starts} 起。",
        )
    ]
    lines.append(Text(f"Digest {digest}.", f"摘要 {digest}。") if digest else DRAFT)
    if old is not None:
        was = old.accord
        lines.append(
            Text(
                f"Changes are marked against version {was.version}, from {was.starts}.",
                f"标注相对于第 {was.version} 版（自 {was.starts} 起）的改动。",
            )
        )
    lines += [*([OPEN] if disputed else []), DRAWN]
    return Cover(Text(accord.title.en, accord.title.zh), tuple(lines))
