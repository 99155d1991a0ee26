# Who has which permission in which session, for the organisation in `data`.
#
# data.users[NAME]            directory_groups and group_policies that the user is in; session_policy
# data.directory_groups[NAME] the places of the group policies that it is a member of
# data.group_policies[PLACE]  in their order, top to bottom: session_policy, final
# data.session_policies[NAME] what each defines, by permission
# data.defaults               what applies where no layer defines a permission
# data.jump_items[NAME]       kind, session_policy
# data.kinds[KIND]            what the kind fixes, and what is n/a for it, by permission
# data.requirements[PATH]     the permissions that must have one of some values; of some paths only
package site

user := data.users[input.user]

places contains place if {
	some group in user.directory_groups
	some place in data.directory_groups[group]
}

places contains place if some place in user.group_policies

assigning := {place | some place in places; data.group_policies[place].session_policy}

finals := {place | some place in assigning; data.group_policies[place].final}

# The first final one decides; if none is final, the last one.
deciding := min(finals) if {
	count(finals) > 0
} else := max(assigning) if {
	count(assigning) > 0
}

of_groups := data.session_policies[data.group_policies[deciding].session_policy]

of_user := data.session_policies[user.session_policy]

# ---- One cell

cell := answer(data.jump_items[input.jump_item], input.permission)

answer(item, permission) := decided(item, permission) if {
	applies(item, permission)
} else := "n/a"

# The first layer that defines the permission decides it. What the kind of session fixes, no layer
# changes. Each body asks whether there is a value before the next one is tried: the virtual machine
# goes on from a body that fails, but not from one that succeeds without a value.
decided(item, permission) := data.kinds[item.kind].fixed[permission] if {
	data.kinds[item.kind].fixed[permission]
} else := data.session_policies[item.session_policy][permission] if {
	data.session_policies[item.session_policy][permission]
} else := of_groups[permission] if {
	of_groups[permission]
} else := of_user[permission] if {
	of_user[permission]
} else := data.defaults[permission]

applies(item, permission) if {
	not data.kinds[item.kind].without[permission]
	every required in object.get(data.requirements, permission, []) {
		not data.kinds[item.kind].without[required.permission]
		required.values[decided(item, required.permission)]
	}
}

# ---- All permissions of a session, and all sessions of a user
#
# The same rules, with the layers laid over each other: what lies on top is what is found.

session := permissions(data.jump_items[input.jump_item])

row := {name: permissions(item) | some name, item in data.jump_items}

default policy_of_groups := {}

policy_of_groups := of_groups

default policy_of_user := {}

policy_of_user := of_user

below_item := object.union_n([data.defaults, policy_of_user, policy_of_groups])

permissions(item) := object.union_n([layered, unmet, kind.without]) if {
	kind := data.kinds[item.kind]
	name := object.get(item, "session_policy", "")
	layered := object.union_n([below_item, object.get(data.session_policies, name, {}), kind.fixed])
	met := object.union(layered, kind.without)
	unmet := {permission: "n/a" |
		some permission, requirements in data.requirements
		some required in requirements
		not required.values[met[required.permission]]
	}
}
