"""Scores computed again from the suite and the outputs that were opened, without whoever ran the test."""

from detente.instruments import scoring, suite
from detente.instruments.extract import Header, Sample
from detente.instruments.opening import Rescore
from detente.trust.errors import WrongContext


def rescoring(name: str, header: Header) -> Rescore:
    """Return what computes a sample's score again.

    Raises:
        WrongContext: `challenge.8`: the suite is not the one that ran. As `suite.found`.
    """
    used = suite.found(name)
    # 8. It is the suite that ran, and the scorer.
    configured = scoring.digest(scoring.configuration(used.scorer))
    if used.root() != header.suite or configured != header.scorer:
        what = f"The suite {used.name} here, or its scorer, is not the one that ran."
        raise WrongContext("challenge.8", what, "Name the file of the suite that ran.")
    items = {one.id: one for one in used.items}

    def again(sample: Sample) -> tuple[str, str | None]:
        item = items.get(sample.item)
        # 9. The item is in the suite.
        if item is None or sample.output is None:
            what = f"The suite has no item {sample.item}."
            raise WrongContext("challenge.9", what, "Keep the opening: it names what was not agreed.")
        try:
            found = scoring.scored(used.scorer, item, sample.language, scoring.parted(item, sample.output))
        except scoring.Unreadable as error:
            return sample.score, error.code
        return found.score, None

    return again
