/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Managers: log-in names are unique however they are written, what does not
 * fit is refused by field, and somebody who may everything always remains.
 */
#include "house.h"

struct found {
	struct str login;
	uint32_t id;
	bool there;
};

static enum err
find(struct kv_txn *txn, void *arg)
{
	struct found *f = arg;
	struct manager m;

	f->there = manager_find(txn, f->login, &m);
	f->id = f->there ? m.id : 0;
	return OK;
}

static uint32_t
found(struct house *h, struct str login)
{
	struct found f = {.login = login};

	look(h, find, &f);
	return f.id;
}

static enum err
add(struct house *h, struct manager_in in, const char **path)
{
	static struct fault f;
	char password[32];
	uint32_t id;
	enum err e;

	memset(&f, 0, sizeof(f));
	e = manager_add(h->staff, &h->by, &in, password, &id, &f);
	*path = f.path;
	return e;
}

static enum err
change(struct house *h, uint32_t id, struct manager_change c)
{
	return manager_change(h->staff, &h->by, id, &c, NULL);
}

static void
names(struct house *h)
{
	const char *path;

	is_int(add(h,
		   (struct manager_in){.name = S("Bo"),
				       .email = S("bo@example.org"),
				       .phone = S("+49 170 1234567")},
		   &path),
	       OK, "a manager with both log-in names");
	is_int(found(h, S("BO@EXAMPLE.ORG")), 2, "found by e-mail, any case");
	is_int(found(h, S("0049 170 1234567")), 2,
	       "found by phone, any way of writing");
	is_int(found(h, S("bo@example.com")), 0, "not by another's");
	is_int(found(h, S("")), 0, "not by nothing");
	is_int(add(h,
		   (struct manager_in){.name = S("Eve"),
				       .email = S("Bo@Example.org")},
		   &path),
	       ERR_CONFLICT, "the e-mail is taken");
	is_str(str_of(path), S("email"), "and named");
	is_int(add(h,
		   (struct manager_in){.name = S("Eve"),
				       .email = S("eve@example.org"),
				       .phone = S("+491701234567")},
		   &path),
	       ERR_CONFLICT, "the phone is taken");
	is_str(str_of(path), S("phone"), "and named");
	is_int(found(h, S("eve@example.org")), 0,
	       "and nothing of the refused one was kept");
}

static void
refused(struct house *h)
{
	static const struct {
		struct manager_in in;
		const char *path;
	} bad[] = {
	    {{.name = {"", 0}, .email = {"a@b", 3}}, "name"},
	    {{.name = {"A\nB", 3}, .email = {"a@b", 3}}, "name"},
	    {{.name = {"\xff", 1}, .email = {"a@b", 3}}, "name"},
	    {{.name = {"A", 1}}, "email"},
	    {{.name = {"A", 1}, .email = {"ab", 2}}, "email"},
	    {{.name = {"A", 1}, .email = {"@b", 2}}, "email"},
	    {{.name = {"A", 1}, .email = {"a@", 2}}, "email"},
	    {{.name = {"A", 1}, .email = {"a@b@c", 5}}, "email"},
	    {{.name = {"A", 1}, .email = {"a b@c", 5}}, "email"},
	    {{.name = {"A", 1}, .phone = {"12345", 5}}, "phone"},
	    {{.name = {"A", 1}, .phone = {"+123456", 7}}, "phone"},
	    {{.name = {"A", 1}, .email = {"a@b", 3}, .permissions = 1u << 20},
	     "permissions"},
	};
	const char *path;

	for (size_t i = 0; i < COUNT(bad); i++) {
		is_int(add(h, bad[i].in, &path), ERR_INVALID, "refused: %zu",
		       i);
		is_str(str_of(path), str_of(bad[i].path), "by its field");
	}
}

static void
changes(struct house *h)
{
	struct str email = S("bo2@example.org"), taken = S("ada@example.org"),
		   none = S("");
	enum role owner = ROLE_OWNER, member = ROLE_MEMBER;
	bool yes = true, no = false;

	is_int(change(h, 2, (struct manager_change){.email = &email}), OK,
	       "a new e-mail");
	is_int(found(h, S("bo2@example.org")), 2, "is found");
	is_int(found(h, S("bo@example.org")), 0, "the old one is free");
	is_int(found(h, S("+491701234567")), 2, "the phone stayed");
	is_int(change(h, 2, (struct manager_change){.email = &taken}),
	       ERR_CONFLICT, "one that is taken");
	is_int(found(h, S("bo2@example.org")), 2, "changes nothing");
	is_int(change(h, 2, (struct manager_change){.email = &none}), OK,
	       "no e-mail at all, with a phone");
	is_int(change(h, 2, (struct manager_change){.phone = &none}),
	       ERR_INVALID, "but not neither");
	is_int(change(h, 9, (struct manager_change){.phone = &none}),
	       ERR_NOT_FOUND, "nobody");

	is_int(change(h, 1, (struct manager_change){.role = &member}),
	       ERR_CONFLICT, "the last Owner stays one");
	is_int(change(h, 1, (struct manager_change){.disabled = &yes}),
	       ERR_CONFLICT, "and enabled");
	is_int(change(h, 2, (struct manager_change){.role = &owner}), OK,
	       "a second Owner");
	is_int(change(h, 1, (struct manager_change){.disabled = &yes}), OK,
	       "now the first may go");
	is_int(change(h, 2, (struct manager_change){.role = &member}),
	       ERR_CONFLICT, "and the second is the last");
	is_int(change(h, 1, (struct manager_change){.disabled = &no}), OK,
	       "the first comes back");
}

static void
members_may_not(struct house *h)
{
	struct who member = {.kind = WHO_MANAGER,
			     .id = 2,
			     .role = ROLE_MEMBER,
			     .permissions = MAY_ALL};
	struct by by = {.who = &member, .from = S(HOME), .at = NOW};
	struct manager_in in = {.name = S("X"), .email = S("x@example.org")};
	struct manager_change c = {0};
	char password[32];
	uint32_t id;

	is_int(manager_add(h->staff, &by, &in, password, &id, NULL), ERR_DENIED,
	       "a Member adds nobody");
	is_int(manager_change(h->staff, &by, 1, &c, NULL), ERR_DENIED,
	       "changes nobody");
	is_int(manager_reset(h->staff, &by, 1, password, NULL), ERR_DENIED,
	       "gives no passwords");
}

int
main(void)
{
	struct house h;
	struct manager_in owner = {.name = S("Eve"), .email = S("e@x.org")};
	char password[32];
	uint32_t id;

	house_open(&h);
	is_int(staff_init(h.kv, h.dir, &owner, NOW, password, &id, NULL),
	       ERR_CONFLICT, "a store has one first Owner");
	names(&h);
	refused(&h);
	members_may_not(&h);
	changes(&h);
	house_close(&h);
	return done_testing();
}
