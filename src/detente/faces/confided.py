"""The symptoms of a confidential desk in words, as `symptoms` has the node's."""

from detente.faces.speech import Text
from detente.node.finding import Symptom

WORDS: dict[Symptom, tuple[Text, Text]] = {
    "desk-broken": (
        Text("The confidential desk at {path} is not whole: {why}", "保密受理处 {path} 的数据不完整：{why}"),
        Text(
            "Let nobody write there, and take it from a backup; reporters' receipts prove what was received.",
            "停止在该处写入，并从备份恢复；报告人的回执可证明曾收到的内容。",
        ),
    ),
    "report-waits": (
        Text(
            "{count} reports or answers have waited a week for an officer; the first is {first}, of {since}.",
            "{count} 份报告或答复已等待受理人员满一周；最早为 {first} 号，收到时间 {since}。",
        ),
        Text(
            "See: detente intake list; then: detente intake open",
            "请查看：detente intake list；再运行：detente intake open",
        ),
    ),
    "identity-overdue": (
        Text(
            "{count} identities are past the date of their destruction; the first is of report {first}.",
            "{count} 份身份信息已过销毁日期；首份属于报告 {first}。",
        ),
        Text(
            "Start `detente intake serve`, which destroys them, or run: detente intake destroy --by NAME",
            "启动 `detente intake serve`，由其销毁；或运行：detente intake destroy --by 姓名",
        ),
    ),
    "identity-held": (
        Text(
            "{count} identities past their date are under legal hold; the first is of report {first}: {why}",
            "{count} 份身份信息已过期但处于法律保全；首份属于报告 {first}：{why}",
        ),
        Text(
            "Ask whether the order still stands; if not: detente intake release",
            "请确认保全令是否仍然有效；如已失效：detente intake release",
        ),
    ),
    "card-ends": (
        Text("The desk's intake card ends at {at}.", "受理卡将于 {at} 到期。"),
        Text(
            "Rotate the officers' keys and sign the next: detente intake rotate, detente intake card",
            "请更换受理人员密钥并签发下一张：detente intake rotate、detente intake card",
        ),
    ),
}
