"""What explanations of decisions are made of, in Kazakh, Russian and English."""

from typing import Final

from services.contracts.appeals import Ground

TEXTS: Final[dict[str, tuple[str, str, str]]] = {
    "whole": ("толығымен", "целиком", "as a whole"),
    "part": ("{number}-бөлігі", "в части {number}", "in its part {number}"),
    "by_rule": (
        "№ {number} жолданым ({what}) бойынша шешім {on} күні ережелермен қабылданды (нұсқасы {rules}).",
        "Решение по обращению № {number} ({what}) принято {on} по правилам (версия правил {rules}).",
        "The decision on appeal No. {number} ({what}) was made on {on} by the rules (version {rules}).",
    ),
    "by_operator": (
        "№ {number} жолданым ({what}) бойынша шешімді {on} күні қызметкер {by} қабылдады. Негіздемесі: {reason}",
        "Решение по обращению № {number} ({what}) принял {on} сотрудник {by}. Основание: {reason}",
        "The decision on appeal No. {number} ({what}) was made on {on} by a person, {by}. The reason given: {reason}",
    ),
    "by_succession": (
        "№ {number} жолданым ({what}) бойынша: орган таратылғандықтан, {on} күні оның орнындағы органға берілді.",
        "По обращению № {number} ({what}): орган упразднён, {on} дело передано органу, занявшему его место.",
        "On appeal No. {number} ({what}): the agency was closed, and on {on} it passed to the one in its place.",
    ),
    "corruption": (
        "Мәтіндегі {words} сөздері сыбайлас жемқорлыққа нұсқайды (ықтималдығы {percent} %).",
        "Слова обращения {words} указывают на коррупцию (вероятность {percent} %).",
        "The words {words} point at corruption (probability {percent} %).",
    ),
    "corruption_as_a_whole": (
        "Мәтін тұтас алғанда сыбайлас жемқорлық туралы айтуы мүмкін (ықтималдығы {percent} %).",
        "Текст в целом может говорить о коррупции (вероятность {percent} %).",
        "The text as a whole may tell of corruption (probability {percent} %).",
    ),
    "no_corruption": (
        "Мәтінде сыбайлас жемқорлық белгісі табылмады.",
        "Признаков коррупции в тексте не найдено.",
        "No sign of corruption was found in the text.",
    ),
    "speaks": (
        "{words} сөздері {category} санатына жатады.",
        "Слова {words} относятся к категории {category}.",
        "The words {words} speak of {category}.",
    ),
    "speaks_of_nothing": (
        "Мәтінде бірде-бір санатқа жататын сөз табылмады.",
        "Слов, относящихся к какой-либо категории, в тексте не найдено.",
        "No words in the text speak of any category.",
    ),
    "unmatched": (
        "Мына санаттарға жататын сөз табылмады: {categories}.",
        "Не найдено слов, относящихся к категориям: {categories}.",
        "No words were found for: {categories}.",
    ),
    "place_form": (
        "Аумағы нысанда көрсетілген: {place}.",
        "Территория указана в форме: {place}.",
        "The territory is given in the form: {place}.",
    ),
    "place_text": (
        "Аумағы мәтінде аталған: {place}.",
        "Территория названа в тексте: {place}.",
        "The territory is named in the text: {place}.",
    ),
    "no_place": (
        "Нақты бір аудан немесе қала аталмаған, сондықтан облыстық органдар қаралды.",
        "Один определённый район или город не назван, поэтому рассмотрены областные органы.",
        "No one district or city is named, so the oblast's bodies were considered.",
    ),
    "complains": (
        "Жолданымда мына органның әрекетіне шағым бар: {bodies}.",
        "В обращении жалуются на: {bodies}.",
        "The appeal complains of: {bodies}.",
    ),
    "complains_text": (
        "Жолданым мәтінінде мына органның әрекетіне шағым айтылған: {bodies}.",
        "Из текста обращения следует, что жалуются на: {bodies}.",
        "The text itself complains of: {bodies}.",
    ),
    "unlisted": (
        "анықтамалықта жеке көрсетілмеген мекеме",
        "организация, которой нет в справочнике",
        "a body that the directory does not list",
    ),
    "complains_unclear": (
        "Шағым кімнің үстінен екенін анықтау мүмкін болмады.",
        "На кого жалуются, установить не удалось.",
        "Whom it complains of could not be established.",
    ),
    "barred_complained_of": (
        "{agency} алынып тасталды: шағым оның өзіне немесе ол бағынатын органға қатысты (ӘРПК 91, 97-баптар).",
        "{agency} исключается: жалуются на него самого или на орган, которому он подчинён (АППК, статьи 91, 97).",
        "{agency} was excluded: the complaint is about it or a body it is subordinate to (АППК arts. 91, 97).",
    ),
    "barred_declined": (
        "{agency} алынып тасталды: ол бұл мәселе өз құзыретінде емес деп жауап берген.",
        "{agency} исключается: он ответил, что вопрос не в его компетенции.",
        "{agency} was excluded: it has answered that the matter is not within its competence.",
    ),
    "retain_corruption": (
        "Жолданым сыбайлас жемқорлыққа қарсы қызметтің құзыретінде қалды.",
        "Обращение оставлено в компетенции антикоррупционной службы.",
        "It remains within the anti-corruption service's own competence.",
    ),
    "retain_operator": (
        "Қызметкер оны өзіміздің құзыретімізде қалдырды.",
        "Сотрудник оставил его в нашей компетенции.",
        "A person has kept it as within our own competence.",
    ),
    "refer_competent": (
        "Құзыретті орган — {agency}.",
        "Компетентный орган — {agency}.",
        "The competent body is {agency}.",
    ),
    "refer_superior": (
        "Жоғары тұрған органға жіберіледі: {agency}.",
        "Направляется вышестоящему органу: {agency}.",
        "It goes to the superior body: {agency}.",
    ),
    "refer_proposed": (
        "Бас тартқан орган құзыретті деп атаған орган — {agency}; оған жіберуге кедергі жоқ.",
        "Отказавшийся орган назвал компетентным: {agency}; препятствий к направлению нет.",
        "The agency that declined names {agency} as competent; nothing bars it.",
    ),
    "refer_operator": (
        "Қызметкер таңдаған орган — {agency}.",
        "Сотрудник выбрал орган: {agency}.",
        "A person has chosen {agency}.",
    ),
    "refer_successor": (
        "Таратылған органның орнындағы орган — {agency}.",
        "Место упразднённого органа занимает {agency}.",
        "In the place of the closed agency stands {agency}.",
    ),
    "by_record": (
        "Оның анықтамалықтағы {since} бастап күші бар жазбасы {day} күні қолданыста болды (дереккөзі: {source}).",
        "Его запись в справочнике действует с {since} и была в силе на {day} (источник: {source}).",
        "Its record in the directory stands since {since} and was in force on {day} (source: {source}).",
    ),
    "legal_basis": (
        "Құқықтық негізі: {basis}.",
        "Правовое основание: {basis}.",
        "Legal basis: {basis}.",
    ),
    "unsure": (
        "Ережелер сенімді жауап бермейді, сондықтан шешімді қызметкер қабылдайды: {question}",
        "Правила не дают уверенного ответа, поэтому решает сотрудник: {question}",
        "The rules give no sure answer, so a person decides: {question}",
    ),
    "candidates": (
        "Ықтимал органдар: {agencies}.",
        "Возможные органы: {agencies}.",
        "Agencies that come into question: {agencies}.",
    ),
    "voided": (
        "{words} сөздері есептелмеді: лексикон оларды «{line}» жолымен алып тастайды.",
        "Слова {words} не засчитаны: их исключает строка лексикона «{line}».",
        "The words {words} do not count: the lexicon's line «{line}» excludes them.",
    ),
    "ended_returned": (
        "Жолданым арыз иесіне қайтарылды. Негізі: {ground}.",
        "Обращение возвращено заявителю. Основание: {ground}.",
        "The appeal was returned to its applicant. The ground: {ground}.",
    ),
    "ended_terminated": (
        "Рәсім тоқтатылды. Негізі: {ground}.",
        "Процедура прекращена. Основание: {ground}.",
        "The procedure was terminated. The ground: {ground}.",
    ),
    "ended_filed": (
        "Жолданым бұрынғы іске тігілді. Негізі: {ground}.",
        "Обращение приобщено к прежнему делу. Основание: {ground}.",
        "The appeal was filed to the earlier case. The ground: {ground}.",
    ),
    "ended_court_route": (
        "Арыз иесіне сотқа жүгіну тәртібі түсіндірілді. Негізі: {ground}.",
        "Заявителю разъяснён судебный порядок. Основание: {ground}.",
        "The way to court was explained to the applicant. The ground: {ground}.",
    ),
    "ended_ask_to_fix": (
        "Арыз иесінен кемшілікті {day} дейін түзету сұралды.",
        "Заявителя попросили устранить недостатки до {day}.",
        "The applicant was asked to mend what it lacks by {day}.",
    ),
    "forward_due": (
        "Жіберудің соңғы күні — {day} (келіп түскен күннен бастап 3 жұмыс күні, ӘРПК 65-бап).",
        "Последний день для направления — {day} (3 рабочих дня со дня поступления, АППК, статья 65).",
        "The last day to forward it is {day} (3 working days from arrival, АППК art. 65).",
    ),
    "answer_due": (
        "Орган жауабының соңғы күні — {day} (ӘРПК 76, 99-баптар).",
        "Последний день для ответа органа — {day} (АППК, статьи 76, 99).",
        "The last day of the agency's answer is {day} (АППК arts. 76, 99).",
    ),
    "waits_for_approval": (
        "Жіберу екінші адамның бекітуін күтуде.",
        "Направление ждёт утверждения другим лицом.",
        "The referral waits for another person's approval.",
    ),
    "approved": (
        "Жіберуді {on} күні қызметкер {by} бекітті.",
        "Направление утвердил сотрудник {by} {on}.",
        "The referral was approved by a person, {by}, on {on}.",
    ),
    "refused": (
        "Жіберуді {on} күні қызметкер {by} қабылдамады. Себебі: {reason}",
        "Направление отклонил сотрудник {by} {on}. Причина: {reason}",
        "The referral was refused by a person, {by}, on {on}. The reason: {reason}",
    ),
}

GROUND_NAMES: Final[dict[Ground, tuple[str, str, str]]] = {
    Ground.NOT_FIXED: ("кемшілік мерзімінде түзетілмеді", "недостатки не устранены в срок", "not mended in time"),
    Ground.REPEATED: ("бұрын қаралғанды қайталайды", "повторяет уже рассмотренное", "repeats what has been considered"),
    Ground.OBSCENE: (
        "әдепсіз немесе қорлайтын сөздер",
        "нецензурные или оскорбительные слова",
        "obscene or insulting words",
    ),
    Ground.ALREADY_DECIDED: ("осы мәселе шешілген", "этот вопрос уже решён", "the same has been decided"),
    Ground.COURT_ACT: (
        "заңды күшіне енген сот актісі бар",
        "есть вступивший в силу судебный акт",
        "a court's act is in force",
    ),
    Ground.RETURNED_BEFORE: (
        "бұрын түзетілмегендіктен қайтарылған",
        "ранее возвращено, так как недостатки не устранены",
        "it was returned before, as it was not mended",
    ),
    Ground.ANONYMOUS: ("авторы анықталмайды", "авторство не установлено", "its author cannot be established"),
    Ground.NO_SUBSTANCE: ("мәні көрсетілмеген", "не изложена суть", "it does not say what it is about"),
    Ground.REPEATED_AFTER_RETURN: (
        "қайтарылғаннан кейін қайталанды",
        "повторено после возврата",
        "sent again after its return",
    ),
    Ground.NO_SUPERIOR: (
        "шағым жасалған органнан жоғары орган жоқ",
        "над тем, на кого жалуются, нет вышестоящего",
        "nobody stands above the body complained of",
    ),
}
"""Why an appeal ends without an answer on its substance, in Kazakh, Russian and English."""


def cited(basis: str, language: int) -> str:
    """An article as it is cited in one of the languages: in Kazakh the Code's name is another."""
    return basis.replace("АППК", "ӘРПК") if language == 0 else basis
