// What addresses call subjects and endpoints, and the links to their pages.

const endpointKind = (endpoint) =>
  [
    text(method(endpoint)[1]),
    text(endpoint.presence),
    endpoint.group < 0 ? "" : text(D.jump_groups[endpoint.group]),
    text(endpoint.tag),
  ]
    .filter(Boolean)
    .join(" · ");
const endpointLabel = (endpoint) => text(endpoint.name) + " · " + endpointKind(endpoint);
const byName = (a, b) => (a.name === b.name ? 0 : text(a.name) < text(b.name) ? -1 : 1);

// What addresses call subjects and endpoints. Names that only look the same (what is hidden in a
// name is shown as an escape) are told apart by a number.
function keyed(all, parts, valueOf) {
  const twin = parts.at(-1);
  const found = new Map();
  const word = (key) => JSON.stringify(parts.map((part) => key[part] || ""));
  for (const one of all) {
    one.key = {};
    for (const part of parts) if (valueOf(one, part)) one.key[part] = valueOf(one, part);
    for (let nth = 2; found.has(word(one.key)); nth += 1) one.key[twin] = String(nth);
    found.set(word(one.key), one);
  }
  return (params) => found.get(word(Object.fromEntries(params)));
}
const findSubject = keyed(D.subjects, ["user", "invite", "who"], (subject, part) =>
  part === subjectKind(subject) ? text(subject.name) : "",
);
const endpointOf = keyed(
  D.endpoints,
  ["target", "method", "presence", "portal", "which"],
  (endpoint, part) =>
    ({
      target: text(endpoint.name),
      method: text(method(endpoint)[0]),
      presence: text(endpoint.presence),
      portal: endpoint.kind ? "1" : "",
    })[part],
);
// A target without its method is found where only one has that name.
function findEndpoint(params) {
  const found = endpointOf(params);
  if (found || params.has("method")) return found;
  const named = targetsOf(params);
  return named.length === 1 ? named[0] : undefined;
}
const targetsOf = (params) =>
  params.has("target") ? D.endpoints.filter((one) => text(one.name) === params.get("target")) : [];

// The parts that session policies and group policies have in the page, by name.
const partsOf = (prefix) =>
  new Map(
    [...document.querySelectorAll("#fixed details[id^=" + prefix + "-]")].map((one) => [
      one.dataset.name,
      one.id,
    ]),
  );
const POLICIES = partsOf("policy"),
  GROUPS = partsOf("group");
// Words with a link where they contain the name of something that the page has a part for.
function linked(words, name, parts) {
  const at = name && parts.has(name) ? words.indexOf(name) : -1;
  if (at < 0) return words;
  const anchor = el("a", { href: "#" + parts.get(name) }, name);
  return [words.slice(0, at), anchor, words.slice(at + name.length)];
}
const personLink = (subject, params) =>
  link("person", text(subject.name), { ...subject.key, ...params });
const machineLink = (endpoint, params) =>
  link("machine", text(endpoint.name), { ...endpoint.key, ...params });
const groupLink = (name) => (name ? link("machines", name, { find: name }) : "");
const sessionLink = (name, subject, endpoint) =>
  link("simulator", name, { ...subject.key, ...endpoint.key });
// Who decides a permission, in words.
const decider = (one) =>
  one.layer === "method"
    ? "the start method"
    : [
        linked(
          one.policy || (one.location ? "unknown policy" : "product default"),
          one.policy,
          POLICIES,
        ),
        one.via ? [", via ", linked(one.via, one.via, GROUPS)] : null,
      ]
        .flat(2)
        .filter(Boolean);
const place = (by, location) =>
  [by, location ? el("small", null, " · " + location) : null].flat(2).filter(Boolean);
