// What the pages do beyond links and forms. Everything here is a comfort: each page works without it.
(() => {
  "use strict";

  let leaving = false;
  const seen = new WeakMap();
  const said = new Map();

  // --- forms: the server answers a double click once; this only spares the person the doubt

  const setBusy = (form, busy) => {
    form.classList.toggle("is-sent", busy);
    for (const button of form.querySelectorAll("button[type=submit]")) {
      if (busy) button.setAttribute("aria-disabled", "true");
      else button.removeAttribute("aria-disabled");
    }
  };

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-once]")) return;
    if (leaving) {
      event.preventDefault();
      return;
    }
    // A poll that lands now would replace the form that is on its way, with a fresh number in it.
    leaving = true;
    setBusy(form, true);
  });

  // --- polling: not while the tab is hidden, not while a form is on its way

  const isPoll = (event) => event.target.matches("#sources, #making, #proof");

  document.addEventListener("htmx:beforeRequest", (event) => {
    if (isPoll(event) && (document.hidden || leaving)) event.preventDefault();
  });

  document.addEventListener("htmx:beforeSwap", (event) => {
    if (isPoll(event) && leaving) event.detail.shouldSwap = false;
  });

  const showOffline = (offline) => {
    const note = document.getElementById("offline");
    if (note) note.hidden = !offline;
  };

  for (const name of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
    document.addEventListener(name, (event) => isPoll(event) && showOffline(true));
  }
  document.addEventListener("htmx:afterRequest", (event) => {
    if (isPoll(event) && event.detail.successful) showOffline(false);
  });

  const askNow = () => {
    if (!document.hidden && window.htmx) window.htmx.trigger(document.body, "poll-now");
  };
  document.addEventListener("visibilitychange", askNow);

  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    leaving = false;
    document.querySelectorAll("form.is-sent").forEach((form) => setBusy(form, false));
    askNow();
  });

  // --- what changed, in words, for those who can't see it

  const sentences = () => {
    const found = new Map();
    for (const words of document.querySelectorAll("[data-says]")) {
      const card = words.closest("[data-card]");
      const title = card ? `${card.querySelector("h2").textContent.trim()}: ` : "";
      found.set(card ? card.id : "page", title + words.textContent.replace(/\s+/g, " ").trim());
    }
    return found;
  };

  const remember = () => {
    const changed = [];
    for (const [key, words] of sentences()) {
      if (said.has(key) && said.get(key) !== words) changed.push(words);
      said.set(key, words);
    }
    return changed;
  };

  const announce = () => {
    const changed = remember();
    const line = document.getElementById("said");
    if (line && changed.length) line.textContent = changed.join(" ");
  };

  // --- elapsed time: counted from the server's figure, so that a wrong clock here does no harm

  const two = (number) => String(number).padStart(2, "0");

  const clockText = (seconds) => {
    const hours = Math.floor(seconds / 3600);
    const minutes = Math.floor(seconds / 60) % 60;
    const rest = two(seconds % 60);
    return hours ? `${hours}:${two(minutes)}:${rest}` : `${minutes}:${rest}`;
  };

  const tick = () => {
    for (const timer of document.querySelectorAll("[data-elapsed]")) {
      if (!seen.has(timer)) seen.set(timer, performance.now() - Number(timer.dataset.elapsed) * 1000);
      timer.textContent = clockText(Math.floor((performance.now() - seen.get(timer)) / 1000));
    }
  };

  // --- instants: the server writes its own time zone; a person elsewhere sees theirs

  const localise = () => {
    const style = { dateStyle: "long", timeStyle: "short", hourCycle: "h23" };
    const languageTag = document.documentElement.lang === "en" ? "en-GB" : document.documentElement.lang;
    const format = new Intl.DateTimeFormat(languageTag, style);
    for (const time of document.querySelectorAll("time[data-instant]")) {
      const at = new Date(time.dateTime);
      const offset = /([+-])(\d\d):(\d\d)$/.exec(time.dateTime);
      const minutes = offset ? Number(`${offset[1]}1`) * (Number(offset[2]) * 60 + Number(offset[3])) : 0;
      if (minutes !== -at.getTimezoneOffset()) time.textContent = format.format(at);
    }
  };

  document.addEventListener("htmx:afterSettle", () => {
    announce();
    tick();
  });

  document.querySelector(".error-summary")?.focus();
  document.querySelectorAll("[data-print]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  });
  localise();
  remember();
  tick();
  window.setInterval(tick, 1000);
})();
