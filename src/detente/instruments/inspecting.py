"""The engine of Inspect AI: its providers, its connections, its log; our solvers and scorers.

Each task is a sample of Inspect's. Our solver speaks through Inspect's model, so any provider of Inspect's
works here, and what it said is in Inspect's own log, which stays in the run's folder. Needs the extra
`evaluate`; without it the module loads, and nothing of it runs.
"""

import importlib
from pathlib import Path
from typing import Any

from detente.instruments import sampling, smallmodel
from detente.instruments.assignment import Assignment, Task
from detente.instruments.laboratory import Keep
from detente.instruments.solving import Ask, Message, Reply
from detente.instruments.suite import Suite

CONNECTIONS = 8
MESSAGES = {"system": "ChatMessageSystem", "user": "ChatMessageUser", "assistant": "ChatMessageAssistant"}


def _part(name: str) -> Any:  # noqa: ANN401  # another program's module
    return importlib.import_module(f"inspect_ai.{name}" if name else "inspect_ai")


async def inspect(
    folder: Path, assignment: Assignment, suite: Suite, pending: tuple[Task, ...], keep: Keep
) -> None:
    """Make samples through Inspect, and keep each as soon as it is scored."""
    model, alive = _model(assignment)
    ask = _ask(model, assignment)

    async def solve(state: Any, generate: Any) -> Any:  # noqa: ANN401  # as Inspect types them
        del generate
        made = await sampling.sampled(pending[int(state.sample_id)], assignment, suite, ask)
        keep(made)
        state.output.completion = made.output or ""
        state.metadata["score"] = made.error or made.score
        return state

    await _part("").eval_async(
        _task(suite, pending, solve),
        model=model,
        log_dir=str(folder / "inspect"),
        log_format="eval",
        fail_on_error=False,
        max_samples=1 if alive else CONNECTIONS,
    )


def _task(suite: Suite, pending: tuple[Task, ...], solve: Any) -> Any:  # noqa: ANN401
    scorers, datasets = _part("scorer"), _part("dataset")

    async def score(state: Any, target: Any) -> Any:  # noqa: ANN401
        del target
        return scorers.Score(value=state.metadata["score"])

    samples = [datasets.Sample(input=one.item.id, id=number) for number, one in enumerate(pending)]
    return _part("").Task(
        dataset=datasets.MemoryDataset(samples),
        solver=_part("solver").solver(name="detente")(lambda: solve)(),
        scorer=scorers.scorer(metrics=[scorers.accuracy()], name="detente")(lambda: score)(),
        name=suite.name,
    )


def _model(assignment: Assignment) -> tuple[Any, Any]:
    """Return Inspect's model, and what must stay alive for it."""
    system, models = assignment.system, _part("model")
    config = models.GenerateConfig(
        temperature=float(assignment.solving.temperature),
        max_tokens=assignment.solving.tokens,
        max_retries=2,
        timeout=assignment.patience,
    )
    provider, _, rest = system.name.partition("/")
    if provider == "local":
        server, address = smallmodel.serve(rest)
        name = f"openai-api/local/{rest}"
        return models.get_model(name, base_url=address, api_key="none", config=config), server
    if provider == "mockllm":
        return models.get_model(system.name, custom_outputs=_mocked(models, rest), config=config), None
    return models.get_model(system.name, base_url=system.base_url, config=config), None


def _mocked(models: Any, text: str) -> Any:  # noqa: ANN401
    """Let Inspect's mock always say the same, with a usage: without one it fetches a tokenizer."""

    def answer(*_: object) -> Any:  # noqa: ANN401
        output = models.ModelOutput.from_content("mockllm", text)
        output.usage = models.ModelUsage(input_tokens=1, output_tokens=1, total_tokens=2)
        return output

    return answer


def _ask(model: Any, assignment: Assignment) -> Ask:  # noqa: ANN401
    models = _part("model")
    constrained = assignment.solving.constrained and assignment.system.name.startswith("local/")

    async def ask(messages: tuple[Message, ...], grammar: str) -> Reply:
        told = [getattr(models, MESSAGES[one.role])(content=one.content) for one in messages]
        held = {"extra_body": {"grammar": grammar}} if constrained and grammar else {}
        output = await model.generate(told, config=models.GenerateConfig(**held))
        tokens = output.usage.output_tokens if output.usage else 0
        return Reply(output.completion, tokens, output.model)

    return ask
