"""The assumption: which row of the table of who may lie applies to an accord, and what it buys.

assume(Tempo(k=1, ...), parties=3)  ->  Assumption(witnesses=2, b=1, c=1, decisive=True, ...)
"""

from msgspec import Struct

from detente.accord.duty import Tempo


class Assumption(Struct, frozen=True):
    """Which row of the table of assumptions applies.

    Args:
        parties: n.
        witnesses: m, of one party.
        k: faulty parties assumed.
        b: lows needed to place a record not before.
        c: holders needed to place it not after.
        tolerance: Γ in milliseconds.
        decisive: whether every claim is decided while at most k are faulty (m >= 2k).
        en: the row in words.
        zh: the same in Chinese.
    """

    parties: int
    witnesses: int
    k: int
    b: int
    c: int
    tolerance: int
    decisive: bool
    en: str
    zh: str


def assume(tempo: Tempo, parties: int) -> Assumption:
    """Compute the row of an accord between so many parties."""
    witnesses = parties - 1
    lows = tempo.lows(witnesses)
    en, zh = _sentences(witnesses, tempo.k, lows)
    decisive = witnesses >= 2 * tempo.k
    return Assumption(parties, witnesses, tempo.k, lows, tempo.c, tempo.tolerance, decisive, en, zh)


def _sentences(witnesses: int, k: int, lows: int) -> tuple[str, str]:
    late_en = f"A late performance is never kept unless its author and {k} witnesses collude."
    late_zh = f"除非作者与{k}个见证方串通，迟延的履行不会被判为已履行。"
    if lows == 0:
        en = f"A duty is missed only by its debtor's own admission, and much stays undecided. {late_en}"
        return en, f"仅凭义务人自己的日志才能认定其未履行，许多事项将无法裁定。{late_zh}"
    liars = witnesses - lows + 1
    liars_en = f"{liars} of {witnesses} witnesses lie or withhold"
    en = f"An honest party that performed in time is never missed unless {liars_en}."
    zh = f"除非{witnesses}个见证方中有{liars}个说谎或扣留，按时履行的诚实方不会被判为未履行。"
    return f"{en} {late_en}", zh + late_zh
