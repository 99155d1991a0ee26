// Who has a permission, and where: group policies by jump groups.

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
  const groups = D.group_policies.map((name) => ({
    name: linked(text(name), text(name), GROUPS),
    key: { group: text(name) },
    members: new Map(),
  }));
  const embassies = new Map();
  for (const subject of D.subjects) {
    const of = subject.groups.map(([group]) => groups[group]);
    if (subject.embassy >= 0) {
      const name = "embassy " + text(subject.embassy);
      const key = { embassy: text(subject.embassy) };
      if (!embassies.has(name)) embassies.set(name, { name, key, members: new Map() });
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
  const rows = [...groups, ...embassies.values()].map(({ name, key, members }) =>
    row(
      name,
      ...targets.map((classes, at) => {
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
        const jump_group = text(D.jump_groups[at]);
        return el(
          "a",
          {
            class: "heat h" + share,
            href: address("sessions", { permission: wanted, ...key, jump_group }),
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
    table(
      ["members of", ...D.jump_groups.map((name) => groupLink(text(name)))],
      rows,
      "group policies by jump groups",
    ),
  ];
}

// The sessions that a cell of the heat map counts.
function sessions(params) {
  const permission = D.permissions.findIndex((one) => text(one.path) === params.get("permission"));
  const group = D.group_policies.findIndex((name) => text(name) === params.get("group"));
  const jumpGroup = D.jump_groups.findIndex((name) => text(name) === params.get("jump_group"));
  const isMember = (one) =>
    one.groups.some(([at]) => at === group) ||
    (one.embassy >= 0 && text(one.embassy) === params.get("embassy"));
  const people = D.subjects.filter(isMember);
  const targets = D.endpoints.filter((one) => one.group >= 0 && one.group === jumpGroup);
  if (permission < 0 || !people.length || !targets.length)
    return [el("h2", null, "Nothing has these names.")];
  const pairs = people.flatMap((subject) =>
    targets
      .filter((endpoint) => !isDenied(subject.class, endpoint.class))
      .map((endpoint) => [subject, endpoint]),
  );
  const path = text(D.permissions[permission].path);
  const of = params.get("group") || "embassy " + params.get("embassy");
  return [
    el(
      "h2",
      null,
      el("code", null, path),
      " of ",
      linked(of, of, GROUPS),
      " in ",
      groupLink(params.get("jump_group")),
    ),
    el("p", null, link("heat", "back to the heat map", { permission: path })),
    values(permission, pairs, ([subject, endpoint]) =>
      sessionLink(text(subject.name) + " → " + endpointLabel(endpoint), subject, endpoint),
    ),
  ];
}
