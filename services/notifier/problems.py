"""The notifier's words for people who call its API, in Kazakh, Russian and English."""

from typing import Final

PROBLEMS: Final[dict[str, tuple[str, str, str]]] = {
    "notification_not_found": ("Мұндай хабарлама жоқ.", "Такого уведомления нет.", "There is no such notification."),
    "notification_under_way": (
        "Хабарлама қазір кезекте тұр немесе жіберілуде.",
        "Уведомление уже в очереди или отправляется.",
        "The notification is queued or being sent just now.",
    ),
    "notification_resent_already": (
        "Бұл хабарлама қайта жіберілген: соңғысын қараңыз.",
        "Это уведомление уже отправляли заново: смотрите последнее.",
        "This notification has been sent anew already: see the latest one.",
    ),
    "no_contact": (
        "Өтініш беруші ешбір байланыс дерегін қалдырмаған.",
        "Заявитель не оставил адреса, на который можно отправить.",
        "The applicant left no address to send to.",
    ),
    "no_endpoint": (
        "Бұл жүйеде webhook мекенжайы тіркелмеген.",
        "У этой системы не зарегистрирован адрес webhook.",
        "This system has no webhook endpoint.",
    ),
    "endpoint_disabled": (
        "Жүйенің webhook мекенжайы өшірілген: оны қайта тіркеңіз.",
        "Адрес webhook этой системы отключён: зарегистрируйте его снова.",
        "The system's webhook endpoint is disabled: register it again.",
    ),
    "endpoint_not_found": (
        "Мұндай webhook мекенжайы жоқ.",
        "Такого адреса webhook нет.",
        "There is no such webhook endpoint.",
    ),
    "endpoint_url_unusable": (
        "https:// мекенжайын көрсетіңіз, ішінде логин мен құпиясөз болмасын.",
        "Укажите адрес https:// без имени пользователя и пароля.",
        "Give an https:// address without a user name and password.",
    ),
}
