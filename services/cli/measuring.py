"""`joldau rules evaluate` and `joldau rules learn`: how well rules read texts with known answers, and a new model."""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from services.cli.failure import Exit, Failed
from services.cli.output import Output
from services.cli.rule_files import IN_FORCE, base_set
from services.cli.session import Call, Session

if TYPE_CHECKING:
    from services.cli.evaluation import Answer
    from services.cli.learning import Example
    from services.cli.outcome_learning import Outcome
    from services.router.rules import Rules

Texts = Annotated[
    list[Path],
    typer.Argument(
        metavar="TEXTS...",
        help="JSON Lines with `text`, `expected` and, where known, `lang` and `topics`; or folders of such files.",
        show_default=False,
    ),
]
Learnt = Annotated[
    list[Path] | None, typer.Argument(metavar="[TEXTS...]", help="As for `rules evaluate`; or --from-outcomes.")
]
Lexicon = Annotated[Path | None, typer.Option(metavar="FILE", help="A lexicon instead of the one that ships.")]
Model = Annotated[Path | None, typer.Option(metavar="FILE", help="A model instead of the one that ships.")]

LINES: Final = ("of", "texts", "accuracy", "macro_f1", "corruption_recall", "coverage", "wrong", "sent_wrong")
CLASSES: Final = ("class", "texts", "precision", "recall", "f1")
_TOLD_EVERY: Final = 2_000
_OUTCOMES_AT_ONCE: Final = 1_000


def evaluate(
    call: Call,
    texts: Texts,
    lexicon: Lexicon = None,
    model: Model = None,
    without_model: Annotated[bool, typer.Option("--without-model", help="The lexicon reads alone.")] = False,
    mistakes: Annotated[bool, typer.Option("--mistakes", help="Print the texts that were taken for another.")] = False,
) -> None:
    """Measure rules on labelled texts: overall, by class and language, and what needs no person.

    `expected` is retained, akimat, education, land-relations, other or review. Coverage is the share decided without a
    person, wrong the mistakes among it, sent_wrong those among what leaves the service. Shares come with the bounds
    within which they lie in 95 of 100 cases.
    """
    from services.cli.evaluation import measured  # noqa: PLC0415 - heavy: `joldau --help` does without
    from services.cli.learning import read_examples  # noqa: PLC0415 - likewise
    from services.router.model import START  # noqa: PLC0415 - likewise
    from services.router.rules import LEXICON, read_rules  # noqa: PLC0415 - likewise

    examples = read_examples(texts)
    if not examples:
        raise Failed(Exit.USAGE, "There is no text in it.")
    rules = read_rules(lexicon=lexicon or LEXICON, model=None if without_model else model or START)
    began = time.perf_counter()
    answers = _answers(call.obj.output, examples, rules)
    figures = {**measured(answers), "texts_per_second": round(len(answers) / (time.perf_counter() - began))}
    if mistakes:
        _show_mistakes(call.obj.output, examples, answers)
    elif call.obj.output.as_json:
        call.obj.output.record(figures)
    else:
        show(call.obj.output, {"all": figures, **figures["languages"]})
        call.obj.output.note(f"{figures['texts_per_second']} texts a second on one core.")


def learn(
    call: Call,
    out: Annotated[Path, typer.Option(metavar="FILE", help="Where the model is written.")],
    texts: Learnt = None,
    from_outcomes: Annotated[
        bool, typer.Option("--from-outcomes", help="Learn topics from what agencies and operators have settled.")
    ] = False,
    least: Annotated[
        tuple[int, int], typer.Option(metavar="ALL EACH", help="Outcomes: how many in all, and of each topic learnt.")
    ] = (200, 20),
    force: Annotated[bool, typer.Option("--force", help="Outcomes: write the model though it is no better.")] = False,
    measured_on: Annotated[
        str, typer.Option("--measured-on", metavar="PREFIX", help="Measure on groups named so: folders, or files.")
    ] = "",
    lexicon: Lexicon = None,
) -> None:
    """Fit a model on labelled texts, and measure it: each group of texts is read by a model that has not seen it.

    A group is a folder, or a lone file: keep texts of one hand in one group. It takes scikit-learn: install
    `joldau[learn]`. The model decides nothing before a rule set with it is put in force.

    With --from-outcomes it is the model in force whose topics learn from the newest outcomes but the last fifth, on
    which both are measured. Too few outcomes, or no better a model: exit code 1, and nothing is written.
    """
    if from_outcomes is bool(texts):
        raise Failed(Exit.USAGE, "Give TEXTS to learn from, or --from-outcomes.")
    if find_spec("sklearn") is None:
        raise Failed(Exit.USAGE, "It takes scikit-learn: install joldau[learn].")
    if from_outcomes:
        _learn_from_outcomes(call.obj, out, least=least, force=force)
        return
    from services.cli.evaluation import measured  # noqa: PLC0415 - heavy: `joldau --help` does without
    from services.cli.learning import fit, read_examples  # noqa: PLC0415 - likewise
    from services.router.rules import LEXICON, read_rules  # noqa: PLC0415 - likewise

    words = read_rules(lexicon=lexicon or LEXICON, model=None).lexicon
    fitted = fit(read_examples(texts or []), words, measured_on=measured_on, say=call.obj.output.note)
    _write(out, fitted.document)
    every = [answer for answers in fitted.answers.values() for answer in answers]
    parts = {group: measured(answers) for group, answers in fitted.answers.items()}
    together = measured(every)
    show(call.obj.output, {**parts, **together["languages"], "all": together})


def _learn_from_outcomes(session: Session, out: Path, *, least: tuple[int, int], force: bool) -> None:
    from services.cli.evaluation import measured  # noqa: PLC0415 - heavy: `joldau --help` does without
    from services.cli.outcome_learning import relearn  # noqa: PLC0415 - likewise
    from services.router.rules import Policy  # noqa: PLC0415 - likewise

    whole, of_each = least
    base = base_set(session, IN_FORCE)
    if base.model is None:
        raise Failed(Exit.USAGE, "There is no model in force that could learn: propose one and activate it first.")
    outcomes = list(_outcomes(session))
    session.output.note(f"{len(outcomes)} outcomes.")
    if len(outcomes) < whole and not force:
        raise Failed(
            Exit.FAILURE, f"It takes {whole} outcomes to learn: there are {len(outcomes)}. Nothing is written."
        )
    learnt = relearn(outcomes, base.rules(Policy.UNSURE), base.model, least_of_each=of_each)
    if not learnt.topics:
        message = f"No topic has {of_each} outcomes, and as many that are not of it. Nothing is written."
        raise Failed(Exit.FAILURE, message)
    session.output.note(f"Learnt: {', '.join(learnt.topics)}. All else stays as it is in force.")
    show(session.output, {"in force": measured(learnt.before), "learnt": measured(learnt.after)}, of="learnt")
    if not learnt.is_better and not force:
        raise Failed(
            Exit.FAILURE, "On the newest outcomes it is no better than the rules in force. Nothing is written."
        )
    _write(out, learnt.document)


def _outcomes(session: Session) -> "Iterator[Outcome]":
    """All outcomes that the router tells, page by page."""
    from services.cli.outcome_learning import Outcome  # noqa: PLC0415 - heavy: `joldau --help` does without

    query: dict[str, Any] = {"limit": _OUTCOMES_AT_ONCE}
    while True:
        *rows, last = session.router.call("GET", "/v1/outcomes", params=query).text.splitlines()
        yield from (Outcome.of(json.loads(row)) for row in rows)
        cursor = json.loads(last)["next_cursor"]
        if cursor is None:
            return
        query["cursor"] = cursor


def _write(out: Path, document: Mapping[str, Any]) -> None:
    try:
        out.write_text(json.dumps(document, ensure_ascii=False, indent=0) + "\n", "utf-8")
    except OSError as fault:
        raise Failed(Exit.USAGE, f"{out} cannot be written: {fault.strerror}.") from fault


def show(output: Output, parts: Mapping[str, Mapping[str, Any]], *, of: str = "all") -> None:
    """Print figures, a line for each part, and the classes of the part called `of`."""
    output.rows((_line(name, figures) for name, figures in parts.items()), LINES)
    if not output.as_json:
        output.out.write("\n")
        rows = ({"class": name, **_shares(figures)} for name, figures in parts[of]["classes"].items())
        output.rows(rows, CLASSES)


def _line(name: str, figures: Mapping[str, Any]) -> dict[str, Any]:
    return {"of": name, **_shares(figures), **_shares(figures["without_a_person"])}


def _shares(figures: Mapping[str, Any]) -> dict[str, Any]:
    """Shares as a person reads them: the share and its bounds."""
    return {
        name: _share(value) if isinstance(value, Mapping) and "low" in value else value
        for name, value in figures.items()
    }


def _share(value: Mapping[str, Any]) -> str:
    return "-" if value["share"] is None else f"{value['share']:.3f} ({value['low']:.3f}-{value['high']:.3f})"


def _answers(output: Output, examples: "Sequence[Example]", rules: "Rules") -> "list[Answer]":
    from services.cli.evaluation import Answer  # noqa: PLC0415 - heavy: `joldau --help` does without
    from services.router.judgement import judge  # noqa: PLC0415 - likewise
    from services.router.reading import read  # noqa: PLC0415 - likewise

    answers: list[Answer] = []
    for example in examples:
        judgement = judge(read(example.text, rules.lexicon, rules.model), rules.lexicon, rules.margins)
        answers.append(Answer.of(example.expected, example.language, judgement))
        if len(answers) % _TOLD_EVERY == 0:
            output.note(f"{len(answers)} of {len(examples)} texts read.")
    return answers


def _show_mistakes(output: Output, examples: "Sequence[Example]", answers: "Sequence[Answer]") -> None:
    output.rows(
        (
            {"expected": answer.expected, "named": answer.named, "alone": answer.alone, "text": example.text}
            for example, answer in zip(examples, answers, strict=True)
            if not answer.right
        ),
        ("expected", "named", "alone", "text"),
    )
