"""The node's own errors, below and beside those of `trust.errors`.

DetenteError
├── Contradiction
│   ├── Behind          this database is older than what it has signed
│   └── Disagreement    a peer computes another standing at one cut
├── Unproven
│   └── Withheld        leaves under a signed head that its log has not shown in time
├── Misuse
│   └── NoSuchThing     a name that this node does not know
├── Unready             the place, not the data: nobody signed anything wrong
│   ├── HomeMissing     no node lives there
│   ├── HomeInUse       another process has it
│   ├── HomeUnsafe      others could read or change it
│   ├── DiskFailed      the disk is full, read-only or broken
│   ├── PeerAway        a source does not answer, or sends too much
│   │   ├── WrongPin    another TLS certificate than the pinned one answers there
│   │   └── Unfenced    TLS does not hold: it has ended, is missing, or one side does not take the other's
│   ├── Exceeded        a peer asks for more than its share
│   ├── ClockBack       the clock stands before what was already written
│   ├── PortTaken       another process listens there, or nobody may
│   └── Recovering      made from a backup, and the own log is not back yet
└── Refused             the gate said no, and by which rule
"""

from detente.trust.errors import Contradiction, DetenteError, Misuse, Unproven


class Behind(Contradiction):
    """This database is older than what was signed from it, or contradicts it."""


class Disagreement(Contradiction):
    """A peer signed another standing than the logs give at one cut: one of both is wrong, or lies."""


class Withheld(Unproven):
    """A log signed a head, and has not shown the leaves under it within the accord's term."""


class NoSuchThing(Misuse):
    """A record, party, domain or rule that this node does not know."""


class Unready(DetenteError):
    """The place is not fit for the work: disk, lock, network or clock. Nothing that was signed is wrong."""


class HomeMissing(Unready):
    """There is no home at this path, or a home where a new one was asked for."""


class HomeInUse(Unready):
    """Another process works on this home."""


class HomeUnsafe(Unready):
    """Keys or data could be read or changed by others on this machine."""


class DiskFailed(Unready):
    """The disk refused a write or a read; nothing was acknowledged."""


class PeerAway(Unready):
    """A source does not answer, answers with an error, or sends more than a limit."""


class WrongPin(PeerAway):
    """Another TLS certificate than the pinned one answers at that address."""


class Unfenced(PeerAway):
    """TLS does not hold: a certificate has ended or is not pinned, or one side speaks in the clear."""


class Exceeded(Unready):
    """A peer asked for more than its share of this node, or too slowly."""


class ClockBack(Unready):
    """The clock stands before what this node has already written."""


class PortTaken(Unready):
    """Another process listens there, or nobody may."""


class Recovering(Unready):
    """This home was made from a backup; until the own log is back from the others, nothing is signed."""


class Refused(DetenteError):
    """The gate did not let it out; the step names the check, the sentence the rule."""
