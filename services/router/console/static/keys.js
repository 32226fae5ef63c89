// Keys: j and k walk the rows of the list, Enter opens one, x ticks it, / goes to the search, ? shows them all, and
// whatever has `data-key` is pressed by that key. None of them works while somebody types. A letter is where it is on the
// keyboard, whatever is written there: who has just typed in Kazakh or Russian need not switch.

const TYPING = "input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]";

export function listen() {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const typing = event.target instanceof Element && event.target.matches(TYPING);
    if (typing) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    if (document.querySelector("dialog[open]") && event.key !== "?") return;
    if (act(latin(event), event)) event.preventDefault();
  });
}

function latin(event) {
  const isForeign = event.key.length === 1 && event.key > "\u007f";
  return isForeign && event.code.startsWith("Key") ? event.code.slice(3).toLowerCase() : event.key;
}

function act(key, event) {
  switch (key) {
    case "?":
      return toggle(document.getElementById("keys"));
    case "/":
      return focus(document.querySelector("input[type=search]"));
    case "j":
      return walk(1);
    case "k":
      return walk(-1);
    case "x":
      return press(here()?.querySelector("input[type=checkbox]"));
    case "Enter":
      return event.target === document.body || event.target.matches("main, tr") ? press(here()?.querySelector("a[href]")) : false;
    default:
      return /^[a-z0-9]$/i.test(key) && press(document.querySelector(`[data-key="${CSS.escape(key)}"]`));
  }
}

const rows = () => [...document.querySelectorAll("[data-rows] > tr, [data-rows] > li")];
const here = () => document.querySelector("[data-rows] > .here");

function walk(by) {
  const all = rows();
  if (!all.length) return false;
  const old = here();
  const at = old ? all.indexOf(old) + by : by > 0 ? 0 : all.length - 1;
  const next = all[Math.max(0, Math.min(all.length - 1, at))];
  old?.classList.remove("here");
  next.classList.add("here");
  next.scrollIntoView({ block: "nearest" });
  // the row's link gets the focus, so that a screen reader says where we are
  next.querySelector("a[href]")?.focus({ preventScroll: true });
  return true;
}

function press(what) {
  if (!what) return false;
  if (what.matches("input:not([type=checkbox]), textarea, select")) return focus(what);
  if (what.matches("summary, details")) {
    const box = what.closest("details");
    box.open = !box.open;
    return focus(box.querySelector("input, textarea, select, button"));
  }
  what.click();
  return true;
}

function focus(what) {
  if (!what) return false;
  what.focus();
  what.select?.();
  return true;
}

function toggle(dialog) {
  if (!dialog) return false;
  if (dialog.open) dialog.close();
  else dialog.showModal();
  return true;
}
