// The simulator: one session, and every layer that was asked.

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
  if (!endpoint && params.has("target")) {
    const named = targetsOf(params);
    said = named.length ? "Choose the start method." : "No target has that name and method.";
    if (named.length) filter.value = params.get("target");
  }
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
  const parts = [
    el(
      "h3",
      null,
      personLink(subject),
      " → ",
      machineLink(endpoint),
      " · " + endpointKind(endpoint),
    ),
  ];
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
              place(linked(one.by, one.policy, GROUPS), one.location),
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
            el("small", null, place(decider(one), one.location)),
          ),
          table(
            ["layer", "answer", "policy", "line"],
            one.asked.map((asked) => ({
              attributes: { class: asked.decided ? "decided" : null },
              cells: [
                asked.label,
                (asked.decided ? "▶ " : "") + asked.answer,
                asked.policy ? decider(asked) : "",
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
