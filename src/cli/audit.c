/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * rapport audit: who did what, and whether the records of it are still as they
 * were written.
 */
#include "cli.h"

static const struct cli_option no_options[] = {{0}};
enum { ACT, BY, OBJECT, LIMIT };
static const struct cli_option list_options[] = {
    [ACT] = {"act", "TEXT", "how the act begins: login, manager., export."},
    [BY] = {"by", "WHO", "as it is listed: \"manager 3\", token, command"},
    [OBJECT] = {"object", "TEXT", "how the object begins: \"manager 3\""},
    [LIMIT] = {"limit", "N", "how many, newest first; all if not given"},
    {0}};

static const char *const kinds[] = {
    [WHO_NOBODY] = "nobody",
    [WHO_MANAGER] = "manager",
    [WHO_TOKEN] = "token",
    [WHO_COMMAND] = "command",
};

struct list {
	struct cli *c;
	struct buf out;
	struct json_out j;
	uint64_t left;
};

/* "manager 3", or the kind alone. */
static bool
by_fits(const char *asked, const struct audit *a)
{
	struct str kind = str_of(kinds[a->kind]), text = str_of(asked);
	uint64_t id;

	if (str_eq(text, kind))
		return true;
	return str_starts(text, kind) && text.n > kind.n + 1 &&
	       text.p[kind.n] == ' ' &&
	       str_to_u64(str_cut(text, kind.n + 1, text.n), &id) &&
	       id == a->who;
}

static bool
asked_for(const struct cli *c, const struct audit *a)
{
	return (!c->given[ACT] || str_starts(a->act, str_of(c->given[ACT]))) &&
	       (!c->given[BY] || by_fits(c->given[BY], a)) &&
	       (!c->given[OBJECT] ||
		str_starts(a->object, str_of(c->given[OBJECT])));
}

static void
say_json(struct json_out *j, const struct audit *a)
{
	json_object(j);
	json_ki(j, "id", (int64_t)a->seq);
	json_kat(j, "at", a->at);
	json_kt(j, "by", str_of(kinds[a->kind]));
	json_ki(j, "byId", a->who);
	json_kt(j, "from", a->from);
	json_kt(j, "act", a->act);
	json_kt(j, "object", a->object);
	json_kt(j, "purpose", a->purpose);
	json_kt(j, "result", a->result);
	json_object_end(j);
}

static bool
list_one(void *arg, const struct audit *a)
{
	struct list *l = arg;
	char at[32], who[32];
	size_t n;

	if (!asked_for(l->c, a))
		return true;
	if (l->left-- == 0)
		return false;
	if (l->c->json) {
		say_json(&l->j, a);
		return true;
	}
	n = instant_format(a->at, at);
	snprintf(who, sizeof(who), a->who ? "%s %u" : "%s", kinds[a->kind],
		 a->who);
	buf_printf(&l->out, "%s%llu  %.*s  %-12s %-16.*s %.*s %.*s",
		   l->out.n > 0 ? "\n" : "", (unsigned long long)a->seq, (int)n,
		   at, who, STR_ARG(a->act), STR_ARG(a->object),
		   STR_ARG(a->result));
	return true;
}

static enum err
list_body(struct kv_txn *txn, void *arg)
{
	struct list *l = arg;
	uint64_t left = l->left;

	buf_reset(&l->out);
	json_out_init(&l->j, &l->out);
	if (l->c->json)
		json_array(&l->j);
	audit_each(txn, 0, list_one, l);
	if (l->c->json)
		json_array_end(&l->j);
	l->left = left;
	return kv_error(txn);
}

static enum err
list_run(struct cli *c)
{
	struct list l = {.c = c, .left = UINT64_MAX};
	enum err e;

	TRY(cli_number(c, LIMIT, 1, UINT32_MAX, &l.left));
	TRY(cli_open(c));
	buf_init(&l.out);
	e = kv_read(c->kv, list_body, &l, &c->fault);
	if (e == OK)
		return cli_say(c, &l.out);
	buf_fini(&l.out);
	return e;
}

static enum err
verify_run(struct cli *c)
{
	uint64_t records = 0, bad = 0;
	struct json_out j;
	struct buf b;
	struct by by;

	TRY(cli_open_staff(c, &by));
	TRY(staff_audit_verify(c->staff, &records, &bad, &c->fault));
	buf_init(&b);
	if (c->json) {
		json_out_init(&j, &b);
		json_object(&j);
		json_kb(&j, "valid", true);
		json_ki(&j, "records", (int64_t)records);
		json_object_end(&j);
	} else {
		buf_printf(&b, "All %llu records are as they were written.",
			   (unsigned long long)records);
	}
	return cli_say(c, &b);
}

const struct command command_audit_list = {
    .name = "audit list",
    .rest = "",
    .options = list_options,
    .run = list_run,
    .about = "who did what, newest first",
};

const struct command command_audit_verify = {
    .name = "audit verify",
    .rest = "",
    .options = no_options,
    .run = verify_run,
    .about = "whether every audit record is as it was written",
    .more = "The first that is not is named, and the exit status is that of "
	    "a damaged store.",
};
