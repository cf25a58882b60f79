/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Permissions: the names are those of the security page, each is one bit, and
 * who_may asks for all of a mask.
 */
#include "../../tap.h"
#include <rapport/staff.h>

static const char *const names[] = {
    "users.read", "users.edit", "users.delete",   "segments.edit",
    "chats.read", "chats.edit", "analytics.read", "download",
    "share",      "settings",   "audit.read",
};

int
main(void)
{
	struct who command = who_command(), member = {.kind = WHO_MANAGER};
	uint32_t all = 0, one = 0;
	enum role role;
	size_t i;

	for (i = 0; i < COUNT(names); i++) {
		ok(permission_find(str_of(names[i]), &one), "%s is known",
		   names[i]);
		ok(one != 0 && (one & (one - 1)) == 0 && (all & one) == 0,
		   "and is a bit of its own");
		is_int(one, 1 << i, "which is stored and never moves");
		all |= one;
	}
	is_int(all, MAY_ALL, "together they are all there are");
	ok(permission_name(COUNT(names), NULL, NULL) == NULL, "no more");
	ok(!permission_find(S("users"), &one), "a prefix is no name");
	ok(!permission_find(S("Users.Read"), &one), "case counts");

	ok(who_may(&command, MAY_ALL), "the command line may everything");
	ok(!who_may(&member, MAY_USERS_READ), "a Member nothing by default");
	member.permissions = MAY_USERS_READ | MAY_DOWNLOAD;
	ok(who_may(&member, MAY_USERS_READ), "one that is given");
	ok(who_may(&member, MAY_USERS_READ | MAY_DOWNLOAD), "both given");
	ok(!who_may(&member, MAY_USERS_READ | MAY_SHARE), "one is missing");

	ok(role_find(S("Owner"), &role) && role == ROLE_OWNER, "Owner");
	ok(role_find(S("Member"), &role) && role == ROLE_MEMBER, "Member");
	ok(!role_find(S("owner"), &role), "no other way to write it");
	return done_testing();
}
