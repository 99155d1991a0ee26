// Parts of a page. Texts become text nodes, never markup.

function el(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined && value !== false)
      node.setAttribute(name, value === true ? "" : value);
  }
  for (const child of children.flat()) {
    if (child !== null && child !== undefined) node.append(child);
  }
  return node;
}

const link = (route, name, params) => el("a", { href: address(route, params) }, name);
const address = (route, params) => "#" + route + (params ? "?" + new URLSearchParams(params) : "");

// Columns are texts or links.
function table(columns, rows, label) {
  const body = rows.map((row) =>
    el(
      "tr",
      row.attributes,
      row.cells.map((cell, at) =>
        el("td", { "data-label": columns[at].textContent || columns[at] }, cell),
      ),
    ),
  );
  const head = el(
    "thead",
    null,
    el(
      "tr",
      null,
      columns.map((name) => el("th", { scope: "col" }, name)),
    ),
  );
  return el(
    "div",
    { class: "scroll", tabindex: "0", role: "region", "aria-label": label },
    el("table", { class: "cards" }, head, el("tbody", null, body)),
  );
}

// A list of names, and how many more there are.
const names = (found, entry) =>
  el(
    "ul",
    { class: "names" },
    found.slice(0, LIMIT).map((one) => el("li", null, entry(one))),
    found.length > LIMIT
      ? el("li", { class: "nothing" }, "and " + number(found.length - LIMIT) + " more")
      : null,
  );
const row = (...cells) => ({ cells });
const number = (value) => String(value).replace(/\B(?=(\d{3})+$)/g, ",");
