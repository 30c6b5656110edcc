"""The fate of each attack: the checks that refuse it, or what holds where there is nothing to refuse.

FATES["equivocate"].steps     ("pull.1",)
"""

from msgspec import Struct

from detente.faces.speech import Text


class Fate(Struct, frozen=True):
    """The end of an attack.

    Args:
        steps: at which checks its statements are refused, each kept as evidence.
        standing: the code under which standing refuses its record; "" if it does not come so far.
        instead: what holds where nothing is refused.
    """

    steps: tuple[str, ...] = ()
    standing: str = ""
    instead: Text = Text("", "")


FATES: dict[str, Fate] = {
    "copy-commitment": Fate(("disclosure.7",), "opening-false"),
    "false-opening": Fate(("disclosure.9",), "opening-false"),
    "frame": Fate(
        instead=Text("the false proof stands for nothing: nobody is forked", "伪证不成立：无人被认定分叉")
    ),
    "misdate": Fate(("cosigned.4",)),
    "false-standing": Fate(("compare.5",)),
    "roll-back": Fate(("witness.8",)),
    "garbage-proof": Fate(("consistency.3",)),
    "impostor": Fate(("checkpoint.9",)),
    "forge-mirror": Fate(("checkpoint.9",)),
    "withhold-receipts": Fate(
        instead=Text("its silence moves nobody's standing", "其沉默不影响任何一方的履约状况")
    ),
    "back-date": Fate(standing="clock-went-back"),
    "replay": Fate(("body.4",), "repeated"),
    "exercise-as-real": Fate(("envelope.6", "record.5")),
    "real-as-exercise": Fate(("envelope.6", "record.5")),
    "forge": Fate(("body.4", "envelope.8")),
    "amend-out-of-order": Fate(
        instead=Text(
            "it waits for a version that nobody has, and counts for nothing",
            "其所据版本无人持有，不产生任何效力",
        )
    ),
    "withhold-bodies": Fate(
        instead=Text("shown as missing, and counts for nothing", "显示为缺失，不产生任何效力")
    ),
    "flood": Fate(("consistency.3",)),
    "equivocate": Fate(("pull.1",)),
    "second-history": Fate(("witness.6",)),
    "yesterday": Fate(("pull.1",)),
}
"""In the order in which they can be played; what forks a log stands last, for nothing is read of it after."""

FORKING = ("equivocate", "second-history", "yesterday")
"""Each forks the log: the next needs a world of its own."""
