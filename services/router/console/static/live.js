// Keeps the parts of a page fresh that are marked with `data-live` and have an id. The server says only that something
// has changed; the page is then fetched again, and those parts are taken from it. When the channel is away, it is asked
// every few seconds, and the page says that it may be old; when the session has ended, it says that, and asks no more. A
// hidden page asks for nothing.

const POLL_MS = 5000;
const MIN_GAP_MS = 700;
const PRESSED_MS = 50;

export function follow(url) {
  const status = document.getElementById("live");
  const button = document.getElementById("live-pause");
  if (!url || !status || !document.querySelector("[data-live]")) return;
  // a part may want to be fresh every so many seconds as well: clocks run out and nothing happens; or only so
  const every = Number(document.querySelector("[data-live][data-every]")?.dataset.every ?? 0);
  const silent = document.querySelector("[data-live][data-follow=no]");
  let source = null;
  let paused = sessionStorage.getItem("paused") === "yes";
  let failed = 0;
  let timer = null;
  let pulse = null;
  let busy = false;
  let again = false;
  let last = 0;
  let version = ""; // what the channel has told: another replica may not have seen the change yet

  const show = (state) => {
    status.hidden = button.hidden = false;
    if (status.dataset.state !== state) {
      status.dataset.state = state;
      status.querySelector(".live-words").textContent = (state === "polling" && silent?.dataset.words) || status.dataset[state];
    }
    button.textContent = paused ? button.dataset.resume : button.dataset.pause;
  };

  const refresh = async () => {
    if (paused || document.hidden) return;
    if (busy) {
      again = true;
      return;
    }
    busy = true;
    const gap = last + MIN_GAP_MS - Date.now();
    if (gap > 0) await new Promise((done) => setTimeout(done, gap));
    try {
      const answer = await fetch(location.href, { headers: { "x-version": version } });
      if (answer.redirected && new URL(answer.url).pathname.endsWith("/sign-in")) {
        busy = again = false;
        stop();
        show("ended");
        return;
      }
      if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      // what is put in another's place while it is pressed is not clicked
      while (document.querySelector("[data-live]:active")) await new Promise((done) => setTimeout(done, PRESSED_MS));
      put(fresh);
      failed = 0;
      show(source && source.readyState === EventSource.OPEN ? "on" : "polling");
    } catch {
      failed += 1;
      show("stale");
    }
    last = Date.now();
    busy = false;
    if (again) {
      again = false;
      refresh();
    }
  };

  const connect = () => {
    if (every && !pulse) pulse = setInterval(refresh, every * 1000);
    if (silent) {
      show("polling");
      return;
    }
    source?.close();
    source = new EventSource(url);
    source.addEventListener("open", () => {
      show("on");
      clearInterval(timer);
      timer = null;
      if (failed) refresh();
    });
    source.addEventListener("changed", (event) => {
      version = event.data;
      refresh();
    });
    source.addEventListener("error", () => {
      failed += 1;
      show("stale");
      timer ??= setInterval(() => {
        if (source.readyState === EventSource.CLOSED) connect();
        refresh();
      }, POLL_MS);
    });
  };

  const stop = () => {
    source?.close();
    source = null;
    clearInterval(timer);
    clearInterval(pulse);
    timer = pulse = null;
  };

  const start = () => {
    if (paused) {
      show("paused");
    } else if (!document.hidden) {
      connect();
    }
  };

  button.addEventListener("click", () => {
    paused = !paused;
    sessionStorage.setItem("paused", paused ? "yes" : "no");
    stop();
    start();
    if (!paused) refresh();
  });
  document.addEventListener("visibilitychange", () => {
    stop();
    start();
    if (!document.hidden) refresh();
  });
  addEventListener("pagehide", stop);
  start();
}

// What somebody is working in is left as it is: a part with the focus in a field, an open menu, a ticked box.
function put(fresh) {
  for (const part of document.querySelectorAll("[data-live][id]")) {
    const next = fresh.getElementById(part.id);
    if (!next || next.isEqualNode(part) || isInHand(part)) continue;
    const focused = part.contains(document.activeElement) ? document.activeElement.id : "";
    const row = part.querySelector(".here")?.id;
    part.replaceChildren(...next.childNodes);
    if (next.dataset.state) part.dataset.state = next.dataset.state;
    if (row) document.getElementById(row)?.classList.add("here");
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
    part.dispatchEvent(new CustomEvent("refreshed", { bubbles: true }));
  }
}

function isInHand(part) {
  const active = document.activeElement;
  if (part.contains(active) && active.matches("input:not([type=checkbox]), textarea, select")) return true;
  return part.querySelector("input[type=checkbox]:checked, details[open], dialog[open]") !== null;
}
