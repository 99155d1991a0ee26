"use strict";
(function () {
  const form = document.getElementById("filter");
  const all = (selector, within) => Array.from((within || document).querySelectorAll(selector));

  // A command to copy.
  for (const example of all(".example")) {
    const code = example.querySelector("code");
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "copy";
    button.setAttribute("aria-label", "copy the command");
    button.addEventListener("click", async () => {
      let done = false;
      try {
        await navigator.clipboard.writeText(code.textContent);
        done = true;
      } catch {
        getSelection().selectAllChildren(code);
        done = document.execCommand("copy");
      }
      button.textContent = done ? "copied" : "press Ctrl+C";
      setTimeout(() => {
        button.textContent = "copy";
      }, 1500);
    });
    example.append(" ", button);
  }

  // On paper nothing can be unfolded.
  addEventListener("beforeprint", () => {
    for (const folded of all("details")) folded.open = true;
  });

  if (!form) return;
  const fields = {};
  for (const key of ["who", "where", "what", "direction"])
    fields[key] = document.getElementById("f-" + key);
  const names = {};
  for (const key of ["who", "where"]) {
    names[key] = Array.from(document.getElementById(key + "-names").options, (option) =>
      option.value.toLowerCase(),
    );
  }
  const ranges = (text) =>
    text === undefined
      ? null
      : text
          .split(" ")
          .filter(Boolean)
          .map((range) => {
            const [first, last] = range.split("-").map(Number);
            return [first, last === undefined ? first : last];
          });
  const rows = all("article.row").map((card) => ({
    card,
    who: ranges(card.dataset.who),
    where: ranges(card.dataset.where),
    what: new Set(card.dataset.what.split(" ")),
    direction: card.dataset.direction,
  }));
  const found = document.getElementById("found");
  const none = document.getElementById("none");
  const sections = all("section.rows").map((section) => {
    const note = document.createElement("span");
    section.querySelector("h2 small").append(note);
    return {
      section,
      note,
      cards: all("article.row", section),
      folded: section.querySelector("details.others"),
    };
  });

  // Whether a row has a member whose name holds the text: 2 yes, 1 perhaps (not all of its members
  // are known), 0 no.
  const holds = (own, wanted) => {
    if (!wanted) return 2;
    if (!own) return 1;
    return own.some(([first, last]) => {
      let low = 0,
        high = wanted.length;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (wanted[middle] < first) low = middle + 1;
        else high = middle;
      }
      return low < wanted.length && wanted[low] <= last;
    })
      ? 2
      : 0;
  };
  const wanted = (key) => {
    const text = fields[key].value.trim().toLowerCase();
    if (!text) return null;
    const exact = names[key].indexOf(text);
    if (exact >= 0) return [exact];
    return names[key].flatMap((name, at) => (name.includes(text) ? [at] : []));
  };

  const filter = () => {
    const [who, where] = [wanted("who"), wanted("where")];
    const [what, direction] = [fields.what.value, fields.direction.value];
    let shown = 0,
      perhaps = 0;
    for (const row of rows) {
      let fit = 2;
      if ((direction && row.direction !== direction) || (what && !row.what.has(what))) fit = 0;
      fit = Math.min(fit, holds(row.who, who), holds(row.where, where));
      row.card.hidden = fit === 0;
      shown += fit > 0 ? 1 : 0;
      perhaps += fit === 1 ? 1 : 0;
    }
    const number = (value) => value.toLocaleString("en-US");
    const filters = who || where || what || direction;
    for (const { section, note, cards, folded } of sections) {
      const left = cards.filter((card) => !card.hidden).length;
      section.hidden = left === 0 && cards.length > 0;
      // What is found must be seen.
      if (folded && filters) folded.open = true;
      note.textContent = left < cards.length ? " · " + number(left) + " shown" : "";
    }
    found.textContent =
      number(shown) +
      " of " +
      number(rows.length) +
      (rows.length === 1 ? " row" : " rows") +
      (perhaps ? ", of which " + number(perhaps) + " may match" : "");
    none.hidden = shown > 0;
  };

  // The filter is in the address, so that what is seen can be sent to somebody.
  const write = () => {
    const state = new URLSearchParams();
    for (const key of Object.keys(fields)) {
      const value =
        key === "what"
          ? fields.what.value && fields.what.selectedOptions[0].text
          : fields[key].value.trim();
      if (value) state.set(key, value);
    }
    try {
      history.replaceState(null, "", "#" + state);
    } catch {
      /* an address that cannot be changed */
    }
  };
  const read = () => {
    if (!location.hash.includes("=")) return;
    const state = new URLSearchParams(location.hash.slice(1));
    for (const key of Object.keys(fields)) {
      const value = state.get(key) || "";
      if (key === "what") {
        const option = Array.from(fields.what.options).find(
          (option) => value && option.text === value,
        );
        fields.what.value = option ? option.value : "";
      } else {
        fields[key].value = value;
      }
    }
  };

  // Figures ask for the rows that they count.
  for (const cell of all("td[data-what]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = cell.textContent;
    button.title = "show these rows";
    button.addEventListener("click", () => {
      form.reset();
      fields.what.value = cell.dataset.what;
      fields.direction.value = cell.dataset.direction;
      update();
      // Not the form: it sticks to the top wherever the page stands.
      const first = sections.find(({ section }) => !section.hidden);
      (first ? first.section : form).scrollIntoView();
    });
    cell.replaceChildren(button);
  }

  const update = () => {
    filter();
    write();
  };
  form.hidden = false;
  form.addEventListener("input", update);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(update));
  addEventListener("hashchange", () => {
    read();
    filter();
  });
  read();
  filter();
})();
