// The pages: each makes its parts from what the address says.

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
const findEndpoint = keyed(
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

function simulator(params) {
  const out = el("div", { id: "answer", "aria-live": "polite" });
  const who = el("input", {
    id: "who",
    list: "subjects",
    autocomplete: "off",
    placeholder: "user or invite",
  });
  const filter = el("input", {
    id: "filter",
    type: "search",
    autocomplete: "off",
    placeholder: "name, group, tag or comment",
  });
  const how = el(
    "select",
    { id: "how" },
    el("option", { value: "" }, "any start method"),
    D.methods.map((one) => el("option", { value: text(one[0]) }, text(one[1]))),
  );
  const where = el("select", { id: "where", size: "8" });
  const label = (one) =>
    text(one.name) + (one.key.who ? " (" + one.key.who + ")" : "") + (one.kind ? " (invite)" : "");
  const choices = el(
    "datalist",
    { id: "subjects" },
    D.subjects.slice(0, 5000).map((one) => el("option", { value: label(one) }, text(one.display))),
  );
  let subject = findSubject(params),
    endpoint = findEndpoint(params);
  let said = "";
  if (subject) who.value = label(subject);
  else if (params.has("user") || params.has("invite")) said = "No user or invite has that name.";
  if (!endpoint && params.has("target")) said = "No target has that name and method.";
  const fill = () => {
    const wanted = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    const found = D.endpoints
      .map((one, at) => [one, at])
      .filter(([one]) => {
        const words = (endpointLabel(one) + " " + text(one.comments)).toLowerCase();
        return (
          (!how.value || text(method(one)[0]) === how.value) &&
          wanted.every((word) => words.includes(word))
        );
      });
    where.replaceChildren(
      ...found
        .slice(0, LIMIT)
        .map(([one, at]) =>
          el("option", { value: String(at), selected: one === endpoint }, endpointLabel(one)),
        ),
    );
    if (!found.length) where.append(el("option", { disabled: true }, "nothing found"));
    if (found.length > LIMIT)
      where.append(
        el(
          "option",
          { disabled: true },
          "and " + number(found.length - LIMIT) + " more: type to narrow",
        ),
      );
  };
  const go = () => {
    if (!subject || !endpoint) {
      out.replaceChildren(el("p", { class: "nothing" }, said || "Choose who, and what."));
      return;
    }
    history.replaceState(null, "", address("simulator", { ...subject.key, ...endpoint.key }));
    out.replaceChildren(...answer(subject, endpoint));
  };
  const choose = () => {
    const wanted = who.value.trim().toLowerCase();
    subject =
      D.subjects.find((one) => label(one) === who.value) ||
      D.subjects.find((one) =>
        [label(one), text(one.name), text(one.display)].some(
          (name) => name && name.trim().toLowerCase() === wanted,
        ),
      );
    said = subject ? "" : "No user or invite has that name.";
    go();
  };
  const pick = () => {
    endpoint = where.value === "" ? undefined : D.endpoints[Number(where.value)];
    said = "";
    go();
  };
  const narrow = () => {
    fill();
    if (!where.selectedOptions.length || where.selectedOptions[0].disabled) {
      const only = [...where.options].filter((one) => !one.disabled);
      if (only.length === 1) only[0].selected = true;
      pick();
    }
  };
  filter.addEventListener("input", narrow);
  how.addEventListener("change", narrow);
  who.addEventListener("change", choose);
  where.addEventListener("change", pick);
  fill();
  go();
  return [
    el("h2", null, "Simulator"),
    el(
      "form",
      {
        class: "simulator",
        onsubmit: (event) => {
          event.preventDefault();
          choose();
        },
      },
      el("label", { for: "who" }, "Who", who),
      choices,
      el("label", { for: "how" }, "How", how),
      el("label", { for: "filter" }, "Find", filter),
      el("label", { for: "where" }, "Where", where),
    ),
    out,
  ];
}

function answer(subject, endpoint) {
  const found = simulate(subject, endpoint);
  const parts = [el("h3", null, text(subject.name) + " → " + endpointLabel(endpoint))];
  if (found.start) {
    const words = [
      "✓ This session can be started: " + found.start.value,
      "✕ This session cannot be started.",
      "? It is not known whether this session can be started.",
    ][found.start.kind];
    parts.push(
      el(
        "p",
        {
          class: ["yes", "no", "open"][found.start.kind],
          id: "start",
          "data-value": found.start.value,
          "data-layer": found.start.layer,
          "data-policy": found.start.policy,
          "data-location": found.start.location,
        },
        words,
      ),
    );
    if (found.start.conditions.length) {
      parts.push(
        table(
          ["", "condition", "value", "decided by"],
          found.start.conditions.map((one) =>
            row(
              one.holds === null ? "?" : one.holds ? "✓" : "✕",
              one.condition,
              one.value,
              place(one.by, one.location),
            ),
          ),
          "what starting asks for",
        ),
      );
    } else if (subject.kind) {
      parts.push(
        el(
          "p",
          { class: "nothing" },
          "An invite can join whatever a user who can invite others can start.",
        ),
      );
    }
  }
  const policyOf = (one) => one.policy || (one.location ? "unknown policy" : "product default");
  const by = (one) =>
    one.layer === "method"
      ? "the start method"
      : [policyOf(one), one.via ? ", via " + one.via : ""].join("");
  parts.push(
    el(
      "h4",
      null,
      found.start && found.start.kind === 1
        ? "If it could be started, it would have these permissions"
        : "Permissions",
    ),
  );
  parts.push(
    el(
      "div",
      { class: "permissions" },
      found.permissions.map((one) =>
        el(
          "details",
          {
            "data-permission": one.permission,
            "data-value": one.value,
            "data-layer": one.layer,
            "data-policy": one.policy,
            "data-via": one.via,
            "data-location": one.location,
          },
          el(
            "summary",
            null,
            el("code", null, one.permission),
            " ",
            el("b", null, one.value),
            " ",
            el("small", null, by(one), one.location ? " · " + one.location : ""),
          ),
          table(
            ["layer", "answer", "policy", "line"],
            one.asked.map((asked) => ({
              attributes: { class: asked.decided ? "decided" : null },
              cells: [
                asked.label,
                (asked.decided ? "▶ " : "") + asked.answer,
                asked.policy + (asked.via ? ", via " + asked.via : ""),
                asked.location,
              ],
            })),
            "what each layer answers",
          ),
        ),
      ),
    ),
  );
  return parts;
}

function listing(title, all, label, entry, filterText) {
  const list = el("ul", { class: "names" });
  const count = el("p", { class: "nothing" });
  const search = el("input", {
    type: "search",
    "aria-label": "filter",
    placeholder: "filter",
    oninput: () => fill(),
  });
  const fill = () => {
    const wanted = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const found = all.filter((one) =>
      wanted.every((word) => filterText(one).toLowerCase().includes(word)),
    );
    list.replaceChildren(...found.slice(0, LIMIT).map((one) => el("li", null, entry(one))));
    count.textContent =
      number(found.length) +
      " " +
      label +
      (found.length > LIMIT ? ", of which " + LIMIT + " are shown" : "");
  };
  fill();
  return [el("h2", null, title), search, count, list];
}

const people = () =>
  listing(
    "People",
    D.subjects,
    "users and invites",
    (one) => [
      link("person", text(one.name), one.key),
      " ",
      el("small", null, one.kind ? "invite" : text(one.display)),
    ],
    (one) => text(one.name) + " " + text(one.display),
  );

function person(params) {
  const subject = findSubject(params);
  if (!subject) return [el("h2", null, "No user or invite has that name.")];
  const places = new Map();
  let sessions = 0;
  for (const endpoint of D.endpoints) {
    if (isDenied(subject.class, endpoint.class)) continue;
    sessions += 1;
    const group =
      endpoint.group < 0
        ? endpoint.kind
          ? "portals"
          : "no jump group"
        : text(D.jump_groups[endpoint.group]);
    const start = D.has_start
      ? text(D.start_cells[D.starts[subject.class][D.endpoint_classes[endpoint.class].place]][0])
      : "";
    const key = JSON.stringify([group, text(method(endpoint)[1]), start]);
    if (!places.has(key)) places.set(key, []);
    places.get(key).push(endpoint);
  }
  const parts = [
    el("h2", null, (subject.kind ? "Invite " : "") + text(subject.name)),
    el(
      "p",
      null,
      text(subject.display),
      subject.display < 0 ? "" : " · ",
      link("simulator", "simulate a session", subject.key),
    ),
  ];
  if (subject.embassy >= 0) parts.push(el("p", null, "Embassy: " + text(subject.embassy)));
  if (subject.groups.length) {
    parts.push(el("h3", null, "Group policies, from top to bottom"));
    parts.push(
      el(
        "ol",
        null,
        subject.groups.map(([group, brings]) =>
          el(
            "li",
            null,
            part("group-" + group, text(D.group_policies[group])),
            brings < 0 ? "" : el("small", null, " through " + text(brings)),
          ),
        ),
      ),
    );
  }
  parts.push(
    el(
      "h3",
      null,
      "What can be started: " + number(sessions) + (sessions === 1 ? " session" : " sessions"),
    ),
  );
  const rows = [...places]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, found]) => {
      const [group, how, start] = JSON.parse(key);
      return row(
        group,
        how,
        start,
        el(
          "details",
          null,
          el("summary", null, number(found.length)),
          names(found, (one) =>
            link(
              "simulator",
              text(one.name) + (text(one.presence) ? " (" + text(one.presence) + ")" : ""),
              { ...subject.key, ...one.key },
            ),
          ),
        ),
      );
    });
  parts.push(
    table(["jump group", "start method", "start", "sessions"], rows, "what can be started"),
  );
  if (subject.account >= 0) {
    parts.push(el("h3", null, "Settings and memberships"));
    parts.push(
      table(
        ["setting", "value", "decided by"],
        D.accounts[subject.account].map((at) => {
          const [name, value, by, , final, location] = D.account_rows[at];
          return row(
            el("code", null, text(name)),
            text(value),
            place(text(by) + (final ? ", final" : ""), text(location)),
          );
        }),
        "settings and memberships",
      ),
    );
  }
  return parts;
}

const machines = () =>
  listing(
    "Machines and portals",
    [...D.endpoints].sort(byName),
    "targets, by start method and presence",
    (one) => [link("machine", text(one.name), one.key), " ", el("small", null, endpointKind(one))],
    (one) => endpointLabel(one) + " " + text(one.comments),
  );

function machine(params) {
  const endpoint = findEndpoint(params);
  if (!endpoint) return [el("h2", null, "No target has that name and method.")];
  const groups = new Map();
  let count = 0;
  for (const subject of D.subjects) {
    if (isDenied(subject.class, endpoint.class)) continue;
    count += 1;
    const start = startOf(subject, endpoint);
    const key = start
      ? start.value + "\u0000" + [start.by, start.location].filter(Boolean).join(" · ")
      : "";
    if (!groups.has(key)) groups.set(key, []);
    groups.get(key).push(subject);
  }
  return [
    el("h2", null, text(endpoint.name)),
    el(
      "p",
      null,
      endpointLabel(endpoint),
      endpoint.comments < 0 ? "" : " · " + text(endpoint.comments),
    ),
    el(
      "h3",
      null,
      number(count) +
        (count === 1
          ? " user or invite can start or join a session"
          : " users and invites can start or join a session"),
    ),
    table(
      ["start", "decided by", "who"],
      [...groups].map(([key, found]) => {
        const [value, by] = key.split("\u0000");
        return row(
          value,
          by || "",
          el(
            "details",
            { open: found.length <= 12 },
            el("summary", null, number(found.length)),
            names(found, (one) =>
              link("simulator", text(one.name), { ...one.key, ...endpoint.key }),
            ),
          ),
        );
      }),
      "who can start a session",
    ),
  ];
}

function heat(params) {
  const wanted =
    params.get("permission") ||
    (D.permissions.some((one) => text(one.path) === "shell")
      ? "shell"
      : text(D.permissions[0].path));
  const found = D.permissions.findIndex((one) => text(one.path) === wanted);
  if (found < 0)
    return [
      el("h2", null, "No permission has that name."),
      el("p", null, link("heat", "All permissions", { permission: text(D.permissions[0].path) })),
    ];
  const permission = found;
  const choose = el(
    "select",
    {
      id: "heat-permission",
      "aria-label": "permission",
      onchange: (event) => {
        location.hash = address("heat", { permission: event.target.value }).slice(1);
      },
    },
    D.permissions.map((one, at) =>
      el(
        "option",
        { value: text(one.path), selected: at === permission },
        text(one.path) + " (" + text(one.label) + ")",
      ),
    ),
  );
  // Of group policies and embassies: how many of their members are in each class.
  const groups = D.group_policies.map((name, at) => ({
    name: part("group-" + at, text(name)),
    members: new Map(),
  }));
  const embassies = new Map();
  for (const subject of D.subjects) {
    const of = subject.groups.map(([group]) => groups[group]);
    if (subject.embassy >= 0) {
      const name = "embassy " + text(subject.embassy);
      if (!embassies.has(name)) embassies.set(name, { name, members: new Map() });
      of.push(embassies.get(name));
    }
    for (const { members } of of) members.set(subject.class, (members.get(subject.class) || 0) + 1);
  }
  const targets = D.jump_groups.map(() => new Map());
  for (const endpoint of D.endpoints) {
    if (endpoint.group >= 0)
      targets[endpoint.group].set(
        endpoint.class,
        (targets[endpoint.group].get(endpoint.class) || 0) + 1,
      );
  }
  const rows = [...groups, ...embassies.values()].map(({ name, members }) =>
    row(
      name,
      ...targets.map((classes) => {
        let all = 0,
          granted = 0,
          open = 0;
        for (const [subjectClass, people] of members) {
          for (const [endpointClass, machines] of classes) {
            if (isDenied(subjectClass, endpointClass)) continue;
            const cell = cellsOf(subjectClass, endpointClass)[permission];
            all += people * machines;
            if (cell >> 4 === UNKNOWN) open += people * machines;
            else if (grants(permission, cell)) granted += people * machines;
          }
        }
        if (!all) return "";
        const share = granted ? Math.max(1, Math.round((granted / all) * 4)) : 0;
        return el(
          "span",
          {
            class: "heat h" + share,
            title: number(granted) + " of " + number(all) + " sessions",
          },
          number(granted) + "/" + number(all) + (open ? " ?" + number(open) : ""),
        );
      }),
    ),
  );
  const least = D.permissions[permission].least;
  return [
    el(
      "h2",
      null,
      "Who has ",
      el("code", null, text(D.permissions[permission].path)),
      ", and where",
    ),
    el("p", null, choose),
    el(
      "p",
      { class: "nothing" },
      (least < 0
        ? "Sessions in which it applies"
        : "Sessions in which it is more than " + text(least)) +
        ", of those that members of a group policy or an embassy can start in a jump group. " +
        "What is unknown is counted after a question mark.",
    ),
    table(["members of", ...D.jump_groups.map(text)], rows, "group policies by jump groups"),
  ];
}
