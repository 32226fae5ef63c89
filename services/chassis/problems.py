"""RFC 9457 problem details in Kazakh, Russian and English: where a request fails and what to do, never what it said."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from fastapi.responses import JSONResponse

LANGUAGES: Final = ("kk", "ru", "en")
MEDIA_TYPE: Final = "application/problem+json"

_POINTED: Final = {
    "type": "object",
    "required": ["pointer", "code", "detail"],
    "properties": {
        "pointer": {"type": "string"},
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "limit": {"type": "integer", "description": "How long the value must be, or may be."},
        "counted": {"enum": ["characters", "items"], "description": "What the limit counts."},
    },
}
SCHEMA: Final = {
    "type": "object",
    "required": ["type", "title", "status", "code"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "Stable; the title is in the caller's language."},
        "trace_id": {"type": ["string", "null"], "description": "Tell it to support."},
        "errors": {"type": "array", "items": _POINTED},
    },
}
"""JSON Schema of a problem, for OpenAPI."""

Texts = Mapping[str, tuple[str, str, str]]
"""code → text in kk, ru, en."""

Fault = Mapping[str, Any]
"""``pointer`` and ``code`` of what is wrong; of a wrong length the ``limit``, too, and what is ``counted``."""

TEXTS: Final[dict[str, tuple[str, str, str]]] = {
    "not_found": ("Мұндай бет жоқ.", "Такой страницы нет.", "There is no such page."),
    "method_not_allowed": (
        "Бұл мекенжай мұндай әрекетті қабылдамайды.",
        "Этот адрес не принимает такое действие.",
        "This address does not take that method.",
    ),
    "body_invalid": (
        "Сұратуда қателер бар: errors тізімін қараңыз.",
        "В запросе есть ошибки: смотрите список errors.",
        "The request has faults: see the list of errors.",
    ),
    "body_unreadable": (
        "Сұраудың денесі UTF-8 кодындағы JSON емес.",
        "Тело запроса — не JSON в кодировке UTF-8.",
        "The body is not JSON in UTF-8.",
    ),
    "body_too_large": (
        "Сұраудың денесі тым үлкен: бөліп немесе кішірейтіп жіберіңіз.",
        "Тело запроса слишком большое: отправьте его частями или уменьшите.",
        "The body is too large: send it in parts, or make it smaller.",
    ),
    "media_type_unsupported": (
        "Денені application/json түрінде жіберіңіз.",
        "Отправьте тело как application/json.",
        "Send the body as application/json.",
    ),
    "key_missing": (
        "Authorization: Bearer тақырыбында кілтті көрсетіңіз.",
        "Укажите ключ в заголовке Authorization: Bearer.",
        "Give a key in the header Authorization: Bearer.",
    ),
    "key_unknown": (
        "Кілт белгісіз, мерзімі өткен немесе кері қайтарып алынған.",
        "Ключ неизвестен, истёк или отозван.",
        "The key is unknown, expired or revoked.",
    ),
    "token_invalid": (
        "Токен жарамсыз: қолтаңбасын, мерзімін, кімге арналғанын тексеріңіз.",
        "Токен недействителен: проверьте подпись, срок и получателя.",
        "The token is not valid: check its signature, its time and its audience.",
    ),
    "token_server_away": (
        "Токендерді тексеретін сервер жауап бермейді. Сәлден соң қайталаңыз.",
        "Сервер токенов не отвечает. Повторите позже.",
        "The token server does not answer. Try again later.",
    ),
    "scope_missing": (
        "Кілттің бұған құқығы жоқ.",
        "У ключа нет права на это.",
        "The key has no right to this.",
    ),
    "scope_unknown": ("Мұндай құқық жоқ.", "Такого права нет.", "There is no such scope."),
    "key_not_found": ("Мұндай кілт жоқ.", "Такого ключа нет.", "There is no such key."),
    "parked_not_found": (
        "Мұндай кейінге қойылған хабар жоқ.",
        "Такого отложенного сообщения нет.",
        "There is no such parked message.",
    ),
    "parked_not_json": (
        "Хабардың денесі JSON емес: оны толық беріңіз (body).",
        "Тело сообщения — не JSON: передайте его целиком (body).",
        "The message's body is no JSON: give it whole (body).",
    ),
    "parked_no_such_place": (
        "Хабарда мұндай орын жоқ: JSON көрсеткішін тексеріңіз, мысалы /data/kind.",
        "В сообщении нет такого места: проверьте указатель JSON, например /data/kind.",
        "The message has no such place: check the JSON pointer, such as /data/kind.",
    ),
    "parked_already_settled": (
        "Бұл хабарға қатысты шешім қабылданып қойған.",
        "С этим сообщением уже разобрались.",
        "This message has been settled already.",
    ),
    "overloaded": (
        "Қазір сұрау көп. Бірнеше секундтан кейін қайталаңыз.",
        "Сейчас слишком много запросов. Повторите через несколько секунд.",
        "Too many requests just now. Try again in a few seconds.",
    ),
    "unavailable": (
        "Қызмет уақытша қолжетімсіз. Сәлден соң қайталаңыз, кілтін өзгертпей.",
        "Служба временно недоступна. Повторите позже с тем же ключом идемпотентности.",
        "The service is away for a while. Try again later, with the same idempotency key.",
    ),
    "internal": (
        "Қызметтегі қате. trace_id белгісін қолдау қызметіне айтыңыз.",
        "Ошибка службы. Сообщите поддержке trace_id.",
        "A fault of the service. Tell support the trace_id.",
    ),
    "missing": ("Міндетті өріс.", "Обязательное поле.", "A required field."),
    "extra_forbidden": ("Мұндай өріс жоқ.", "Такого поля нет.", "There is no such field."),
    "wrong_type": ("Мәннің түрі дұрыс емес.", "Значение не того типа.", "The value has the wrong type."),
    "too_short": ("Мән тым қысқа.", "Значение слишком короткое.", "The value is too short."),
    "too_long": ("Мән тым ұзын.", "Значение слишком длинное.", "The value is too long."),
    "empty": ("Бос қалдырмаңыз.", "Не оставляйте пустым.", "Do not leave it empty."),
    "too_short_characters": (
        "Тым қысқа: кемінде {limit} таңба болуы керек.",
        "Слишком коротко: нужно не меньше {limit} знаков.",
        "Too short: {limit} characters at least.",
    ),
    "too_long_characters": (
        "Тым ұзын: {limit} таңбадан аспауы керек.",
        "Слишком длинно: можно не больше {limit} знаков.",
        "Too long: {limit} characters at most.",
    ),
    "too_short_items": (
        "Тым аз: тізімде кемінде {limit} мән болуы керек.",
        "Слишком мало: в списке нужно не меньше {limit} значений.",
        "Too few: {limit} items in the list at least.",
    ),
    "too_long_items": (
        "Тым көп: тізімде ең көбі {limit} мән бола алады.",
        "Слишком много: в списке можно не больше {limit} значений.",
        "Too many: {limit} items in the list at most.",
    ),
    "out_of_range": (
        "Мән рұқсат етілген шектен тыс.",
        "Значение вне допустимых пределов.",
        "The value is out of range.",
    ),
    "not_in_list": ("Тізімде жоқ мән.", "Значения нет в списке.", "The value is not in the list."),
    "not_a_time": (
        "Уақытты белдеуімен көрсетіңіз, мысалы 2026-11-23T10:00:00+05:00.",
        "Укажите время с поясом, например 2026-11-23T10:00:00+05:00.",
        "Give a time with its zone, such as 2026-11-23T10:00:00+05:00.",
    ),
    "not_an_email": (
        "Электрондық пошта мекенжайы емес.",
        "Это не адрес электронной почты.",
        "Not an e-mail address.",
    ),
    "not_a_uuid": ("UUID емес.", "Это не UUID.", "Not a UUID."),
    "malformed": ("Мәннің пішімі дұрыс емес.", "Значение неверного вида.", "The value is malformed."),
}

_PYDANTIC: Final = {
    "missing": "missing",
    "extra_forbidden": "extra_forbidden",
    "string_too_short": "too_short",
    "too_short": "too_short",
    "string_too_long": "too_long",
    "too_long": "too_long",
    "enum": "not_in_list",
    "literal_error": "not_in_list",
    "timezone_aware": "not_a_time",
    "datetime_parsing": "not_a_time",
    "datetime_from_date_parsing": "not_a_time",
    "datetime_type": "not_a_time",
    "uuid_parsing": "not_a_uuid",
    "uuid_type": "not_a_uuid",
}
_LENGTHS: Final = {"too_short": "min_length", "too_long": "max_length"}
"""code → where pydantic tells the limit."""


class Catalogue:
    """Texts of one service: the chassis's and its own."""

    def __init__(self, own: Texts) -> None:
        self._texts = {**TEXTS, **own}

    def text(self, code: str, language: str) -> str:
        """The text for `code`; a code without a text is a bug that a test finds."""
        return self._texts[code][LANGUAGES.index(language)]

    def told(self, fault: Fault, language: str) -> str:
        """The text for one fault of several; of a wrong length it says how long the value must be, or may be."""
        code, limit = fault["code"], fault.get("limit")
        if limit is None:
            return self.text(code, language)
        if (code, limit) == ("too_short", 1):
            return self.text("empty", language)
        return self.text(f"{code}_{fault['counted']}", language).format(limit=limit)

    def problem(
        self,
        status: int,
        code: str,
        *,
        language: str,
        trace_id: str | None,
        pointer: str | None = None,
        errors: Sequence[Fault] = (),
        headers: Mapping[str, str] | None = None,
    ) -> JSONResponse:
        """A problem response."""
        body: dict[str, Any] = {
            "type": f"urn:joldau:problem:{code}",
            "title": self.text(code, language),
            "status": status,
            "code": code,
            "trace_id": trace_id,
        }
        if pointer is not None:
            errors = [{"pointer": pointer, "code": code}]
        if errors:
            body["errors"] = [{"detail": self.told(error, language), **error} for error in errors]
        return JSONResponse(
            body,
            status_code=status,
            media_type=MEDIA_TYPE,
            headers={"content-language": language, "vary": "accept-language", **(headers or {})},
        )


def preferred(accept_language: str) -> str:
    """The best of our languages for an Accept-Language header (RFC 9110 §12.5.4); English without one."""
    best, best_weight = "en", 0.0
    for item in accept_language.split(","):
        tag, _, parameter = item.strip().partition(";")
        language = tag.split("-")[0].lower()
        try:
            weight = float(parameter.partition("=")[2]) if parameter.strip().startswith("q=") else 1.0
        except ValueError:
            continue
        if language in LANGUAGES and weight > best_weight:
            best, best_weight = language, weight
    return best


def pointers(errors: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Pydantic's errors as pointers, codes and limits of length, without the values that failed."""
    return [{"pointer": _pointer(one["loc"]), "code": _code(one["type"]), **_limit(one)} for one in errors]


def _pointer(location: Sequence[str | int]) -> str:
    place, *rest = location
    if place == "body":
        return "#/" + "/".join(str(part).replace("~", "~0").replace("/", "~1") for part in rest)
    return f"{place}:{'.'.join(map(str, rest))}"


def _limit(error: Mapping[str, Any]) -> Fault:
    """How long a value that has not the right length must be, or may be. Pydantic calls a secret a `Value`."""
    code = _code(error["type"])
    if code not in _LENGTHS:
        return {}
    told = error["ctx"]
    is_text = error["type"].startswith("string") or told["field_type"] == "Value"
    return {"limit": told[_LENGTHS[code]], "counted": "characters" if is_text else "items"}


def _code(kind: str) -> str:
    if kind in _PYDANTIC:
        return _PYDANTIC[kind]
    if kind.startswith(("greater_than", "less_than")):
        return "out_of_range"
    return "wrong_type" if kind.endswith("_type") else "malformed"
