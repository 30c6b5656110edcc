"""Every error of the house, grouped by whose fault it is.

DetenteError
├── Malformed       the sender's bytes cannot be read            (fix the sender)
│   ├── NotCanonical    another spelling of the same thing
│   ├── TooLarge        beyond a named limit
│   └── Faulty          a text with several faults, all of them listed
├── Unproven        the bytes read well, and do not prove what they claim
│   ├── BadSignature    a known key, a wrong signature
│   ├── WrongKey        a key that is unknown, foreign, or of another role
│   ├── WrongPassphrase  a lock that does not open
│   ├── NotValidThen    a key that was not valid at that log position
│   ├── BelowThreshold  too few distinct signers
│   ├── BadProof        an inclusion or consistency proof that does not compute
│   ├── BadOpening      a disclosure that does not match its commitment
│   └── WrongContext    right bytes, wrong domain, accord, thread or party
├── Contradiction   somebody said two things: this is evidence, keep it
│   ├── Fork            two histories of one log
│   └── Rollback        an older history presented as the newest
└── Misuse          our own caller's fault: a bug in this program
Rooms further out add their own leaves below these five. No error carries an HTTP status or an exit code:
one table at the door does.
"""

MAX_WHAT = 2_000
"""The most characters that an error says: some of them may be a sender's."""


class DetenteError(Exception):
    """A refusal that says at which numbered check it arose, what is wrong, and what to do about it.

    Senders' text in it is shown, never obeyed: characters that steer a terminal, break a line of a log or
    turn the direction of writing stand as escapes, and what is too long is cut.

    Args:
        step: the numbered check, as `record.3`; the number stands in the verifying function.
        what: one sentence that says what is wrong, with the values that matter.
        remedy: one sentence that says what the person who sees this should do.
    """

    def __init__(self, step: str, what: str, remedy: str) -> None:
        self.step = step
        self.what = _shown(what)
        self.remedy = _shown(remedy)
        super().__init__(f"{self.what} [{step}] {self.remedy}")

    def __reduce__(self) -> tuple[object, ...]:
        """Let an error pass from one process to another, whatever arguments its class takes."""
        return _again, (type(self), self.args, self.__dict__)


def _shown(text: str) -> str:
    cut = text if len(text) <= MAX_WHAT else f"{text[:MAX_WHAT]}…"
    return cut if cut.isprintable() else "".join(map(_escaped, cut))


def _escaped(one: str) -> str:
    return one if one.isprintable() else ascii(one)[1:-1]


def _again(kind: type[DetenteError], said: tuple[str, ...], fields: dict[str, object]) -> DetenteError:
    error = kind.__new__(kind, *said)
    error.__dict__.update(fields)
    return error


class Malformed(DetenteError):
    """The sender's bytes cannot be read."""


class NotCanonical(Malformed):
    """The bytes are another spelling of a value that has exactly one."""


class TooLarge(Malformed):
    """The bytes exceed a named limit."""


class Faulty(Malformed):
    """A text that people wrote has faults; each is a refusal of its own, at its place.

    Args:
        step: as in DetenteError, and so the next two.
        what: names the text and how many faults it has.
        remedy: what to do.
        faults: (refusal, line, column, nearest known name or ""), in the order of the text.
    """

    def __init__(
        self, step: str, what: str, remedy: str, faults: "tuple[tuple[DetenteError, int, int, str], ...]" = ()
    ) -> None:
        super().__init__(step, what, remedy)
        self.faults = faults


class Unproven(DetenteError):
    """The bytes can be read and do not prove what they claim."""


class BadSignature(Unproven):
    """A signature by a known key does not verify."""


class WrongKey(Unproven):
    """The key is unknown, foreign, or of another role."""


class WrongPassphrase(Unproven):
    """What a person typed does not open the lock, or the lock was changed."""


class NotValidThen(Unproven):
    """The key was not valid at that log position: not yet, expired, or revoked."""


class BelowThreshold(Unproven):
    """Fewer distinct holders signed than the charter asks for."""


class BadProof(Unproven):
    """An inclusion or consistency proof does not compute to the root."""


class BadOpening(Unproven):
    """A disclosure does not match the commitment under the signature."""


class WrongContext(Unproven):
    """Genuine bytes, presented in another domain, accord, thread or log than they were made for."""


class Contradiction(DetenteError):
    """Somebody said two things that cannot both be true; what proves it must be kept."""


class Fork(Contradiction):
    """Two histories of one log."""


class Rollback(Contradiction):
    """An older history presented as the newest."""


class Misuse(DetenteError):
    """This program called itself wrongly."""
