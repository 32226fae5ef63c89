"""Intake's words for people: problems, warnings and statuses, in Kazakh, Russian and English."""

from typing import Final

from services.chassis.problems import LANGUAGES
from services.intake.appeal import AppealStatus

PROBLEMS: Final[dict[str, tuple[str, str, str]]] = {
    "appeal_not_found": ("Мұндай жолданым жоқ.", "Такого обращения нет.", "There is no such appeal."),
    "appeal_finished": (
        "Жолданым бойынша іс аяқталған: жауап берілген, қайтарылған, тоқтатылған немесе кері қайтарып алынған.",
        "Работа по обращению закончена: ответ дан, оно возвращено, прекращено или отозвано.",
        "The appeal is finished: answered, returned, terminated or withdrawn.",
    ),
    "idempotency_key_missing": (
        "Idempotency-Key тақырыбын беріңіз: қайталанған сұрау екінші жолданым тудырмауы үшін.",
        "Передайте заголовок Idempotency-Key: повтор запроса не должен создать второе обращение.",
        "Give the header Idempotency-Key, so that a repeated request makes no second appeal.",
    ),
    "idempotency_key_invalid": (
        "Idempotency-Key — 1–255 ASCII таңбасы.",
        "Idempotency-Key — от 1 до 255 печатных символов ASCII.",
        "An Idempotency-Key has 1 to 255 printable ASCII characters.",
    ),
    "idempotency_key_reused": (
        "Бұл Idempotency-Key басқа мазмұнмен қолданылған. Жаңа кілт беріңіз.",
        "Этот Idempotency-Key уже использован с другим содержанием. Возьмите новый ключ.",
        "This Idempotency-Key was used with another content. Take a new key.",
    ),
    "received_at_impossible": (
        "Келіп түскен уақыты болашақта немесе 2000 жылдан бұрын.",
        "Время поступления в будущем или раньше 2000 года.",
        "The time of arrival is in the future or before 2000.",
    ),
    "cursor_invalid": (
        "cursor мәні алдыңғы беттен алынбаған.",
        "Значение cursor взято не из предыдущей страницы.",
        "The cursor is not one of a page before.",
    ),
}

NAMELESS: Final = ("Аты-жөні көрсетілмеген", "Имя не указано", "No name was given")
"""Stands for the name of an anonymous applicant."""

WARNINGS: Final[dict[str, tuple[str, str, str]]] = {
    "check_digit_wrong": (
        "ЖСН/БСН бақылау цифры сәйкес емес: тексеріңіз.",
        "Контрольная цифра ИИН/БИН не сходится: проверьте.",
        "The check digit of the IIN or BIN does not fit: check it.",
    ),
    "phone_unrecognised": (
        "Телефон нөмірі танылмады: сол қалпында сақталды.",
        "Номер телефона не распознан: сохранён как есть.",
        "The telephone number is not recognised: it is kept as it is.",
    ),
    "author_missing": (
        "Өтініш берушінің аты-жөні жоқ: қылмыс туралы мәлімет болмаса, қарау тоқтатылуы мүмкін (ӘРПК 88-бап).",
        "Нет имени заявителя: если нет сведений о преступлении, рассмотрение могут прекратить (АППК ст. 88).",
        "There is no name: unless it tells of a crime, the procedure may be terminated (АППК art. 88).",
    ),
    "no_contacts": (
        "Байланыс деректері жоқ: өтініш берушіге хабарлау мүмкін болмайды.",
        "Нет контактов: заявителя нельзя будет уведомить.",
        "There are no contacts: the applicant cannot be told.",
    ),
    "complained_of_missing": (
        "Шағымда кімнің үстінен екені көрсетілмеген (ӘРПК 93-бап).",
        "В жалобе не указано, на кого она (АППК ст. 93).",
        "The complaint does not say of whom (АППК art. 93).",
    ),
}

STATUSES: Final[dict[AppealStatus, tuple[str, str, str]]] = {
    AppealStatus.REGISTERED: (
        "Тіркелді, құзыретті орган анықталуда.",
        "Зарегистрировано, определяется компетентный орган.",
        "Registered; the competent body is being determined.",
    ),
    AppealStatus.IN_REVIEW: (
        "Құзыретті органды маман анықтауда.",
        "Компетентный орган определяет специалист.",
        "A specialist is determining the competent body.",
    ),
    AppealStatus.RETAINED: (
        "Өзіміз қарап жатырмыз.",
        "Рассматриваем сами.",
        "We are considering it ourselves.",
    ),
    AppealStatus.REFERRED: (
        "Құзыретті органға жолданды.",
        "Направлено в компетентный орган.",
        "Sent to the competent body.",
    ),
    AppealStatus.IN_WORK: (
        "Құзыретті орган қабылдады, қарауда.",
        "Компетентный орган принял, рассматривает.",
        "The competent body has accepted it and is considering it.",
    ),
    AppealStatus.ANSWERED: ("Жауап берілді.", "Ответ дан.", "Answered."),
    AppealStatus.WITHDRAWN: (
        "Өтініш берушінің қалауымен кері қайтарып алынды.",
        "Отозвано заявителем.",
        "Withdrawn by the applicant.",
    ),
    AppealStatus.TO_FIX: (
        "Кемшіліктерін жоюды сұрадық.",
        "Просим устранить недостатки.",
        "We ask for what it lacks.",
    ),
    AppealStatus.RETURNED: ("Қайтарылды.", "Возвращено.", "Returned."),
    AppealStatus.TERMINATED: ("Қарау тоқтатылды.", "Рассмотрение прекращено.", "The procedure is terminated."),
    AppealStatus.FILED: (
        "Бұрынғы жолданымға тіркелді.",
        "Приобщено к прежнему обращению.",
        "Filed to the earlier appeal.",
    ),
    AppealStatus.COURT_ROUTE: (
        "Сотқа жүгіну тәртібі түсіндірілді.",
        "Разъяснён порядок обращения в суд.",
        "The way to court has been explained.",
    ),
}


def in_language(language: str, texts: tuple[str, str, str]) -> str:
    """The text in one of the three languages."""
    return texts[LANGUAGES.index(language)]
