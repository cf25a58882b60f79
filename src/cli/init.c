/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * rapport init: make a store and its first Owner.  The one-time password is
 * shown once, here, and kept nowhere.
 */
#include "cli.h"

enum { NAME, EMAIL, PHONE };
static const struct cli_option options[] = {
    [NAME] = {"name", "TEXT", "of the first Owner"},
    [EMAIL] = {"email", "ADDRESS", "to log in with"},
    [PHONE] = {"phone", "NUMBER", "to log in with, as +49..."},
    {0}};

static enum err
init_say(struct cli *c, const struct manager_in *owner, uint32_t id,
	 const char *password)
{
	struct str login = owner->email.n ? owner->email : owner->phone;
	struct json_out j;
	struct buf b;

	buf_init(&b);
	if (!c->json) {
		buf_printf(&b, "The store is %s\n", c->store);
		buf_printf(&b, "Log in as    %.*s\n", STR_ARG(login));
		buf_printf(&b, "Password     %s\n", password);
		buf_put(&b, S("It works once and is shown only here: you will "
			      "be asked for one of your own."));
		return cli_say(c, &b);
	}
	json_out_init(&j, &b);
	json_object(&j);
	json_kt(&j, "store", str_of(c->store));
	json_ki(&j, "id", id);
	json_kt(&j, "login", login);
	json_kt(&j, "password", str_of(password));
	json_object_end(&j);
	return cli_say(c, &b);
}

static enum err
init_run(struct cli *c)
{
	struct kv_options o = {.dir = c->store, .create = true};
	struct manager_in owner = {.name = str_of(c->given[NAME]),
				   .email = str_of(c->given[EMAIL]),
				   .phone = str_of(c->given[PHONE]),
				   .role = ROLE_OWNER,
				   .permissions = MAY_ALL};
	char password[32];
	uint32_t id;
	enum err e;

	if (owner.name.n == 0 || owner.email.n + owner.phone.n == 0)
		return cli_usage(c, "--name and one of --email and --phone "
				    "are needed.");
	TRY(kv_open(&c->kv, &o, &c->fault));
	TRY(staff_init(c->kv, c->store, &owner, clock_now(), password, &id,
		       &c->fault));
	e = init_say(c, &owner, id, password);
	wipe(password, sizeof(password));
	return e;
}

const struct command command_init = {
    .name = "init",
    .rest = "",
    .options = options,
    .run = init_run,
    .about = "make a store and its first Owner, with a one-time password",
    .more = "An existing store is left as it is; one that has people but no "
	    "Owner yet (made\nby import --bulk) is given one.",
};
