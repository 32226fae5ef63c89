"""`joldau rules evaluate` and `joldau rules learn`: how well rules read texts with known answers, and a new model."""

import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from services.cli.failure import Exit, Failed
from services.cli.output import Output
from services.cli.session import Call

if TYPE_CHECKING:
    from services.cli.evaluation import Answer
    from services.cli.learning import Example
    from services.router.rules import Rules

Texts = Annotated[
    list[Path],
    typer.Argument(
        metavar="TEXTS...",
        help="JSON Lines with `text`, `expected` and, where known, `lang` and `topics`; or folders of such files.",
        show_default=False,
    ),
]
Lexicon = Annotated[Path | None, typer.Option(metavar="FILE", help="A lexicon instead of the one that ships.")]
Model = Annotated[Path | None, typer.Option(metavar="FILE", help="A model instead of the one that ships.")]

LINES: Final = ("of", "texts", "accuracy", "macro_f1", "corruption_recall", "coverage", "wrong", "sent_wrong")
CLASSES: Final = ("class", "texts", "precision", "recall", "f1")
_TOLD_EVERY: Final = 2_000


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
    texts: Texts,
    out: Annotated[Path, typer.Option(metavar="FILE", help="Where the model is written.")],
    measured_on: Annotated[
        str, typer.Option("--measured-on", metavar="PREFIX", help="Measure on groups named so: folders, or files.")
    ] = "",
    lexicon: Lexicon = None,
) -> None:
    """Fit a model on labelled texts, and measure it: each group of texts is read by a model that has not seen it.

    A group is a folder, or a lone file: keep texts of one hand in one group. It takes scikit-learn: install
    `joldau[learn]`. The model decides nothing before a rule set with it is put in force.
    """
    from services.cli.evaluation import measured  # noqa: PLC0415 - heavy: `joldau --help` does without
    from services.cli.learning import fit, read_examples  # noqa: PLC0415 - likewise
    from services.router.rules import LEXICON, read_rules  # noqa: PLC0415 - likewise

    words = read_rules(lexicon=lexicon or LEXICON, model=None).lexicon
    fitted = fit(read_examples(texts), words, measured_on=measured_on, say=call.obj.output.note)
    document = json.dumps(fitted.document, ensure_ascii=False, indent=0) + "\n"
    try:
        out.write_text(document, "utf-8")
    except OSError as fault:
        raise Failed(Exit.USAGE, f"{out} cannot be written: {fault.strerror}.") from fault
    every = [answer for answers in fitted.answers.values() for answer in answers]
    parts = {group: measured(answers) for group, answers in fitted.answers.items()}
    show(call.obj.output, {**parts, "all": measured(every)})


def show(output: Output, parts: Mapping[str, Mapping[str, Any]]) -> None:
    """Print figures, a line for each part, and the classes of the part called ``all``."""
    output.rows((_line(name, figures) for name, figures in parts.items()), LINES)
    if not output.as_json:
        output.out.write("\n")
        rows = ({"class": name, **_shares(figures)} for name, figures in parts["all"]["classes"].items())
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
