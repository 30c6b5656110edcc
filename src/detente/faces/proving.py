"""What a proof answers, in words that a diplomat reads: the same sentences from the same data, twice.

PROPERTIES[answer.property]     what is proven
lines(witness, version)         what a witness shows, a sentence for each step
"""

from collections.abc import Callable, Iterator, Mapping

from detente.accord.proofs.answer import Flag, Verdict, Witness
from detente.accord.version import Version
from detente.faces.sentence import chinese
from detente.faces.situation import outcome, situation, together
from detente.faces.speech import Text

VERDICTS: Mapping[Verdict, Text] = {
    "proven": Text("proven", "已证明"),
    "refuted": Text("refuted", "已证伪"),
    "undecided": Text("undecided", "未决"),
}
INTENDED = Text("intended", "有意如此")
FLAGGED = Text("note", "提示")
LIMITS = (
    Text(
        "What this does not show: equal rules can weigh unequally. Who has more incidents, more laboratories "
        "or stricter law at home bears more of them.",
        "以上未能说明的：规则相同，负担未必相同。事件更多、实验室更多或国内法更严的一方，承担的也更多。",
    ),
    Text(
        "It leans on each pillar's judge treating parties alike, and does not ask whether a report is true.",
        "以上还以各领域的判定规则对各方一视同仁为前提，且不涉及报告是否属实。",
    ),
)
PROPERTIES: Mapping[str, Text] = {
    "reciprocity": Text(
        "what one party may see or owes, each party with the same roles may see or owes in the mirrored case",
        "一方可见之物、应尽之义务，角色相同的各方在镜像情形下同样可见、同样应尽",
    ),
    "even-terms": Text(
        "budgets and required witnesses are the same for parties with the same roles",
        "角色相同的各方，流出预算相同，须由其见证的要求也相同",
    ),
    "ceiling": Text(
        "nothing is shown to anybody above the pillar's ceiling", "对任何一方的开示都不超过该领域的上限"
    ),
    "can-apply": Text("every clause can apply in some case", "每一条款都有可适用的情形"),
    "adds": Text("no clause is covered by the others", "没有任何条款被其他条款完全覆盖"),
    "decided": Text(
        "every rule comes to a decision, whatever is left unstated", "无论哪些内容未写明，每条规则都有定论"
    ),
    "performable": Text(
        "every duty can be performed as long as it can arise", "凡可能产生的义务，届时均可履行"
    ),
    "owed": Text(
        "a release with a term is a duty, whatever anybody's standing",
        "凡规定期限的开示均为义务，不取决于任何一方的履约状况",
    ),
    "channel": Text(
        "no other pillar is in force without the channel", "没有安全通道时，其他任何领域均不生效"
    ),
}


def undecided(why: str) -> Text:
    """Why a property is not decided: a refusal of the translation, or the prover's own word."""
    return Text(f"Not decided: {why}", f"未能判定：{chinese('translation.1', why)}")


def flagged(flag: Flag) -> Text:
    """One line for what is flagged."""
    if flag.code == "roles":
        name, roles = flag.names[0], flag.names[1:]
        return Text(
            f"{name} alone holds the roles {', '.join(roles)}: if it errs or leaves, all of them go with it.",
            f"{name} 一方兼任 {'、'.join(roles)} 等角色：一旦其失误或退出，这些角色将一并落空。",
        )
    given = [pair.partition(">") for pair in flag.names]
    en = "; ".join(f"from {one} to {other}" if other else f"from {one}" for one, _, other in given)
    zh = "；".join(f"由 {one} 对 {other}" if other else f"由 {one}" for one, _, other in given)
    if not given:
        return Text(
            f"Clause {flag.clause} is lopsided by itself; beside the others it changes nothing.",
            f"条款 {flag.clause} 单独看并不对等；与其他条款并存时，它不改变任何结果。",
        )
    return Text(
        f"Clause {flag.clause} is lopsided by itself. It alone adds something {en}.",
        f"条款 {flag.clause} 单独看并不对等。仅由它带来的效果：{zh}。",
    )


def lines(witness: Witness, version: Version) -> Iterator[Text]:
    """What a witness shows, a sentence for each step."""
    yield SHOWS[witness.about](witness)
    effect = together(witness.effects)
    for case in (witness.case, witness.mirror):
        if case is not None:
            yield situation(case, version)
            yield outcome(effect, case, version)


def _dead(witness: Witness) -> Text:
    return Text(
        f"Clause {witness.clause} can never apply: no case meets it.",
        f"条款 {witness.clause} 永不适用：没有任何情形满足其条件。",
    )


def _covered(witness: Witness) -> Text:
    en, zh = _listed(witness)
    return Text(
        f"Clause {witness.clause} adds nothing: all of it is there already by {en}.",
        f"条款 {witness.clause} 没有增添任何内容：{zh} 已全部涵盖。",
    )


def _unstated(witness: Witness) -> Text:
    en, zh = _listed(witness)
    return Text(
        f"Clause {witness.clause} reads {en}, which may be left unstated: then it does not apply, "
        "and raises an alarm.",
        f"条款 {witness.clause} 读取 {zh}，而该项可以不写明；此时该条款不适用，并发出警报。",
    )


def _above(witness: Witness) -> Text:
    en, zh = _listed(witness)
    return Text(f"This is above the ceiling for {en}.", f"这超出了对 {zh} 的上限。")


def _stranded(witness: Witness) -> Text:
    en, zh = _listed(witness)
    return Text(
        f"The duty {witness.clause} can arise while no pillar with {en} is in force.",
        f"义务 {witness.clause} 可能产生，而届时含有 {zh} 的领域均未生效。",
    )


def _waits(witness: Witness) -> Text:
    return Text(
        f"Clause {witness.clause} has a term and asks for audience or standing: so it is no duty, and its "
        "term binds nobody.",
        f"条款 {witness.clause} 规定了期限，却以开示对象或履约状况为条件："
        "因此不构成义务，其期限对任何一方都无约束力。",
    )


def _without_channel(witness: Witness) -> Text:
    en, zh = _listed(witness)
    return Text(f"{en} is in force while the channel is not.", f"{zh} 生效时，安全通道并未生效。")


def _uneven(witness: Witness) -> Text:
    return Text(
        f"Exchange {' and '.join(witness.exchange)}, with all that names them and their standing:",
        f"将 {' 与 '.join(witness.exchange)} 互换，凡指称两者之处及其履约状况一并互换：",
    )


def _budget(witness: Witness) -> Text:
    one, other, less, more = witness.names
    return Text(
        f"{one} may be sent {less} bytes, {other} {more}.",
        f"可向 {one} 发送 {less} 字节，向 {other} 则为 {more} 字节。",
    )


def _cosigner(witness: Witness) -> Text:
    one, other = witness.names
    return Text(
        f"One of {one} and {other} must always cosign, the other need not.",
        f"{one} 与 {other} 中，一方须始终参与联署，另一方则不必。",
    )


def _listed(witness: Witness) -> tuple[str, str]:
    return ", ".join(witness.names), "、".join(witness.names)


SHOWS: Mapping[str, Callable[[Witness], Text]] = {
    "dead": _dead,
    "covered": _covered,
    "unstated": _unstated,
    "above": _above,
    "stranded": _stranded,
    "waits": _waits,
    "barred": lambda _: Text("This is owed and may not be shown.", "应予开示，却不得开示。"),
    "without-channel": _without_channel,
    "uneven": _uneven,
    "budget": _budget,
    "witness": _cosigner,
}
"""By what a witness is about, the sentence that says how the property fails."""
