/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Settings of the workspace.  The members of the body are the rows of the
 * settings table; each is checked by its row before it is kept.
 */
#include "routes.h"

#include <stdio.h>

#define TAKEN_CHOICE FIELD_TEXT
#define TAKEN_ZONE FIELD_ZONE
#define TAKEN_URL FIELD_TEXT
#define TAKEN_NUMBER FIELD_NUMBER
static const struct field put_in[SETTING_COUNT + 1] = {
#define SETTING(CODE, name, type, initial, limits, about) \
	[SETTING_##CODE] = {name, TAKEN_##type, 0, 0, 1 << 30, NULL, about},
#include <tbl/settings.h>
#undef SETTING
};
_Static_assert(SETTING_COUNT < INPUTS_MAX, "as many inputs as settings");

static enum err show(struct req *q, struct res *r);
static enum err change(struct req *q, struct res *r);

const struct route setting_routes[] = {
    {GET, API "/settings", ANYBODY, READS | NO_PEOPLE, NULL, NULL, 0, show,
     "Settings of the workspace"},
    {PUT, API "/settings", MAY_SETTINGS, NO_PEOPLE, NULL, put_in, 0, change,
     "Change the settings named"},
};

static enum err
show(struct req *q, struct res *r)
{
	res_json(r, 200);
	json_object(&r->json);
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		json_key(&r->json, str_of(settings[i].name));
		if (settings[i].type == SETTING_IS_NUMBER)
			json_int(&r->json, setting_number(q->txn, i));
		else
			json_text(&r->json, setting_text(q->txn, i));
	}
	json_object_end(&r->json);
	return OK;
}

static enum err
change(struct req *q, struct res *r)
{
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		struct input *in = &q->body[i];

		if (!in->given)
			continue;
		if (settings[i].type == SETTING_IS_NUMBER)
			in->text = arena_printf(q->arena, "%lld",
						(long long)in->number);
		TRY(setting_put(q->app->staff, &q->by, i, in->text, q->fault));
	}
	res_empty(r, 204);
	return OK;
}
