"""What both HTTP endpoints answer, as OpenAPI 3.1 has it; a test compares it with the routes that there are.

    python -m detente.faces.openapi > docs/openapi.json

The peer endpoint serves its own description at /openapi.json; the operator's stands in the page alone.
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


def dump(document: dict[str, Any]) -> str:
    """Return a description as JSON."""
    return json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    print(dump({"operator": OPERATOR, "peer": PEER}), end="")
