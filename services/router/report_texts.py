"""What the rows of the statistics are called."""

from collections.abc import Mapping
from typing import Final

from services.router.naming import Names

ROWS: Final[Mapping[str, Names]] = {
    "total": Names(kk="Барлық тіркелген жолданымдар", ru="Всего зарегистрировано обращений", en="Appeals registered"),
    "ours": Names(kk="Біздің құзыретімізде", ru="В нашей компетенции", en="Within our competence"),
    "outside": Names(kk="Құзыретімізден тыс", ru="Вне нашей компетенции", en="Outside our competence"),
    "local": Names(
        kk="Жергілікті атқарушы органдар бойынша",
        ru="По местным исполнительным органам",
        en="About local executive bodies",
    ),
    "other": Names(kk="Басқа органдар бойынша", ru="По другим органам", en="About other bodies"),
    "unnamed": Names(kk="Мәселесі белгіленбеген", ru="Вопрос не определён", en="Matter not stated"),
    "deciding": Names(kk="Шешім күтілуде", ru="Ожидают решения", en="Waiting for a decision"),
    "ended": Names(
        kk="Басқаша аяқталған (қайтарылған, тоқтатылған, кері алынған)",
        ru="Завершены иначе (возвращены, прекращены, отозваны)",
        en="Ended otherwise (returned, terminated, withdrawn)",
    ),
}
