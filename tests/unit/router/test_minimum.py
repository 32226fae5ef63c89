"""Minimum data: each agency is told what the directory allows for the purpose, field by field, and no more."""

from datetime import date

import pytest

from services.contracts.appeals import AppealKind, Applicant
from services.contracts.attachments import AttachedDocument
from services.contracts.referrals import ReferralIssued, ReferralState, Scope
from services.router import messages
from services.router.agency import Agency, Level, Transport
from services.router.attachments import to_agency
from services.router.deadlines import ForwardDue
from services.router.directory_file import read_directory
from services.router.minimum import EVERYTHING, Field, Need, needed
from services.router.naming import Names
from services.router.referral import Referral
from tests.small_rules import AT, appeal

APPLICANT = Applicant(
    name="Сынақбаев Тест", email="a@example.kz", phone="+77000000001", postal_address="ул. Примерная, 1"
)
DOCUMENT = AttachedDocument(
    id=appeal("x").id,
    name="план.pdf",
    media_type="application/pdf",
    size=1,
    sha256="0" * 64,
    url="http://intake/attachments/1",
    key="1" * 64,
)
WITHHELD = {Field.NAME: "Сведения о заявителе не раскрываются"}
ALWAYS = {
    *("referral_id", "appeal_id", "agency", "registration_number", "registered_on", "language", "kind", "scope"),
    *("text", "legal_basis", "issued_at", "answer_due_on", "predecessor_id", "replayed_at", "binding"),
}
"""What a referral cannot be without."""


def agency(*needs: Need) -> Agency:
    return Agency(
        code="land",
        name=Names(kk="ж", ru="з", en="l"),
        level=Level.OBLAST,
        valid_from=date(2021, 7, 1),
        source="test",
        transport=Transport.AMQP,
        needs=needs,
    )


def told(to: Agency, kind: AppealKind, *, scope: Scope = Scope.FULL, **changes) -> ReferralIssued:
    due = date(2026, 12, 14)
    referral = Referral(
        id=appeal("x").id,
        appeal_id=appeal("x").id,
        agency=to.code,
        scope=scope,
        part=None if scope is Scope.FULL else "землю",
        forward_due=ForwardDue(strict=due, lenient=due),
        answer_due_on=due,
        state=ReferralState.ISSUED,
        changed_at=AT,
        revision=2,
    )
    given = {"applicant": APPLICANT, "complained_of": "Акимат", "territory": "Талгар", "attachments": (DOCUMENT,)}
    grant = to_agency(referral, AT)
    return messages.issued(appeal("Прошу землю.", kind=kind, **given, **changes), referral, to, grant=grant)


def fields_of(order: ReferralIssued) -> set[Field]:
    """Which of the fields that may be withheld have something in them."""
    plain = order.model_dump()
    found = {f"applicant.{name}": value for name, value in plain["applicant"].items()} | plain
    return {field for field in Field if found[field] not in (None, (), WITHHELD.get(field))}


@pytest.mark.parametrize("kind", AppealKind)
def test_every_agency_of_the_directory_is_told_exactly_what_is_declared(kind):
    """The message equals the declared set, for each agency and each purpose."""
    for one in read_directory().agencies:
        assert fields_of(told(one, kind)) == needed(one.needs, kind)


@pytest.mark.parametrize("field", Field)
def test_a_field_is_told_only_where_it_is_allowed(field):
    """Each by itself, and all others without it."""
    alone, without = (field,), tuple(EVERYTHING - {field})
    orders = [
        told(agency(Need(purpose=AppealKind.COMPLAINT, fields=fields)), AppealKind.COMPLAINT)
        for fields in (alone, without)
    ]

    assert [fields_of(order) for order in orders] == [{field}, EVERYTHING - {field}]


def test_what_is_listed_for_one_purpose_says_nothing_of_another():
    """A complaint may go without contacts, and an application with them, to the same agency."""
    to = agency(Need(purpose=AppealKind.COMPLAINT, fields=(Field.COMPLAINED_OF,)))

    assert fields_of(told(to, AppealKind.COMPLAINT)) == {Field.COMPLAINED_OF}
    assert fields_of(told(to, AppealKind.APPLICATION)) == EVERYTHING


def test_an_allow_list_gives_nothing_back_of_a_sealed_appeal():
    """R-SEC-2 comes first: the author stays withheld whatever the directory allows."""
    to = agency(Need(purpose=AppealKind.APPLICATION, fields=tuple(Field)))
    order = told(to, AppealKind.APPLICATION, sealed=True)

    assert fields_of(order) == {Field.TERRITORY}


def test_every_field_of_the_message_is_sorted_into_one_of_the_two():
    """A field that is added to the message is one that each agency needs, or one that may be withheld."""
    places = {field.value.partition(".")[0] for field in Field}
    of_applicant = {field.removeprefix("applicant.") for field in Field if field.startswith("applicant.")}

    assert set(ReferralIssued.model_fields) == ALWAYS | places
    assert set(Applicant.model_fields) == of_applicant


def test_with_a_part_goes_no_document() -> None:
    """Nobody can tell whose a scan is, and an agency is shown nothing that is another's."""
    assert told(agency(), AppealKind.APPLICATION).attachments
    assert told(agency(), AppealKind.APPLICATION, scope=Scope.PART).attachments == ()
