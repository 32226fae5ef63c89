"""Names of columns, and words for codes, as people in Kazakhstan write them. `docs/imports.md` shows them all."""

from collections.abc import Mapping
from typing import Any, Final

KEY: Final = "idempotency_key"
RECEIVED_AT: Final = "#/received_at"
IIN_BIN: Final = "#/applicant/iin_bin"

COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "#/kind": ("kind", "вид", "вид обращения", "тип обращения", "түрі", "жолданым түрі", "өтініш түрі"),
    "#/channel": ("channel", "канал", "способ подачи", "способ поступления", "арна", "түсу тәсілі", "түсу арнасы"),
    "#/language": ("language", "язык", "язык обращения", "тіл", "тілі", "жолданым тілі"),
    "#/text": ("text", "текст", "текст обращения", "содержание", "мәтін", "мәтіні", "жолданым мәтіні", "мазмұны"),
    "#/applicant/name": (
        "applicant_name", "name", "заявитель", "фио", "ф.и.о.", "фио заявителя", "наименование заявителя",
        "аты-жөні", "тегі, аты, әкесінің аты", "өтініш беруші", "арыз иесі",
    ),
    "#/applicant/kind": (
        "applicant_kind", "тип заявителя", "вид заявителя", "өтініш берушінің түрі", "арыз иесінің түрі",
    ),
    IIN_BIN: ("applicant_iin_bin", "iin_bin", "iin", "bin", "иин/бин", "иин", "бин", "жсн/бсн", "жсн", "бсн"),
    "#/applicant/email": (
        "applicant_email", "email", "e-mail", "электронная почта", "эл. почта", "электрондық пошта", "эл. пошта",
    ),
    "#/applicant/phone": (
        "applicant_phone", "phone", "телефон", "номер телефона", "контактный телефон", "телефоны", "телефон нөмірі",
    ),
    "#/applicant/postal_address": (
        "applicant_postal_address", "address", "адрес", "почтовый адрес", "мекенжай", "мекенжайы", "пошталық мекенжайы",
    ),
    "#/applicant/contacts_confirmed": (
        "applicant_contacts_confirmed", "контакты подтверждены", "байланыс деректері расталған",
    ),
    "#/applicant/contacts_at_work": (
        "applicant_contacts_at_work", "контакты рабочие", "жұмыс орнының байланыс деректері",
    ),
    "#/applicant/notify_by": ("applicant_notify_by", "notify_by", "способ уведомления", "хабарлау тәсілі"),
    RECEIVED_AT: (
        "received_at", "дата поступления", "дата и время поступления", "поступило", "келіп түскен күні", "түскен күні",
    ),
    "#/addressed_to": ("addressed_to", "адресат", "кому", "кімге"),
    "#/complained_of": ("complained_of", "на кого жалоба", "на кого", "обжалуемый орган", "кімнің үстінен"),
    "#/territory": ("territory", "территория", "район", "населённый пункт", "аумақ", "аудан", "елді мекен"),
    "#/accepted_by_name": ("accepted_by_name", "кто принял", "кім қабылдады", "қабылдаған"),
    "#/accepted_by_position": ("accepted_by_position", "должность принявшего", "қабылдаған адамның лауазымы"),
    f"#/{KEY}": (KEY, "ключ строки", "жол кілті"),
}  # fmt: skip
"""Pointer into the form → the column's names: the field's own first, then Russian and Kazakh ones."""

REQUIRED: Final = ("#/kind", "#/channel", "#/language", "#/text")

_YES_NO: Final[Mapping[Any, tuple[str, ...]]] = {True: ("да", "иә", "yes", "1"), False: ("нет", "жоқ", "no", "0")}

WORDS: Final[Mapping[str, Mapping[Any, tuple[str, ...]]]] = {
    "#/kind": {
        "application": ("заявление", "арыз", "өтініш"),
        "complaint": ("жалоба", "шағым"),
        "message": ("сообщение", "хабарлама"),
        "suggestion": ("предложение", "ұсыныс"),
        "response": ("отклик", "үн қосу"),
        "request": ("запрос", "сұрау салу", "сұрау"),
    },
    "#/channel": {
        "call_centre": ("call-центр", "колл-центр", "кол-центр", "телефон", "байланыс орталығы", "call-орталық"),
        "reception": ("приём", "личный приём", "приёмная", "нарочно", "қабылдау", "жеке қабылдау"),
        "web": ("сайт", "веб", "интернет", "портал", "веб-сайт", "ғаламтор"),
        "post": ("почта", "пошта"),
    },
    "#/language": {
        "ru": ("русский", "рус", "орыс", "орысша", "орыс тілі"),
        "kk": ("казахский", "каз", "kz", "қазақ", "қазақша", "қазақ тілі"),
    },
    "#/applicant/kind": {
        "natural": ("физическое лицо", "физлицо", "фл", "жеке тұлға"),
        "legal": ("юридическое лицо", "юрлицо", "юл", "заңды тұлға"),
    },
    "#/applicant/contacts_confirmed": _YES_NO,
    "#/applicant/contacts_at_work": _YES_NO,
    "#/applicant/notify_by": {
        "email": ("электронная почта", "эл. почта", "e-mail", "электрондық пошта", "эл. пошта"),
        "sms": ("смс", "sms-сообщение", "sms-хабарлама"),
        "letter": ("письмо", "письмом", "хат", "хатпен"),
    },
}
"""Pointer → code → words for it; the code itself is understood as well."""
