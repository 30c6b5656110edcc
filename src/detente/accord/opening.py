"""The opening: a sealed value shown to all, held against the commitment that its author signed.

    require_true([report, opening])      raises where the opening shows something else than was sealed

Both are their author's own signed statements, so an opening that is false convinces anybody who has the two.
Pure.
"""

from collections.abc import Sequence

from detente.trust import disclosure
from detente.trust.errors import BadOpening
from detente.trust.record import Record, record_id

KIND = "accord.opening"


def require_true(records: Sequence[Record]) -> None:
    """Return if each opening among these records opens the one among them that it names, if that is here.

    Raises:
        WrongContext: `disclosure.7`; BadOpening: `disclosure.8`, `disclosure.9`, `opening.1`.
        Malformed: as `disclosure.parse`.
    """
    named = {record_id(one): one for one in records}
    for one in records:
        before = named.get(str(one.open.get("record")))
        if one.kind != KIND or before is None:
            continue
        path, _ = disclosure.open_with(before, str(one.open.get("disclosure")))
        # 1. It opens the path that it says it opens.
        if path != one.open.get("path"):
            raise BadOpening("opening.1", f"It opens {path}, and says another path.", "Keep both records.")
