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
static enum err table(struct req *q, struct res *r);
static enum err change(struct req *q, struct res *r);

const struct route setting_routes[] = {
    {GET, API "/settings", ANYBODY, READS | NO_PEOPLE, NULL, NULL, 0, show,
     "Settings of the workspace"},
    {GET, API "/settings/table", ANYBODY, READS | NO_PEOPLE, NULL, NULL, 0,
     table, "What settings there are, what each takes and does"},
    {PUT, API "/settings", MAY_SETTINGS, NO_PEOPLE, NULL, put_in, 0, change,
     "Change the settings named: all of them or, on an error, none"},
};

static enum err
version(struct req *q, struct kv_txn *txn, struct buf *out)
{
	struct json_out j;

	(void)q;
	json_out_init(&j, out);
	settings_json(txn, &j);
	return kv_error(txn);
}

static enum err
show(struct req *q, struct res *r)
{
	TRY(res_etag_at(r, q->txn, version));
	res_json(r, 200);
	settings_json(q->txn, &r->json);
	return kv_error(q->txn);
}

static enum err
table(struct req *q, struct res *r)
{
	(void)q;
	res_json(r, 200);
	json_object(&r->json);
	json_ki(&r->json, "total", SETTING_COUNT);
	json_key(&r->json, S("settings"));
	settings_table_json(&r->json);
	json_key(&r->json, S("next"));
	json_null(&r->json);
	json_object_end(&r->json);
	return OK;
}

static enum err
change(struct req *q, struct res *r)
{
	const struct str *values[SETTING_COUNT] = {NULL};

	for (size_t i = 0; i < SETTING_COUNT; i++) {
		struct input *in = &q->body[i];

		if (!in->given)
			continue;
		if (settings[i].type == SETTING_IS_NUMBER)
			in->text = arena_printf(q->arena, "%lld",
						(long long)in->number);
		values[i] = &in->text;
	}
	req_guard(q, version);
	TRY(settings_put(q->app->staff, &q->by, values, q->fault));
	res_empty(r, 204);
	return OK;
}
