"""What the desk's forms say, as the bodies of the API."""

import pytest
from pydantic import ValidationError

from services.chassis.errors import Conflict
from services.contracts.appeals import Ground
from services.router.act import ENDS, Verb, verbs_on
from services.router.console.desk_forms import END, faults_of, rows_of, said, ways_to_end
from services.router.console.viewer import Form
from services.router.task import ARBITERS, LOOKS, Question
from services.router.verbs import BODIES


def form(**values: str | list[str]) -> Form:
    return Form({name: value if isinstance(value, list) else [value] for name, value in values.items()})


@pytest.mark.parametrize(
    ("name", "given", "verb", "body"),
    [
        ("approve", form(revision="2"), Verb.APPROVE, {"revision": 2}),
        ("retain", form(ready="Наше дело.", reason=""), Verb.RETAIN, {"reason": "Наше дело."}),
        ("retain", form(ready="Наше дело.", reason="Иначе."), Verb.RETAIN, {"reason": "Иначе."}),
        ("assign", form(agency="land", reason="его", part=""), Verb.ASSIGN, {"agency": "land", "reason": "его"}),
        ("arbitrate", form(agency="", reason="наше"), Verb.ARBITRATE, {"reason": "наше"}),
        (END, form(how="return/repeated", reason="раз"), Verb.RETURN, {"reason": "раз", "ground": Ground.REPEATED}),
        (END, form(how="file/x", reason="раз", earlier="JD-1"), Verb.FILE, {"reason": "раз", "earlier": "JD-1"}),
        (END, form(how="court-route/no_superior", reason="суд"), Verb.COURT_ROUTE, {"reason": "суд"}),
    ],
)
def test_a_form_says_what_its_verb_takes(name, given, verb, body):
    """An own reason stands before a ready one, and an empty field says nothing."""
    found, told = said(given, name)

    assert (found, told.model_dump(exclude_none=True)) == (verb, body)


def test_a_division_is_told_row_by_row():
    """Empty rows are no parts; a tick is of its own row; what is left is ours if so ticked."""
    given = form(
        part_agency=["land", "", "roads", ""],
        part_text=["участок", "школа", "своими словами", ""],
        part_rewritten=["2"],
        rest="yes",
        ready="несколько",
    )
    _, told = said(given, "divide")

    assert [(one.agency, one.text, one.rewritten) for one in told.parts] == [  # type: ignore[attr-defined]
        ("land", "участок", False),
        (None, "школа", False),
        ("roads", "своими словами", True),
        (None, None, False),
    ]
    assert len(rows_of(given)) == 4


@pytest.mark.parametrize("name", ["", "protect", "nothing", "return"])
def test_a_verb_that_is_none_is_refused(name):
    with pytest.raises(ValueError):  # noqa: PT011 - a validation error is one, too
        said(form(how="retain/x", reason="раз"), name if name != "return" else END)


def test_faults_are_told_of_their_fields():
    """With the field's name, in the viewer's language; a refusal without a place is said of the form."""
    with pytest.raises(ValidationError) as caught:
        said(form(reason="a"), "assign")

    assert faults_of(caught.value, "ru", field="x") == [
        ("agency", "Орган: Обязательное поле."),
        ("reason", "Причина: Слишком коротко: нужно не меньше 3 знаков."),
    ]
    assert faults_of(Conflict("agency_has_it", pointer="#/agency"), "ru", field="x")[0][0] == "agency"
    assert faults_of(Conflict("case_claimed"), "kk", field="x")[0][0] == "x"


def test_each_way_to_end_is_one_that_the_law_knows_for_the_kind():
    """An application is not told the way to court, and a complaint is."""
    assert "court-route/no_superior" in {value for value, *_ in ways_to_end("complaint")}
    assert "court-route/no_superior" not in {value for value, *_ in ways_to_end("application")}


@pytest.mark.parametrize("question", Question)
def test_each_question_has_verbs_that_fit_it(question):
    """A look can be dismissed, a decision cannot; only an arbiter ends a dispute."""
    verbs = set(verbs_on(question))

    assert verbs <= set(BODIES)
    assert (Verb.DISMISS in verbs) == (question in LOOKS)
    assert (Verb.ARBITRATE in verbs) == (question in ARBITERS)
    assert not (verbs & set(ENDS) and question in LOOKS | ARBITERS)
