"""What the HTTP endpoints answer, as OpenAPI 3.1 has it; a test compares it with the routes that there are.

    python -m detente.faces.openapi > docs/openapi.json

The peer endpoint and the intake serve their own at /openapi.json; the operator's stands in the page alone.
"""

import json
from typing import Any

import detente
from detente.trust import witness

TEXT, BINARY, JSON = "text/plain", "application/octet-stream", "application/json"


def _answer(said: str, media: str | None = None, schema: dict[str, Any] | None = None) -> dict[str, Any]:
    content = {} if media is None else {"content": {media: {"schema": schema or {"type": "string"}}}}
    return {"description": said, **content}


def _object(**kinds: str) -> dict[str, Any]:
    properties = {name: {"type": kind} for name, kind in kinds.items()}
    return {"type": "object", "properties": properties, "required": sorted(kinds)}


_REFUSAL = {"$ref": "#/components/schemas/Refusal"}


def _posting(
    name: str, summary: str, body: tuple[str, dict[str, Any]], answers: dict[str, Any]
) -> dict[str, Any]:
    media, schema = body
    refusals = {
        "400": "It cannot be read.",
        "403": "It does not prove what it claims: a token that has ended, say.",
        "409": "Another report is kept under this code.",
        "413": "Too large.",
        "422": "Sealed for another desk, or for other readers.",
        "429": "Too many at this moment, or too slow; see Retry-After.",
        "503": "The disk is not fit for the work.",
    }
    return {
        "operationId": name,
        "summary": summary,
        "requestBody": {"required": True, "content": {media: {"schema": schema}}},
        "responses": {**answers, **{code: _answer(said, JSON, _REFUSAL) for code, said in refusals.items()}},
    }


def _by_token(
    name: str, summary: str, body: tuple[str, dict[str, Any]], answers: dict[str, Any]
) -> dict[str, Any]:
    return {**_posting(name, summary, body, answers), "security": [{"token": []}]}


def _document(title: str, about: str, paths: dict[str, Any]) -> dict[str, Any]:
    return {
        "openapi": "3.1.0",
        "info": {
            "title": title,
            "description": about,
            "version": detente.__version__,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": paths,
    }


PEER = _document(
    "Detente: the peer endpoint",
    "A static tlog-tiles tree and one tlog-witness doorbell. Nothing that is sent here is believed.",
    {
        "/health": {
            "get": {
                "operationId": "health",
                "summary": "Whether the node does its work; why not is for its operator alone.",
                "responses": {
                    "200": _answer("It does.", JSON, _object(ok="boolean")),
                    "503": _answer("It does not.", JSON, _object(ok="boolean")),
                },
            }
        },
        "/openapi.json": {
            "get": {
                "operationId": "described",
                "summary": "This description.",
                "responses": {"200": _answer("OpenAPI 3.1.", JSON, {"type": "object"})},
            }
        },
        "/add-checkpoint": {
            "post": {
                "operationId": "add_checkpoint",
                "summary": "C2SP tlog-witness: a head and its proof in, our cosignature lines out.",
                "requestBody": {
                    "required": True,
                    "content": {TEXT: {"schema": {"type": "string", "maxLength": witness.MAX_BYTES}}},
                },
                "responses": {
                    "200": _answer("Our signature lines.", TEXT),
                    "400": _answer("It cannot be read.", TEXT),
                    "403": _answer("Nobody of the accord asks, or the key is not the log's.", TEXT),
                    "404": _answer("The log is not witnessed here.", TEXT),
                    "409": _answer("Stale: the size that is known; or two histories.", "text/x.tlog.size"),
                    "413": _answer("Too large.", TEXT),
                    "422": _answer("The proof does not compute, or it was made for elsewhere.", TEXT),
                    "429": _answer("More than one asker's share, or too slow.", TEXT),
                    "503": _answer("The node's disk, lock or clock is not fit for the work.", TEXT),
                },
            }
        },
        "/store/{path}": {
            "put": {
                "operationId": "keep",
                "summary": "Keep a file of the asker's own tree, where this node has a store.",
                "parameters": [
                    {"name": "path", "in": "path", "required": True, "schema": {"type": "string"}}
                ],
                "requestBody": {
                    "required": True,
                    "content": {BINARY: {"schema": {"type": "string", "format": "binary"}}},
                },
                "responses": {
                    "204": {"description": "It is kept."},
                    "400": _answer("It cannot be read, or is no file of a tree.", TEXT),
                    "403": _answer("Nobody of the accord asks, or another than its owner.", TEXT),
                    "409": _answer("Other bytes stand there, and they never change.", TEXT),
                    "413": _answer("Too large.", TEXT),
                    "422": _answer("Signed, but not for here and now; or not what its name says.", TEXT),
                    "429": _answer("More than one asker's share or room, or too slow.", TEXT),
                    "503": _answer("The node's disk is not fit for the work.", TEXT),
                },
            }
        },
        "/{path}": {
            "get": {
                "operationId": "file",
                "summary": "A file of the static tree, such as live/us/checkpoint.",
                "parameters": [
                    {"name": "path", "in": "path", "required": True, "schema": {"type": "string"}}
                ],
                "responses": {
                    "200": _answer("Its bytes.", BINARY, {"type": "string", "format": "binary"}),
                    "400": _answer("The signature cannot be read.", TEXT),
                    "403": _answer("Nobody of the accord asks.", TEXT),
                    "404": _answer("There is no such file.", TEXT),
                    "422": _answer("A signed request, but not for here and now.", TEXT),
                    "429": _answer("More than one asker's share.", TEXT),
                },
            }
        },
    },
)

OPERATOR = _document(
    "Detente: the operator's endpoint",
    "On this machine alone. Numbers and names of parties; never a body, an id or a key.",
    {
        "/health": {
            "get": {
                "operationId": "health",
                "summary": "Whether the node is ready, why not, and how far behind each log is.",
                "responses": {
                    code: _answer(
                        said,
                        JSON,
                        _object(
                            ready="boolean",
                            why="array",
                            party="string",
                            round_age_seconds="number",
                            domains="object",
                        ),
                    )
                    for code, said in (("200", "It is ready."), ("503", "It is not."))
                },
            }
        },
        "/metrics": {
            "get": {
                "operationId": "metrics",
                "summary": "The Prometheus text format, version 0.0.4.",
                "responses": {"200": _answer("Samples.", TEXT)},
            }
        },
    },
)


_REPORT: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["screened", "language", "title", "account"],
    "properties": {
        "screened": {"enum": ["none"], "description": "Nothing of what GET /en/ asks first applies."},
        "language": {"enum": ["en", "zh"]},
        "title": {"type": "string", "description": "In one line."},
        "account": {"type": "string", "description": "What happened, and what stopped it."},
        "system": {"type": "string", "default": "", "description": "Which AI system, of which version."},
        "place": {"type": "string", "default": "", "description": "Where and when, as exactly as may be."},
        "harm": {"type": "string", "default": "", "description": "Who was harmed, or might have been."},
        "advice": {"type": "string", "default": "", "description": "What others should look for or change."},
        "ongoing": {"type": ["boolean", "null"], "default": None, "description": "null: it is not known."},
        "use": {
            "enum": ["any_lawful", "defence_only", "learning_only", "not_against_reporter"],
            "default": "learning_only",
            "description": "What it may be used for; signed into the receipt.",
        },
        "identity": {
            "type": "string",
            "default": "",
            "description": "Who reports; sealed to the keepers alone, and destroyed by a date.",
        },
        "files": {
            "type": "array",
            "default": [],
            "description": "At most 8, 3 MiB each: plain text, PDF, PNG, JPEG, GIF or WebP.",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["name", "base64"],
                "properties": {
                    "name": {"type": "string"},
                    "base64": {"type": "string", "contentEncoding": "base64"},
                },
            },
        },
    },
}
"""As `faces.intake.programs.Spoken`, field for field: a test compares them."""

INTAKE = _document(
    "Detente: the intake of a confidential desk",
    "Reports are sealed to the intake officers. A refusal is JSON: error, step, what, remedy, zh.",
    {
        "/card": {
            "get": {
                "operationId": "card",
                "summary": "The intake card, a signed note: to whom reports are sealed.",
                "responses": {
                    "200": _answer("The card.", TEXT),
                    "404": _answer("There is none.", JSON, _REFUSAL),
                },
            }
        },
        "/cards/{digest}": {
            "get": {
                "operationId": "card_of",
                "summary": "A card that the desk has published, by the digest that a letter names.",
                "parameters": [
                    {"name": "digest", "in": "path", "required": True, "schema": {"type": "string"}}
                ],
                "responses": {
                    "200": _answer("The card.", TEXT),
                    "422": _answer("Not this desk's.", JSON, _REFUSAL),
                },
            }
        },
        "/api/v1/letters": {
            "post": _posting(
                "letters",
                "A sealed report in, its receipt out; the same one again gets the same receipt.",
                (BINARY, {"type": "string", "format": "binary"}),
                {"201": _answer("The receipt, a signed note.", TEXT)},
            )
        },
        "/api/v1/reports": {
            "post": _by_token(
                "reports",
                "A report in JSON, with a token: the server seals it, and keeps no word of it.",
                (JSON, _REPORT),
                {"201": _answer("Shown once.", JSON, _object(code="string", receipt="string"))},
            )
        },
        "/api/v1/threads": {
            "post": _posting(
                "threads",
                "Questions and answers, sealed, by the lookup that follows from the follow-up code.",
                (JSON, _object(lookup="string")),
                {
                    "200": _answer(
                        "The thread.",
                        JSON,
                        _object(
                            number="integer",
                            state="string",
                            cards="array",
                            messages="array",
                            receipt="string",
                        ),
                    ),
                    "404": _answer("No report is kept under it.", JSON, _REFUSAL),
                },
            )
        },
        "/api/v1/messages": {
            "post": _posting(
                "messages",
                "A reporter's message, sealed and signed, into its thread.",
                (JSON, _object(lookup="string", package="string")),
                {"201": _answer("Its number.", JSON, _object(n="integer"))},
            )
        },
    },
)
_WORDS = {"what": {"type": "string"}, "remedy": {"type": "string"}}
INTAKE["components"] = {
    "schemas": {
        "Refusal": {
            "type": "object",
            "required": ["error", "step", "what", "remedy", "zh"],
            "properties": {
                "error": {"type": "string", "description": "Its name."},
                "step": {"type": "string", "description": "The numbered check at which it was refused."},
                **_WORDS,
                "zh": {"type": "object", "required": ["what", "remedy"], "properties": _WORDS},
            },
        }
    },
    "securitySchemes": {
        "token": {
            "type": "http",
            "scheme": "bearer",
            "description": "The desk gives a laboratory one: detente intake token --label NAME",
        }
    },
}


def dump(document: dict[str, Any]) -> str:
    """Return a description as JSON."""
    return json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    print(dump({"intake": INTAKE, "operator": OPERATOR, "peer": PEER}), end="")
