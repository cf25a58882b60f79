/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Logging in: by e-mail or phone, alike for anything wrong, slowed after five
 * tries, and never so that the right password from a known place waits for
 * what strangers do.
 */
#include "house.h"

static enum err
try_login(struct house *h, const char *login, const char *password,
	  const char *from, int64_t now, struct login_out *out)
{
	memset(&h->fault, 0, sizeof(h->fault));
	return staff_login(h->staff, str_of(login), str_of(password),
			   str_of(from), now, out, &h->fault);
}

static void
alike(struct house *h)
{
	struct login_out out;
	struct fault first;

	is_int(
	    try_login(h, "ada@example.org", "wrong password", HOME, NOW, &out),
	    ERR_AUTH, "a wrong password");
	first = h->fault;
	is_int(
	    try_login(h, "eve@example.org", "wrong password", HOME, NOW, &out),
	    ERR_AUTH, "a name nobody has");
	is_str(str_of(h->fault.text), str_of(first.text), "the same words");
	is_str(str_of(h->fault.path), str_of(first.path), "the same place");
	is_int(out.secret[0], 0, "no secret");
	is_int(try_login(h, "\xff\xfe", "x", HOME, NOW, &out), ERR_AUTH,
	       "not even text");
	is_int(try_login(h, "ada@example.org", "", HOME, NOW, &out), ERR_AUTH,
	       "no password");
}

static void
slowed(struct house *h)
{
	struct login_out out;
	int busy = 0;

	for (int i = 0; i < 8; i++)
		busy += try_login(h, "ada@example.org", "wrong", "203.0.113.7",
				  NOW, &out) == ERR_BUSY;
	is_int(busy, 3, "five tries, then one has to wait");
	is_int(out.retry_after, 1, "for a second");
	is_int(try_login(h, "ada@example.org", h->password, "203.0.113.7", NOW,
			 &out),
	       ERR_BUSY, "the right password too, from there");
	is_int(try_login(h, "ada@example.org", h->password, HOME, NOW, &out),
	       OK, "but not from elsewhere");
	is_int(try_login(h, "ada@example.org", h->password, "203.0.113.7",
			 NOW + SECOND_US, &out),
	       OK, "and there a second later");
}

static void
changed(struct house *h)
{
	struct login_out out;
	struct by by;

	is_int(try_login(h, " ADA@example.org ", h->password, HOME, NOW, &out),
	       OK, "blanks and capitals do not matter");
	ok(out.who.one_time, "with the one-time password");
	by = (struct by){.who = &out.who, .from = S(HOME), .at = NOW};
	is_int(manager_password(h->staff, &by, S("no"),
				S("a long new pass phrase"), &h->fault),
	       ERR_DENIED, "the old password must be right");
	is_str(str_of(h->fault.path), S("password"), "and is named");
	memset(&h->fault, 0, sizeof(h->fault));
	is_int(manager_password(h->staff, &by, str_of(h->password), S("short"),
				&h->fault),
	       ERR_INVALID, "the new one long enough");
	is_str(str_of(h->fault.path), S("newPassword"), "and is named");
	is_int(manager_password(h->staff, &by, str_of(h->password),
				S("a long new pass phrase"), NULL),
	       OK, "then it is changed");
	is_int(try_login(h, "ada@example.org", h->password, HOME, NOW, &out),
	       ERR_AUTH, "the old one is dead");
	is_int(try_login(h, "ada@example.org", "a long new pass phrase", HOME,
			 NOW, &out),
	       OK, "the new one lives");
	ok(!out.who.one_time, "and is one's own");
}

static void
disabled(struct house *h)
{
	struct manager_in in = {.name = S("B"), .phone = S("+4917012345678")};
	struct manager_change c = {0};
	struct login_out out;
	char password[32];
	bool yes = true;
	uint32_t id;

	is_int(manager_add(h->staff, &h->by, &in, password, &id, NULL), OK,
	       "a manager with a phone only");
	is_int(try_login(h, "+49 170 12345678", password, HOME, NOW, &out), OK,
	       "logs in with it");
	is_int(out.who.permissions, 0, "and may nothing");
	c.disabled = &yes;
	is_int(manager_change(h->staff, &h->by, id, &c, NULL), OK,
	       "is disabled");
	is_int(try_login(h, "+49 170 12345678", password, HOME, NOW, &out),
	       ERR_AUTH, "and stays outside");
}

struct filling {
	uint32_t n;
	char bytes[60000];
};

static enum err
fill_some(struct kv_txn *txn, void *arg)
{
	struct filling *a = arg;
	uint8_t key[4];
	struct wr w = wr_of(key, sizeof(key));

	a->bytes[0] = 1;
	wr_be32(&w, a->n);
	kv_put(txn, SP_TRAIL, wr_out(&w),
	       (struct str){a->bytes, sizeof(a->bytes)});
	return OK;
}

/* On a store that takes nothing more, people still get in to make room. */
static void
full(void)
{
	char dir[] = "/tmp/rapport-unit-XXXXXX", password[32], command[96];
	struct kv_options options = {
	    .create = true, .map_bytes = 8 << 20, .map_max = 8 << 20};
	struct manager_in owner = {.name = S("Ada"),
				   .email = S("ada@example.org")};
	struct filling *fill = mem_new(sizeof(*fill));
	struct house h = {0};
	struct login_out out;
	enum err e = OK;

	options.dir = mkdtemp(dir);
	ok(kv_open(&h.kv, &options, &h.fault) == OK &&
	       staff_init(h.kv, dir, &owner, NOW, password, &h.owner,
			  &h.fault) == OK &&
	       staff_open(&h.staff, h.kv, dir, &h.fault) == OK,
	   "a small store on disk: %s", h.fault.text);
	while (e == OK && fill->n++ < 1000)
		e = kv_write(h.kv, fill_some, fill, NULL);
	is_int(e, ERR_FULL, "is filled");
	is_int(try_login(&h, "ada@example.org", password, HOME, NOW, &out), OK,
	       "the Owner logs in");
	is_int(try_login(&h, "ada@example.org", "wrong", HOME, NOW, &out),
	       ERR_AUTH, "and nobody else");
	is_int(kv_write(h.kv, fill_some, fill, NULL), ERR_FULL, "still full");
	staff_close(h.staff);
	kv_close(h.kv);
	free(fill);
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	ok(system(command) == 0, "gone");
}

int
main(void)
{
	struct house h;

	house_open(&h);
	alike(&h);
	slowed(&h);
	changed(&h);
	disabled(&h);
	house_close(&h);
	full();
	return done_testing();
}
