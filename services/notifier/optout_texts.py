"""Words of the page on which an applicant opts out, in Kazakh and Russian."""

from collections.abc import Mapping
from typing import Final

from services.contracts.appeals import Language
from services.contracts.notifications import Notice

OPT_OUT: Final[Mapping[Language, Mapping[str, str]]] = {
    Language.KAZAKH: {
        "title": "Электрондық поштаңызға келетін хабарламалар",
        "optional": "Мына хабарламалардан бас тарта аласыз:",
        "required": "Заң бойынша мына хабарламалар бұрынғыша жіберіле береді, олардан бас тартуға болмайды:",
        "button": "Міндетті емес хабарламалардан бас тарту",
        "done": "Дайын: бұл мекенжайға міндетті емес хабарламалар енді жіберілмейді.",
        "undo": "Оларды қайтадан алғыңыз келсе, бізге хабарласыңыз:",
    },
    Language.RUSSIAN: {
        "title": "Уведомления на вашу электронную почту",
        "optional": "Вы можете отказаться от таких уведомлений:",
        "required": "По закону мы по-прежнему будем присылать другие уведомления, отказаться от них нельзя:",
        "button": "Отказаться от необязательных уведомлений",
        "done": "Готово: необязательные уведомления на этот адрес больше не придут.",
        "undo": "Если захотите снова их получать, обратитесь к нам:",
    },
}

NOTICES: Final[Mapping[Language, Mapping[Notice, str]]] = {
    Language.KAZAKH: {
        Notice.REGISTERED: "жолданымыңыз тіркелді",
        Notice.RETAINED: "жолданымыңызды өзіміз қараймыз",
        Notice.REFERRED: "жолданымыңыз немесе оның бір бөлігі басқа органға жіберілді",
        Notice.ACCEPTED: "орган жолданымыңызды қарай бастады",
        Notice.EXTENDED: "қарау мерзімі ұзартылды",
        Notice.ANSWERED: "орган жауап берді",
        Notice.DECLINED: "орган мәселе өз өкілеттігіне кірмейтінін хабарлады",
        Notice.WITHDRAWN: "жолданымыңыз кері қайтарып алынды",
        Notice.TO_FIX: "жолданымыңызды толықтыру қажет",
        Notice.RETURNED: "жолданымыңыз қайтарылды",
        Notice.TERMINATED: "жолданымыңызды қарау тоқтатылды",
        Notice.COURT_ROUTE: "шағымды тек сот қарай алады",
    },
    Language.RUSSIAN: {
        Notice.REGISTERED: "обращение зарегистрировано",
        Notice.RETAINED: "обращение рассматриваем мы сами",
        Notice.REFERRED: "обращение или его часть передали другому органу",
        Notice.ACCEPTED: "орган начал рассматривать обращение",
        Notice.EXTENDED: "срок рассмотрения продлён",
        Notice.ANSWERED: "орган дал ответ",
        Notice.DECLINED: "орган сообщил, что вопрос не входит в его полномочия",
        Notice.WITHDRAWN: "обращение отозвано",
        Notice.TO_FIX: "обращение нужно дополнить",
        Notice.RETURNED: "обращение возвращено",
        Notice.TERMINATED: "рассмотрение обращения прекращено",
        Notice.COURT_ROUTE: "жалобу может рассмотреть только суд",
    },
}
"""What each notice tells, so that the page can say which of them still come."""
