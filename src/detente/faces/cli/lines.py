"""The lines of the channel: one for each alarm, for each call, and for the state of the way to each party."""

from detente.faces.errand import WHY
from detente.faces.sentence import chinese
from detente.faces.speech import Text, Voice, clock
from detente.faces.watchkeeper import NO_DESK
from detente.node.channel import Line
from detente.node.wake import Call, Wake

STATES = {
    "": Text("nobody called yet", "尚未呼叫"),
    "ringing": Text("ringing at", "正在呼叫"),
    "taken": Text("taken by", "已接手："),
    "voice": Text("NOBODY REACHED: telephone now. Last called:", "无人应答：请立即致电。最后呼叫："),
    "done": Text("done", "已了结"),
}
OUTCOMES = {
    "begun": Text("under way", "进行中"),
    "delivered": Text("delivered", "已送达"),
    "failed": Text("FAILED", "失败"),
    "unknown": Text("unknown: the node stopped", "不明：节点中途停止"),
}


def alarm_line(one: Wake, now: int, voice: Voice) -> list[str]:
    """Return an alarm as lines."""
    lacking = ", ".join(one.lacking) if one.why != "arrived" else ""
    late = voice.choose(Text(" LATE", "（逾期）")) if now > one.due else ""
    what = f"{one.kind} {one.precedence} {one.party}: {voice.choose(WHY[one.why])} {lacking}"
    return [
        f"{one.record[:16]}  {what}".rstrip(),
        f"  {voice.choose(STATES[one.state])} {one.officer}".rstrip() + f"; {clock(one.due)}{late}",
    ]


def call_line(one: Call, voice: Voice) -> str:
    """Return a call as a line."""
    said = (
        f"{clock(one.at)}  {one.record[:16]}  {one.officer}  {one.way}: {voice.choose(OUTCOMES[one.outcome])}"
    )
    return f"{said}  {voice.choose(why_failed(one))}".rstrip()


def why_failed(one: Call) -> Text:
    """Return why a call failed; "" if it did not."""
    known = "没有打开的工作台可显示。" if one.what == NO_DESK else chinese("errand.1", one.what)
    return Text(one.what, known)


def line_lines(lines: tuple[Line, ...], now: int, voice: Voice) -> list[str]:
    """Return the state of the way to each party."""
    return [voice.choose(_line(one, now)) for one in lines]


def _line(one: Line, now: int) -> Text:
    (heard, heard_zh), (tested, tested_zh) = _ago(one.heard, now), _ago(one.tested, now)
    away = Text(", AWAY", "，无法读取") if one.away else Text("", "")
    return Text(
        f"line {one.party}: heard {heard}, test read back {tested}{away.en}",
        f"线路 {one.party}：最近收到 {heard_zh}，测试获复诵 {tested_zh}{away.zh}",
    )


def _ago(at: int, now: int) -> tuple[str, str]:
    if not at:
        return "never", "从未"
    minutes = max(0, now - at) // 60_000
    return f"{minutes} min ago", f"{minutes} 分钟前"
