"""The one table at the door: from an error of the house to an exit code and an HTTP status.

No error carries either; this file is the only one that knows them. The nearest row of an error's ancestry
applies, so a new leaf takes its branch's row until it gets its own. docs/cli.md shows the same table, and a
test compares the two.
"""

from http import HTTPStatus
from typing import NamedTuple

from detente.node.errors import Exceeded, HomeInUse, HomeMissing, NoSuchThing, PeerAway, Refused, Unready
from detente.trust.errors import (
    BadProof,
    Contradiction,
    DetenteError,
    Fork,
    Malformed,
    Misuse,
    TooLarge,
    Unproven,
    WrongContext,
)

KEPT = 0
UNSOUND = 1
USAGE = 2
INTERRUPTED = 130


class Exit(NamedTuple):
    """What the door answers.

    Args:
        code: exit code of the command line.
        status: HTTP status of the peer endpoint.
        en: what it means.
        zh: the same in Chinese.
    """

    code: int
    status: HTTPStatus
    en: str
    zh: str


EXITS: dict[type[DetenteError], Exit] = {
    Malformed: Exit(65, HTTPStatus.BAD_REQUEST, "the bytes cannot be read", "字节无法解析"),
    TooLarge: Exit(65, HTTPStatus(413), "the bytes exceed a named limit", "字节超过规定的上限"),
    Unproven: Exit(66, HTTPStatus.FORBIDDEN, "the claim is not proven", "所称之事未获证明"),
    BadProof: Exit(66, HTTPStatus(422), "a proof does not compute", "证明验算不符"),
    WrongContext: Exit(66, HTTPStatus(422), "genuine, but made for elsewhere", "内容真实，但不属于此处"),
    Contradiction: Exit(
        67, HTTPStatus.CONFLICT, "somebody said two things: keep the evidence", "有人说法前后矛盾：请保留证据"
    ),
    Fork: Exit(67, HTTPStatus.CONFLICT, "two histories of one log", "同一日志有两段历史"),
    NoSuchThing: Exit(68, HTTPStatus.NOT_FOUND, "this node does not know it", "本节点没有这一项"),
    Unready: Exit(69, HTTPStatus.SERVICE_UNAVAILABLE, "the place is not ready", "运行条件不具备"),
    HomeMissing: Exit(
        69, HTTPStatus.SERVICE_UNAVAILABLE, "no home there, or one too many", "该处没有主目录，或主目录已存在"
    ),
    HomeInUse: Exit(
        69, HTTPStatus.SERVICE_UNAVAILABLE, "another process has the home", "主目录正被另一进程使用"
    ),
    Exceeded: Exit(
        75,
        HTTPStatus.TOO_MANY_REQUESTS,
        "more than one peer's share; try again later",
        "超出单个对端的份额；请稍后再试",
    ),
    PeerAway: Exit(
        75, HTTPStatus.BAD_GATEWAY, "a peer does not answer; try again later", "对端没有应答；请稍后再试"
    ),
    Refused: Exit(77, HTTPStatus.FORBIDDEN, "the gate said no, and named the rule", "闸门拒绝，并指明了规则"),
    Misuse: Exit(70, HTTPStatus.INTERNAL_SERVER_ERROR, "a bug in this program", "本程序的缺陷"),
    DetenteError: Exit(70, HTTPStatus.INTERNAL_SERVER_ERROR, "a refusal without a row", "未归类的拒绝"),
}


def of(error: DetenteError) -> Exit:
    """Return the nearest row of an error's ancestry."""
    return next(EXITS[kind] for kind in type(error).__mro__ if kind in EXITS)
