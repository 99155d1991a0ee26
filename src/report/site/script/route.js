// Going from page to page.

const pages = { simulator, people, person, machines, machine, heat, sessions };
const app = document.getElementById("app");
const fixed = document.getElementById("fixed");
for (const item of document.querySelectorAll("nav [hidden]")) item.hidden = false;
// Names in the tables, which lead nowhere without this script. Where two look the same, they stay
// texts: it is not known which of the two is meant.
const twins = new Set([...D.subjects].filter((one) => one.key.who).map((one) => text(one.name)));
for (const [kind, to] of [
  ["user", (name) => (twins.has(name) ? null : address("person", { user: name }))],
  ["invite", (name) => (twins.has(name) ? null : address("person", { invite: name }))],
  ["target", (name) => address("machines", { find: name })],
  ["permission", (name) => address("heat", { permission: name })],
])
  for (const item of document.querySelectorAll("#fixed a." + kind)) {
    const href = to(item.textContent);
    if (href) item.href = href;
  }

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
