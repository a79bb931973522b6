// The sandbox's stand-in for the vendor's embedded sign-in; the options are those of the wire contract.
(function () {
  "use strict";
  const own = new URL(document.currentScript.src).origin;
  const frames = new Set();

  function address(options) {
    const target = new URL("/widget/start", own);
    const given = {
      client: options.client,
      country: options.country,
      locale: options.locale,
      ownerExternalId: options.ownerExternalId,
      target: options.target,
      accessMode: options.psd2 && options.psd2.accessMode,
      origin: window.location.origin,
    };
    for (const [name, value] of Object.entries(given)) {
      if (value) target.searchParams.set(name, value);
    }
    return target.href;
  }

  function ours(event) {
    return event.origin === own && [...frames].some((frame) => frame.contentWindow === event.source);
  }

  window.embedKontomatik = function (options) {
    const place = document.getElementById(options.divId);
    if (!place) throw new Error("There is no element with the id of divId.");
    const frame = document.createElement("iframe");
    frame.src = address(options);
    frame.title = "Sign-in";
    frame.width = "100%";
    frame.height = "720";
    // A message from any frame of this page counts, as at the vendor: embedding twice fires every callback twice.
    window.addEventListener("message", function (event) {
      const told = event.data;
      if (!ours(event) || !told) return;
      if (told.callback === "onSuccess" && options.onSuccess) {
        options.onSuccess(told.target, told.sessionId, told.sessionIdSignature, told.options);
      }
      if (told.callback === "onError" && options.onError) {
        options.onError(told.exception, told.options);
      }
    });
    frames.add(frame);
    place.replaceChildren(frame);
  };
})();
