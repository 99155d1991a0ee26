"use strict";

// What the data of the page says. Nothing is resolved here: each answer is looked up by the class
// of a subject and the class of an endpoint.

const D = JSON.parse(document.getElementById("data").textContent);
const text = (at) => (at < 0 ? "" : D.texts[at]);
// Lists of numbers are packed into texts; the second half of the digits says that more follow.
const BASE = D.digits.length / 2;
const DIGITS = new Map([...D.digits].map((digit, value) => [digit, value]));
function unpack(packed) {
  const numbers = [];
  let number = 0;
  for (const digit of packed) {
    const value = DIGITS.get(digit);
    number = number * BASE + (value % BASE);
    if (value < BASE) {
      numbers.push(number);
      number = 0;
    }
  }
  return numbers;
}
for (const name of ["starts", "pairs", "cells", "checks", "check_lists", "roles", "accounts"])
  D[name] = D[name].map(unpack);
D.cells = D.cells.map((codes) => codes.map((code) => D.cell_codes[code]));
const LIMIT = 500;
// What stands in place of a layer where none decided.
const METHOD = 14,
  BUILT_IN = 15;
const UNKNOWN = D.texts.indexOf("unknown") + 1 || -1;

const subjectKind = (subject) => (subject.kind ? "invite" : "user");
const method = (endpoint) => D.methods[D.endpoint_classes[endpoint.class].method];

function startOf(subject, endpoint) {
  if (!D.has_start) return null;
  const place = D.endpoint_classes[endpoint.class].place;
  const cell = D.start_cells[D.starts[subject.class][place]];
  const [how, spot] = D.places[place];
  const role = subject.roles < 0 ? -1 : D.roles[subject.roles][spot] - 1;
  const list = (subject.checks < 0 ? [] : D.check_lists[D.checks[subject.checks][how]]).concat(
    role < 0 ? [] : [role],
  );
  return {
    value: text(cell[0]),
    layer: text(cell[1]),
    policy: text(cell[2]),
    location: text(cell[3]),
    kind: cell[4],
    by: text(cell[5]),
    conditions: list.map((at) => {
      const c = D.conditions[at];
      return {
        condition: text(c[0]),
        holds: [false, true, null][c[1]],
        value: text(c[2]),
        layer: text(c[3]),
        policy: text(c[4]),
        location: text(c[5]),
        by: text(c[6]),
      };
    }),
  };
}

const isDenied = (subjectClass, endpointClass) =>
  D.has_start &&
  D.start_cells[D.starts[subjectClass][D.endpoint_classes[endpointClass].place]][4] === 1;

function cellsOf(subjectClass, endpointClass) {
  const at = D.endpoint_classes[endpointClass];
  return D.cells[D.pairs[D.subject_classes[subjectClass].stack[at.slot]][at.stack]];
}

const lineOf = (policy, permission) => D.policies[policy][1].find((line) => line[0] === permission);

function simulate(subject, endpoint) {
  const sc = D.subject_classes[subject.class],
    ec = D.endpoint_classes[endpoint.class];
  const own = sc.policies[ec.slot];
  const stack = own.map((policy, layer) => (policy >= 0 ? policy : ec.policies[layer]));
  const via = (layer) =>
    D.layers[layer].of_groups && stack[layer] >= 0 ? text(sc.via[ec.slot]) : "";
  const last = D.layers.length - 1;
  const permissions = cellsOf(subject.class, endpoint.class).map((cell, permission) => {
    const layer = cell & 15,
      value = cell >> 4;
    const asked = D.layers.map((one, at) => {
      const policy = stack[at];
      const line = policy >= 0 ? lineOf(policy, permission) : undefined;
      const builtIn = !line && at === last;
      return {
        layer: text(one.id),
        label: text(one.label),
        policy: policy >= 0 && !builtIn ? text(D.policies[policy][0]) : "",
        via: via(at),
        answer: line
          ? text(line[1])
          : builtIn
            ? text(D.permissions[permission].default)
            : policy >= 0
              ? "not defined"
              : "no policy",
        location: line ? text(line[2]) : "",
        decided: layer === at || (builtIn && layer === BUILT_IN),
      };
    });
    const decider = layer < METHOD ? asked[layer] : null;
    return {
      permission: text(D.permissions[permission].path),
      label: text(D.permissions[permission].label),
      value: value ? text(value - 1) : "n/a",
      layer: decider ? decider.layer : layer === METHOD ? "method" : "global_default",
      policy: decider ? decider.policy : "",
      via: decider ? decider.via : "",
      location: decider ? decider.location : "",
      asked,
    };
  });
  return { start: startOf(subject, endpoint), permissions };
}

const grants = (permission, cell) =>
  cell > 15 && (cell >> 4) - 1 !== D.permissions[permission].least;
