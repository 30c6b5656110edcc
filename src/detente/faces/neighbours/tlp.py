"""TLP 2.0 (FIRST, 2022): which marking an object carries, as STIX 2.1's common objects define them.

The accord shares among its parties, so nothing is clearer than amber: open fields, which every party has, are
TLP:AMBER; what carries values that were released to this audience alone is TLP:AMBER+STRICT. Where a record
states a marking itself (an open field `tlp`), that one holds if it is stricter.
Ids and extension: oasis-open/cti-stix-common-objects, extension-definition--60a3c5c5-….
"""

from typing import Any

from detente.faces.neighbours.view import View

EXTENSION = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"
LEVELS = ("clear", "green", "amber", "amber+strict", "red")
"""From the widest to the strictest: an object's rank is its place here."""

IDS = {
    "clear": "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487",
    "green": "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
    "amber": "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421",
    "amber+strict": "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003",
    "red": "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1",
}
OLDER = {
    "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9": "clear",
    "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da": "green",
    "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82": "amber",
    "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed": "red",
}
"""The ids of TLP 1.0 in STIX 2.1, which are only read."""


def of(view: View) -> str:
    """Return the level of what a view holds."""
    least = "amber" if view.shown in ("open", "all") else "amber+strict"
    stated = str(view.open.get("tlp", "")).lower().replace("_", "+").removeprefix("tlp:")
    return max(least, stated, key=LEVELS.index) if stated in LEVELS else least


def marking(level: str) -> dict[str, Any]:
    """Return the marking definition of a level."""
    return {
        "type": "marking-definition",
        "spec_version": "2.1",
        "id": IDS[level],
        "created": "2022-10-01T00:00:00.000Z",
        "name": f"TLP:{level.upper()}",
        "extensions": {EXTENSION: {"extension_type": "property-extension", "tlp_2_0": level}},
    }
