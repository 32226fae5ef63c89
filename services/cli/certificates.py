"""A certificate of hand-over in words, in Kazakh, Russian and English."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from services.cli.session import Language
from services.contracts.proof import Certificate, Entry, ProofKind
from services.contracts.referrals import ReplyKind

_WORDS: Final = {
    Language.KAZAKH: {
        "title": "Жолданымның органға берілгені туралы куәлік",
        "number": "Жолданым нөмірі",
        "agency": "Орган",
        "referral": "Қайта жолдау",
        "sent": "жіберілді: {type}; SHA-256 {body_sha256}; {confirmed} брокер растады",
        "fetched": "орган алып, растады: {type}; SHA-256 {body_sha256}",
        "linked": "сілтемесі бар хатқа тапсырыс берілді, сілтеме мерзімі: {until}; SHA-256 {body_sha256};"
        " {confirmed} брокер растады",
        "opened": "сілтеме ашылды",
        "expired": "сілтеме мерзімі өткеннен кейін ашылды",
        "reply": "орган хабарлады: {kind}{theirs}; SHA-256 {reply_sha256}",
        "theirs": ", нөмірі {}",
        "seal": "Жазба саны: {entries}; тізбек ұшы {sha256}; қол қойған кілт {key}",
    },
    Language.RUSSIAN: {
        "title": "Свидетельство о передаче обращения органу",
        "number": "Номер обращения",
        "agency": "Орган",
        "referral": "Перенаправление",
        "sent": "отправлено: {type}; SHA-256 {body_sha256}; брокер подтвердил {confirmed}",
        "fetched": "орган забрал и подтвердил: {type}; SHA-256 {body_sha256}",
        "linked": "заказано письмо со ссылкой, годной до {until}; SHA-256 {body_sha256}; брокер подтвердил {confirmed}",
        "opened": "ссылка открыта",
        "expired": "ссылка открыта после истечения её срока",
        "reply": "орган сообщил: {kind}{theirs}; SHA-256 {reply_sha256}",
        "theirs": ", номер {}",
        "seal": "Записей: {entries}; конец цепочки {sha256}; ключ подписи {key}",
    },
    Language.ENGLISH: {
        "title": "Certificate of the hand-over of an appeal",
        "number": "Appeal",
        "agency": "Agency",
        "referral": "Referral",
        "sent": "sent: {type}; SHA-256 {body_sha256}; the broker confirmed at {confirmed}",
        "fetched": "the agency fetched and acknowledged: {type}; SHA-256 {body_sha256}",
        "linked": "a letter with a link was ordered, good until {until}; SHA-256 {body_sha256};"
        " the broker confirmed at {confirmed}",
        "opened": "the link was opened",
        "expired": "the link was opened after its time",
        "reply": "the agency said: {kind}{theirs}; SHA-256 {reply_sha256}",
        "theirs": ", number {}",
        "seal": "Entries: {entries}; end of the chain {sha256}; signed with {key}",
    },
}
_SAID: Final[dict[ReplyKind, tuple[str, str, str]]] = {
    ReplyKind.RECEIVED: ("алды", "получено", "received"),
    ReplyKind.ACCEPTED: ("қабылдады", "принято", "accepted"),
    ReplyKind.ACCEPTED_IN_PART: ("бір бөлігін қабылдады", "принято в части", "accepted in part"),
    ReplyKind.DECLINED: ("бас тартты", "отказ", "declined"),
    ReplyKind.ANSWERED: ("жауап берді", "дан ответ", "answered"),
    ReplyKind.EXTENDED: ("мерзімді ұзартты", "срок продлён", "extended"),
}
_ORDER: Final = (Language.KAZAKH, Language.RUSSIAN, Language.ENGLISH)


def lines(certificate: Certificate, language: Language) -> Iterator[str]:
    """The certificate, line by line. Times are Almaty's."""
    words = _WORDS[language]
    first = certificate.entries[0].facts if certificate.entries else {}
    yield words["title"]
    yield f"{words['number']}: {first.get('registration_number', '—')}"
    yield f"{words['agency']}: {first.get('agency', '—')}"
    yield f"{words['referral']}: {certificate.referral_id}"
    for entry in certificate.entries:
        yield f"{entry.number}. {_moment(entry.at)} {_told(entry, language)}"
    yield words["seal"].format(**certificate.seal.model_dump())


def _told(entry: Entry, language: Language) -> str:
    words, facts = _WORDS[language], entry.facts
    if entry.kind is ProofKind.SENT:
        return words["sent"].format(**facts, confirmed=_moment(facts["confirmed_at"]))
    if entry.kind is ProofKind.LINKED:
        moments = {"confirmed": _moment(facts["confirmed_at"]), "until": _moment(facts["good_until"])}
        return words["linked"].format(**facts, **moments)
    if entry.kind is ProofKind.OPENED:
        return words["expired" if facts["expired"] else "opened"]
    if entry.kind is ProofKind.FETCHED:
        return words["fetched"].format(**facts)
    number = facts.get("registration_number")
    kind = _SAID[ReplyKind(facts["kind"])][_ORDER.index(language)]
    theirs = words["theirs"].format(number) if number else ""
    return words["reply"].format(**{**facts, "kind": kind}, theirs=theirs)


def _moment(text: str) -> str:
    from services.contracts.calendar import ALMATY  # noqa: PLC0415 - heavy: `joldau --help` does without

    return f"{datetime.fromisoformat(text).astimezone(ALMATY):%d.%m.%Y %H:%M:%S}"
