/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * rapport manager: who may log in.
 */
#include "cli.h"

enum { NAME, EMAIL, PHONE, ROLE, PERMISSIONS, SEGMENTS, MASKED, NO_LIMITS };
static const struct cli_option add_options[] = {
    [NAME] = {"name", "TEXT", "as people see it"},
    [EMAIL] = {"email", "ADDRESS", "to log in with"},
    [PHONE] = {"phone", "NUMBER", "to log in with, as +49..."},
    [ROLE] = {"role", "ROLE", "Owner (everything) or Member (the default)"},
    [PERMISSIONS] = {"permissions", "A,B",
		     "of a Member, like users.read,download"},
    [SEGMENTS] = {"segments", "A,B",
		  "a Member sees the people of these alone: names or ids"},
    [MASKED] = {"masked", "A,B", "attributes kept from a Member"},
    {0}};
static const struct cli_option change_options[] = {
    [NAME] = {"name", "TEXT", "as people see it"},
    [EMAIL] = {"email", "ADDRESS", "to log in with; \"\" takes it away"},
    [PHONE] = {"phone", "NUMBER", "to log in with; \"\" takes it away"},
    [ROLE] = {"role", "ROLE", "Owner or Member"},
    [PERMISSIONS] = {"permissions", "A,B", "all a Member may from now on"},
    [SEGMENTS] = {"segments", "A,B",
		  "a Member sees the people of these alone: names or ids"},
    [MASKED] = {"masked", "A,B",
		"all the attributes kept from a Member; \"\" for none"},
    [NO_LIMITS] = {"no-limits", NULL, "a Member sees everybody, everything"},
    {0}};
static const struct cli_option no_options[] = {{0}};

/* "a,b" to a mask of MAY_*. */
static enum err
permissions_read(struct cli *c, const char *text, uint32_t *out)
{
	struct str rest = str_of(text), one;

	*out = 0;
	while (str_split(&rest, ',', &one)) {
		uint32_t mask;

		one = str_trim(one);
		if (one.n == 0)
			continue;
		if (!permission_find(one, &mask))
			return fail(&c->fault, ERR_INVALID, "permissions",
				    "There is no permission \"%.*s\".",
				    STR_ARG(one));
		*out |= mask;
	}
	return OK;
}

static enum err
password_say(struct cli *c, uint32_t id, struct str login, const char *password)
{
	struct json_out j;
	struct buf b;

	buf_init(&b);
	if (!c->json) {
		buf_printf(&b, "Log in as  %.*s\nPassword   %s\n",
			   STR_ARG(login), password);
		buf_put(&b, S("It works once and is shown only here."));
		return cli_say(c, &b);
	}
	json_out_init(&j, &b);
	json_object(&j);
	json_ki(&j, "id", id);
	json_kt(&j, "login", login);
	json_kt(&j, "password", str_of(password));
	json_object_end(&j);
	return cli_say(c, &b);
}

/* Limits ------------------------------------------------------------------- */

struct limits_room {
	struct cli *c;
	struct arena *arena;
	uint32_t id; /* of the manager they are of; 0: a new one */
	struct limits limits;
};

/* {"segments": […], "masked": […]} of what was given. */
static enum err
limits_json_of(struct cli *c, struct arena *a, struct json **out)
{
	static const struct {
		int option;
		const char *member;
	} lists[] = {{SEGMENTS, "segments"}, {MASKED, "masked"}};
	struct json_out j;
	struct str one;
	struct buf b;
	enum err e;

	buf_init(&b);
	json_out_init(&j, &b);
	json_object(&j);
	for (size_t i = 0; i < COUNT(lists); i++) {
		struct str rest = str_of(c->given[lists[i].option]);

		if (c->given[lists[i].option] == NULL)
			continue;
		json_key(&j, str_of(lists[i].member));
		json_array(&j);
		while (rest.n > 0 && str_split(&rest, ',', &one))
			json_text(&j, str_trim(one));
		json_array_end(&j);
	}
	json_object_end(&j);
	e = json_parse(a, arena_str(a, buf_str(&b)), out, &c->fault);
	buf_fini(&b);
	return e;
}

/* What is not given stays as the manager has it. */
static enum err
limits_body(struct kv_txn *txn, void *arg)
{
	struct limits_room *r = arg;
	struct cli *c = r->c;
	const struct limits *old = NULL;
	struct query q = {.txn = txn, .arena = r->arena};
	struct json *given;

	q.catalog = people_catalog(c->people, txn);
	TRY(kv_error(txn));
	TRY(limits_json_of(c, r->arena, &given));
	TRY(limits_read(&q, "limits", given, &r->limits, kv_fault(txn)));
	if (r->id != 0)
		TRY(limits_of(txn, r->arena, WHO_MANAGER, r->id, &old));
	if (old != NULL && c->given[SEGMENTS] == NULL) {
		r->limits.rows = old->rows;
		r->limits.segments = old->segments;
		r->limits.n_segments = old->n_segments;
	}
	if (old != NULL && c->given[MASKED] == NULL)
		r->limits.masked = old->masked;
	return OK;
}

/* *out is NULL when no limits are given. */
static enum err
limits_given(struct cli *c, struct limits_room *r, const struct limits **out)
{
	r->c = c;
	*out = NULL;
	if (c->given[SEGMENTS] == NULL && c->given[MASKED] == NULL)
		return OK;
	TRY(kv_read(c->kv, limits_body, r, &c->fault));
	*out = &r->limits;
	return OK;
}

static enum err
add_run(struct cli *c)
{
	struct manager_in in = {.name = str_of(c->given[NAME]),
				.email = str_of(c->given[EMAIL]),
				.phone = str_of(c->given[PHONE]),
				.role = ROLE_MEMBER};
	struct arena arena;
	struct limits_room limits = {.arena = &arena};
	char password[32];
	struct by by;
	uint32_t id;
	enum err e;

	if (in.name.n == 0 || in.email.n + in.phone.n == 0)
		return cli_usage(c, "--name and one of --email and --phone "
				    "are needed.");
	if (c->given[ROLE] != NULL &&
	    !role_find(str_of(c->given[ROLE]), &in.role))
		return cli_usage(c, "--role takes Owner or Member.");
	if (c->given[PERMISSIONS] != NULL)
		TRY(permissions_read(c, c->given[PERMISSIONS],
				     &in.permissions));
	TRY(cli_open_staff(c, &by));
	arena_init(&arena);
	e = limits_given(c, &limits, &in.limits);
	if (e == OK)
		e = manager_add(c->staff, &by, &in, password, &id, &c->fault);
	arena_fini(&arena);
	TRY(e);
	e = password_say(c, id, in.email.n ? in.email : in.phone, password);
	wipe(password, sizeof(password));
	return e;
}

/* List --------------------------------------------------------------------- */

struct list {
	struct cli *c;
	struct json_out j;
	struct buf out;
	struct kv_txn *txn;
	struct arena arena;
	size_t n;
};

static void
permissions_put(struct json_out *j, uint32_t mask)
{
	const char *name, *about;
	uint32_t one;

	json_array(j);
	for (size_t i = 0; (name = permission_name(i, &one, &about)); i++)
		if (mask & one)
			json_text(j, str_of(name));
	json_array_end(j);
}

static bool
list_one(void *arg, const struct manager *m)
{
	struct list *l = arg;
	struct json_out *j = &l->j;

	l->n++;
	if (!l->c->json) {
		buf_printf(&l->out, "%-4u %-7s %-9s %-30.*s %.*s\n", m->id,
			   role_name(m->role), m->disabled ? "disabled" : "",
			   STR_ARG(m->name),
			   STR_ARG(m->email.n ? m->email : m->phone));
		return true;
	}
	json_object(j);
	json_ki(j, "id", m->id);
	json_kt(j, "name", m->name);
	json_kt(j, "email", m->email);
	json_kt(j, "phone", m->phone);
	json_kt(j, "role", str_of(role_name(m->role)));
	json_key(j, S("permissions"));
	permissions_put(j, m->permissions);
	json_key(j, S("limits"));
	limits_json(l->txn, manager_limits(m, &l->arena), LIMITS_WHOLE, j);
	json_kb(j, "disabled", m->disabled);
	json_kat(j, "createdAt", m->created);
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
	managers_each(txn, list_one, l);
	if (l->c->json)
		json_array_end(&l->j);
	return OK;
}

static enum err
list_run(struct cli *c)
{
	struct list l = {.c = c};

	enum err e;

	TRY(cli_open(c));
	buf_init(&l.out);
	arena_init(&l.arena);
	e = kv_read(c->kv, list_body, &l, &c->fault);
	arena_fini(&l.arena);
	TRY(e);
	if (!c->json && l.out.n > 0)
		l.out.n--; /* the last line end is cli_say's */
	return cli_say(c, &l.out);
}

/* By e-mail, phone or id --------------------------------------------------- */

struct find {
	struct str login;
	uint32_t id;
};

static enum err
find_body(struct kv_txn *txn, void *arg)
{
	struct find *w = arg;
	struct manager m;
	uint64_t id;

	if (manager_find(txn, w->login, &m) ||
	    (str_to_u64(w->login, &id) && id < UINT32_MAX &&
	     manager_get(txn, (uint32_t)id, &m))) {
		w->id = m.id;
		return OK;
	}
	return kv_fail(txn, ERR_NOT_FOUND, "manager",
		       "There is no manager with this e-mail, phone or id.");
}

static enum err
find_manager(struct cli *c, struct by *by, uint32_t *id)
{
	struct find w = {.login = str_of(c->rest[0])};

	TRY(cli_open_staff(c, by));
	TRY(kv_read(c->kv, find_body, &w, &c->fault));
	*id = w.id;
	return OK;
}

static enum err
change_run(struct cli *c)
{
	static const struct limits none = {0};
	struct str text[PHONE + 1];
	struct manager_change change = {0};
	struct arena arena;
	struct limits_room limits = {.arena = &arena};
	uint32_t permissions;
	enum role role;
	struct by by;
	enum err e;

	for (size_t i = 0; i <= PHONE; i++)
		text[i] = str_of(c->given[i]);
	change.name = c->given[NAME] ? &text[NAME] : NULL;
	change.email = c->given[EMAIL] ? &text[EMAIL] : NULL;
	change.phone = c->given[PHONE] ? &text[PHONE] : NULL;
	if (c->given[ROLE] != NULL) {
		if (!role_find(str_of(c->given[ROLE]), &role))
			return cli_usage(c, "--role takes Owner or Member.");
		change.role = &role;
	}
	if (c->given[PERMISSIONS] != NULL) {
		TRY(permissions_read(c, c->given[PERMISSIONS], &permissions));
		change.permissions = &permissions;
	}
	TRY(find_manager(c, &by, &limits.id));
	arena_init(&arena);
	e = limits_given(c, &limits, &change.limits);
	if (c->given[NO_LIMITS] != NULL)
		change.limits = &none;
	if (e == OK)
		e = manager_change(c->staff, &by, limits.id, &change,
				   &c->fault);
	arena_fini(&arena);
	return e;
}

static enum err
able(struct cli *c, bool disabled)
{
	struct manager_change change = {.disabled = &disabled};
	struct by by;
	uint32_t id;

	TRY(find_manager(c, &by, &id));
	return manager_change(c->staff, &by, id, &change, &c->fault);
}

static enum err
disable_run(struct cli *c)
{
	return able(c, true);
}

static enum err
enable_run(struct cli *c)
{
	return able(c, false);
}

static enum err
passwd_run(struct cli *c)
{
	char password[32];
	struct by by;
	uint32_t id;
	enum err e;

	TRY(find_manager(c, &by, &id));
	TRY(manager_reset(c->staff, &by, id, password, &c->fault));
	e = password_say(c, id, str_of(c->rest[0]), password);
	wipe(password, sizeof(password));
	return e;
}

static enum err
logout_run(struct cli *c)
{
	struct by by;
	uint32_t id;

	TRY(find_manager(c, &by, &id));
	return manager_sessions_end(c->staff, &by, id, &c->fault);
}

const struct command command_manager_add = {
    .name = "manager add",
    .rest = "",
    .options = add_options,
    .run = add_run,
    .about = "let somebody log in; prints a one-time password",
};
const struct command command_manager_change = {
    .name = "manager change",
    .rest = "LOGIN",
    .least = 1,
    .most = 1,
    .options = change_options,
    .run = change_run,
    .about = "change what a manager is called, may and sees",
};
const struct command command_manager_list = {
    .name = "manager list",
    .rest = "",
    .options = no_options,
    .run = list_run,
    .about = "who may log in",
};
const struct command command_manager_disable = {
    .name = "manager disable",
    .rest = "LOGIN",
    .least = 1,
    .most = 1,
    .options = no_options,
    .run = disable_run,
    .about = "end all sessions of a manager, stop their tokens, let them in no "
	     "more",
};
const struct command command_manager_enable = {
    .name = "manager enable",
    .rest = "LOGIN",
    .least = 1,
    .most = 1,
    .options = no_options,
    .run = enable_run,
    .about = "let a disabled manager in again, and their tokens with them",
};
const struct command command_manager_passwd = {
    .name = "manager passwd",
    .rest = "LOGIN",
    .least = 1,
    .most = 1,
    .options = no_options,
    .run = passwd_run,
    .about = "give a manager a new one-time password",
};
const struct command command_manager_logout = {
    .name = "manager logout",
    .rest = "LOGIN",
    .least = 1,
    .most = 1,
    .options = no_options,
    .run = logout_run,
    .about = "end all sessions of a manager",
};
