// While a file is in the making, its page asks every second how far it is.
const EVERY_MS = 1000;

async function look() {
  const part = document.getElementById("export");
  if (part?.dataset.state !== "running") return;
  try {
    const answer = await fetch(location.href, { redirect: "error" });
    if (answer.ok) {
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("export");
      if (fresh) {
        part.replaceChildren(...fresh.childNodes);
        part.dataset.state = fresh.dataset.state;
        if (fresh.dataset.state === "ready") part.querySelector("a")?.focus();
      }
    }
  } catch {
    // asked again a second later
  }
  setTimeout(look, EVERY_MS);
}

setTimeout(look, EVERY_MS);
