"""Where an opened number disagrees with the band that was declared."""

from detente.accord.pillar import Statement

from .band import holds
from .kinds import Profile

_DECLARED = {"operations": "compute", "operations_in_all": "total"}


def contradicts(statement: Statement, path: str, value: object) -> bool:
    """Whether an opened exact number of operations lies outside the band that its record stated."""
    if path not in _DECLARED or not isinstance(statement.open, Profile) or not isinstance(value, str):
        return False
    return not holds(getattr(statement.open, _DECLARED[path]), int(value))
