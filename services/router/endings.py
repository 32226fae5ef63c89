"""The endings that Kazakh and Russian nouns and adjectives take, in folded spelling."""

import re
from typing import Final

from services.contracts.appeals import Language

_PLURAL: Final = "(?:[лдт][ае]р)?"
_POSSESSIVE: Final = "(?:[ыи]?м|[ыи]?н|[ыи]?н[ыи]з|[ыи]?м[ыи]з|с?[ыи])?"
_CASE: Final = "(?:[ндт][ыи]н|[гк][ае]|н?[ае]|[ндт][ыи]|н|н?[дт][ае]|[ндт][ае]н|н[ае]н|[мбп]ен(?:ен)?)?"
_DERIVED: Final = "(?:н?[дт][ае]г[ыи]|с[ыи]з|[лдт][ыи]|дик[ие]|тик[ие])?"

_ENDINGS: Final = {
    Language.KAZAKH: re.compile(_PLURAL + _POSSESSIVE + "(?:" + _CASE + "|" + _DERIVED + ")"),
    Language.RUSSIAN: re.compile(
        "(?:а|я|ы|и|у|ю|е|о|ои|еи|ою|ею|ом|ем|ам|ям|ами|ями|ах|ях|ов|ев|ия|ии|ию|ием|ые|ое|ие|ая|яя|ую|юю|ого|его|ому|ему|ым|им|ых|их|ыми|ими)?"
    ),
}


def is_ending(rest: str, language: Language) -> bool:
    """Whether `rest`, folded, is a possible ending (or none) of a noun or an adjective."""
    return _ENDINGS[language].fullmatch(rest) is not None
