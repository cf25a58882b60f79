/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Attributes, people and reference data of a file of chat data.  Every value
 * goes in as of the instant and the source that it was said by, so what is
 * known of later, or was set by a manager here, stays; what the chats tell
 * (counts, session data) comes with those.
 */
#include "restore.h"

#include <rapport/chats/activity.h>
#include <rapport/people/define.h>

#include <stdio.h>

/* clang-format off */
enum { A_ROW, A_NAMED, A_TYPE, A_LABEL, A_IS_HIDDEN };
static const struct field attribute_said[] = {
	[A_ROW]       = {"row",    FIELD_TEXT,    NEEDED, 16, NULL},
	[A_NAMED]     = {"name",   FIELD_TEXT,    NEEDED | NOT_EMPTY, 2 * ATTR_NAME_MAX, NULL},
	[A_TYPE]      = {"type",   FIELD_TEXT,    NEEDED, 16, NULL},
	[A_LABEL]     = {"label",  FIELD_TEXT,    NOT_EMPTY, ATTR_LABEL_MAX, NULL},
	[A_IS_HIDDEN] = {"hidden", FIELD_BOOLEAN, 0, 0, NULL},
	{0}
};

enum { U_ROW, U_USER, U_FIRST, U_LAST, U_SAID, U_CLEARED, U_CONSENT_AT, U_VALID_AT,
       U_IDENTITIES, U_FLOWS };
static const struct field user_row_said[] = {
	[U_ROW]        = {"row",        FIELD_TEXT,    NEEDED, 16, NULL},
	[U_USER]       = {"userId",     FIELD_TEXT,    NEEDED | NOT_EMPTY, USER_ID_MAX, NULL},
	[U_FIRST]      = {"firstSeen",  FIELD_INSTANT, 0, 0, NULL},
	[U_LAST]       = {"lastSeen",   FIELD_INSTANT, 0, 0, NULL},
	[U_SAID]       = {"said",       FIELD_OBJECT,  0, 0, NULL},
	[U_CLEARED]    = {"cleared",    FIELD_OBJECT,  0, 0, NULL},
	[U_CONSENT_AT] = {"consentAt",  FIELD_INSTANT, 0, 0, NULL},
	[U_VALID_AT]   = {"validAt",    FIELD_INSTANT, 0, 0, NULL},
	[U_IDENTITIES] = {"identities", FIELD_LIST,    0, 0, NULL},
	[U_FLOWS]      = {"flows",      FIELD_LIST,    0, 0, NULL},
	{0}
};

enum { R_ROW, R_SHEET, R_ID, R_SAID };
static const struct field reference_said[] = {
	[R_ROW]   = {"row",   FIELD_TEXT,   NEEDED, 16, NULL},
	[R_SHEET] = {"sheet", FIELD_TEXT,   NEEDED, 64, NULL},
	[R_ID]    = {"id",    FIELD_TEXT,   NEEDED | NOT_EMPTY, MESSAGE_ID_MAX, NULL},
	[R_SAID]  = {"said",  FIELD_OBJECT, 0, 0, NULL},
	{0}
};

/* What a row of User data has beside attributes. */
enum { P_USER, P_FIRST, P_LAST, P_SEGMENT, P_CONSENT, P_VALID, P_CHATS, P_IN, P_OUT, P_IN_FLOW,
       PLACES };
static const char *const places[PLACES] = {
	"userId", "createdAt", "lastSeen", "segment", "consent", "valid",
	"chats", "messagesIn", "messagesOut", "inFlow"};
/* clang-format on */

/* Fields ------------------------------------------------------------------- */

enum err
said_read(struct restoring *r, const struct field *fields,
	  const struct walked *row, struct given *out, struct fault *f)
{
	return object_read(r->taker.arena, fields, SAID, row->said, out, f);
}

enum err
sheet_read(struct restoring *r, const struct field *fields,
	   const struct walked *row, struct given *out, struct fault *f)
{
	return object_read(r->taker.arena, fields, "", row->sheet, out, f);
}

enum err
instant_of(const struct json *v, const char *inside, struct str name,
	   int64_t *out, struct fault *f)
{
	char path[128];

	if (v != NULL && v->kind == JSON_STRING &&
	    instant_parse(v->text, out) && *out >= 0 && *out <= INSTANT_MAX)
		return OK;
	snprintf(path, sizeof(path), SAID ".%s%s%.*s", inside,
		 name.n > 0 ? "." : "", STR_ARG(text_prefix(name, 60)));
	return fail(f, ERR_INVALID, path,
		    "An instant like 2026-11-01T09:30:00Z, from 1970 to 9999, "
		    "was expected.");
}

enum err
instant_said(const struct json *object, const char *inside, struct str name,
	     int64_t *out, bool *has, struct fault *f)
{
	const struct json *v = json_member(object, name);

	*has = v != NULL && v->kind != JSON_NULL;
	return *has ? instant_of(v, inside, name, out, f) : OK;
}

/* Attributes --------------------------------------------------------------- */

enum err
restore_attribute(struct restoring *r, const struct walked *row,
		  enum restored *out, struct fault *f)
{
	struct given v[COUNT(attribute_said)] = {0};
	struct attr_define d;
	enum attr_defined made;
	int type = 0;

	TRY(said_read(r, attribute_said, row, v, f));
	while (type < TYPE_COUNT &&
	       !str_eq(v[A_TYPE].u.text, str_of(attr_type_names[type])))
		type++;
	if (type == TYPE_COUNT)
		return fail(f, ERR_INVALID, SAID ".type",
			    "The type of an attribute was expected.");
	d = (struct attr_define){
	    .name = v[A_NAMED].u.text,
	    .label = v[A_LABEL].has ? v[A_LABEL].u.text : v[A_NAMED].u.text,
	    .type = (enum attr_type)type,
	    .hidden = v[A_IS_HIDDEN].has && v[A_IS_HIDDEN].flag};
	TRY(batch_attr_define(r->taker.people, &d, &made, f));
	r->shown_differ += made == ATTR_ELSE_SHOWN;
	*out = made == ATTR_MADE ? RESTORED_NEW : RESTORED_KNOWN;
	return OK;
}

/* People: values ----------------------------------------------------------- */

struct user_in {
	const struct walked *row;
	struct given s[COUNT(user_row_said)];
	struct str user_id;
	int64_t first, last;
	const struct json *at[PLACES]; /* NULL: not there, or null */
	struct value_in {
		const struct attr *attr;
		struct value value;
		bool clear;
		struct stamp from;
	} *values;
	size_t n_values, bytes;
	struct identity *identities;
	size_t n_identities;
	struct event **flows;
	size_t n_flows;
};

static int
place_of(struct str name)
{
	int i = 0;

	while (i < PLACES && !str_eq(name, str_of(places[i])))
		i++;
	return i;
}

/* [instant, source] of an attribute. */
static enum err
stamp_read(const struct json *object, const char *inside, struct str name,
	   struct stamp *out, bool *has, struct fault *f)
{
	const struct json *v = object ? json_member(object, name) : NULL;
	const struct json *source;
	char path[128];

	*has = v != NULL;
	if (v == NULL)
		return OK;
	snprintf(path, sizeof(path), SAID ".%s.%.*s", inside,
		 STR_ARG(text_prefix(name, 60)));
	source = v->kind == JSON_ARRAY && v->count == 2 ? v->first->next : NULL;
	if (source == NULL || source->kind != JSON_STRING)
		return fail(f, ERR_INVALID, path,
			    "[instant, source] was expected.");
	TRY(instant_of(v->first, inside, name, &out->at, f));
	for (uint8_t i = 0; i < COUNT(cell_source_names); i++)
		if (str_eq(source->text, str_of(cell_source_names[i]))) {
			out->source = i;
			return OK;
		}
	return fail(f, ERR_INVALID, path,
		    "event, import, manager or chat was expected.");
}

/* The attribute of the name, session data by its own. */
static enum err
attr_find(struct restoring *r, struct str name, const struct json *v,
	  const struct attr **out, struct fault *f)
{
	bool session = str_starts(name, S("session."));

	return batch_attr(r->taker.people,
			  session ? str_cut(name, 8, name.n) : name, v, session,
			  out, f);
}

static enum err
value_fault(struct fault *f, struct str name, enum err e)
{
	if (f != NULL)
		snprintf(f->path, sizeof(f->path), "%.*s",
			 STR_ARG(text_prefix(name, 100)));
	return e;
}

static enum err
value_take(struct restoring *r, struct user_in *in, const struct json *m,
	   struct fault *f)
{
	const struct json *said =
	    in->s[U_SAID].has ? in->s[U_SAID].json : NULL;
	struct value_in *to = &in->values[in->n_values];
	bool has;
	enum err e;

	TRY(stamp_read(said, "said", m->key, &to->from, &has, f));
	if (!has) {
		/* with the chats; or what nobody said */
		if (str_starts(m->key, S("session.")) ||
		    str_eq(m->key, S("banned")))
			return OK;
		return value_fault(f, m->key,
				   fail(f, ERR_INVALID, "",
					"\"%s\" does not say when it was said.",
					IMPORT_DATA));
	}
	e = attr_find(r, m->key, m, &to->attr, f);
	if (e == OK)
		e = value_of_json(r->taker.arena, to->attr, m, &to->value, f);
	if (e != OK && e != ERR_NOT_FOUND)
		return value_fault(f, m->key, e);
	to->clear = e == ERR_NOT_FOUND;
	in->n_values++;
	in->bytes += 32 + to->value.text.n + to->value.original.n;
	for (size_t i = 0; i < to->value.n_items; i++)
		in->bytes += 4 + to->value.items[i].n;
	return OK;
}

static enum err
cleared_take(struct restoring *r, struct user_in *in, struct fault *f)
{
	const struct json none = {.kind = JSON_NULL};
	const struct json *all = in->s[U_CLEARED].json;

	for (const struct json *m = all->first; m != NULL; m = m->next) {
		struct value_in *to = &in->values[in->n_values];
		bool has;

		TRY(stamp_read(all, "cleared", m->key, &to->from, &has, f));
		TRY(attr_find(r, m->key, &none, &to->attr, f));
		if (to->attr == NULL)
			continue;
		to->clear = true;
		in->n_values++;
		in->bytes += 32;
	}
	return OK;
}

static enum err
values_read(struct restoring *r, struct user_in *in, struct fault *f)
{
	const struct json *sheet = in->row->sheet;
	size_t most = sheet->count + 1;

	if (in->s[U_CLEARED].has)
		most += in->s[U_CLEARED].json->count;
	in->values = arena_get(r->taker.arena, most * sizeof(*in->values));
	for (const struct json *m = sheet->first; m != NULL; m = m->next) {
		int place = place_of(m->key);

		if (m->kind == JSON_NULL)
			continue;
		if (place < PLACES)
			in->at[place] = m;
		else
			TRY(value_take(r, in, m, f));
	}
	return in->s[U_CLEARED].has ? cleared_take(r, in, f) : OK;
}

/* People: the rest --------------------------------------------------------- */

static enum err
expected(const char *column, const char *what, struct fault *f)
{
	return fail(f, ERR_INVALID, column, "%s was expected.", what);
}

static enum err
check_states(const struct user_in *in, struct fault *f)
{
	const struct json *consent = in->at[P_CONSENT];
	const struct json *valid = in->at[P_VALID];
	bool said = false;

	if (consent != NULL) {
		said = str_eq(consent->text, S("in")) ||
		       str_eq(consent->text, S("out"));
		if (consent->kind != JSON_STRING ||
		    (!said && !str_eq(consent->text, S("none"))))
			return expected("consent", "in, out or none", f);
	}
	if (said && !in->s[U_CONSENT_AT].has)
		return fail(f, ERR_INVALID, SAID ".consentAt",
			    "It is missing.");
	if (valid == NULL)
		return OK;
	if (valid->kind != JSON_TRUE && valid->kind != JSON_FALSE)
		return expected("valid", "true or false", f);
	return in->s[U_VALID_AT].has ? OK
				     : fail(f, ERR_INVALID, SAID ".validAt",
					    "It is missing.");
}

static enum err
check_segments(const struct user_in *in, struct fault *f)
{
	const struct json *v = in->at[P_SEGMENT];

	if (v == NULL)
		return OK;
	if (v->kind != JSON_ARRAY)
		return expected("segment", "A list of names", f);
	for (const struct json *m = v->first; m != NULL; m = m->next)
		if (m->kind != JSON_STRING || m->text.n == 0 ||
		    m->text.n > SEGMENT_NAME_MAX)
			return expected("segment",
					"A list of names of 1 to 200 bytes", f);
	return OK;
}

static enum err
identities_read(struct restoring *r, struct user_in *in, struct fault *f)
{
	const struct json *list = in->s[U_IDENTITIES].json;

	if (!in->s[U_IDENTITIES].has)
		return OK;
	in->identities = arena_get(r->taker.arena,
				   (list->count + 1) * sizeof(*in->identities));
	for (const struct json *v = list->first; v != NULL; v = v->next) {
		struct identity *to = &in->identities[in->n_identities++];
		struct str *parts[] = {&to->channel, &to->kind, &to->value};
		const struct json *m = v->first;

		if (v->kind != JSON_ARRAY || v->count != COUNT(parts))
			return expected(SAID ".identities",
					"[channel, kind, value]", f);
		for (size_t i = 0; i < COUNT(parts); i++, m = m->next) {
			if (m->kind != JSON_STRING)
				return expected(SAID ".identities",
						"[channel, kind, value]", f);
			*parts[i] = m->text;
		}
		in->bytes += 6 + to->channel.n + to->kind.n + to->value.n;
	}
	return OK;
}

/* An identity is this user's, nobody's, or of somebody who is known by it only
 * and becomes this user. */
static enum err
identity_take(struct restoring *r, uint32_t user, const struct identity *i,
	      bool apply, struct fault *f)
{
	struct batch *b = r->taker.people;
	uint32_t holder;

	if (batch_identity_known(b, i, &holder) && holder != user &&
	    batch_anonymous(b, holder)) {
		if (!apply)
			return OK;
		TRY(batch_merge(b, holder, user, r->taker.now, f));
		chats_follow(r->taker.chats, holder, user);
		return OK;
	}
	return apply ? batch_claim(b, user, i, f) : batch_may_claim(b, user, i, f);
}

/* A run that is open, as the event that began it. */
static enum err
flow_read(struct restoring *r, const struct user_in *in, const struct json *v,
	  struct event **out, struct fault *f)
{
	struct json_out j;
	struct buf b;
	struct str text;

	if (v->kind != JSON_OBJECT)
		return expected(SAID ".flows", "An object", f);
	buf_init(&b);
	json_out_init(&j, &b);
	json_object(&j);
	json_kt(&j, "type", S("flow"));
	json_kt(&j, "userId", in->user_id);
	json_kt(&j, "event", S("started"));
	for (const struct json *m = v->first; m != NULL; m = m->next)
		if (!str_eq(m->key, S("type")) &&
		    !str_eq(m->key, S("userId")) && !str_eq(m->key, S("event"))) {
			json_key(&j, m->key);
			json_value(&j, m);
		}
	json_object_end(&j);
	text = arena_str(r->taker.arena, buf_str(&b));
	buf_fini(&b);
	TRY(event_read(r->taker.arena, text, r->taker.now, out, f));
	if (!(*out)->dated)
		return fail(f, ERR_INVALID, SAID ".flows.at", "It is missing.");
	return flow_check(&r->taker, *out, f);
}

static enum err
flows_read(struct restoring *r, struct user_in *in, struct fault *f)
{
	const struct json *list = in->s[U_FLOWS].json;

	if (!in->s[U_FLOWS].has)
		return OK;
	in->flows =
	    arena_get(r->taker.arena, (list->count + 1) * sizeof(*in->flows));
	for (const struct json *v = list->first; v != NULL; v = v->next)
		TRY(flow_read(r, in, v, &in->flows[in->n_flows++], f));
	return OK;
}

/* One without an id may have been somebody's who became this user. */
static enum err
flow_take(struct restoring *r, uint32_t user, const struct event *e,
	  struct fault *f)
{
	if (!e->v[FLOW_RUN].has && batch_in_flow(r->taker.people, user,
						 e->v[FLOW_FLOW].u.text))
		return OK;
	return take_flow(&r->taker, e, f);
}

static void
states_set(struct restoring *r, const struct user_in *in, uint32_t user)
{
	const struct json *consent = in->at[P_CONSENT];
	const struct json *valid = in->at[P_VALID];
	int64_t at = in->s[U_CONSENT_AT].u.at;
	bool yes = consent != NULL && str_eq(consent->text, S("in"));

	if (in->s[U_CONSENT_AT].has && consent != NULL &&
	    !str_eq(consent->text, S("none")) &&
	    batch_consent(r->taker.people, user, yes, at)) {
		batch_trail(r->taker.people, user, at,
			    yes ? S("{\"type\":\"consent\",\"state\":\"in\"}")
				: S("{\"type\":\"consent\",\"state\":\"out\"}"));
		activity_told(r->taker.chats,
			      yes ? ACTIVITY_OPTED_IN : ACTIVITY_OPTED_OUT,
			      user, at);
	}
	at = in->s[U_VALID_AT].u.at;
	yes = valid != NULL && valid->kind == JSON_TRUE;
	if (in->s[U_VALID_AT].has && valid != NULL &&
	    batch_validity(r->taker.people, user, yes, at)) {
		batch_trail(r->taker.people, user, at,
			    yes ? S("{\"type\":\"validity\",\"valid\":true}")
				: S("{\"type\":\"validity\",\"valid\":false}"));
		activity_told(r->taker.chats,
			      yes ? ACTIVITY_FOUND_VALID
				  : ACTIVITY_FOUND_INVALID,
			      user, at);
	}
}

/* First and last seen are what events say and chats tell; only what is beyond
 * both is news. */
static void
seen_set(struct restoring *r, const struct user_in *in, uint32_t user)
{
	static const struct attr first = {.id = A_FIRST_SEEN};
	static const struct attr last = {.id = A_LAST_SEEN};
	struct batch *b = r->taker.people;
	int64_t from = INSTANT_NONE, to = INSTANT_NONE;
	struct chat_facts facts;
	struct value v;

	batch_facts_get(b, user, &facts);
	if (batch_shown(b, user, &first, r->taker.arena, &v))
		from = v.instant;
	if (from == INSTANT_NONE ||
	    (facts.first != INSTANT_NONE && facts.first < from))
		from = facts.first;
	if (batch_shown(b, user, &last, r->taker.arena, &v))
		to = v.instant;
	if (facts.last > to)
		to = facts.last;
	batch_seen(b, user,
		   from == INSTANT_NONE || in->first < from ? in->first
							    : INSTANT_NONE,
		   in->last > to ? in->last : INSTANT_NONE);
}

static void
segments_set(struct restoring *r, const struct user_in *in, uint32_t user)
{
	const struct json *v = in->at[P_SEGMENT];
	int64_t at = in->first != INSTANT_NONE ? in->first
		     : in->last != INSTANT_NONE ? in->last
						: r->taker.now;

	for (v = v ? v->first : NULL; v != NULL; v = v->next)
		batch_segment(r->taker.people, user, v->text, at);
}

/* All that can be wrong is looked for before anybody is made. */
static enum err
user_read(struct restoring *r, struct user_in *in, uint32_t *known,
	  struct fault *f)
{
	TRY(said_read(r, user_row_said, in->row, in->s, f));
	in->user_id = in->s[U_USER].u.text;
	TRY(values_read(r, in, f));
	in->first = in->s[U_FIRST].has ? in->s[U_FIRST].u.at : INSTANT_NONE;
	in->last = in->s[U_LAST].has ? in->s[U_LAST].u.at : INSTANT_NONE;
	TRY(check_states(in, f));
	TRY(check_segments(in, f));
	TRY(identities_read(r, in, f));
	TRY(flows_read(r, in, f));
	*known = 0;
	if (batch_user_known(r->taker.people, in->user_id, known))
		TRY(batch_fits(r->taker.people, *known, in->bytes + 256, f));
	for (size_t i = 0; i < in->n_identities; i++)
		TRY(identity_take(r, *known, &in->identities[i], false, f));
	return OK;
}

static enum err
user_apply(struct restoring *r, struct user_in *in, uint32_t user,
	   struct fault *f)
{
	struct batch *b = r->taker.people;

	for (size_t i = 0; i < in->n_identities; i++)
		TRY(identity_take(r, user, &in->identities[i], true, f));
	for (size_t i = 0; i < in->n_values; i++) {
		const struct value_in *v = &in->values[i];

		if (!batch_settled(b, user, v->attr, v->from))
			batch_set(b, user, v->attr, v->clear ? NULL : &v->value,
				  v->from);
	}
	segments_set(r, in, user);
	states_set(r, in, user);
	seen_set(r, in, user);
	for (size_t i = 0; i < in->n_flows; i++)
		TRY(flow_take(r, user, in->flows[i], f));
	return OK;
}

enum err
restore_user(struct restoring *r, const struct walked *row, enum restored *out,
	     struct fault *f)
{
	struct user_in in = {.row = row};
	uint64_t was = 0;
	uint32_t user;

	TRY(user_read(r, &in, &user, f));
	*out = user == 0 ? RESTORED_NEW : RESTORED_KNOWN;
	if (user != 0)
		was = batch_print(r->taker.people, user);
	else
		TRY(batch_user(r->taker.people, in.user_id, &user, f));
	TRY(user_apply(r, &in, user, f));
	if (*out == RESTORED_KNOWN && batch_print(r->taker.people, user) != was)
		*out = RESTORED_CHANGED;
	return OK;
}

/* Reference data ----------------------------------------------------------- */

struct reference_in {
	enum event_code code;
	struct str kind, id;
	const struct json *sheet, *said;
};

/* Column of the worksheet, and member of the event. */
static struct str
member_of(const struct reference_in *in, struct str column)
{
	return in->code == EVENT_MARKETING && str_eq(column, S("type"))
		   ? S("marketingType")
		   : column;
}

/* What was said at one instant, as the event would have it. */
static enum err
event_at(struct restoring *r, const struct reference_in *in, int64_t at,
	 struct json **out, struct fault *f)
{
	struct given v[32] = {0};
	struct json_out j;
	struct buf b;
	struct str text;

	buf_init(&b);
	json_out_init(&j, &b);
	json_object(&j);
	json_kt(&j, "id", in->id);
	for (const struct json *m = in->said->first; m != NULL; m = m->next) {
		const struct json *value = json_member(in->sheet, m->key);
		int64_t own;

		if (!instant_parse(m->text, &own) || own != at)
			continue;
		json_key(&j, member_of(in, m->key));
		if (value != NULL)
			json_value(&j, value);
		else
			json_null(&j);
	}
	json_object_end(&j);
	text = arena_str(r->taker.arena, buf_str(&b));
	buf_fini(&b);
	TRY(json_parse_own(r->taker.arena, text, out, f));
	return object_read(r->taker.arena, event_fields_of[in->code], "", *out,
			   v, f);
}

/* The least instant after `at`; false: there is none. */
static bool
next_instant(const struct json *said, int64_t *at)
{
	int64_t best = INSTANT_NONE, own;

	for (const struct json *m = said->first; m != NULL; m = m->next)
		if (instant_parse(m->text, &own) && own > *at &&
		    (best == INSTANT_NONE || own < best))
			best = own;
	*at = best;
	return best != INSTANT_NONE;
}

static enum err
check_reference(const struct reference_in *in, struct fault *f)
{
	for (const struct json *m = in->sheet->first; m != NULL; m = m->next) {
		bool empty = m->kind == JSON_NULL ||
			     (m->kind == JSON_ARRAY && m->count == 0);
		char path[64];

		/* The type of marketing is what a chat says, too. */
		if (empty || str_eq(m->key, S("id")) ||
		    !str_eq(member_of(in, m->key), m->key) ||
		    (in->said != NULL && json_member(in->said, m->key) != NULL))
			continue;
		snprintf(path, sizeof(path), "%.*s",
			 STR_ARG(text_prefix(m->key, 60)));
		return fail(f, ERR_INVALID, path,
			    "\"%s\" does not say when it was said.",
			    IMPORT_DATA);
	}
	return OK;
}

static enum err
reference_read(struct restoring *r, const struct walked *row,
	       struct reference_in *in, struct fault *f)
{
	static const enum event_code codes[CHATS_PARTS] = {
	    [PART_SUPPORT_BOTS] = EVENT_SUPPORT_BOT,
	    [PART_MARKETING] = EVENT_MARKETING,
	    [PART_MANAGERS] = EVENT_MANAGER,
	    [PART_BOTS] = EVENT_BOT,
	    [PART_TAGS] = EVENT_TAG,
	};
	struct given s[COUNT(reference_said)] = {0};
	int64_t at;

	TRY(said_read(r, reference_said, row, s, f));
	*in = (struct reference_in){.code = codes[row->part],
				    .id = s[R_ID].u.text,
				    .sheet = row->sheet,
				    .said = s[R_SAID].has ? s[R_SAID].json
							  : NULL};
	in->kind = str_of(event_names[in->code]);
	TRY(check_reference(in, f));
	for (const struct json *m = in->said ? in->said->first : NULL;
	     m != NULL; m = m->next)
		TRY(instant_of(m, "said", m->key, &at, f));
	return OK;
}

enum err
restore_reference(struct restoring *r, const struct walked *row,
		  enum restored *out, struct fault *f)
{
	bool made = false, changed = false;
	struct reference_in in;
	struct json *event;
	int64_t at = -1;

	TRY(reference_read(r, row, &in, f));
	*out = RESTORED_KNOWN;
	if (in.said == NULL)
		return OK;
	/* all of it is checked before any of it is kept */
	while (next_instant(in.said, &at))
		TRY(event_at(r, &in, at, &event, f));
	at = 0;
	do { /* of nothing there is the id */
		TRY(event_at(r, &in, at, &event, f));
		TRY(reference_restore(r->taker.chats, in.kind, in.id, at, event,
				      &made, &changed, f));
	} while (next_instant(in.said, &at));
	if (made || changed)
		*out = made ? RESTORED_NEW : RESTORED_CHANGED;
	return OK;
}
