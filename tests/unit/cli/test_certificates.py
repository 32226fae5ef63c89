"""`joldau referral certificate` and `verify`: readable in three languages, verified offline, broken by a change."""

import json
from uuid import UUID

import pytest

from services.cli.failure import Exit
from services.contracts.proof import Certificate, Entry, ProofKind, Signer

SIGNER = Signer("1" * 64)
REFERRAL = UUID(int=1)
AT = "2026-11-23T07:00:05+00:00"


def certificate() -> Certificate:
    sent = {
        "agency": "akimat",
        "registration_number": "JD-2026-000001",
        "type": "kz.joldau.referral.issued.v1",
        "body_sha256": "a" * 64,
        "confirmed_at": AT,
    }
    said = {"kind": "received", "registration_number": "ЖТ-15", "reply_sha256": "b" * 64}
    more = {"referral_id": REFERRAL, "at": AT, "signer": SIGNER}
    first = Entry.following(None, kind=ProofKind.SENT, facts=sent, **more)
    second = Entry.following((1, first.sha256), kind=ProofKind.REPLY, facts=said, **more)
    return Certificate.of(REFERRAL, [first, second], SIGNER)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("kk", ["Жолданымның органға берілгені", "орган хабарлады: алды, нөмірі ЖТ-15"]),
        ("ru", ["Свидетельство о передаче", "орган сообщил: получено, номер ЖТ-15"]),
        ("en", ["Certificate of the hand-over", "the agency said: received, number ЖТ-15"]),
    ],
)
def test_a_certificate_is_read_by_people(joldau, language, words):
    """What, when by Almaty's clock, and with which hash."""
    joldau.answers(**certificate().model_dump(mode="json"))

    assert joldau("referral", "certificate", str(REFERRAL), "--lang", language) == 0
    assert [word in joldau.out for word in [*words, "23.11.2026 12:00:05", "JD-2026-000001", "a" * 64]] == [True] * 5


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("kk", ["сілтемесі бар хатқа", "сілтеме ашылды", "мерзімі өткеннен кейін"]),
        ("ru", ["письмо со ссылкой", "ссылка открыта", "после истечения"]),
        ("en", ["a letter with a link", "the link was opened", "after its time"]),
    ],
)
def test_the_mailed_way_is_read_by_people(joldau, language, words):
    """Until when the link was good, and whether it was opened in time."""
    linked = {"agency": "akimat", "body_sha256": "a" * 64, "confirmed_at": AT, "good_until": AT}
    more = {"referral_id": REFERRAL, "at": AT, "signer": SIGNER}
    entries = [Entry.following(None, kind=ProofKind.LINKED, facts=linked, **more)]
    for expired in (False, True):
        last = (entries[-1].number, entries[-1].sha256)
        entries.append(Entry.following(last, kind=ProofKind.OPENED, facts={"expired": expired}, **more))
    joldau.answers(**Certificate.of(REFERRAL, entries, SIGNER).model_dump(mode="json"))

    assert joldau("referral", "certificate", str(REFERRAL), "--lang", language) == 0
    assert [word in joldau.out for word in words] == [True] * 3


def test_what_json_prints_is_verified_without_a_service(joldau, tmp_path):
    """With the public key at hand nothing is asked."""
    joldau.answers(**certificate().model_dump(mode="json"))
    joldau("referral", "certificate", str(REFERRAL), "--json")
    file = tmp_path / "proof.json"
    file.write_text(joldau.out, encoding="utf-8")
    joldau.asked.clear()

    assert joldau("referral", "verify", str(file), "--key", SIGNER.public, "--json") == 0
    assert json.loads(joldau.out)["holds"] is True
    assert joldau.asked == []


@pytest.mark.parametrize(
    ("old", "new"), [("ЖТ-15", "ЖТ-16"), ('"entries":2', '"entries":1'), ("handover.v1", "handover.v2")]
)
def test_a_changed_certificate_does_not_hold(joldau, old, new):
    """Exit code 1, and where it is broken."""
    text = certificate().model_dump_json()
    assert old in text
    joldau.stdin = text.replace(old, new)

    assert joldau("referral", "verify", "-", "--key", SIGNER.public) == Exit.FAILURE


def test_the_routers_key_counts_when_none_is_given(joldau):
    """It is asked for it, and another one is not trusted."""
    joldau.stdin = certificate().model_dump_json()
    joldau.answers(key=Signer("2" * 64).public)

    assert joldau("referral", "verify", "-") == Exit.FAILURE
    assert "not trusted" in joldau.err


def test_a_field_of_a_parked_message_is_set(joldau):
    """JSON where it is, else a text."""
    line = f"parked repair {REFERRAL} --service router --set /data/kind=accepted --set /data/sequence=2"

    assert joldau(*line.split()) == 0
    assert json.loads(joldau.asked[0].content) == {"set": {"/data/kind": "accepted", "/data/sequence": 2}}
