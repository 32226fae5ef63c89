"""The words of imports: what is wrong with a file, and with a row."""

from typing import Final

PROBLEMS: Final[dict[str, tuple[str, str, str]]] = {
    "import_not_found": ("Мұндай импорт жоқ.", "Такого импорта нет.", "There is no such import."),
    "import_finished": (
        "Импорт аяқталып қойған.",
        "Импорт уже закончен.",
        "The import has ended already.",
    ),
    "import_type_unknown": (
        "Content-Type: application/x-ndjson, text/csv немесе XLSX түрі болуы керек.",
        "Content-Type должен быть application/x-ndjson, text/csv или типом XLSX.",
        "The Content-Type must be application/x-ndjson, text/csv or that of XLSX.",
    ),
    "import_empty": (
        "Файлда бірде-бір жолданым жоқ.",
        "В файле нет ни одного обращения.",
        "The file holds no appeal.",
    ),
    "import_header_missing": (
        "Бірінші жолда белгілі баған атаулары жоқ. Атаулар docs/imports.md құжатында.",
        "В первой строке нет известных названий столбцов. Названия — в docs/imports.md.",
        "The first line has no known names of columns. docs/imports.md lists them.",
    ),
    "import_columns_missing": (
        "Міндетті бағандар жоқ: errors тізімін қараңыз.",
        "Нет обязательных столбцов: смотрите список errors.",
        "Required columns are missing: see the list of errors.",
    ),
    "import_column_repeated": (
        "Бір өріске екі баған берілген. Біреуін қалдырыңыз.",
        "Для одного поля есть два столбца. Оставьте один.",
        "Two columns are for the same field. Keep one of them.",
    ),
    "import_not_text": (
        "Файл CSV мәтіні емес. «CSV UTF-8» түрінде сақтаңыз.",
        "Файл — не текст CSV. Сохраните его как «CSV UTF-8».",
        "The file is no CSV text. Save it as “CSV UTF-8”.",
    ),
    "import_not_ndjson": (
        "Файл NDJSON емес: әр жолда бір JSON нысаны болуы керек.",
        "Файл — не NDJSON: в каждой строке должен быть один объект JSON.",
        "The file is not NDJSON: each line must be one JSON object.",
    ),
    "import_not_xlsx": (
        "Файл XLSX емес. «Excel кітабы (.xlsx)» түрінде сақтаңыз.",
        "Файл — не XLSX. Сохраните его как «Книга Excel (.xlsx)».",
        "The file is not XLSX. Save it as “Excel workbook (.xlsx)”.",
    ),
    "import_encrypted": (
        "Файл құпиясөзбен қорғалған. Құпиясөзсіз сақтаңыз.",
        "Файл защищён паролем. Сохраните его без пароля.",
        "The file is protected by a password. Save it without one.",
    ),
    "import_unreadable": (
        "Файлды оқу мүмкін емес: ол бүлінген, тым көлемді болып ашылады немесе алыс ұяшықтарында бөгде мәндер бар.",
        "Файл не читается: он повреждён, распаковывается в слишком большой или содержит значения в далёких ячейках.",
        "The file cannot be read: it is damaged, unpacks to too much, or has stray values in far-off cells.",
    ),
    "import_too_many_rows": (
        "Файлда 100 000-нан көп жол бар. Бірнеше файлға бөліңіз.",
        "В файле больше 100 000 строк. Разделите его на несколько файлов.",
        "The file has more than 100 000 rows. Split it into several files.",
    ),
    "row_not_json": (
        "Жол UTF-8 кодындағы JSON емес.",
        "Строка — не JSON в кодировке UTF-8.",
        "The line is not JSON in UTF-8.",
    ),
    "row_unreadable": (
        "Жолдағы тырнақшалар дұрыс қойылмаған.",
        "В строке неверно расставлены кавычки.",
        "The quotes in the row are misplaced.",
    ),
    "row_undecodable": (
        "Жолда файлдың кодтауына жатпайтын таңбалар бар.",
        "В строке есть символы не в кодировке файла.",
        "The row holds characters that are not in the file's encoding.",
    ),
    "row_too_wide": (
        "Жолда тақырыптағыдан көп ұяшық бар: бөлгіштер мен тырнақшаларды тексеріңіз.",
        "В строке больше ячеек, чем в заголовке: проверьте разделители и кавычки.",
        "The row has more cells than the header: check delimiters and quotes.",
    ),
    "row_too_long": ("Жол тым ұзын.", "Строка слишком длинная.", "The row is too long."),
    "row_failed": (
        "Жолды тіркеу мүмкін болмады. Қолдау қызметіне хабарлаңыз.",
        "Строку не удалось зарегистрировать. Сообщите поддержке.",
        "The row could not be registered. Tell support.",
    ),
}
