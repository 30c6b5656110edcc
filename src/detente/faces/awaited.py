"""What awaits people at a node in words, as `symptoms` has the rest of what a doctor finds."""

from detente.faces.speech import Text
from detente.node.finding import Symptom

WORDS: dict[Symptom, tuple[Text, Text]] = {
    "decision-waits": (
        Text(
            "{clause} proposes something on the record {record} ({domain}); officers of this party decide by "
            "{due}.",
            "{clause} 就记录 {record} 提出建议（{domain}）；本方官员须于 {due} 前作出决定。",
        ),
        Text(
            "`detente why {record}` says what and why. The answer: "
            "`detente accord decide {record} {clause} --answer …`.",
            "`detente why {record}` 说明建议内容与依据。作答："
            "`detente accord decide {record} {clause} --answer …`。",
        ),
    ),
    "decision-lapsed": (
        Text(
            "Nobody here decided by {due} on what {clause} proposed on the record {record} ({domain}).",
            "{clause} 就记录 {record} 提出的建议（{domain}），本方至 {due} 未作决定。",
        ),
        Text(
            "All parties see it, and it stays so. Ask why no officer decided; what was proposed can still be "
            "done by the act for it.",
            "各方均可见，且不再改变。请查明为何无人作出决定；所建议的事项仍可通过相应的行为实施。",
        ),
    ),
    "dispute-waits": (
        Text(
            "The dispute {dispute} ({domain}) waits for this party until {due}.",
            "争议 {dispute}（{domain}）在等待本方处理，期限 {due}。",
        ),
        Text(
            "Talk with the other side, or find on it if you mediate: `detente accord resolve {dispute} …`.",
            "请与对方磋商；若由本方居中，则作出认定：`detente accord resolve {dispute} …`。",
        ),
    ),
    "dispute-unresolved": (
        Text(
            "The dispute {dispute} ({domain}) ended unresolved at {due}.",
            "争议 {dispute}（{domain}）于 {due} 未获解决而告终。",
        ),
        Text(
            "Nothing is amiss at the node: standing stays as the evidence has it. Tell your negotiators.",
            "节点本身无异常：履约状况仍以证据为准。请告知本方谈判人员。",
        ),
    ),
}
