"""What each state of a pillar asks, in words: of records, of duties, and of whoever would change it."""

from collections.abc import Mapping

from detente.faces.speech import Text

ASKS: Mapping[str, Text] = {
    "dormant": Text(
        "Dormant: agreed, and asleep. No record of it stands and nothing of it is owed. The officers of all "
        "parties wake it.",
        "休眠：已商定而未启用。其记录一律不成立，也不产生义务。启用须经各方官员签署。",
    ),
    "prepared": Text(
        "Prepared: as dormant, while each party makes ready what it will need. The officers of all parties "
        "take it further.",
        "就绪：与休眠相同，各方同时备妥所需条件。进入下一状态须经各方官员签署。",
    ),
    "pilot": Text(
        "In trial: records stand, duties run and standing counts them, as in force; the parties call it a "
        "trial. It ends by itself.",
        "试行：记录成立，义务起算并计入履约状况，与生效相同；各方约定其为试行。到期自动终止。",
    ),
    "active": Text(
        "In force: records stand, duties run and standing counts them. It ends by itself.",
        "生效：记录成立，义务起算并计入履约状况。到期自动终止。",
    ),
    "suspended": Text(
        "Suspended: nothing of it is tabled or shown; duties that arose keep their clocks. One party's "
        "officers bring it about, those of all parties end it.",
        "中止：不提交、不开示其任何内容；已产生的义务时限照常计算。一方官员即可中止，恢复须经各方官员签署。",
    ),
    "retired": Text("Retired: for good.", "停用：不再恢复。"),
}
