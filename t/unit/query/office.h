/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A world with an office in it: managers who make views and start jobs.  Olga
 * is an Owner, Mia a Member who may share, Ben one who may not.
 */
#ifndef T_QUERY_OFFICE_H
#define T_QUERY_OFFICE_H

#include "world.h"

#include <unistd.h>

struct office {
	struct world w;
	struct staff *staff;
	char dir[64];
	struct who olga, mia, ben;
	struct by by;
	struct desk desk; /* as `sit` said */
	struct fault f;
};

static inline struct who
office_who(struct office *o, uint32_t id, enum role role, uint32_t may,
	   const char *name)
{
	struct who w = {.kind = WHO_MANAGER,
			.id = id,
			.role = role,
			.permissions = role == ROLE_OWNER ? MAY_ALL : may};

	snprintf(w.name, sizeof(w.name), "%s", name);
	return w;
}

static inline uint32_t
office_add(struct office *o, const char *name, uint32_t may)
{
	struct who root = who_command();
	struct by by = {.who = &root, .from = S("192.0.2.1"), .at = o->w.now};
	char email[64], password[32];
	uint32_t id = 0;
	struct manager_in in = {.name = str_of(name), .permissions = may};

	snprintf(email, sizeof(email), "%s@example.org", name);
	in.email = str_of(email);
	ok(manager_add(o->staff, &by, &in, password, &id, &o->f) == OK,
	   "%s comes in: %s", name, o->f.text);
	return id;
}

/* Who acts from now on. */
static inline void
sit(struct office *o, const struct who *who)
{
	o->by = (struct by){.who = who, .from = S("192.0.2.7"), .at = o->w.now};
	o->desk = (struct desk){.staff = o->staff,
				.people = o->w.people,
				.by = &o->by,
				.zone = o->w.zone};
	o->f = (struct fault){0};
}

static inline void
office_open(struct office *o)
{
	const uint32_t member = MAY_USERS_READ | MAY_SEGMENTS_EDIT;
	struct manager_in olga = {.name = S("Olga"),
				  .email = S("olga@example.org")};
	char password[32];
	uint32_t id;

	memset(o, 0, sizeof(*o));
	world_open(&o->w);
	snprintf(o->dir, sizeof(o->dir), "/tmp/rapport-unit-XXXXXX");
	if (mkdtemp(o->dir) == NULL)
		abort();
	ok(staff_init(o->w.kv, o->dir, &olga, o->w.now, password, &id,
		      &o->f) == OK &&
	       staff_open(&o->staff, o->w.kv, o->dir, &o->f) == OK,
	   "an office: %s", o->f.text);
	o->olga = office_who(o, id, ROLE_OWNER, 0, "Olga");
	id = office_add(o, "Mia", member | MAY_SHARE | MAY_USERS_EDIT);
	o->mia = office_who(o, id, ROLE_MEMBER,
			    member | MAY_SHARE | MAY_USERS_EDIT, "Mia");
	id = office_add(o, "Ben", member);
	o->ben = office_who(o, id, ROLE_MEMBER, member, "Ben");
	sit(o, &o->olga);
}

static inline void
office_close(struct office *o)
{
	char path[96];

	staff_close(o->staff);
	world_close(&o->w);
	snprintf(path, sizeof(path), "rm -rf %s", o->dir);
	if (system(path) != 0)
		abort();
}

/* How many audit records of an act there are. */
struct audit_count {
	const char *act;
	struct str object; /* "" or what the record must be about */
	size_t n;
	char purpose[256], result[64]; /* of the newest of them */
};

static inline bool
audit_see(void *arg, const struct audit *a)
{
	struct audit_count *c = arg;

	if (!str_eq(a->act, str_of(c->act)) ||
	    (c->object.n && !str_eq(a->object, c->object)))
		return true;
	if (c->n++ == 0) {
		snprintf(c->purpose, sizeof(c->purpose), "%.*s",
			 STR_ARG(a->purpose));
		snprintf(c->result, sizeof(c->result), "%.*s",
			 STR_ARG(a->result));
	}
	return true;
}

static inline enum err
audit_look(struct kv_txn *txn, void *arg)
{
	audit_each(txn, 0, audit_see, arg);
	return OK;
}

static inline struct audit_count
audits(struct office *o, const char *act, const char *object)
{
	struct audit_count c = {.act = act, .object = str_of(object)};
	struct fault f = {0};

	ok(kv_read(o->w.kv, audit_look, &c, &f) == OK, "the audit log");
	return c;
}

#endif
