// What every page loads. Each page works without it: this only spares reloading and the mouse.
import { follow } from "./live.js";
import { listen } from "./keys.js";

follow(document.body.dataset.liveUrl);
listen();

// a form that is sent twice by an impatient hand is sent once
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  setTimeout(() => delete form.dataset.sent, 5000);
});
// coming back with the browser's button must not find a dead form
addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent));

document.getElementById("faults")?.focus();
