// Going from page to page.

const pages = { simulator, people, person, machines, machine, heat, sessions };
const app = document.getElementById("app");
const fixed = document.getElementById("fixed");
for (const item of document.querySelectorAll("nav [hidden]")) item.hidden = false;
// Names in the tables. Where two look the same, they stay texts: it is not known which of the two
// is meant.
const twins = new Set(D.subjects.filter((one) => one.key.who).map((one) => text(one.name)));
const subjectPage = (kind) => (name) =>
  twins.has(name) ? null : address("person", { [kind]: name });
const targetPage = (name) => address("machines", { find: name });
const pageOf = {
  user: subjectPage("user"),
  invite: subjectPage("invite"),
  permission: (name) => address("heat", { permission: name }),
  "jump item": targetPage,
  portal: targetPage,
};
for (const header of fixed.querySelectorAll("th[data-of]")) {
  const of = header.dataset.of;
  const columns = [...header.parentNode.cells];
  const kindAt = columns.findIndex((one) => one.textContent === "kind");
  for (const { cells } of header.closest("table").tBodies[0].rows) {
    const cell = cells[columns.indexOf(header)];
    const name = cell.textContent;
    const page = pageOf[of === "kind" ? cells[kindAt].textContent : of];
    const href = page && !cell.firstElementChild && page(name);
    if (href) cell.replaceChildren(el("a", { href }, name));
  }
}

// On a narrow screen, tables are cards, whose cells say what their columns are.
const narrow = matchMedia("(max-width: 40rem)");
function asCards() {
  if (!narrow.matches) return;
  for (const found of fixed.querySelectorAll("table:not(.cards)")) {
    const columns = [...found.tHead.rows[0].cells].map((one) => one.textContent);
    for (const { cells } of found.tBodies[0].rows)
      columns.forEach((name, at) => (cells[at].dataset.label = name));
    found.className = "cards";
  }
}
narrow.addEventListener("change", asCards);
asCards();

function show(moved) {
  const [route, query] = decodeFragment();
  const page = Object.hasOwn(pages, route) ? pages[route] : undefined;
  app.hidden = !page;
  fixed.hidden = Boolean(page);
  for (const item of document.querySelectorAll("nav a")) {
    if (item.getAttribute("href") === "#" + route) item.setAttribute("aria-current", "page");
    else item.removeAttribute("aria-current");
  }
  if (page) {
    const chosen = document.activeElement && document.activeElement.id;
    app.replaceChildren(...page(new URLSearchParams(query)));
    const heading = app.querySelector("h2");
    document.title = heading.textContent + " · Precedent";
    heading.tabIndex = -1;
    const again = chosen === "heat-permission" && document.getElementById(chosen);
    if (moved) (again || heading).focus({ preventScroll: Boolean(again) });
    if (moved && !again) window.scrollTo(0, 0);
  } else if (route) {
    const target = document.getElementById(route);
    if (target) {
      if (target.tagName === "DETAILS") target.open = true;
      target.scrollIntoView();
    } else {
      const what = "This page has nothing at #" + route + ": it may have gone since the bookmark.";
      app.replaceChildren(el("h2", null, "Nothing here"), el("p", { class: "nothing" }, what));
      app.hidden = false;
    }
  }
}

function decodeFragment() {
  const fragment = location.hash.slice(1);
  const at = fragment.indexOf("?");
  return at < 0 ? [fragment, ""] : [fragment.slice(0, at), fragment.slice(at + 1)];
}

window.addEventListener("hashchange", () => show(true));
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault();
  const main = document.getElementById("main");
  main.tabIndex = -1;
  main.focus();
});
window.precedent = {
  subjects: D.subjects.map((one) => [subjectKind(one), text(one.name)]),
  endpoints: D.endpoints.map((one) => one.key),
  simulate: (subject, endpoint) => simulate(D.subjects[subject], D.endpoints[endpoint]),
};
show(false);
