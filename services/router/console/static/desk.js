// The desk: what is said there works by plain forms; this counts down what can be undone, narrows lists of agencies by
// typing, keeps a case claimed while it is being decided, and ticks all rows at once.

// what is undone in time: seconds are counted here, and the server alone decides what is too late
const ends = new WeakMap(); // by the page's own watch: the computer's clock may be wrong
const count = () => {
  for (const box of document.querySelectorAll(".told[data-left]")) {
    if (!ends.has(box)) ends.set(box, performance.now() + 1000 * box.dataset.left);
    const left = Math.ceil((ends.get(box) - performance.now()) / 1000);
    const words = box.querySelector(".told-left");
    if (left > 0) words.textContent = words.dataset.words.replace("{n}", left);
    else box.remove();
  }
};
count();
setInterval(count, 500);

const tickAll = () => document.getElementById("tick-all");
const show = () => tickAll() && (tickAll().hidden = false);
show();
document.addEventListener("refreshed", show);
document.addEventListener("change", (event) => {
  if (event.target.id !== "tick-all") return;
  for (const box of document.querySelectorAll("[data-rows] input[type=checkbox]")) box.checked = event.target.checked;
});

// an act on many, with nothing ticked, is on the row where one is
document.addEventListener("click", (event) => {
  const button = event.target.closest?.(".bulk button[name=verb]");
  if (!button || button.form.querySelector("[name=task]:checked, [name=all]:checked")) return;
  const box = document.querySelector("[data-rows] > .here input[name=task]");
  if (box) box.checked = true;
});

// a claim is taken when a person begins to decide, and renewed while the page is looked at
const RENEW_MS = 120_000;
const claim = () => document.querySelector("form.claim");
const take = async () => {
  const old = claim();
  try {
    const answer = await fetch(old.action, { method: "POST", body: new URLSearchParams(new FormData(old)) });
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("form.claim[data-renew]");
    if (!fresh) return false;
    const isFocused = old.contains(document.activeElement);
    claim().replaceWith(fresh);
    if (isFocused) {
      fresh.tabIndex = -1; // so that a screen reader says whose it is now
      fresh.focus();
    }
    return true;
  } catch {
    return false;
  }
};
document.addEventListener("toggle", (event) => {
  const isFree = claim()?.querySelector("[data-take]");
  if (event.target.matches?.("details[data-verb]") && event.target.open && isFree) take();
}, true);
// the page stays, so that no key is lost that follows at once; where it fails, the page that comes instead says why
document.addEventListener("submit", async (event) => {
  if (!event.submitter?.matches("[data-take]")) return;
  event.preventDefault();
  if (!(await take())) claim()?.submit();
});
setInterval(() => {
  if (!document.hidden && claim()?.matches("[data-renew]")) take();
}, RENEW_MS);

// the directory card of the agency that is being chosen
let asked = null;
let shownCode = "";
const showCard = (select) => {
  const card = document.getElementById("agency");
  if (!card || !select.value || select.value === shownCode) return;
  shownCode = select.value;
  clearTimeout(asked);
  asked = setTimeout(async () => {
    const url = new URL(location.href);
    url.searchParams.set("card", select.value);
    const answer = await fetch(url);
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("agency");
    if (answer.ok && fresh) card.replaceChildren(...fresh.childNodes);
  }, 300);
};

// a Kazakh word's last letter changes before an ending: әкімдік, әкімдігі
const stem = (word) => (word.length > 4 && /[кқп]$/.test(word) ? word.slice(0, -1) : word);

// a choice among many: typing narrows it, arrows walk it, Enter in the field chooses what is marked
for (const picker of document.querySelectorAll("[data-picker]")) {
  const select = picker.querySelector("select");
  const all = [...select.options];
  const field = Object.assign(document.createElement("input"), { type: "text", id: `${select.id}-find`, autocomplete: "off" });
  const label = Object.assign(document.createElement("label"), { htmlFor: field.id, textContent: picker.dataset.label, className: "unseen" });
  const none = Object.assign(document.createElement("p"), { className: "hint", textContent: picker.dataset.none, hidden: true });
  none.setAttribute("role", "status");
  field.placeholder = picker.dataset.label;
  select.before(label, field);
  select.after(none);
  const narrow = () => {
    const wanted = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    const chosen = select.value;
    const found = all.filter((one) => wanted.every((word) => one.textContent.toLowerCase().includes(stem(word))));
    select.replaceChildren(...(wanted.length ? found : all));
    none.hidden = found.length > 0 || !wanted.length;
    if ([...select.options].some((one) => one.value === chosen) && !wanted.length) select.value = chosen;
    else if (found.length) select.value = found.find((one) => one.value)?.value ?? found[0].value;
    select.size = wanted.length ? Math.max(2, Math.min(6, found.length)) : 1;
  };
  field.addEventListener("input", narrow);
  for (const kind of ["input", "keyup", "change"]) picker.addEventListener(kind, () => showCard(select));
  field.addEventListener("keydown", (event) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by) select.selectedIndex = Math.max(0, Math.min(select.options.length - 1, select.selectedIndex + by));
    if (by) event.preventDefault();
  });
}

// dividing: what is marked in the text goes into the first part that has no words yet
const quote = document.getElementById("quote");
if (quote) {
  quote.hidden = false;
  quote.addEventListener("mousedown", (event) => event.preventDefault());
  quote.addEventListener("click", () => {
    const marked = getSelection().toString().trim();
    const texts = [...document.querySelectorAll("textarea[name=part_text]")];
    const place = texts.find((one) => !one.value) ?? texts.at(-1);
    if (!place) return;
    if (marked) place.value = place.value ? `${place.value}\n${marked}` : marked;
    place.focus();
  });
}
