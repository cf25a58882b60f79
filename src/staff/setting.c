/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Settings of the workspace: typed rows of one table.  A value is kept as the
 * text it was given as, checked against its row before it is stored; where
 * nothing is stored the row's default holds.
 */
#include "layout.h"

const struct setting_info settings[SETTING_COUNT] = {
#define SETTING(CODE, name, type, initial, limits, about) \
	[SETTING_##CODE] = {name, SETTING_IS_##type, initial, limits, about},
#include <tbl/settings.h>
#undef SETTING
};

bool
setting_find(struct str name, enum setting *out)
{
	for (size_t i = 0; i < SETTING_COUNT; i++)
		if (str_eq(name, str_of(settings[i].name))) {
			*out = (enum setting)i;
			return true;
		}
	return false;
}

struct str
setting_text(struct kv_txn *txn, enum setting which)
{
	const struct setting_info *s = &settings[which];
	struct key key;
	struct str value;
	struct rd r;

	if (!kv_get(txn, SP_META, key_of_bytes(&key, 's', str_of(s->name)),
		    &value))
		return str_of(s->initial);
	r = value_rd(txn, value);
	return rd_bytes(&r, rd_left(&r));
}

int64_t
setting_number(struct kv_txn *txn, enum setting which)
{
	int64_t n = 0;

	if (!str_to_i64(setting_text(txn, which), &n))
		kv_fail(txn, ERR_CORRUPT, settings[which].name,
			"the setting is not a number");
	return n;
}

/* Checks, one a type ------------------------------------------------------ */

static bool
choice_ok(const struct setting_info *s, struct str v)
{
	struct str rest = str_of(s->limits), one;

	while (str_split(&rest, '|', &one))
		if (str_eq(one, v))
			return true;
	return false;
}

/* "least..most", and "^2" after it: a power of two */
static bool
number_ok(const struct setting_info *s, struct str v)
{
	struct str limits = str_of(s->limits);
	bool power = str_ends(limits, S("^2"));
	uint64_t n, least, most;
	size_t dots;

	if (power)
		limits = str_cut(limits, 0, limits.n - 2);
	return str_find(limits, S(".."), &dots) &&
	       str_to_u64(str_cut(limits, 0, dots), &least) &&
	       str_to_u64(str_cut(limits, dots + 2, limits.n), &most) &&
	       str_to_u64(v, &n) && n >= least && n <= most &&
	       (!power || (n & (n - 1)) == 0);
}

static bool
zone_ok(const struct setting_info *s, struct str v)
{
	return zone_find(v) != NULL;
}

static bool
url_ok(const struct setting_info *s, struct str v)
{
	uint64_t most = 0;

	if (v.n == 0)
		return true;
	if (!str_to_u64(str_of(s->limits), &most) || v.n > most)
		return false;
	for (size_t i = 0; i < v.n; i++)
		if ((unsigned char)v.p[i] <= ' ' ||
		    (unsigned char)v.p[i] >= 0x7f ||
		    strchr("\"<>\\^`{|}", v.p[i]) != NULL)
			return false;
	return (str_starts(v, S("https://")) && v.n > 8) ||
	       (str_starts(v, S("http://")) && v.n > 7);
}

static const struct {
	bool (*ok)(const struct setting_info *s, struct str v);
	const char *expected;
} checks[] = {
    [SETTING_IS_CHOICE] = {choice_ok, "one of"},
    [SETTING_IS_NUMBER] = {number_ok, "a whole number within"},
    [SETTING_IS_ZONE] = {zone_ok, "an IANA time zone such as Europe/Berlin"},
    [SETTING_IS_URL] = {url_ok, "an http(s) address, at most bytes"},
};

/* ERR_INVALID, path: its name. */
static enum err
value_check(enum setting which, struct str value, struct fault *f)
{
	const struct setting_info *info = &settings[which];

	if (checks[info->type].ok(info, value))
		return OK;
	return fail(f, ERR_INVALID, info->name, "expected %s %s",
		    checks[info->type].expected, info->limits);
}

struct put {
	struct staff *staff;
	const struct by *by;
	const struct str *const *values;
};

static enum err
put_one(struct kv_txn *txn, const struct put *a, enum setting which)
{
	struct str name = str_of(settings[which].name);
	struct str value = *a->values[which];
	uint8_t room[512];
	struct wr w = wr_of(room, sizeof(room));
	struct key key;

	wr_u8(&w, LAYOUT_VERSION);
	wr_bytes(&w, value);
	if (w.bad)
		return fail(kv_fault(txn), ERR_LIMIT, settings[which].name,
			    "the value is too long");
	kv_put(txn, SP_META, key_of_bytes(&key, 's', name), wr_out(&w));
	/* settings are no personal data: the value is in the record */
	audit_put(a->staff, txn, a->by, "setting", name, STR_NONE, value);
	return OK;
}

static enum err
put_apply(struct kv_txn *txn, void *arg)
{
	const struct put *a = arg;

	TRY(guard_ask(txn, a->by));
	for (size_t i = 0; i < SETTING_COUNT; i++)
		if (a->values[i] != NULL)
			TRY(put_one(txn, a, (enum setting)i));
	return kv_error(txn);
}

enum err
settings_put(struct staff *s, const struct by *by,
	     const struct str *const values[SETTING_COUNT], struct fault *f)
{
	struct put a = {s, by, values};

	if (!who_may(by->who, MAY_SETTINGS))
		return fail(f, ERR_DENIED, NULL,
			    "needs the permission settings");
	for (size_t i = 0; i < SETTING_COUNT; i++)
		if (values[i] != NULL)
			TRY(value_check((enum setting)i, *values[i], f));
	return kv_write(s->kv, put_apply, &a, f);
}

enum err
setting_put(struct staff *s, const struct by *by, enum setting which,
	    struct str value, struct fault *f)
{
	const struct str *values[SETTING_COUNT] = {NULL};

	values[which] = &value;
	return settings_put(s, by, values, f);
}

/* As JSON ------------------------------------------------------------------ */

void
settings_json(struct kv_txn *txn, struct json_out *j)
{
	json_object(j);
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		json_key(j, str_of(settings[i].name));
		if (settings[i].type == SETTING_IS_NUMBER)
			json_int(j, setting_number(txn, (enum setting)i));
		else
			json_text(j, setting_text(txn, (enum setting)i));
	}
	json_object_end(j);
}

static void
choices_json(const struct setting_info *s, struct json_out *j)
{
	struct str rest = str_of(s->limits), one;

	json_key(j, S("choices"));
	json_array(j);
	while (str_split(&rest, '|', &one))
		json_text(j, one);
	json_array_end(j);
}

static void
range_json(const struct setting_info *s, struct json_out *j)
{
	struct str limits = str_of(s->limits);
	uint64_t least = 0, most = 0;
	size_t dots;
	bool power = str_ends(limits, S("^2"));

	if (power)
		limits = str_cut(limits, 0, limits.n - 2);
	if (str_find(limits, S(".."), &dots) &&
	    str_to_u64(str_cut(limits, 0, dots), &least) &&
	    str_to_u64(str_cut(limits, dots + 2, limits.n), &most)) {
		json_ki(j, "least", (int64_t)least);
		json_ki(j, "most", (int64_t)most);
		json_kb(j, "powerOfTwo", power);
	}
}

static const char *const type_names[] = {
    [SETTING_IS_CHOICE] = "choice",
    [SETTING_IS_NUMBER] = "number",
    [SETTING_IS_ZONE] = "zone",
    [SETTING_IS_URL] = "url",
};

void
settings_table_json(struct json_out *j)
{
	int64_t n;

	json_array(j);
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		const struct setting_info *s = &settings[i];

		json_object(j);
		json_kt(j, "name", str_of(s->name));
		json_kt(j, "type", str_of(type_names[s->type]));
		json_kt(j, "about", str_of(s->about));
		if (s->type == SETTING_IS_NUMBER &&
		    str_to_i64(str_of(s->initial), &n))
			json_ki(j, "default", n);
		else
			json_kt(j, "default", str_of(s->initial));
		if (s->type == SETTING_IS_CHOICE)
			choices_json(s, j);
		if (s->type == SETTING_IS_NUMBER)
			range_json(s, j);
		json_object_end(j);
	}
	json_array_end(j);
}
