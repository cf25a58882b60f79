/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * rapport token: keys for machines.  The secret is shown once, at its making.
 */
#include "cli.h"

enum { NAME, OWNER, SCOPES, EXPIRES };
static const struct cli_option add_options[] = {
    [NAME] = {"name", "TEXT", "what it is for"},
    [OWNER] = {"owner", NULL, "may do everything"},
    [SCOPES] = {"scopes", "A,B", "may do these, like users.read,chats.edit"},
    [EXPIRES] = {"expires", "WHEN",
		 "an instant, or 30d from now; never if not given"},
    {0}};
static const struct cli_option no_options[] = {{0}};

static enum err
scopes_read(struct cli *c, uint32_t *out)
{
	struct str rest = str_of(c->given[SCOPES]), one;

	*out = 0;
	while (str_split(&rest, ',', &one)) {
		uint32_t mask;

		one = str_trim(one);
		if (one.n == 0)
			continue;
		if (!permission_find(one, &mask))
			return fail(&c->fault, ERR_INVALID, "scopes",
				    "There is no scope \"%.*s\".",
				    STR_ARG(one));
		*out |= mask;
	}
	return OK;
}

enum err
cli_expires(struct cli *c, int option, int64_t now, int64_t *out)
{
	struct str text = str_of(c->given[option]);
	struct span span;

	*out = INSTANT_NONE;
	if (text.n == 0)
		return OK;
	if (span_parse(text, &span))
		*out = span_move(zone_find(S("UTC")), now, span, 1);
	else if (!instant_parse(text, out))
		return cli_usage(c, "--expires takes an instant like "
				    "2027-01-01T00:00:00Z or a span like 30d.");
	return OK;
}

static enum err
add_run(struct cli *c)
{
	struct token_in in = {.name = str_of(c->given[NAME])};
	char text[TOKEN_TEXT];
	struct json_out j;
	struct buf b;
	struct by by;
	uint32_t id;

	if (in.name.n == 0)
		return cli_usage(c, "--name is needed.");
	if ((c->given[OWNER] != NULL) == (c->given[SCOPES] != NULL))
		return cli_usage(c, "One of --owner and --scopes is needed.");
	in.role = c->given[OWNER] ? ROLE_OWNER : ROLE_MEMBER;
	in.permissions = MAY_ALL;
	if (c->given[SCOPES] != NULL)
		TRY(scopes_read(c, &in.permissions));
	TRY(cli_expires(c, EXPIRES, clock_now(), &in.expires));
	TRY(cli_open_staff(c, &by));
	TRY(token_add(c->staff, &by, &in, text, &id, &c->fault));
	buf_init(&b);
	if (c->json) {
		json_out_init(&j, &b);
		json_object(&j);
		json_ki(&j, "id", id);
		json_kt(&j, "token", str_of(text));
		json_object_end(&j);
	} else {
		buf_put(&b, str_of(text));
	}
	wipe(text, sizeof(text));
	return cli_say(c, &b);
}

struct list {
	struct cli *c;
	struct kv_txn *txn;
	struct json_out j;
	struct buf out;
};

static const char *
token_state(const struct token *t, int64_t now)
{
	if (t->revoked != INSTANT_NONE)
		return "revoked";
	if (t->expires != INSTANT_NONE && t->expires <= now)
		return "expired";
	return t->stopped ? "stopped" : "";
}

static void
put_line(struct buf *out, const struct token *t)
{
	char used[32] = "never used";
	const char *name, *about;
	uint32_t one;
	char between = ' ';

	if (t->used != INSTANT_NONE)
		instant_format(t->used, used);
	buf_printf(out, "%-4u %-7s %-8s %-24s %-24.*s", t->id,
		   role_name(t->role), token_state(t, clock_now()), used,
		   STR_ARG(t->name));
	if (t->role == ROLE_OWNER)
		buf_put(out, S(" everything"));
	for (size_t i = 0; t->role != ROLE_OWNER &&
			   (name = permission_name(i, &one, &about));
	     i++)
		if (t->permissions & one) {
			buf_c(out, between);
			buf_put(out, str_of(name));
			between = ',';
		}
	buf_c(out, '\n');
}

static void
put_maker(struct list *l, const struct token *t)
{
	struct manager m;

	json_key(&l->j, S("by"));
	if (t->by == 0 || !manager_get(l->txn, t->by, &m)) {
		json_null(&l->j);
		return;
	}
	json_object(&l->j);
	json_ki(&l->j, "id", m.id);
	json_kt(&l->j, "name", m.name);
	json_object_end(&l->j);
}

static bool
list_one(void *arg, const struct token *t)
{
	struct list *l = arg;
	struct json_out *j = &l->j;
	const char *name, *about;
	uint32_t one;

	if (!l->c->json) {
		put_line(&l->out, t);
		return true;
	}
	json_object(j);
	json_ki(j, "id", t->id);
	json_kt(j, "name", t->name);
	json_kt(j, "role", str_of(role_name(t->role)));
	json_key(j, S("scopes"));
	json_array(j);
	for (size_t i = 0; (name = permission_name(i, &one, &about)); i++)
		if (t->permissions & one)
			json_text(j, str_of(name));
	json_array_end(j);
	json_kat(j, "createdAt", t->created);
	json_kat(j, "expiresAt", t->expires);
	json_kat(j, "usedAt", t->used);
	json_kat(j, "revokedAt", t->revoked);
	json_kb(j, "stopped", t->stopped);
	put_maker(l, t);
	json_object_end(j);
	return true;
}

static enum err
list_body(struct kv_txn *txn, void *arg)
{
	struct list *l = arg;

	l->txn = txn;
	buf_reset(&l->out);
	json_out_init(&l->j, &l->out);
	if (l->c->json)
		json_array(&l->j);
	tokens_each(txn, list_one, l);
	if (l->c->json)
		json_array_end(&l->j);
	return OK;
}

static enum err
list_run(struct cli *c)
{
	struct list l = {.c = c};

	TRY(cli_open(c));
	buf_init(&l.out);
	TRY(kv_read(c->kv, list_body, &l, &c->fault));
	if (!c->json && l.out.n > 0)
		l.out.n--;
	return cli_say(c, &l.out);
}

static enum err
revoke_run(struct cli *c)
{
	struct by by;
	uint64_t id;

	if (!str_to_u64(str_of(c->rest[0]), &id) || id > UINT32_MAX)
		return cli_usage(c, "It takes the id of a token.");
	TRY(cli_open_staff(c, &by));
	return token_revoke(c->staff, &by, (uint32_t)id, &c->fault);
}

const struct command command_token_add = {
    .name = "token add",
    .rest = "",
    .options = add_options,
    .run = add_run,
    .about = "make a key for a machine; it is shown once",
};
const struct command command_token_list = {
    .name = "token list",
    .rest = "",
    .options = no_options,
    .run = list_run,
    .about = "the keys there are: state, last use, name, scopes",
};
const struct command command_token_revoke = {
    .name = "token revoke",
    .rest = "ID",
    .least = 1,
    .most = 1,
    .options = no_options,
    .run = revoke_run,
    .about = "end a key",
};
