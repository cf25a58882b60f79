/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Permissions and roles: names and bits from one table, and the question every
 * route asks.  An Owner holds every bit, so who_may needs no special case.
 */
#include "layout.h"

static const struct {
	uint32_t mask;
	const char *name, *about;
} permissions[] = {
#define PERMISSION(CODE, bit, name, about) {MAY_##CODE, name, about},
#include <tbl/permissions.h>
#undef PERMISSION
};
_Static_assert(MAY_ALL == (1 << COUNT(permissions)) - 1, "one bit a row");

static const char *const roles[] = {
    [ROLE_MEMBER] = "Member",
    [ROLE_OWNER] = "Owner",
};

bool
permission_find(struct str name, uint32_t *mask)
{
	for (size_t i = 0; i < COUNT(permissions); i++)
		if (str_eq(name, str_of(permissions[i].name))) {
			*mask = permissions[i].mask;
			return true;
		}
	return false;
}

const char *
permission_name(size_t i, uint32_t *mask, const char **about)
{
	if (i >= COUNT(permissions))
		return NULL;
	if (mask != NULL)
		*mask = permissions[i].mask;
	if (about != NULL)
		*about = permissions[i].about;
	return permissions[i].name;
}

const char *
role_name(enum role r)
{
	return roles[r];
}

bool
role_find(struct str name, enum role *out)
{
	for (size_t i = 0; i < COUNT(roles); i++)
		if (str_eq(name, str_of(roles[i]))) {
			*out = (enum role)i;
			return true;
		}
	return false;
}

uint32_t
who_mark(enum who_kind kind, uint32_t id)
{
	if (kind == WHO_TOKEN)
		return id | MARK_TOKEN;
	return kind == WHO_MANAGER ? id : 0;
}

struct who
who_command(void)
{
	return (struct who){.kind = WHO_COMMAND,
			    .role = ROLE_OWNER,
			    .permissions = MAY_ALL,
			    .name = "command line"};
}

bool
who_may(const struct who *w, uint32_t mask)
{
	return (w->permissions & mask) == mask;
}
