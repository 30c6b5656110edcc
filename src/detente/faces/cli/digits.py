"""The digits: which record a person means by the first digits of its id, as pages and lists show them.

record_of(node, "9f3c01d2")     the id of the one record that begins so, of any kind and domain
"""

from typing import TYPE_CHECKING, get_args

from detente.node.errors import NoSuchThing
from detente.trust.record import Domain

if TYPE_CHECKING:
    from detente.node.node import Node

DOMAINS: tuple[Domain, ...] = get_args(Domain)
WHOLE = 64
"""How many digits an id has."""


def record_of(node: "Node", digits: str, domain: Domain | None = None) -> str:
    """Return the id that begins with these digits; a whole id as it is, whether or not it is held here.

    Args:
        node: that holds the records.
        digits: the first of an id, or all.
        domain: in which alone they are looked up; none for every domain of the node.

    Raises:
        NoSuchThing: `show.1`: the digits name none, or several.
    """
    if len(digits) == WHOLE:
        return digits
    domains = [one for one in DOMAINS if one in node.status().domains] if domain is None else [domain]
    found = {one.id for each in domains for one in node.records(each)}
    named = sorted(one for one in found if one.startswith(digits))
    # 1. The digits name one record.
    if len(named) != 1:
        what = f"{digits[:64]} names {len(named)} records."
        raise NoSuchThing("show.1", what, "Give more digits; detente record list has them all.")
    return named[0]
