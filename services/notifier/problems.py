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
    "notification_forgotten": (
        "Өтініш берушінің деректері жойылған: бұл хабарламаны жіберу де, басып шығару да мүмкін емес.",
        "Данные заявителя удалены: это уведомление нельзя ни отправить, ни напечатать.",
        "The applicant's data are forgotten: this notification can neither be sent nor printed.",
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
    "channel_unavailable": (
        "Бұл арна бапталмаған: провайдерін орнатыңыз.",
        "Этот канал не настроен: укажите для него провайдера.",
        "This channel is not set up: configure a provider for it.",
    ),
    "notification_no_letter": (
        "Бұл — қағаз хат емес, басып шығаратын ештеңе жоқ.",
        "Это не бумажное письмо, печатать нечего.",
        "This is no letter on paper: there is nothing to print or post.",
    ),
    "notification_settled": (
        "Хабарлама бұл әрекетті қабылдамайтын күйде: алдымен оны қараңыз.",
        "Уведомление в состоянии, в котором это невозможно: сначала посмотрите его.",
        "The notification is in a state that does not allow this: look at it first.",
    ),
    "test_key_stays_inside": (
        "Сынақ кілтімен ештеңе сыртқа жіберілмейді: оператор кілтін пайдаланыңыз.",
        "С тестовым ключом ничего не уходит наружу: возьмите ключ оператора.",
        "With a test key nothing leaves: use an operator's key.",
    ),
    "suppression_not_found": (
        "Тізімде мұндай алушы жоқ.",
        "Такого получателя в списке нет.",
        "There is no such recipient on the list.",
    ),
    "provider_not_failing": (
        "Мұндай провайдер жоқ немесе ол дұрыс жұмыс істеп тұр.",
        "Такого провайдера нет, или он работает нормально.",
        "There is no such provider, or it has not failed.",
    ),
    "receipt_unreadable": (
        "Бұл — біз білетін жеткізу есебі емес.",
        "Это не отчёт о доставке, который мы понимаем.",
        "This is no delivery receipt that we understand.",
    ),
    "template_not_found": (
        "Мұндай үлгі немесе оның мұндай нұсқасы жоқ.",
        "Такого шаблона или такой его версии нет.",
        "There is no such template, or no such version of it.",
    ),
    "template_edit_empty": (
        "Мәтінді немесе қайтарылатын нұсқаны көрсетіңіз.",
        "Укажите текст или версию, к которой вернуться.",
        "Give a source, or the version to go back to.",
    ),
    "template_unusable": (
        "Үлгі жарамсыз: себебін алдын ала қараудан көріңіз.",
        "Шаблон непригоден: причину покажет предварительный просмотр.",
        "The template is unusable: its preview tells why.",
    ),
    "template_changed": (
        "Осы арада үлгіні басқа біреу өзгертті: оны қарап шығып, қайталаңыз.",
        "Тем временем шаблон изменил кто-то другой: посмотрите его и повторите.",
        "Somebody else has changed the template meanwhile: look at it and repeat.",
    ),
}
