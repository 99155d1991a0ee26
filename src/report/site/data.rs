//! What the page's script looks up: all that was resolved, by classes. The script resolves nothing
//! itself; it finds the class of a subject and of an endpoint, and shows what is written there.
//!
//! Texts stand once, in `texts`, and everything else has their numbers. A list that many users or
//! sessions share stands once as well. Numbers of what is not there are -1. Where there are many
//! lists of numbers, each is one text (`packed`).

use super::packed::{DIGITS, packed};
use crate::ir::{Object, UserId};
use crate::matrix::session::{NONE, Stack, merged};
use crate::matrix::start::{Condition, StartDecider, StartLayer, entrance};
use crate::matrix::{Decider, Matrix, StartValue, SubjectRef, TargetRef};
use crate::profile::Entry;
use crate::report::matrix::csv::source_fields;
use crate::report::numbered::{Numbered, Stacks, endpoint_of_place};
use crate::report::words::decider::source;
use crate::semantics::members::is_in_directory_group;
use crate::semantics::start::{Holds, Place};
use crate::text::escape_control_chars;
use serde::Serialize;

/// The number of something that is not there.
const NOTHING: i32 = -1;

/// All that the script knows.
#[derive(Serialize)]
pub(super) struct Data {
    /// The digits of packed lists.
    digits: &'static str,
    texts: Vec<String>,
    layers: Vec<Layer>,
    methods: Vec<[u32; 2]>,
    permissions: Vec<Permission>,
    /// By policy: its name, and by line: permission, answer, location.
    policies: Vec<(u32, Vec<[u32; 3]>)>,
    #[serde(flatten)]
    people: People,
    endpoints: Vec<Endpoint>,
    #[serde(flatten)]
    classes: Classes,
    /// Whether the profile says what can be started.
    has_start: bool,
    /// Whether pairs that cannot be started count as sessions.
    all_pairs: bool,
    /// By class of subjects, packed: by place, a value of `start`.
    starts: Vec<String>,
    /// A value of `start`: value, layer, policy, location, 1 where it is `deny` and 2 where it is
    /// unknown, and who decided in words.
    start_cells: Vec<[u32; 6]>,
    /// Names, from top to bottom.
    group_policies: Vec<u32>,
    jump_groups: Vec<u32>,
}

#[derive(Serialize)]
struct Layer {
    id: u32,
    label: u32,
    /// Whether a group policy brings in its policy.
    of_groups: bool,
}

#[derive(Serialize)]
struct Permission {
    path: u32,
    label: u32,
    /// The product's default.
    default: u32,
    /// The least privileged value, or -1.
    least: i32,
}

#[derive(Serialize)]
struct Subject {
    /// 0 for a user, 1 for an invite.
    kind: u32,
    name: u32,
    display: i32,
    class: u32,
    checks: i32,
    roles: i32,
    account: i32,
    /// In place of group policies, or -1.
    embassy: i32,
    /// Group policies, each with the directory group that brings the user in, or -1.
    groups: Vec<[i32; 2]>,
}

#[derive(Serialize)]
struct SubjectClass {
    /// By slot: an index into `pairs`.
    stack: [u32; 2],
    /// By slot: the policies by layer.
    policies: [Vec<i32>; 2],
    via: [u32; 2],
}

#[derive(Serialize)]
struct Endpoint {
    /// 0 for a jump item, 1 for a portal.
    kind: u32,
    name: u32,
    /// `present`, `absent` or nothing.
    presence: u32,
    class: u32,
    group: i32,
    tag: i32,
    comments: i32,
}

#[derive(Serialize)]
struct EndpointClass {
    method: u32,
    slot: u32,
    stack: u32,
    policies: Vec<i32>,
    place: u32,
}

struct Builder<'m> {
    matrix: &'m Matrix,
    texts: Numbered<String>,
}

/// What the script has to know of a matrix whose classes are divided by who decides `start`.
pub(super) fn data(matrix: &Matrix) -> Data {
    let mut builder = Builder { matrix, texts: Numbered::new() };
    let (ir, profile) = (&matrix.ir, &matrix.ir.profile);
    let layers = profile.layers.iter().map(|layer| Layer {
        id: builder.text(layer.kind.id()),
        label: builder.text(&layer.label),
        of_groups: layer.kind.is_of_groups(),
    });
    let layers = layers.collect();
    let methods =
        profile.methods.iter().map(|one| [builder.text(&one.id), builder.text(&one.label)]);
    let methods = methods.collect();
    let permissions = profile.permissions.iter().map(|entry| builder.permission(entry)).collect();
    let policies = builder.policies();
    let classes = builder.classes();
    let (starts, start_cells) = builder.starts();
    let people = builder.people();
    let endpoints = builder.endpoints();
    let names = |builder: &mut Builder<'_>, objects: Vec<&Object>| {
        objects.into_iter().map(|object| builder.text(&object.name)).collect::<Vec<_>>()
    };
    let groups = ir.tables.group_policies.iter().map(|group| &group.object).collect();
    let group_policies = names(&mut builder, groups);
    let jump_groups = names(&mut builder, ir.tables.jump_groups.iter().collect());
    Data {
        digits: DIGITS,
        layers,
        methods,
        permissions,
        policies,
        people,
        endpoints,
        classes,
        has_start: matrix.starts.is_some(),
        all_pairs: matrix.all_pairs,
        starts,
        start_cells,
        group_policies,
        jump_groups,
        texts: builder.texts.things,
    }
}

/// The classes, and what is resolved for them.
#[derive(Serialize)]
struct Classes {
    subject_classes: Vec<SubjectClass>,
    endpoint_classes: Vec<EndpointClass>,
    /// By stack of a subject, packed: by stack of an endpoint, the resolved cells.
    pairs: Vec<String>,
    /// Packed: by permission, a cell.
    cells: Vec<String>,
    /// 16 times the value, or 0 for `n/a` (values count from 1), and the layer that decided (14:
    /// the method; 15: the product's default).
    cell_codes: Vec<u32>,
}

/// Where sessions begin.
struct Places {
    /// By place: its method, and where it is found.
    places: Vec<[u32; 2]>,
    /// By method: an endpoint, if there is one.
    of_method: Vec<Option<usize>>,
    /// By where something is found: an endpoint there.
    at_spot: Vec<usize>,
}

/// What is known of each subject, and the lists that they share.
#[derive(Serialize)]
struct People {
    subjects: Vec<Subject>,
    /// By place: its method, and where it is found: a jump group, somebody's personal list.
    places: Vec<[u32; 2]>,
    /// Packed: by method, a list of conditions on the account.
    checks: Vec<String>,
    /// Packed.
    check_lists: Vec<String>,
    /// Packed: by where something is found, the condition on the role there, from 1, or 0.
    roles: Vec<String>,
    /// Name, 0 for no, 1 for yes, 2 for unknown, value, layer, policy, location, who decided in
    /// words.
    conditions: Vec<[u32; 7]>,
    /// Packed.
    accounts: Vec<String>,
    /// Setting, value, who decided in words, policy, 1 where it is final, location.
    account_rows: Vec<[u32; 6]>,
}

impl Builder<'_> {
    fn text(&mut self, text: &str) -> u32 {
        // Nothing in a text is hidden from whoever reads the page.
        self.texts.number(escape_control_chars(text).into_owned())
    }

    fn optional(&mut self, text: Option<&str>) -> i32 {
        text.map_or(NOTHING, |text| self.text(text) as i32)
    }

    fn permission(&mut self, entry: &Entry) -> Permission {
        let least = entry.ty.least().map(|least| entry.ty.text(&least));
        Permission {
            path: self.text(&entry.path),
            label: self.text(&entry.label),
            default: self.text(&entry.ty.text(&entry.default)),
            least: self.optional(least.as_deref()),
        }
    }

    fn policies(&mut self) -> Vec<(u32, Vec<[u32; 3]>)> {
        let ir = &self.matrix.ir;
        let mut policies = Vec::with_capacity(ir.tables.policies.len());
        for policy in &ir.tables.policies {
            let name = self.text(&policy.object.name);
            let mut lines = Vec::with_capacity(policy.definitions.len());
            for line in &policy.definitions {
                let ty = &ir.profile.permissions[line.entry as usize].ty;
                let answer = self.text(&ty.text(ir.value(line.value)));
                let location = self.text(&ir.location(line.span));
                lines.push([u32::from(line.entry), answer, location]);
            }
            policies.push((name, lines));
        }
        policies
    }

    /// The classes of subjects and of endpoints, and what is resolved for them.
    fn classes(&mut self) -> Classes {
        let (matrix, profile) = (self.matrix, &self.matrix.ir.profile);
        let layers = profile.layers.len();
        let stacks = Stacks::new(matrix);
        let policies = |stack: &Stack| -> Vec<i32> {
            let of_layer = |policy: &u32| if *policy == NONE { NOTHING } else { *policy as i32 };
            stack[..layers].iter().map(of_layer).collect()
        };
        let mut subject_classes = Vec::new();
        for (class, stack) in matrix.subject_classes.iter().zip(&stacks.of_subjects) {
            let via = class.via.map(|via| {
                let name = via.map(|via| source_fields(&matrix.ir, via).1.to_owned());
                self.text(&name.unwrap_or_default())
            });
            subject_classes.push(SubjectClass {
                stack: *stack,
                policies: class.stacks.each_ref().map(policies),
                via,
            });
        }
        let mut endpoint_classes = Vec::new();
        for (class, at) in matrix.endpoint_classes.iter().zip(0..) {
            endpoint_classes.push(EndpointClass {
                method: class.method as u32,
                slot: profile.slot_of(class.method) as u32,
                stack: stacks.of_endpoints[at as usize],
                policies: policies(&class.stack),
                place: matrix.entrance(at),
            });
        }
        let mut cells: Numbered<String> = Numbered::new();
        let mut codes: Numbered<u32> = Numbered::new();
        let mut pairs = Vec::new();
        for subject in &stacks.subjects {
            let mut row = Vec::new();
            for (method, endpoint) in &stacks.endpoints {
                let stack = merged(subject, endpoint);
                let resolved = self.cells(&stack, *method).into_iter();
                let resolved: Vec<u32> = resolved.map(|cell| codes.number(cell)).collect();
                row.push(cells.number(packed(&resolved)));
            }
            pairs.push(packed(&row));
        }
        let (cells, cell_codes) = (cells.things, codes.things);
        Classes { subject_classes, endpoint_classes, pairs, cells, cell_codes }
    }

    /// The resolved permissions of sessions with the same policies and method.
    fn cells(&mut self, stack: &Stack, method: usize) -> Vec<u32> {
        let (matrix, ir) = (self.matrix, &self.matrix.ir);
        let resolved = matrix.rules.resolve(stack, method);
        let mut cells = Vec::with_capacity(ir.profile.permissions.len());
        for (entry, at) in ir.profile.permissions.iter().zip(0..) {
            let cell = resolved.cell(ir, stack, method, at);
            let layer = match cell.decider {
                Decider::Policy(layer, _) => layer as u32,
                Decider::Method => 14,
                Decider::BuiltIn => 15,
            };
            let value = cell.value.map(|value| self.text(&entry.ty.text(value)) + 1);
            cells.push(16 * value.unwrap_or(0) + layer);
        }
        cells
    }

    /// By class of subjects and place: what can be started.
    fn starts(&mut self) -> (Vec<String>, Vec<[u32; 6]>) {
        let matrix = self.matrix;
        let mut cells: Numbered<[u32; 6]> = Numbered::new();
        let Some(starts) = &matrix.starts else { return (Vec::new(), Vec::new()) };
        let places = endpoint_of_place(self.matrix);
        let mut rows = Vec::with_capacity(matrix.subject_classes.len());
        for class in &matrix.subject_classes {
            let mut row = Vec::with_capacity(places.len());
            for &endpoint in &places {
                let subject = class.members.first().map_or(0, |at| *at as usize);
                let cell = matrix.start_cell(subject, endpoint);
                row.push(cell.map_or(0, |cell| {
                    let value = self.text(&starts.text(cell.value));
                    let kind = match cell.value {
                        StartValue::Deny => 1,
                        StartValue::Unknown => 2,
                        _ => 0,
                    };
                    let [layer, policy, location, by] = self.decider(&cell.by);
                    cells.number([value, layer, policy, location, kind, by])
                }));
            }
            rows.push(packed(&row));
        }
        (rows, cells.things)
    }

    /// Layer, policy and location of a decider, and who it is in words.
    fn decider(&mut self, by: &StartDecider) -> [u32; 4] {
        let ir = &self.matrix.ir;
        let location = by.span.map(|span| ir.location(span)).unwrap_or_default();
        let words = match by.layer {
            StartLayer::Invite => "users who can invite others".to_owned(),
            _ => source(ir, by.source, false),
        };
        [
            self.text(by.layer.id()),
            self.text(source_fields(ir, by.source).1),
            self.text(&location),
            self.text(&words),
        ]
    }

    fn people(&mut self) -> People {
        let matrix = self.matrix;
        let Places { places, of_method, at_spot } = self.places();
        let mut check_lists: Numbered<String> = Numbered::new();
        let mut checks: Numbered<String> = Numbered::new();
        let mut roles: Numbered<String> = Numbered::new();
        let mut conditions: Numbered<[u32; 7]> = Numbered::new();
        let mut accounts: Numbered<String> = Numbered::new();
        let mut rows: Numbered<[u32; 6]> = Numbered::new();
        let mut subjects = Vec::with_capacity(matrix.subjects.len());
        for (subject, class) in &matrix.subjects {
            let name = self.text(matrix.subject_name(*subject));
            let mut known = Subject {
                kind: 1,
                name,
                display: NOTHING,
                class: *class,
                checks: NOTHING,
                roles: NOTHING,
                account: NOTHING,
                embassy: NOTHING,
                groups: Vec::new(),
            };
            if let SubjectRef::User(user) = *subject {
                let of_user = &matrix.ir.tables.users[user.index()];
                let mut of_account = Vec::with_capacity(of_method.len());
                for endpoint in &of_method {
                    let list = self.conditions(user, *endpoint, false).into_iter();
                    let list = list.map(|one| conditions.number(self.condition(&one)));
                    of_account.push(check_lists.number(packed(&list.collect::<Vec<_>>())));
                }
                let mut of_roles = Vec::with_capacity(at_spot.len());
                for endpoint in &at_spot {
                    let role = self.conditions(user, Some(*endpoint), true).pop();
                    let role = role.map(|role| conditions.number(self.condition(&role)));
                    of_roles.push(role.map_or(0, |role| role + 1));
                }
                let account = self.account(user, &mut rows);
                let embassy = matrix.accounts.class(user).groups.embassy;
                let embassy =
                    embassy.map(|id| &*matrix.ir.tables.embassies[id.index()].object.name);
                known = Subject {
                    kind: 0,
                    display: self.optional(of_user.display_name.as_deref()),
                    checks: checks.number(packed(&of_account)) as i32,
                    roles: roles.number(packed(&of_roles)) as i32,
                    account: accounts.number(packed(&account)) as i32,
                    embassy: self.optional(embassy),
                    groups: self.groups(user),
                    ..known
                };
            }
            subjects.push(known);
        }
        People {
            subjects,
            places,
            checks: checks.things,
            check_lists: check_lists.things,
            roles: roles.things,
            conditions: conditions.things,
            accounts: accounts.things,
            account_rows: rows.things,
        }
    }

    /// Where sessions begin.
    fn places(&self) -> Places {
        let matrix = self.matrix;
        let mut of_method = vec![None; matrix.ir.profile.methods.len()];
        let mut spots: Numbered<Place> = Numbered::new();
        let mut at_spot = Vec::new();
        let mut places = Vec::new();
        for endpoint in endpoint_of_place(self.matrix) {
            let Some((found, _)) = matrix.endpoints.get(endpoint) else { continue };
            of_method[found.method].get_or_insert(endpoint);
            let spot = spots.number(entrance(&matrix.ir, found).place);
            if spot as usize == at_spot.len() {
                at_spot.push(endpoint);
            }
            places.push([found.method as u32, spot]);
        }
        Places { places, of_method, at_spot }
    }

    /// The conditions on a user's account, or on the role, for sessions with an endpoint.
    fn conditions(&self, user: UserId, endpoint: Option<usize>, of_role: bool) -> Vec<Condition> {
        let (Some(starts), Some(at)) = (&self.matrix.starts, endpoint) else { return Vec::new() };
        let (endpoint, _) = &self.matrix.endpoints[at];
        let mut found = starts.conditions(&self.matrix.accounts.account(user), user, endpoint);
        found.retain(|one| (one.by.layer == StartLayer::JumpGroup) == of_role);
        found
    }

    /// What an account has, in numbers of rows.
    fn account(&mut self, user: UserId, rows: &mut Numbered<[u32; 6]>) -> Vec<u32> {
        let matrix = self.matrix;
        let mut account = Vec::new();
        for row in matrix.accounts.account(user).rows() {
            let policy = source_fields(&matrix.ir, row.source).1;
            let location = row.span.map(|span| matrix.ir.location(span)).unwrap_or_default();
            let row = [
                self.text(&row.name(&matrix.ir)),
                self.text(&row.text(&matrix.ir)),
                self.text(&source(&matrix.ir, row.source, false)),
                self.text(policy),
                u32::from(row.is_final),
                self.text(&location),
            ];
            account.push(rows.number(row));
        }
        account
    }

    fn condition(&mut self, condition: &Condition) -> [u32; 7] {
        let holds = match condition.holds {
            Holds::No => 0,
            Holds::Yes => 1,
            Holds::Unknown => 2,
        };
        let [layer, policy, location, by] = self.decider(&condition.by);
        let (name, value) = (self.text(&condition.name), self.text(&condition.value));
        [name, holds, value, layer, policy, location, by]
    }

    fn groups(&mut self, user: UserId) -> Vec<[i32; 2]> {
        let tables = &self.matrix.ir.tables;
        let groups = &self.matrix.accounts.class(user).groups.policies;
        let mut found = Vec::with_capacity(groups.len());
        for id in groups {
            let members = &tables.group_policies[id.index()].members;
            let is_direct = members.users.iter().any(|(member, _)| *member == user);
            let brings = members
                .directory_groups
                .iter()
                .find(|(group, _)| is_in_directory_group(tables, *group, user))
                .filter(|_| !is_direct);
            let brings =
                brings.map(|(group, _)| &*tables.directory_groups[group.index()].object.name);
            found.push([id.index() as i32, self.optional(brings)]);
        }
        found
    }

    fn endpoints(&mut self) -> Vec<Endpoint> {
        let matrix = self.matrix;
        let tables = &matrix.ir.tables;
        let mut endpoints = Vec::with_capacity(matrix.endpoints.len());
        for (endpoint, class) in &matrix.endpoints {
            let name = self.text(matrix.target_name(endpoint.target));
            let presence = self.text(crate::matrix::parties::presence_text(endpoint.present));
            let (kind, group, tag, comments) = match endpoint.target {
                TargetRef::Portal(_) => (1, NOTHING, NOTHING, NOTHING),
                TargetRef::JumpItem(id) => {
                    let item = &tables.jump_items[id.index()];
                    let (tag, comments) = (item.tag.as_deref(), item.comments.as_deref());
                    let group = item.group.map_or(NOTHING, |group| group.index() as i32);
                    (0, group, self.optional(tag), self.optional(comments))
                }
            };
            endpoints.push(Endpoint { kind, name, presence, class: *class, group, tag, comments });
        }
        endpoints
    }
}
