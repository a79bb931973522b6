// Choosing files and typing a password, more comfortably. Without this the same forms work.
(() => {
  "use strict";

  // --- sizes, as the server writes them: 1 MB is 1024 kB

  const sizeText = (bytes) => {
    const units = ["kilobyte", "megabyte", "gigabyte"];
    let number = bytes / 1024;
    let unit = 0;
    while (number >= 1024 && unit < units.length - 1) {
      number /= 1024;
      unit += 1;
    }
    const digits = unit ? 1 : 0;
    return new Intl.NumberFormat(document.documentElement.lang, {
      style: "unit",
      unit: units[unit],
      maximumFractionDigits: digits,
    }).format(unit ? number : Math.max(1, Math.round(number)));
  };

  const setUp = (field) => {
    const input = field.querySelector("input[type=file]");
    const zone = field.querySelector(".drop");
    const list = field.querySelector(".chosen");
    const row = field.querySelector("template").content.firstElementChild;
    const said = field.querySelector("[data-chosen-said]");
    const mostBytes = Number(field.dataset.mostBytes);
    const mostFiles = Number(field.dataset.mostFiles);
    let chosen = [];

    const write = (files) => {
      const carrier = new DataTransfer();
      for (const file of files) carrier.items.add(file);
      input.files = carrier.files;
      chosen = files;
      show();
    };

    const line = (file, index) => {
      const item = row.cloneNode(true);
      item.querySelector(".chosen-name").textContent = file.name;
      item.querySelector(".chosen-size").textContent = sizeText(file.size);
      item.querySelector(".chosen-fault").hidden = file.size <= mostBytes;
      item.querySelector("[data-name]").textContent = file.name;
      item.querySelector("[data-take-out]").addEventListener("click", () => {
        write(chosen.filter((_, other) => other !== index));
        const left = list.querySelectorAll("[data-take-out]");
        (left[Math.min(index, left.length - 1)] || input).focus();
      });
      return item;
    };

    const show = () => {
      list.replaceChildren(...chosen.map(line));
      list.hidden = !chosen.length;
      field.querySelector("[data-too-many]").hidden = chosen.length <= mostFiles;
      said.textContent = chosen.map((file) => `${file.name}, ${sizeText(file.size)}`).join("; ");
    };

    const same = (one, other) =>
      one.name === other.name && one.size === other.size && one.lastModified === other.lastModified;

    // A second choice adds to the first one; a browser alone would forget the first.
    input.addEventListener("change", () => {
      const fresh = [...input.files].filter((file) => !chosen.some((old) => same(old, file)));
      write([...chosen, ...fresh]);
    });

    for (const name of ["dragenter", "dragover"]) zone.addEventListener(name, () => zone.classList.add("is-over"));
    for (const name of ["dragleave", "drop", "dragend"]) {
      zone.addEventListener(name, () => zone.classList.remove("is-over"));
    }

    field.classList.add("is-scripted");
    // After "back" a browser may still hold what was chosen.
    chosen = [...input.files];
    show();
  };

  document.querySelectorAll("[data-files]").forEach(setUp);

  // --- a large file on a phone takes its time

  const saySending = (sending) => {
    for (const words of document.querySelectorAll("[data-sending]")) words.hidden = !sending;
  };
  document.addEventListener("submit", (event) => {
    if (event.target.querySelector("[data-files]")) saySending(true);
  });
  window.addEventListener("pageshow", () => saySending(false));

  // --- the password: shown only while one asks for it

  document.querySelectorAll("[data-show]").forEach((button) => {
    const input = document.getElementById(button.dataset.show);
    const word = button.querySelector("[data-word]");
    const show = (shown) => {
      input.type = shown ? "text" : "password";
      word.textContent = shown ? button.dataset.wordHide : button.dataset.wordShow;
    };
    button.hidden = false;
    button.addEventListener("click", () => show(input.type === "password"));
    input.form.addEventListener("submit", () => show(false));
  });
})();
