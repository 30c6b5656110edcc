"""A small TCP proxy that delays and cuts, for kernels without netem: `delaying.py CONTROL PORT=HOST:PORT…`.

It listens on loopback and forwards. Each piece of each direction waits for a time drawn from what the file
CONTROL says now, so that what is said on one connection overtakes what is said on another; or its connection
is cut in the middle of a piece.

    {"delay": [0.0, 0.3], "cut": 0.05}        seconds, from and to; the chance of a cut for each piece
"""

import asyncio
import contextlib
import json
import random
import sys
from pathlib import Path
from typing import Any

PIECE = 4_096


def _said(control: Path) -> dict[str, Any]:
    return json.loads(control.read_text(encoding="utf-8"))  # type: ignore[no-any-return]  # an object


async def _forward(control: Path, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while piece := await reader.read(PIECE):
        said = _said(control)
        await asyncio.sleep(random.uniform(*said["delay"]))  # noqa: S311 (no secret)
        if random.random() < said["cut"]:  # noqa: S311
            writer.write(piece[: len(piece) // 2])
            await writer.drain()
            return
        writer.write(piece)
        await writer.drain()


async def _serve(control: Path, port: int, host: str, far: int) -> None:
    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ends = [writer]
        try:
            there, back = await asyncio.open_connection(host, far)
            ends.append(back)
            ways = {
                asyncio.create_task(_forward(control, reader, back)),
                asyncio.create_task(_forward(control, there, writer)),
            }
            _, left = await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            for one in left:
                one.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
        except OSError:
            pass
        finally:
            for one in ends:
                with contextlib.suppress(OSError):
                    one.close()

    server = await asyncio.start_server(accept, "127.0.0.1", port)
    async with server:
        await server.serve_forever()


async def _main(control: Path, routes: list[str]) -> None:
    parts = [(route.partition("=")[0], *route.partition("=")[2].split(":")) for route in routes]
    await asyncio.gather(*(_serve(control, int(port), host, int(far)) for port, host, far in parts))


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_main(Path(sys.argv[1]), sys.argv[2:]))
