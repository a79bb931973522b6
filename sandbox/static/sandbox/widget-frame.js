// Runs in the widget's frame: tells the embedding page how the sign-in ended, or waits until it has.
(function () {
  "use strict";
  const embedded = window.parent !== window;
  const result = document.getElementById("result");
  const wait = document.getElementById("wait");

  if (result && embedded) {
    const message = JSON.parse(document.getElementById("message").textContent);
    for (let time = 0; time < Number(result.dataset.times); time += 1) {
      window.parent.postMessage(message, result.dataset.origin);
    }
  }

  async function look() {
    const answer = await fetch(wait.dataset.state, { credentials: "omit", cache: "no-store" });
    const settled = answer.ok && (await answer.json()).settled;
    if (settled) window.location.replace(wait.dataset.end);
    else window.setTimeout(again, 1000);
  }

  function again() {
    look().catch(() => window.setTimeout(again, 1000));
  }

  if (wait) again();
})();
