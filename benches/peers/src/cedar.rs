//! Cedar: policies and entities that are parsed and validated once, and requests.

use crate::cedar_text as text;
use crate::peer::{Peer, Question, Unit};
use crate::site::Site;
use cedar_policy::{
    Authorizer, Context, Decision, Entities, Entity, EntityId, EntityTypeName, EntityUid,
    EvalResult, Expression, PartialEntities, PartialEntityUid, PartialRequest, PolicySet, Request,
    RestrictedExpression, Schema, ValidationMode, Validator, eval_expression,
};
use std::collections::{HashMap, HashSet};

/// A value, and the policies that can permit it. The authorizer goes through all policies that it is
/// given, so it gets no others.
struct Permitting {
    value: String,
    policies: PolicySet,
}

/// What all ways to ask have in common.
pub struct Cedar {
    schema: Schema,
    entities: Entities,
    authorizer: Authorizer,
    /// By permission: its values, each with the policy that permits it.
    policies: Vec<Vec<Permitting>>,
    actions: Vec<EntityUid>,
    users: Vec<EntityUid>,
    jump_items: Vec<EntityUid>,
}

impl Cedar {
    pub fn new(site: &Site) -> Cedar {
        let (schema, _) = Schema::from_cedarschema_str(&text::schema(site)).expect("a schema");
        let validator = Validator::new(schema.clone());
        let permitting = |permission: usize, value: &String| {
            let text = text::policy(site, permission, value);
            let policies: PolicySet = text.parse().expect("a policy");
            let result = validator.validate(&policies, ValidationMode::Strict);
            assert!(result.validation_passed(), "{result}");
            Permitting { value: value.clone(), policies }
        };
        let policies = site.permissions.iter().enumerate().map(|(at, permission)| {
            permission.values.iter().map(|value| permitting(at, value)).collect()
        });
        let paths = site.permissions.iter().map(|permission| &permission.path);
        Cedar {
            policies: policies.collect(),
            entities: entities(site, &schema),
            schema,
            authorizer: Authorizer::new(),
            actions: paths.map(|path| uid("Action", path)).collect(),
            users: site.users.iter().map(|user| uid("User", &user.name)).collect(),
            jump_items: site.jump_items.iter().map(|item| uid("JumpItem", &item.name)).collect(),
        }
    }

    fn request(&self, question: Question) -> Request {
        Request::new(
            self.users[question.user].clone(),
            self.actions[question.permission].clone(),
            self.jump_items[question.jump_item].clone(),
            Context::empty(),
            None,
        )
        .expect("a request")
    }

    /// The first value that is permitted; no other one is then.
    fn permitted(&self, question: Question, values: &[Permitting]) -> String {
        let request = self.request(question);
        for Permitting { value, policies } in values {
            let response = self.authorizer.is_authorized(&request, policies, &self.entities);
            if let Some(error) = response.diagnostics().errors().next() {
                return error.to_string();
            }
            if response.decision() == Decision::Allow {
                return value.clone();
            }
        }
        "n/a".to_owned()
    }
}

/// Whether the user has a value, request by request until one is permitted.
pub struct Authorized<'c>(pub &'c Cedar);

impl Peer for Authorized<'_> {
    fn unit(&self) -> Unit {
        Unit::Cell
    }

    fn answer(&mut self, question: Question, answers: &mut Vec<String>) {
        answers.push(self.0.permitted(question, &self.0.policies[question.permission]));
    }
}

/// The same, of policies that are first evaluated as far as the user alone decides them.
pub struct Partial<'c> {
    cedar: &'c Cedar,
    entities: PartialEntities,
}

impl<'c> Partial<'c> {
    pub fn new(cedar: &'c Cedar) -> Partial<'c> {
        let entities = PartialEntities::from_concrete(cedar.entities.clone(), &cedar.schema);
        Partial { cedar, entities: entities.expect("entities") }
    }

    /// The values of a permission that a user may have, with what is left of their policies.
    fn left(&self, user: usize, permission: usize) -> Vec<Permitting> {
        let cedar = self.cedar;
        let request = PartialRequest::new(
            PartialEntityUid::from_concrete(cedar.users[user].clone()),
            cedar.actions[permission].clone(),
            PartialEntityUid::new(type_name("JumpItem"), None),
            Some(Context::empty()),
            &cedar.schema,
        );
        let request = request.expect("a request");
        let left =
            cedar.policies[permission].iter().filter_map(|Permitting { value, policies }| {
                let response = policies.tpe(&request, &self.entities, &cedar.schema);
                let response = response.expect("a partial answer");
                let never = response.decision() == Some(Decision::Deny);
                let policies = (!never).then(|| response.policy_set())?;
                Some(Permitting { value: value.clone(), policies })
            });
        left.collect()
    }
}

impl Peer for Partial<'_> {
    fn unit(&self) -> Unit {
        Unit::Row
    }

    fn answer(&mut self, question: Question, answers: &mut Vec<String>) {
        let user = question.user;
        let left: Vec<Vec<Permitting>> =
            (0..self.cedar.actions.len()).map(|at| self.left(user, at)).collect();
        for jump_item in 0..self.cedar.jump_items.len() {
            for (permission, values) in left.iter().enumerate() {
                let question = Question { user, jump_item, permission };
                answers.push(self.cedar.permitted(question, values));
            }
        }
    }
}

/// One expression a cell, which evaluates to the value.
pub struct Expressions<'c> {
    cedar: &'c Cedar,
    of: Vec<Expression>,
}

impl<'c> Expressions<'c> {
    pub fn new(cedar: &'c Cedar, site: &Site) -> Expressions<'c> {
        let of = (0..site.permissions.len())
            .map(|at| text::expression(site, at).parse().expect("an expression"));
        Expressions { cedar, of: of.collect() }
    }
}

impl Peer for Expressions<'_> {
    fn unit(&self) -> Unit {
        Unit::Cell
    }

    fn answer(&mut self, question: Question, answers: &mut Vec<String>) {
        let request = self.cedar.request(question);
        let expression = &self.of[question.permission];
        answers.push(match eval_expression(&request, &self.cedar.entities, expression) {
            Ok(EvalResult::String(value)) => value,
            Ok(other) => other.to_string(),
            Err(error) => error.to_string(),
        });
    }
}

fn type_name(name: &str) -> EntityTypeName {
    name.parse().expect("the name of a type")
}

fn uid(kind: &str, name: &str) -> EntityUid {
    EntityUid::from_type_name_and_id(type_name(kind), EntityId::new(name))
}

fn entities(site: &Site, schema: &Schema) -> Entities {
    let mut parents: Vec<HashSet<EntityUid>> = vec![HashSet::new(); site.users.len()];
    let mut of_directory = vec![HashSet::new(); site.directory_groups.len()];
    for group in &site.directory_groups {
        let id = uid("DirectoryGroup", &group.name);
        for user in &group.users {
            parents[*user].insert(id.clone());
        }
    }
    for group in &site.group_policies {
        let id = uid("GroupPolicy", &group.name);
        for user in &group.users {
            parents[*user].insert(id.clone());
        }
        for at in &group.directory_groups {
            of_directory[*at].insert(id.clone());
        }
    }
    let policy = |at: usize| uid("SessionPolicy", &site.session_policies[at].name);
    let assigned = |at: &Option<usize>| {
        let policy = at.map(|at| RestrictedExpression::new_entity_uid(policy(at)));
        policy.map(|policy| ("session_policy".to_owned(), policy))
    };
    let text = |text: &str| RestrictedExpression::new_string(text.to_owned());
    let entity = |id: EntityUid, attributes: HashMap<String, RestrictedExpression>, parents| {
        Entity::new(id, attributes, parents).expect("an entity")
    };
    let none = HashSet::new;
    let group_policies =
        site.group_policies.iter().map(|group| Entity::with_uid(uid("GroupPolicy", &group.name)));
    let directory = site.directory_groups.iter().zip(of_directory);
    let directory =
        directory.map(|(group, of)| entity(uid("DirectoryGroup", &group.name), HashMap::new(), of));
    let users = site.users.iter().zip(parents);
    let users = users.map(|(user, parents)| {
        let attributes = assigned(&user.session_policy).into_iter().collect();
        entity(uid("User", &user.name), attributes, parents)
    });
    let items = site.jump_items.iter().map(|item| {
        let kind = ("kind".to_owned(), text(&item.kind));
        let attributes = assigned(&item.session_policy).into_iter().chain([kind]).collect();
        entity(uid("JumpItem", &item.name), attributes, none())
    });
    let session_policies = site.session_policies.iter().enumerate().map(|(at, of)| {
        let lines = of.defines.iter().zip(&site.permissions);
        let lines = lines.filter_map(|(value, of)| Some((of.path.clone(), text(value.as_ref()?))));
        entity(policy(at), lines.collect(), none())
    });
    let all = group_policies.chain(directory).chain(users).chain(items).chain(session_policies);
    Entities::from_entities(all, Some(schema)).expect("entities")
}
