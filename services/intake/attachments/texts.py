"""Words of what may be wrong with a document."""

from typing import Final

PROBLEMS: Final[dict[str, tuple[str, str, str]]] = {
    "attachment_not_found": ("Мұндай қоса берілген құжат жоқ.", "Такого вложения нет.", "There is no such attachment."),
    "attachment_type_unknown": (
        "Мазмұны бойынша бұл PDF, JPEG, PNG, TIFF, WebP, HEIC, MP3, WAV, OGG, M4A немесе макроссыз DOCX емес.",
        "По содержанию это не PDF, JPEG, PNG, TIFF, WebP, HEIC, MP3, WAV, OGG, M4A и не DOCX без макросов.",
        "By its content it is no PDF, JPEG, PNG, TIFF, WebP, HEIC, MP3, WAV, OGG, M4A, and no DOCX without macros.",
    ),
    "attachment_unusable": (
        "Мұндай құжат жүктелмеген, мерзімі өткен (бір тәулік) немесе басқа жолданымға тіркелген. Қайта жүктеңіз.",
        "Такой документ не загружен, его срок (сутки) истёк или он приложен к другому обращению. Загрузите заново.",
        "No such document is uploaded, its day has passed, or another appeal has it. Upload it again.",
    ),
    "attachments_waiting": (
        "Жолданымға тіркелмеген құжат тым көп. Жолданымдарды жіберіңіз немесе бір тәулік күтіңіз.",
        "Слишком много документов ещё не приложено к обращениям. Отправьте обращения или подождите сутки.",
        "Too many documents wait for their appeals. Post the appeals, or wait a day.",
    ),
    "attachment_removed": (
        "Құжат жойылған, оны енді алу мүмкін емес.",
        "Документ удалён, получить его больше нельзя.",
        "The document is removed and cannot be had any more.",
    ),
    "attachment_storage_away": (
        "Құжаттар қоймасы жауап бермейді. Кейінірек қайталаңыз.",
        "Хранилище документов не отвечает. Повторите позже.",
        "The store of documents does not answer. Try again later.",
    ),
    "attachment_sealed": (
        "Бұл жолданымның құжаттарын тек құқығы бар қызметкер алады (appeals:sealed).",
        "Документы этого обращения получает только сотрудник с правом на такие (appeals:sealed).",
        "Documents of this appeal are only for persons with the scope for it (appeals:sealed).",
    ),
    "reference_expired": (
        (
            "Сілтеменің мерзімі өтті. Жаңасын GET /v1/agencies/me/referrals/{id}/attachments береді; "
            "хатпен келген сілтеме болса, оның бетін қайта ашыңыз."
        ),
        (
            "Срок ссылки истёк. Новую даёт GET /v1/agencies/me/referrals/{id}/attachments; "
            "если ссылка была в письме, откройте её страницу заново."
        ),
        (
            "The reference has expired. GET /v1/agencies/me/referrals/{id}/attachments gives a new one; "
            "if you came by a mailed link, open its page again."
        ),
    ),
    "reference_ended": (
        "Жолданым сіздің органда емес: кері қайтарылған, қабылданбаған немесе шақыртып алынған.",
        "Обращение уже не у вашего органа: оно возвращено, отклонено или отозвано.",
        "The appeal is no longer with your agency: it was returned, declined or recalled.",
    ),
}
