// The page with the service's embedded sign-in form: open the form, tell our server once what became of it, go on.
// The session that the form hands over stays in one variable here: never in the page, an address or a storage.
(() => {
  "use strict";

  const LOADS_WITHIN_MS = 8000;
  const ANSWERS_WITHIN_MS = 15000;
  const PAUSES_MS = [1000, 2000, 4000, 8000];

  const widget = document.getElementById("widget");
  const elsewhere = document.getElementById("elsewhere");
  const asked = widget.dataset;
  let over = false;
  let left = false;

  const show = (state) => {
    widget.dataset.state = state;
    for (const part of widget.querySelectorAll("[data-shown-when]")) part.hidden = part.dataset.shownWhen !== state;
    // Once the form has spoken, leaving by the other way would begin a second sign-in.
    elsewhere.hidden = state !== "form";
  };

  const wait = (milliseconds) => new Promise((resume) => window.setTimeout(resume, milliseconds));

  // --- the other way: the service's own pages, in this same window

  const leave = () => {
    if (over || left) return;
    left = true;
    show("leaving");
    elsewhere.requestSubmit();
  };

  // --- what became of the sign-in, told once

  const send = async (report) => {
    const answer = await fetch(asked.report, {
      method: "POST",
      headers: { "X-CSRFToken": elsewhere.elements.csrfmiddlewaretoken.value, Accept: "application/json" },
      body: new URLSearchParams(report),
      credentials: "same-origin",
      cache: "no-store",
      redirect: "error",
      referrerPolicy: "same-origin",
      keepalive: true,
      signal: AbortSignal.timeout?.(ANSWERS_WITHIN_MS),
    });
    if (answer.status >= 500 || answer.status === 429) throw new Error("The site is not ready.");
    const isJson = (answer.headers.get("Content-Type") || "").startsWith("application/json");
    return isJson ? (await answer.json()).next : asked.list;
  };

  const deliver = async (report) => {
    show("sending");
    for (const pause of [0, ...PAUSES_MS]) {
      await wait(pause);
      try {
        window.location.assign(await send(report));
        return;
      } catch {
        // No connection, no answer in time, or a server that is starting: tried again until the pauses are used up.
      }
    }
    show("unsent");
    const button = document.getElementById("send-again");
    button.addEventListener("click", () => deliver(report), { once: true });
    button.focus();
  };

  // The form may call back twice, or with both outcomes: the first one counts, here as on the server.
  const tell = (report) => {
    if (over || left) return;
    over = true;
    deliver(report);
  };

  const text = (value) => (typeof value === "string" ? value : "");

  // --- the form itself

  const embed = () => {
    if (over || left) return;
    show("form");
    const options = {
      client: asked.client,
      divId: "widget-form",
      country: asked.country,
      locale: asked.locale,
      ownerExternalId: asked.ownerExternalId,
      psd2: { accessMode: asked.accessMode },
      onSuccess: (target, sessionId, signature, details) =>
        tell({
          session_id: text(sessionId),
          signature: text(signature),
          target: text(target),
          official_name: text(details?.officialName),
        }),
      onError: (name, details) => tell({ error: text(name) || "Unnamed", target: text(details?.target) }),
    };
    if (asked.target) options.target = asked.target;
    try {
      window.embedKontomatik(options);
    } catch {
      leave();
    }
  };

  const open = () => {
    const script = document.createElement("script");
    const patience = window.setTimeout(leave, LOADS_WITHIN_MS);
    script.src = asked.script;
    script.async = true;
    script.referrerPolicy = "no-referrer";
    script.addEventListener("error", leave);
    script.addEventListener("load", () => {
      window.clearTimeout(patience);
      if (typeof window.embedKontomatik === "function") embed();
      else leave();
    });
    document.head.append(script);
  };

  widget.hidden = false;
  for (const part of document.querySelectorAll("[data-with-script]")) part.hidden = false;
  show("loading");
  open();

  // A page that comes back from the browser's memory holds a form that is over: let the server say what is next.
  window.addEventListener("pageshow", (event) => event.persisted && window.location.reload());
})();
