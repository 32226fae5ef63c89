// While something is in the making, its page asks every second how far it is: parts marked with `data-progress`.
const EVERY_MS = 1000;

async function look() {
  const running = document.querySelectorAll("[data-progress][data-state=running]");
  if (!running.length) return;
  try {
    const answer = await fetch(location.href, { redirect: "error" });
    if (answer.ok) {
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const part of running) show(part, page.getElementById(part.id));
    }
  } catch {
    // asked again a second later
  }
  setTimeout(look, EVERY_MS);
}

function show(part, fresh) {
  if (!fresh) return;
  part.replaceChildren(...fresh.childNodes);
  part.dataset.state = fresh.dataset.state;
  if (fresh.dataset.state === "ready") part.querySelector("a[download].main")?.focus();
}

setTimeout(look, EVERY_MS);
