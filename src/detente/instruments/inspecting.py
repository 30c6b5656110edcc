"""The engine of Inspect AI: its providers, its connections, its log; our solvers and scorers.

Each task is a sample of Inspect's. Our solver speaks through Inspect's model, so any provider of Inspect's
works here, and what it said is in Inspect's own log, which stays in the run's folder. Needs the extra
`evaluate`.
"""

from contextlib import suppress
from pathlib import Path
from typing import Any

from inspect_ai import Task as InspectTask
from inspect_ai import eval_async
from inspect_ai.dataset import MemoryDataset
from inspect_ai.dataset import Sample as InspectSample
from inspect_ai.model import (
    ChatMessageAssistant,
    ChatMessageSystem,
    ChatMessageUser,
    GenerateConfig,
    ModelOutput,
    ModelUsage,
    get_model,
)
from inspect_ai.scorer import Score, accuracy, scorer
from inspect_ai.solver import solver

from detente.instruments import sampling, smallmodel
from detente.instruments.assignment import Assignment, Task
from detente.instruments.laboratory import Keep
from detente.instruments.solving import Ask, Message, Reply
from detente.instruments.suite import Suite

MESSAGES: dict[str, Any] = {
    "system": ChatMessageSystem,
    "user": ChatMessageUser,
    "assistant": ChatMessageAssistant,
}
CONNECTIONS = 8


async def inspect(
    folder: Path, assignment: Assignment, suite: Suite, pending: tuple[Task, ...], keep: Keep
) -> None:
    """Make samples through Inspect, and keep each as soon as it is scored."""
    model, alive = _model(assignment)
    ask = _ask(model, assignment)

    @solver(name="detente")
    def solves() -> Any:  # noqa: ANN401  # as Inspect types it
        async def solve(state: Any, generate: Any) -> Any:  # noqa: ANN401
            del generate
            made = await sampling.sampled(pending[int(state.sample_id)], assignment, suite, ask)
            keep(made)
            state.output.completion = made.output or ""
            state.metadata["score"] = made.error or made.score
            return state

        return solve

    @scorer(metrics=[accuracy()], name="detente")
    def scores() -> Any:  # noqa: ANN401
        async def score(state: Any, target: Any) -> Score:  # noqa: ANN401
            del target
            return Score(value=state.metadata["score"])

        return score

    dataset = MemoryDataset(
        [InspectSample(input=one.item.id, id=number) for number, one in enumerate(pending)]
    )
    task = InspectTask(dataset=dataset, solver=solves(), scorer=scores(), name=suite.name)
    with suppress(ConnectionError):
        await eval_async(
            task,
            model=model,
            log_dir=str(folder / "inspect"),
            log_format="eval",
            fail_on_error=False,
            max_samples=1 if alive else CONNECTIONS,
        )


def _model(assignment: Assignment) -> tuple[Any, Any]:
    """Return Inspect's model, and what must stay alive for it."""
    system = assignment.system
    config = GenerateConfig(
        temperature=float(assignment.solving.temperature),
        max_tokens=assignment.solving.tokens,
        max_retries=2,
        timeout=assignment.patience,
    )
    provider, _, rest = system.name.partition("/")
    if provider == "local":
        server, address = smallmodel.serve(rest)
        name = f"openai-api/local/{rest}"
        return get_model(name, base_url=address, api_key="none", config=config), server
    if provider == "mockllm":
        return get_model(system.name, custom_outputs=_mocked(rest), config=config), None
    return get_model(system.name, base_url=system.base_url, config=config), None


def _mocked(text: str) -> Any:  # noqa: ANN401
    """Let Inspect's mock always say the same, with a usage: without one it fetches a tokenizer."""

    def answer(*_: object) -> ModelOutput:
        output = ModelOutput.from_content("mockllm", text)
        output.usage = ModelUsage(input_tokens=1, output_tokens=1, total_tokens=2)
        return output

    return answer


def _ask(model: Any, assignment: Assignment) -> Ask:  # noqa: ANN401
    constrained = assignment.solving.constrained and assignment.system.name.startswith("local/")

    async def ask(messages: tuple[Message, ...], grammar: str) -> Reply:
        told = [MESSAGES[one.role](content=one.content) for one in messages]
        held = (
            GenerateConfig(extra_body={"grammar": grammar}) if constrained and grammar else GenerateConfig()
        )
        output = await model.generate(told, config=held)
        tokens = output.usage.output_tokens if output.usage else 0
        return Reply(output.completion, tokens, output.model)

    return ask
