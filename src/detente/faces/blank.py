"""The blank: what an open field says that holds nothing.

Of a field that names something, that it names nothing; of one that may be left out (docs/adr/0222), that its
author has not stated it, which is no lack of knowledge; of any other, that its author does not know.
"""

from detente.accord.edition import Edition
from detente.accord.field import Field, fields
from detente.faces.speech import Text

NONE = Text("none", "无")
UNSTATED = Text("not stated", "未填写")
UNKNOWN = Text("unknown", "未知")


def of(field: Field | None) -> Text:
    """Return what a field says that is null."""
    if field is not None and field.optional:
        return UNSTATED
    return UNKNOWN if field is None or field.ref is None else NONE


def named(edition: Edition | None, kind: str, name: str) -> Text:
    """Return what the field of that name says that is null; what is no field of the kind is unknown."""
    spec = edition.spec(kind) if edition else None
    known = fields(spec.open) if spec else ()
    return of(next((one for one in known if one.name == name), None))
