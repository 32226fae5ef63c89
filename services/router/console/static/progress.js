// While something is in the making, its page asks every second how far it is: parts marked with `data-progress`.
const EVERY_MS = 1000;
const RUNNING = "[data-progress][data-state=running]";
let timer = null;

function plan() {
  if (!timer && document.querySelector(RUNNING)) timer = setTimeout(look, EVERY_MS);
}

async function look() {
  const running = document.querySelectorAll(RUNNING);
  try {
    const answer = await fetch(location.href);
    if (answer.redirected) return; // signed out: the page stays as it was
    if (answer.ok) {
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const part of running) show(part, page.getElementById(part.id));
    }
  } catch {
    // asked again a second later
  }
  timer = null;
  plan();
}

function show(part, fresh) {
  if (!fresh) return;
  part.replaceChildren(...fresh.childNodes);
  part.dataset.state = fresh.dataset.state;
  if (fresh.dataset.state === "ready") part.querySelector("a[download].main")?.focus();
}

document.addEventListener("refreshed", plan);
plan();
