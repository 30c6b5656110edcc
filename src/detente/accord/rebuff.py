"""The rebuff: in words, why a record does not stand, be it of a pillar or an act of the accord itself.

    word("notice-too-short", None).en    "It would leave sooner than the notice that the accord asks for."

Codes are what decides and what other parties' nodes say; words are for whoever reads a refusal.
"""

from types import MappingProxyType

from detente.accord.edition import STRUCTURAL, Edition
from detente.accord.words import Word

_ROWS: dict[str, tuple[str, str]] = {
    "channel-stays": ("The channel is never suspended.", "技术安全通道不得中止。"),
    "nothing-suspended": (
        "It answers no suspension of this pillar.",
        "其所回应的并非对该领域的中止。",
    ),
    "notice-too-short": (
        "It would leave sooner than the notice that the accord asks for.",
        "退出时间早于协议规定的通知期届满之时。",
    ),
    "not-a-withdrawal": ("It names no withdrawal.", "其所指的记录并非退出通知。"),
    "not-yet-left": (
        "Whoever withdrew has not left yet: what was held is settled after that.",
        "退出方尚未退出：所持内容在其退出后方可处置。",
    ),
    "another-log": (
        "The last head that it names is not that of the log of whoever left.",
        "其所指的最后检查点不属于退出方的日志。",
    ),
    "another-version": (
        "It names another version than the one in force here.",
        "其所指的版本并非此处生效的版本。",
    ),
    "debtor-unknown": ("Whoever owes it is no party.", "义务方不是缔约方。"),
    "own-duty": (
        "It is this party's own duty: those to whom it is owed consent.",
        "这是本方自己的义务：应由权利方同意。",
    ),
    "one-duty": (
        "It names no duty: either the record from which it arose, or its period.",
        "未指明义务：须写明其所由产生的记录，或其所属期间，二者择一。",
    ),
    "another-duty": (
        "The consents that it names are about another duty or another term.",
        "其所引的同意针对另一义务或另一期限。",
    ),
    "not-all-consent": (
        "Not everybody to whom the duty is owed has consented.",
        "并非所有权利方均已同意。",
    ),
    "no-proposal": ("That record fired no such trigger.", "该记录未触发此条款。"),
    "no-pause": ("It names no pause.", "其所指的记录并非暂停。"),
    "not-your-pause": (
        "It is no pause by which this party binds itself.",
        "这并非本方约束自身的暂停。",
    ),
    "laboratory-unknown": (
        "The accord lists no such laboratory at this party.",
        "协议未将该实验室列于本方之下。",
    ),
    "says-another": (
        "What was signed says something else than the record that it names.",
        "所签内容与其所指的记录不符。",
    ),
    "no-dispute": ("It names no dispute.", "其所指的记录并非争议。"),
    "another-record": ("The dispute is about another record.", "该争议针对另一记录。"),
    "no-finding": (
        "A finding goes with the answer find, and with no other.",
        "仅在答复为 find 时须写明结论，其他答复不得写明。",
    ),
    "not-the-neutral": (
        "Only the neutral that the accord names for disputes makes a finding.",
        "只有协议指定处理争议的中立方可以作出结论。",
    ),
    "not-your-dispute": (
        "Only the party that raised a dispute takes it back.",
        "只有提出争议的一方可以撤回争议。",
    ),
    "no-side": (
        "This party is no side of the dispute: only the sides settle it.",
        "本方并非争议当事方：只有当事方可以和解。",
    ),
    "not-your-record": ("It is no record of this party.", "这不是本方的记录。"),
    "record-unknown": ("The record that it names is not there.", "其所指的记录不存在。"),
    "opening-false": (
        "What it opens is not what was sealed.",
        "所公开的内容与密封时的内容不符。",
    ),
    "not-in-an-exercise": (
        "An exercise begins and stops in the exercise domain alone.",
        "演习的开始与停止只在演习域内进行。",
    ),
    "no-exercise": ("It names no exercise that was opened.", "其所指的并非已开始的演习。"),
}
ACTS = MappingProxyType({code: Word(en, zh) for code, (en, zh) in _ROWS.items()})
"""Code of an act of the accord itself to its words (`switch`, `change`, `decision`, `judging`)."""


def word(code: str, edition: Edition | None) -> Word | None:
    """Return the words of a code, or None if the edition that judged has none.

    Args:
        code: as `judging` gives it.
        edition: of the record's pillar; None for an act of the accord.
    """
    of = ACTS if edition is None else edition.words.refusals
    return STRUCTURAL.get(code) or of.get(code)
