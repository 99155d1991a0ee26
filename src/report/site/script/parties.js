// People, machines, and what a permission is in their sessions.

// A list with a search, of which the address knows.
function listing(route, params, title, all, label, entry, filterText) {
  const list = el("ul", { class: "names" });
  const count = el("p", { class: "nothing" });
  const search = el("input", {
    type: "search",
    "aria-label": "filter",
    placeholder: "filter",
    value: params.get("find"),
    oninput: () => {
      history.replaceState(null, "", address(route, search.value ? { find: search.value } : null));
      fill();
    },
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

const people = (params) =>
  listing(
    "people",
    params,
    "People",
    D.subjects,
    "users and invites",
    (one) => [personLink(one), " ", el("small", null, one.kind ? "invite" : text(one.display))],
    (one) => text(one.name) + " " + text(one.display),
  );

function person(params) {
  const subject = findSubject(params);
  if (!subject) return [el("h2", null, "No user or invite has that name.")];
  const places = new Map();
  const pairs = [];
  for (const endpoint of D.endpoints) {
    if (isDenied(subject.class, endpoint.class)) continue;
    pairs.push([subject, endpoint]);
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
            linked(text(D.group_policies[group]), text(D.group_policies[group]), GROUPS),
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
      "What can be started: " +
        number(pairs.length) +
        (pairs.length === 1 ? " session" : " sessions"),
    ),
  );
  const rows = [...places]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, found]) => {
      const [group, how, start] = JSON.parse(key);
      const isGroup = found[0].group >= 0;
      return row(
        isGroup ? groupLink(group) : group,
        how,
        start,
        el(
          "details",
          null,
          el("summary", null, number(found.length)),
          names(found, (one) =>
            sessionLink(
              text(one.name) + (text(one.presence) ? " (" + text(one.presence) + ")" : ""),
              subject,
              one,
            ),
          ),
        ),
      );
    });
  parts.push(
    table(["jump group", "start method", "start", "sessions"], rows, "what can be started"),
    ...permissions(params, "person", subject.key, pairs, ([, endpoint]) =>
      sessionLink(endpointLabel(endpoint), subject, endpoint),
    ),
  );
  if (subject.account >= 0) {
    parts.push(el("h3", null, "Settings and memberships"));
    parts.push(
      table(
        ["setting", "value", "decided by"],
        D.accounts[subject.account].map((at) => {
          const [name, value, by, policy, final, location] = D.account_rows[at];
          return row(
            el("code", null, text(name)),
            text(value),
            place(
              linked(text(by) + (final ? ", final" : ""), text(policy), GROUPS),
              text(location),
            ),
          );
        }),
        "settings and memberships",
      ),
    );
  }
  return parts;
}

const machines = (params) =>
  listing(
    "machines",
    params,
    "Machines and portals",
    [...D.endpoints].sort(byName),
    "targets, by start method and presence",
    (one) => [machineLink(one), " ", el("small", null, endpointKind(one))],
    (one) => endpointLabel(one) + " " + text(one.comments),
  );

function machine(params) {
  const endpoint = findEndpoint(params);
  if (!endpoint) return [el("h2", null, "No target has that name and method.")];
  const groups = new Map();
  const pairs = [];
  for (const subject of D.subjects) {
    if (isDenied(subject.class, endpoint.class)) continue;
    pairs.push([subject, endpoint]);
    const start = startOf(subject, endpoint);
    const key = start ? JSON.stringify([start.value, start.by, start.location]) : "";
    if (!groups.has(key)) groups.set(key, { start, found: [] });
    groups.get(key).found.push(subject);
  }
  const group = endpoint.group < 0 ? "" : text(D.jump_groups[endpoint.group]);
  return [
    el("h2", null, text(endpoint.name)),
    el(
      "p",
      null,
      endpointLabel(endpoint),
      endpoint.comments < 0 ? "" : " · " + text(endpoint.comments),
      group ? [" · ", link("machines", "others in " + group, { find: group })] : null,
    ),
    el(
      "h3",
      null,
      number(pairs.length) +
        (pairs.length === 1
          ? " user or invite can start or join a session"
          : " users and invites can start or join a session"),
    ),
    table(
      ["start", "decided by", "who"],
      [...groups.values()].map(({ start, found }) =>
        row(
          start ? start.value : "",
          start ? place(linked(start.by, start.policy, GROUPS), start.location) : "",
          el(
            "details",
            { open: found.length <= 12 },
            el("summary", null, number(found.length)),
            names(found, (one) => sessionLink(text(one.name), one, endpoint)),
          ),
        ),
      ),
      "who can start a session",
    ),
    ...permissions(params, "machine", endpoint.key, pairs, ([subject]) =>
      sessionLink(text(subject.name), subject, endpoint),
    ),
  ];
}

// Sessions with the same classes have the same permissions: each such pair is looked up once.
function byClasses(pairs) {
  const found = new Map();
  for (const pair of pairs) {
    const key = pair[0].class + " " + pair[1].class;
    if (!found.has(key)) found.set(key, { of: simulate(...pair).permissions, pairs: [] });
    found.get(key).pairs.push(pair);
  }
  return [...found.values()];
}

// What a permission is in some sessions, by value and decider.
function values(permission, pairs, entry) {
  const found = new Map();
  for (const { of, pairs: same } of byClasses(pairs)) {
    const one = of[permission];
    const key = JSON.stringify([one.value, one.layer, one.policy, one.via, one.location]);
    if (!found.has(key)) found.set(key, { one, same: [] });
    found.get(key).same.push(...same);
  }
  const order = new Map(pairs.map((pair, at) => [pair, at]));
  const rows = [...found.values()].sort((a, b) => b.same.length - a.same.length);
  for (const { same } of rows) same.sort((a, b) => order.get(a) - order.get(b));
  return table(
    ["value", "decided by", "sessions"],
    rows.map(({ one, same }) =>
      row(
        one.value,
        place(decider(one), one.location),
        el(
          "details",
          { open: same.length <= 12 },
          el("summary", null, number(same.length)),
          names(same, entry),
        ),
      ),
    ),
    "what " + text(D.permissions[permission].path) + " is",
  );
}

// All permissions in the sessions of a page; the one that the address names in full.
function permissions(params, route, key, pairs, entry) {
  if (!pairs.length) return [];
  const chosen = D.permissions.findIndex((one) => text(one.path) === params.get("permission"));
  const classes = byClasses(pairs);
  const rows = D.permissions.map((one, at) => {
    const counts = new Map();
    for (const { of, pairs: same } of classes)
      counts.set(of[at].value, (counts.get(of[at].value) || 0) + same.length);
    const found = [...counts].sort((a, b) => b[1] - a[1]);
    return row(
      link(route, text(one.path), { ...key, permission: text(one.path) }),
      found.map(([value, count]) => value + " " + number(count)).join(" · "),
    );
  });
  return [
    el("h3", { id: "permissions" }, "Permissions in these sessions"),
    chosen < 0 ? null : el("h4", null, text(D.permissions[chosen].path)),
    chosen < 0 ? null : values(chosen, pairs, entry),
    table(["permission", "values, and in how many sessions"], rows, "permissions"),
  ].filter(Boolean);
}
