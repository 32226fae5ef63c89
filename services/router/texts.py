"""The router's words for people: problems, and what a task asks, in Kazakh, Russian and English."""

from typing import Final

from services.router.task import Question

PROBLEMS: Final[dict[str, tuple[str, str, str]]] = {
    "appeal_not_found": ("Мұндай жолданым жоқ.", "Такого обращения нет.", "There is no such appeal."),
    "referral_not_found": ("Мұндай қайта жолдау жоқ.", "Такого перенаправления нет.", "There is no such referral."),
    "referral_ended": (
        "Бұл жолданым бойынша сізден ештеңе талап етілмейді: жауап берілген, қабылданбаған немесе шақыртып алынған.",
        "По этому обращению от вас ничего не требуется: ответ дан, оно отклонено или отозвано.",
        "Nothing is asked of you any more: it is answered, declined or recalled.",
    ),
    "link_expired": (
        "Сілтеменің мерзімі өтті немесе бұл жолданым бойынша сізден ештеңе талап етілмейді.",
        "Срок ссылки истёк, или по этому обращению от вас ничего не требуется.",
        "The link has expired, or nothing is asked of you any more.",
    ),
    "operator_not_found": ("Мұндай есептік жазба жоқ.", "Такой учётной записи нет.", "There is no such account."),
    "login_malformed": (
        "Логин латын әрпінен басталады; одан кейін латын әріптері, цифрлар, нүкте, сызықша.",
        "Логин начинается с латинской буквы; дальше латинские буквы, цифры, точка, дефис.",
        "A login begins with a Latin letter; then letters, digits, dots and hyphens.",
    ),
    "login_taken": ("Мұндай логин бар.", "Такой логин уже есть.", "This login is taken."),
    "subject_taken": (
        "Сырттан кірудің бұл иесі басқа есептік жазбаға байланған.",
        "Этот владелец внешнего входа уже привязан к другой учётной записи.",
        "This subject of the sign-in service has another account.",
    ),
    "nothing_changes": (
        "Бұл күннен ештеңе өзгермейді: алдымен бірдеңені өзгертіңіз.",
        "С этого дня ничего не меняется: сначала что-нибудь измените.",
        "Nothing changes from this day on: change something first.",
    ),
    "day_malformed": (
        "Күнді былай жазыңыз: 2026-11-23.",
        "Запишите день так: 2026-11-23.",
        "Write a day as 2026-11-23.",
    ),
    "key_beyond_viewer": (
        "Өзіңізде жоқ не басқалардың жолданымын ашатын құқық мұнда берілмейді: joldau key create қолданыңыз.",
        "Право, которого нет у вас, или на чужие обращения здесь не дают: такой ключ делает joldau key create.",
        "A right that you lack, or to others' appeals, is not given here: such a key is made by joldau key create.",
    ),
    "own_account": (
        "Өз жазбаңызды өшіре, әкімші рөлінен бас тарта немесе өзіңізге рөл қоса алмайсыз: басқа әкімшіге айтыңыз.",
        "Себя не отключить, роль администратора не снять и новую себе не дать: попросите другого администратора.",
        "You cannot disable your own account, stop being an administrator or give yourself a role: ask another one.",
    ),
    "password_too_short": (
        "Құпиясөз кемінде 12 таңбадан тұрсын.",
        "Пароль — не короче 12 знаков.",
        "A password has 12 characters or more.",
    ),
    "form_foreign": (
        "Форма ескірген: бетті жаңартып, қайта жіберіңіз.",
        "Форма устарела: обновите страницу и отправьте снова.",
        "The form is out of date: reload the page and send it again.",
    ),
    "sign_in_away": (
        "Кіру қызметі жауап бермейді. Сәлден соң қайталаңыз немесе логин мен құпиясөзбен кіріңіз.",
        "Служба входа не отвечает. Повторите позже или войдите по логину и паролю.",
        "The sign-in service does not answer. Try again later, or sign in with a login and a password.",
    ),
    "page_address_wrong": (
        "Мекенжайда қате бар: тізімнен қайта өтіңіз.",
        "В адресе ошибка: перейдите снова из списка.",
        "There is a mistake in the address: go there again from the list.",
    ),
    "console_away": (
        "Дерекқор қазір жауап бермейді. Бетті бірнеше секундтан кейін жаңартыңыз: ештеңе жоғалған жоқ.",
        "База данных сейчас не отвечает. Обновите страницу через несколько секунд: ничего не потеряно.",
        "The database does not answer just now. Reload in a few seconds: nothing is lost.",
    ),
    "period_invalid": (
        "Кезең басталмай тұрып аяқталады: күндерді тексеріңіз.",
        "Период заканчивается раньше, чем начинается: проверьте даты.",
        "The period ends before it begins: check the dates.",
    ),
    "steps_too_many": (
        "Бұл кезең үшін қадам тым ұсақ: аптаны немесе айды таңдаңыз.",
        "Для такого периода шаг слишком мелкий: выберите неделю или месяц.",
        "The step is too short for this period: choose weeks or months.",
    ),
    "territory_unknown": (
        "Анықтамалықта мұндай аумақ жоқ.",
        "В справочнике нет такой территории.",
        "The directory has no such territory.",
    ),
    "decision_not_found": ("Мұндай шешім жоқ.", "Такого решения нет.", "There is no such decision."),
    "task_not_found": ("Мұндай тапсырма жоқ.", "Такой задачи нет.", "There is no such task."),
    "task_settled": (
        "Бұл тапсырма орындалып қойған.",
        "Эта задача уже решена.",
        "This task has been settled already.",
    ),
    "task_needs_decision": (
        "Бұл тапсырма шешімді талап етеді: орган тағайындаңыз немесе өзімізде қалдырыңыз.",
        "Задача требует решения: назначьте орган или оставьте обращение у нас.",
        "This task needs a decision: assign an agency or retain the appeal.",
    ),
    "task_decides_nothing": (
        "Бұл тапсырма тек хабар береді: оны жабыңыз.",
        "Эта задача только сообщает: закройте её.",
        "This task only tells something: dismiss it.",
    ),
    "appeal_sealed": (
        "Бұл жолданымды оны оқуға құқығы бар қызметкер ғана ашады (referrals:sealed).",
        "Это обращение открывает только сотрудник с правом на такие (referrals:sealed).",
        "Only a person with the scope for such appeals opens this one (referrals:sealed).",
    ),
    "appeal_not_sealed": (
        "Қорғалған арнаға тек жабық жолданым көшіріледі: алдымен оны өзімізде қалдырыңыз.",
        "В защищённый канал переводят только закрытое обращение: сначала оставьте его у нас.",
        "Only a sealed appeal is moved to the protected channel: retain it first.",
    ),
    "case_claimed": (
        "Бұл жолданыммен басқа қызметкер жұмыс істеп отыр: онымен келісіңіз немесе өзіңізге алыңыз (task claim).",
        "С этим обращением работает другой сотрудник: договоритесь с ним или возьмите его себе (task claim).",
        "Somebody else works on this appeal: agree with them, or take it over (task claim).",
    ),
    "act_waiting": (
        "Бұл жолданым бойынша шешім жаңа ғана қабылданды, ол бірнеше секундтан кейін орындалады.",
        "По этому обращению только что принято решение: оно исполнится через несколько секунд.",
        "This appeal has been decided a moment ago: that is carried out in a few seconds.",
    ),
    "act_ended": (
        "Кеш: бұл әрекет орындалып немесе болдырылмай қойған.",
        "Поздно: это действие уже исполнено или отменено.",
        "Too late: this act has been carried out or undone already.",
    ),
    "act_not_allowed": (
        "Әрекет орындалмады: оны айтқан қызметкердің есептік жазбасы жабылған немесе оған мұндай құқық берілмейді.",
        "Действие не исполнено: учётная запись того, кто его сказал, закрыта или этого права у неё больше нет.",
        "Not carried out: the account of whoever said it is closed, or has that right no longer.",
    ),
    "bulk_not_allowed": (
        "Бірден тек бекітуге, жіберуге, өзімізде қалдыруға немесе жабуға болады, көп дегенде 500 тапсырма.",
        "Сразу можно только утвердить, направить, оставить у нас или закрыть, не больше 500 задач.",
        "At once one can only approve, refer, retain or dismiss, and at most 500 tasks.",
    ),
    "bulk_empty": (
        "Таңдалған тапсырмалардың ешқайсысымен мұны істеуге болмайды.",
        "Ни с одной из выбранных задач этого сделать нельзя.",
        "This can be done with none of the tasks chosen.",
    ),
    "agency_unknown": (
        "Анықтамалықта бүгін әрекет ететін мұндай орган жоқ.",
        "В справочнике нет такого действующего органа.",
        "The directory has no such agency in force.",
    ),
    "agency_without_system": (
        "Бұл органның өз жүйесі жоқ: оған хабар жіберілмейді.",
        "У этого органа нет своей системы: сообщения ему не отправляются.",
        "This agency has no system of its own: nothing is sent to it.",
    ),
    "since_or_referrals": (
        "Уақытты (since) немесе тізімді (referral_ids) беріңіз, екеуін бірге емес.",
        "Укажите время (since) или список (referral_ids), но не то и другое.",
        "Give a moment (since) or a list (referral_ids), not both.",
    ),
    "agency_barred": (
        "Шағым жасалған органға немесе оған бағынышты органға жіберуге болмайды.",
        "Нельзя направить тому, на кого жалуются, и тем, кто ему подчинён.",
        "It may not go to the body complained of, nor to one below it.",
    ),
    "agency_has_it": (
        "Бұл органда осы жолданым бар.",
        "У этого органа обращение уже есть.",
        "This agency has the appeal already.",
    ),
    "referred_whole": (
        "Жолданым толығымен жіберілген: алдымен оны кері алыңыз.",
        "Обращение уже направлено целиком: сначала отзовите его.",
        "The appeal has been referred as a whole: recall that first.",
    ),
    "referred_in_part": (
        "Жолданымның бөліктері органдарда: толығымен жіберу үшін оларды кері алыңыз.",
        "Части обращения у органов: чтобы направить целиком, сначала отзовите их.",
        "Parts of the appeal are with agencies: recall them before referring the whole.",
    ),
    "decision_forgotten": (
        "Жолданым қорғалған арнаға көшірілген: оның шешімінде бұдан былай ештеңе сақталмайды.",
        "Обращение переведено в защищённый канал: его решение больше ничего не содержит.",
        "The appeal has moved to a protected channel: nothing is kept of its decision.",
    ),
    "rules_not_kept": (
        "Бұл шешім қабылданған ережелер нұсқасы сақталмаған.",
        "Версия правил, по которой принято это решение, не сохранена.",
        "The version of the rules that this decision was made by is not kept.",
    ),
    "second_person_needed": (
        "Ұсынған адам өзі бекіте алмайды: екінші қызметкер өз кілтімен бекітсін.",
        "Предложивший не может утвердить сам: пусть утвердит второй сотрудник своим ключом.",
        "Who proposed it cannot approve it: a second person has to, with a key of their own.",
    ),
    "quote_not_in_text": (
        "Бұл сөздер жолданым мәтінінде жоқ: дәл келтіріңіз немесе үзінді (rewritten) деп белгілеңіз.",
        "Этих слов нет в тексте обращения: процитируйте точно или отметьте как выдержку (rewritten).",
        "These words are not in the appeal's text: quote it exactly, or mark it as an extract (rewritten).",
    ),
    "question_uncovered": (
        "Жолданымның бір мәселесі ешбір бөлікке кірмеген: оны қосыңыз немесе қалғанын өзімізде қалдырыңыз.",
        "Один из вопросов обращения не вошёл ни в одну часть: добавьте его или оставьте остальное у нас.",
        "A question of the appeal is in none of the parts: add it, or retain the rest.",
    ),
    "rest_twice": (
        "Мәтіні жоқ бөлік (қалғаны) біреу ғана бола алады.",
        "Часть без текста (остальное) может быть только одна.",
        "Only one part can be without a text: it is the rest.",
    ),
    "extract_needed": (
        "Сыбайлас жемқорлық белгісі бар жолданымнан тек өз сөзіңізбен жазылған үзінді жіберіледі.",
        "Из обращения с признаками коррупции направляется только выдержка, написанная своими словами.",
        "Of an appeal that tells of corruption only an extract in your own words is sent.",
    ),
    "extract_tells_corruption": (
        "Үзіндіде сыбайлас жемқорлық белгісі бар: оны алып тастаңыз.",
        "В выдержке есть признак коррупции: уберите его.",
        "The extract itself tells of corruption: take that out.",
    ),
    "agency_speaks_itself": (
        "Бұл органның өз жүйесі бар: жауабын өзі береді.",
        "У этого органа своя система: он отвечает сам.",
        "This agency has a system of its own and replies itself.",
    ),
    "corruption_never_whole": (
        "Сыбайлас жемқорлық белгісі бар жолданым толық жіберілмейді: үзінді (part) беріңіз.",
        "Обращение с признаками коррупции не направляется целиком: дайте выдержку (part).",
        "An appeal that tells of corruption is never referred as a whole: give an extract (part).",
    ),
    "appeal_not_retained": (
        "Тек өзімізде қалған немесе түзетуге жіберілген жолданымды қайта қарауға болады.",
        "Пересмотреть можно только обращение, оставленное у нас или отправленное на исправление.",
        "Only an appeal that is considered ours, or is being fixed, can be reviewed.",
    ),
    "appeal_with_agency": (
        "Жолданымның бір бөлігі органда: алдымен оны кері алыңыз.",
        "Часть обращения ещё у органа: сначала отзовите её.",
        "An agency still has a part of the appeal: recall it first.",
    ),
    "fix_by_passed": (
        "Түзету мерзімі бүгіннен кейін болуы керек.",
        "Срок исправления должен быть позже сегодняшнего дня.",
        "The day to fix it by must be after today.",
    ),
    "ground_does_not_fit": (
        "Жолданымның бұл түрі осы негізбен аяқталмайды (ӘРПК 64, 70, 88-баптар).",
        "Обращение этого вида на таком основании не завершают (АППК ст. 64, 70, 88).",
        "An appeal of this kind does not end on this ground (АППК arts. 64, 70, 88).",
    ),
    "crime_is_forwarded": (
        "Қылмыс туралы мәлімет бар: қайтаруға да, тоқтатуға да болмайды (ӘРПК 64-баптың 7-2-тармағы).",
        "Есть сведения о преступлении: нельзя ни вернуть, ни прекратить (АППК ст. 64, п. 7-2).",
        "It tells of a crime: it may be neither returned nor terminated (АППК art. 64(7-2)).",
    ),
    "return_out_of_time": (
        "Қайтару уақыты әлі келген жоқ немесе өтіп кетті: жолданымды қараңыз.",
        "Время возврата ещё не пришло или уже прошло: рассмотрите обращение.",
        "The time to return it has not come, or has passed: consider the appeal.",
    ),
    "superior_exists": (
        "Шағым жасалған органның жоғары тұрғаны бар немесе ол белгісіз: сотқа жіберуге негіз жоқ.",
        "Вышестоящий орган есть, или неизвестно, на кого жалоба: разъяснять путь в суд рано.",
        "There is a superior body, or it is not known of whom it complains: the way is not yet to court.",
    ),
    "earlier_unknown": (
        "Мұндай нөмірлі бұрынғы жолданым жоқ.",
        "Прежнего обращения с таким номером нет.",
        "There is no earlier appeal of this number.",
    ),
    "earlier_not_returned": (
        "Бұрынғы жолданым қайтарылмаған: жаңасын жауапсыз тіркеуге болмайды.",
        "Прежнее обращение не возвращали: приобщить новое без ответа нельзя.",
        "The earlier appeal was not returned: the new one may not be filed without an answer.",
    ),
    "transition_not_allowed": (
        "Қайта жолдаудың қазіргі күйінде бұл мүмкін емес.",
        "В нынешнем состоянии перенаправления это невозможно.",
        "The referral's present state does not allow this.",
    ),
    "referral_changed": (
        "Қайта жолдау өзгерген: қайта оқып, қайталаңыз.",
        "Перенаправление изменилось: прочтите его снова и повторите.",
        "The referral has changed: read it again and repeat.",
    ),
    "arbiter_decides": (
        "Бұл дау: оны тек төреші шешеді (joldau task arbitrate).",
        "Это спор: его решает только арбитр (joldau task arbitrate).",
        "This is a dispute: only an arbiter decides it (joldau task arbitrate).",
    ),
    "not_disputed": (
        "Бұл тапсырмада дау жоқ: оны оператор шешеді.",
        "В этой задаче спора нет: её решает оператор.",
        "This task is no dispute: an operator settles it.",
    ),
    "proof_without_key": (
        "Қол қою кілті берілмеген: JOLDAU_ROUTER_SIGNING_KEY.",
        "Не задан ключ подписи: JOLDAU_ROUTER_SIGNING_KEY.",
        "There is no key to sign with: set JOLDAU_ROUTER_SIGNING_KEY.",
    ),
    "event_id_reused": (
        "Бұл оқиға нөмірі басқа мазмұнмен қолданылған: жаңасын беріңіз.",
        "Этот номер события уже использован с другим содержанием: возьмите новый.",
        "This event id was used with another content: take a new one.",
    ),
    "rules_not_found": ("Мұндай ережелер жинағы жоқ.", "Такого набора правил нет.", "There is no such rule set."),
    "rules_in_force": (
        "Бұл ережелер жинағы қазір де қолданыста.",
        "Этот набор правил уже действует.",
        "This rule set is in force already.",
    ),
    "rules_changed": (
        "Осы арада басқа ережелер жинағы қолданысқа енді: оны қарап шығып, қайталаңыз.",
        "Тем временем введён в действие другой набор правил: посмотрите его и повторите.",
        "Another rule set has come into force meanwhile: look at it and repeat.",
    ),
    "rules_based_on_older": (
        "Ұсыныс өзгертетін құжат ұсыныстан кейін өзгерген: қолданыстағысын алып, қайта ұсыныңыз.",
        "Документ, который меняет предложение, с тех пор изменён: возьмите действующий и предложите заново.",
        "A document that the proposal changes has changed since: take the one in force and propose it anew.",
    ),
    "rules_invalid": (
        "Ережелер жинағында қателер бар: errors тізімін қараңыз.",
        "В наборе правил есть ошибки: смотрите список errors.",
        "The rule set has faults: see the list of errors.",
    ),
    "model_not_packed": (
        "Модель оқылмады: құжаттың өзін gzip-пен сығып, base64-пен беріңіз, ашылғанда 8 МиБ-тан аспасын.",
        "Модель не читается: передайте документ, сжатый gzip, в base64, не больше 8 МиБ в раскрытом виде.",
        "The model cannot be unpacked: give its document in gzip and base64, at most 8 MiB when unpacked.",
    ),
    "shadow_unchanged": (
        "Көлеңкелік сынақ қазірдің өзінде осындай күйде: өзгертетін ештеңе жоқ.",
        "Теневая проверка уже в таком состоянии: менять нечего.",
        "The shadow is so already: there is nothing to change.",
    ),
    "shadow_not_found": (
        "Мұндай көлеңкелік сынақ болған жоқ: алдымен оны бастаңыз.",
        "Такой теневой проверки не было: сначала начните её.",
        "There has been no such shadow: begin one first.",
    ),
    "trial_running": (
        "Ережелердің басқа сынағы жүріп жатыр: ол аяқталған соң қайталаңыз.",
        "Идёт другая проверка правил на прошлом: повторите, когда она закончится.",
        "Another trial of rules is running: repeat when it has ended.",
    ),
    "day_not_overridden": (
        "Бұл күн туралы акт енгізілмеген.",
        "Об этом дне не внесено никакого акта.",
        "No act has been entered about this day.",
    ),
    "reminded_lately": (
        "Органға бір сағат ішінде еске салынған: кейінірек қайталаңыз.",
        "Органу напоминали в течение последнего часа: повторите позже.",
        "The agency was reminded within the last hour: try again later.",
    ),
    "export_not_found": (
        "Мұндай файл жоқ: ол бір сағат қана сақталады. Тізімнен қайта сұраңыз.",
        "Такого файла нет: он хранится час. Закажите его снова из списка.",
        "There is no such file: it is kept for an hour. Ask for it again from the list.",
    ),
    "exports_running": (
        "Қазір бірнеше файл дайындалып жатыр: бір минуттан кейін қайталаңыз.",
        "Сейчас готовится несколько файлов: повторите через минуту.",
        "Several files are in the making: try again in a minute.",
    ),
    "view_not_found": (
        "Мұндай сақталған көрініс жоқ немесе ол сіздікі емес.",
        "Такого сохранённого вида нет, или он не ваш.",
        "There is no such saved view, or it is not yours.",
    ),
    "too_many_views": (
        "Сақталған көріністер тым көп: керек емесін өшіріңіз.",
        "Сохранённых видов слишком много: удалите лишние.",
        "There are too many saved views: remove those you do not need.",
    ),
    "cursor_invalid": (
        "cursor мәні алдыңғы беттен алынбаған.",
        "Значение cursor взято не из предыдущей страницы.",
        "The cursor is not one of a page before.",
    ),
}

QUESTIONS: Final[dict[Question, tuple[str, str, str]]] = {
    Question.POSSIBLE_CORRUPTION: (
        "Сыбайлас жемқорлық белгісі болуы мүмкін: біздікі ме?",
        "Возможен признак коррупции: наше ли это?",
        "There may be a sign of corruption: is it ours?",
    ),
    Question.NOTHING_FOUND: (
        "Мәтіннен кімнің мәселесі екені көрінбейді.",
        "Из текста не видно, чей это вопрос.",
        "Nothing in the text says whose matter it is.",
    ),
    Question.TOO_LITTLE: (
        "Кімнің мәселесі екеніне белгі тым аз.",
        "Слишком мало указаний, чей это вопрос.",
        "Too little says whose matter it is.",
    ),
    Question.DISAGREEMENT: (
        "Екі органға бірдей ұқсайды: күмән әлде екі мәселе.",
        "Похоже на два органа сразу: сомнение или два вопроса.",
        "Two agencies are about equally likely: a doubt, or two questions.",
    ),
    Question.COMPLAINED_OF_UNCLEAR: (
        "Шағым кімнің үстінен екені анық емес.",
        "Неясно, на кого жалоба.",
        "It is not clear of whom it complains.",
    ),
    Question.NO_SUPERIOR: (
        "Шағым жасалған органның жоғары тұрғаны анықтамалықта жоқ (ӘРПК 91-бап).",
        "В справочнике нет вышестоящего над тем, на кого жалуются (АППК ст. 91).",
        "The directory knows nobody above the body complained of (АППК art. 91).",
    ),
    Question.NO_AGENCY: (
        "Бұл мәселеге жауапты орган анықтамалықта жоқ.",
        "В справочнике нет органа, который отвечает за этот вопрос.",
        "The directory knows nobody who answers for this.",
    ),
    Question.BY_HAND: (
        "Құзыретті органның жүйесі жоқ: қолмен жіберіледі.",
        "У компетентного органа нет системы: направляется вручную.",
        "The competent agency has no system: it is sent by hand.",
    ),
    Question.DECLINED: (
        "Орган бас тартты, басқасы ережеден шықпайды.",
        "Орган отказался, другой из правил не следует.",
        "The agency has declined, and no other follows from the rules.",
    ),
    Question.EXTRACT: (
        "Сыбайлас жемқорлықтан бөлек, басқа органның мәселесі де бар сияқты: үзінді жіберу керек пе?",
        "Помимо коррупции, похоже, есть вопрос другого органа: направить ли выдержку?",
        "Beside corruption there seems to be another body's matter: is an extract to be sent?",
    ),
    Question.APPROVAL: (
        "Ұсынылған қайта жолдауды бекітіңіз немесе қабылдамаңыз.",
        "Утвердите предложенное перенаправление или отклоните его.",
        "Approve the referral that is proposed, or refuse it.",
    ),
    Question.REJECTED: (
        "Ұсыныс қабылданбады: кім құзыретті?",
        "Предложение отклонено: кто компетентен?",
        "The proposal was refused: who is competent?",
    ),
    Question.RECALLED: (
        "Қайта жолдау кері алынды: кім құзыретті?",
        "Перенаправление отозвано: кто компетентен?",
        "The referral was recalled: who is competent?",
    ),
    Question.REVIEW: (
        "Өзімізде қалған жолданымды қайта қарау сұралды.",
        "Просят пересмотреть оставленное у нас обращение.",
        "A retained appeal is to be looked at again.",
    ),
    Question.ALARM: (
        "Қылмыс немесе қауіп туралы мәлімет болуы мүмкін: дереу құзыретті органға жіберіңіз (ӘРПК 64-бап).",
        "Возможны сведения о преступлении или угрозе: незамедлительно направьте их (АППК ст. 64, п. 7-2).",
        "It may tell of a crime or a threat: pass it on at once (АППК art. 64(7-2)).",
    ),
    Question.REPEATED: (
        "Біз қараған жолданымды қайталайтын сияқты: қайтару, тоқтату әлде жалғастыру керек пе?",
        "Похоже на повтор рассмотренного нами: вернуть, прекратить или рассматривать дальше?",
        "It seems to repeat what we have considered: return it, terminate, or go on?",
    ),
    Question.OBSCENE: (
        "Былапыт сөздер бар: қайтару әлде жалғастыру керек пе (ӘРПК 64-бап)?",
        "Есть нецензурные выражения: вернуть или рассматривать дальше (АППК ст. 64)?",
        "It has obscene language: return it, or go on (АППК art. 64)?",
    ),
    Question.ANONYMOUS: (
        "Авторы белгісіз, қылмыс туралы мәлімет жоқ: тоқтату әлде түзетуге жіберу керек пе?",
        "Автор неизвестен, о преступлении не сообщает: прекратить или дать исправить?",
        "Its author is unknown and it tells of no crime: terminate it, or have it fixed?",
    ),
    Question.FIXED: (
        "Өтініш беруші кемшіліктерді жойды: кімнің мәселесі?",
        "Заявитель устранил недостатки: чей это вопрос?",
        "The applicant has added what was lacking: whose matter is it?",
    ),
    Question.FIX_LAPSED: (
        "Кемшіліктерді жою мерзімі өтті: үш жұмыс күні ішінде қайтарылады (ӘРПК 64-бап).",
        "Срок устранения недостатков истёк: вернуть в течение трёх рабочих дней (АППК ст. 64).",
        "The time to add what is lacking has lapsed: to be returned within three working days (АППК art. 64).",
    ),
    Question.UNDELIVERABLE: (
        "Органның жүйесі қабылдамады: қайта жіберіңіз немесе басқа органды таңдаңыз.",
        "Система органа не приняла: отправьте снова или выберите другой орган.",
        "The agency's system refused it: send it again, or choose another agency.",
    ),
    Question.SILENT: (
        "Орган жолданымды алғанын растамады: органмен хабарласыңыз.",
        "Орган не подтвердил получение: свяжитесь с ним.",
        "The agency has not said that it has the referral: get in touch with it.",
    ),
    Question.NOT_ACCEPTED: (
        "Орган өз құзыреті ме, жоқ па, айтпады: органмен немесе жоғары тұрған органмен хабарласыңыз.",
        "Орган не сказал, его ли это вопрос: свяжитесь с ним или с вышестоящим.",
        "The agency has not said whether it is competent: get in touch with it, or with its superior.",
    ),
    Question.OVERDUE: (
        "Орган мерзімінде жауап бермеді: органмен немесе жоғары тұрған органмен хабарласыңыз.",
        "Орган не ответил в срок: свяжитесь с ним или с вышестоящим.",
        "The agency has not answered in time: get in touch with it, or with its superior.",
    ),
    Question.EXTENSION_UNLAWFUL: (
        "Орган мерзімді заңда рұқсат етілмегендей ұзартты: бұрынғы мерзім күшінде (ӘРПК 76-бап).",
        "Орган продлил срок так, как закон не позволяет: действует прежний срок (АППК ст. 76).",
        "The agency extended its term as the law does not allow: the old term stands (АППК art. 76).",
    ),
    Question.DISPUTED: (
        "Орган бас тартты, бірақ бұл даулы: төреші шешеді.",
        "Орган отказался, но это спорно: решает арбитр.",
        "The agency has declined, which is disputed: an arbiter decides.",
    ),
    Question.ARBITER_LATE: (
        "Төрешінің мерзімі өтті, ал шешім жоқ: шешім қабылдануын қадағалаңыз.",
        "Срок арбитра истёк, а решения нет: проследите, чтобы оно было принято.",
        "The arbiter's days have passed without a decision: see to it that there is one.",
    ),
    Question.BINDING_DECLINED: (
        "Орган төреші шешімімен берілгеннен бас тартты: шешім күшінде.",
        "Орган отказывается от того, что дал ему арбитр: решение в силе.",
        "The agency declines what an arbiter has given it: the decision stands.",
    ),
    Question.PART_UNCLEAR: (
        "Орган қайтарған бөлік жолданым мәтінінде жоқ: органнан сұраңыз.",
        "Возвращённой органом части нет в тексте обращения: уточните у органа.",
        "The part that the agency returns is not in the referral's text: ask the agency.",
    ),
    Question.CLOSED: (
        "Орган таратылды, орнын ереже бойынша ешкім баса алмайды: кім құзыретті?",
        "Орган упразднён, и по правилам его место занять некому: кто компетентен?",
        "The agency has been closed, and no rule gives its place to another: who is competent?",
    ),
    Question.RECALL_REFUSED: (
        "Органның жүйесі кері алуды қабылдамады: басқа жолмен хабарлаңыз.",
        "Система органа не приняла отзыв: сообщите другим путём.",
        "The agency's system refused the recall: tell it in another way.",
    ),
}
