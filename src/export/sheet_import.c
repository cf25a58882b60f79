/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The rows of "Import data": what the worksheets do not say of chats and
 * people, so that they can be made again (intake/chats.h has their shape).
 * They stand in the order of the worksheets' rows, so whoever reads them walks
 * both at once.  They are made for nobody whose eyes are limited.
 */
#include "teller.h"

#include <rapport/chats/restore.h>
#include <rapport/intake/chats.h>
#include <rapport/people/edit.h>


static void
row_begin(struct teller *t, struct json_out *j, const char *row)
{
	buf_reset(&t->text);
	json_out_init(j, &t->text);
	json_object(j);
	json_kt(j, "row", str_of(row));
}

static struct str
row_end(struct teller *t, struct json_out *j)
{
	json_object_end(j);
	return buf_str(&t->text);
}

static void
put_text(struct json_out *j, const char *key, struct str text)
{
	if (text.n > 0)
		json_kt(j, key, text);
}

static void
put_at(struct json_out *j, const char *key, int64_t at)
{
	if (at != INSTANT_NONE)
		json_kat(j, key, at);
}

/* Head and attributes ------------------------------------------------------ */

struct str
import_head_tell(struct teller *t, bool complete)
{
	struct json_out j;

	row_begin(t, &j, "head");
	json_ki(&j, "version", IMPORT_VERSION);
	json_kb(&j, "complete", complete);
	if (!complete)
		return row_end(t, &j);
	json_kb(&j, "notes", t->notes);
	json_key(&j, S("hours"));
	json_array(&j);
	for (size_t i = 0; i < t->hours->n; i++)
		hours_json(&j, &t->hours->at[i]);
	json_array_end(&j);
	return row_end(t, &j);
}

struct str
import_attribute_tell(struct teller *t, const struct attr *a)
{
	bool own = a->flags & (ATTR_CUSTOM | ATTR_SESSION);
	struct json_out j;

	row_begin(t, &j, "attribute");
	json_kt(&j, "name", a->name);
	json_kt(&j, "type", str_of(attr_type_names[a->type]));
	if (own)
		json_kt(&j, "label", a->kept.n > 0 ? a->kept : a->label);
	if (a->flags & ATTR_HIDDEN)
		json_kb(&j, "hidden", true);
	return row_end(t, &j);
}

/* People ------------------------------------------------------------------- */

/* Session data comes with the chats, but for what a manager said. */
static bool
is_told(const struct attr_stamp *s, bool cleared)
{
	return s->cleared == cleared && !(s->attr->flags & ATTR_HIDDEN) &&
	       (!(s->attr->flags & ATTR_SESSION) ||
		s->from.source == FROM_MANAGER);
}

static void
put_said(struct json_out *j, const char *key, const struct user_stamps *said,
	 bool cleared)
{
	bool any = false;

	for (size_t i = 0; i < said->n; i++) {
		const struct attr_stamp *s = &said->at[i];

		if (!is_told(s, cleared))
			continue;
		if (!any) {
			json_key(j, str_of(key));
			json_object(j);
		}
		any = true;
		json_key(j, s->attr->name);
		json_array(j);
		json_instant(j, s->from.at);
		json_text(j, str_of(cell_source_names[s->from.source]));
		json_array_end(j);
	}
	if (any)
		json_object_end(j);
}

struct all_in {
	const struct bits *set;
	bool all;
};

static bool
chat_in(void *arg, uint32_t chat)
{
	struct all_in *a = arg;

	a->all = bits_has(a->set, chat);
	return a->all;
}

/* First and last seen, but for what chats in the file tell of them by
 * themselves; where not all of somebody's are in it, with what those told. */
static void
put_seen(struct teller *t, uint32_t user, const struct user_stamps *said,
	 struct json_out *j)
{
	int64_t first = said->first, last = said->last;
	struct all_in in = {*t->chats, true};
	struct user_view u;
	struct value v;

	chats_of_user(t->q->txn, user, chat_in, &in);
	if (!in.all && user_view(t->q->txn, t->q->catalog, user, &u)) {
		if (user_value(&u, &t->arena, t->q->txn,
			       builtin_attr(A_FIRST_SEEN), &v))
			first = v.instant;
		if (user_value(&u, &t->arena, t->q->txn,
			       builtin_attr(A_LAST_SEEN), &v))
			last = v.instant;
	}
	put_at(j, "firstSeen", first);
	put_at(j, "lastSeen", last);
}

static void
put_identities(struct json_out *j, const struct user_detail *d)
{
	if (d->n_identities == 0)
		return;
	json_key(j, S("identities"));
	json_array(j);
	for (size_t i = 0; i < d->n_identities; i++) {
		json_array(j);
		json_text(j, d->identities[i].channel);
		json_text(j, d->identities[i].kind);
		json_text(j, d->identities[i].value);
		json_array_end(j);
	}
	json_array_end(j);
}

enum err
import_user_tell(struct teller *t, uint32_t id, row_fn *fn, void *arg)
{
	struct kv_txn *txn = t->q->txn;
	struct user_detail d;
	struct user_stamps said;
	struct json_out j;

	arena_reset(&t->arena);
	if (!user_detail(txn, t->q->catalog, id, &t->arena, &d) ||
	    !user_stamps(txn, t->q->catalog, id, &t->arena, &said))
		return kv_error(txn) != OK
			   ? kv_error(txn)
			   : kv_fail(txn, ERR_CORRUPT, "user",
				     "user %u has no record", id);
	row_begin(t, &j, "user");
	json_kt(&j, "userId", d.user_id);
	put_seen(t, id, &said, &j);
	put_said(&j, "said", &said, false);
	put_said(&j, "cleared", &said, true);
	put_at(&j, "consentAt", d.consent_at);
	put_at(&j, "validAt", d.valid_at);
	put_identities(&j, &d);
	import_flows_tell(t, &d, &j);
	return fn(arg, row_end(t, &j));
}

/* References --------------------------------------------------------------- */

static bool
put_member(void *arg, struct str name, int64_t at)
{
	struct json_out *j = arg;

	json_key(j, str_eq(name, S("marketingType")) ? S("type") : name);
	json_instant(j, at);
	return true;
}

struct str
import_reference_tell(struct teller *t, enum export_sheet s, struct str id)
{
	struct str kind = worksheet_kind(s);
	struct json_out j;

	row_begin(t, &j, "reference");
	json_kt(&j, "sheet", str_of(export_sheet_names[s]));
	json_kt(&j, "id", id);
	if (reference_known(t->q->txn, kind, id)) {
		json_key(&j, S("said"));
		json_object(&j);
		reference_told(t->q->txn, kind, id, put_member, &j);
		json_object_end(&j);
	}
	return row_end(t, &j);
}

/* Chats -------------------------------------------------------------------- */

static bool
first_said(void *arg, const struct message_view *m)
{
	int64_t *at = arg;

	if (m->note)
		return true;
	*at = m->at;
	return false;
}

/* Whether it was first heard of by a note that is not told. */
static bool
begun_by_note(struct teller *t, const struct chat_view *v,
	      const struct chat_told *told)
{
	int64_t at = INSTANT_NONE;

	if (t->notes || v->notes == 0 || v->created == told->first_event ||
	    (v->n_states > 0 && v->states[0].at == v->created))
		return false;
	chat_messages(t->q->txn, v->id, first_said, &at);
	return at != v->created;
}

/* That there was one then, which is all that UserChat data tells of it. */
static enum err
tell_bare(struct teller *t, const struct chat_view *v, row_fn *fn, void *arg)
{
	struct json_out j;

	row_begin(t, &j, "note");
	json_kat(&j, "createdAt", v->created);
	json_kt(&j, "personType", str_of(person_names[PERSON_MANAGER]));
	json_kb(&j, "bare", true);
	return fn(arg, row_end(t, &j));
}

static void
put_parts(const struct chat_told *told, struct json_out *j)
{
	bool cleared = false, said = false;

	for (int i = 0; i < TOLD_COUNT; i++) {
		if (told->at[i] == INSTANT_NONE)
			continue;
		if (!said) {
			json_key(j, S("said"));
			json_object(j);
		}
		said = true;
		json_kat(j, chat_told_names[i], told->at[i]);
	}
	if (said)
		json_object_end(j);
	for (int i = 0; i < TOLD_COUNT; i++) {
		if (!told->cleared[i])
			continue;
		if (!cleared) {
			json_key(j, S("cleared"));
			json_array(j);
		}
		cleared = true;
		json_text(j, str_of(chat_told_names[i]));
	}
	if (cleared)
		json_array_end(j);
}

static void
put_states(const struct chat_view *v, struct json_out *j)
{
	if (v->n_states == 0)
		return;
	json_key(j, S("states"));
	json_array(j);
	for (size_t i = 0; i < v->n_states; i++) {
		json_array(j);
		json_text(j, str_of(chat_state_names[v->states[i].state]));
		json_instant(j, v->states[i].at);
		json_array_end(j);
	}
	json_array_end(j);
}

static void
put_session(const struct chat_told *told, struct json_out *j)
{
	if (told->n_session == 0)
		return;
	json_key(j, S("session"));
	json_object(j);
	for (size_t i = 0; i < told->n_session; i++) {
		json_key(j, told->session[i].name);
		json_instant(j, told->session[i].at);
	}
	json_object_end(j);
}

struct telling {
	struct teller *t;
	row_fn *fn;
	void *arg;
	enum err err;
};

static void
put_fate(struct json_out *j, const struct message_view *m)
{
	for (int i = SENT; i <= FAILED; i++)
		if (m->status >> i & 1)
			json_kat(j, delivery_names[i], m->status_at[i]);
	put_text(j, "code", m->code);
	put_text(j, "title", m->title);
}

/* Who spoke by another id than the one they have now, or is known no more. */
static void
put_speaker(struct teller *t, struct str person, struct json_out *j)
{
	uint32_t id;

	if (!user_find(t->q->txn, person, &id)) {
		json_kb(j, "gone", true);
		return;
	}
	teller_user(t, id);
	if (!str_eq(person, t->user_id))
		json_kt(j, "personId", person);
}

static bool
tell_message(void *arg, const struct message_view *m)
{
	struct telling *g = arg;
	struct json_out j;

	if (m->note && !g->t->notes)
		return true;
	row_begin(g->t, &j, m->note ? "note" : "message");
	json_kat(&j, "createdAt", m->at);
	put_text(&j, "messageId", m->message_id);
	if (m->template)
		json_kb(&j, "template", true);
	if (m->note) {
		json_kt(&j, "personType", str_of(person_names[m->person]));
		put_text(&j, "personId", m->person_id);
		json_kt(&j, "text", m->text);
	} else if (m->person == PERSON_USER && m->person_id.n > 0) {
		put_speaker(g->t, m->person_id, &j);
	}
	put_fate(&j, m);
	g->err = g->fn(g->arg, row_end(g->t, &j));
	return g->err == OK;
}

enum err
import_chat_tell(struct teller *t, uint32_t chat, row_fn *fn, void *arg)
{
	struct kv_txn *txn = t->q->txn;
	struct telling g = {.t = t, .fn = fn, .arg = arg};
	struct chat_told told;
	struct chat_view v;
	struct json_out j;

	arena_reset(&t->arena);
	if (!chat_view(txn, &t->arena, chat, &v) ||
	    !chat_told(txn, &t->arena, chat, &told))
		return kv_error(txn) != OK
			   ? kv_error(txn)
			   : kv_fail(txn, ERR_CORRUPT, "chat",
				     "chat %u has no record", chat);
	row_begin(t, &j, "chat");
	json_kt(&j, "id", v.chat_id);
	put_at(&j, "firstEvent", told.first_event);
	teller_user(t, v.user);
	if (!str_eq(told.owner, t->user_id))
		put_text(&j, "userId", told.owner);
	put_text(&j, "source", v.fields[FIELD_SOURCE]);
	put_parts(&told, &j);
	put_states(&v, &j);
	put_session(&told, &j);
	TRY(fn(arg, row_end(t, &j)));
	if (begun_by_note(t, &v, &told))
		TRY(tell_bare(t, &v, fn, arg));
	chat_messages(txn, chat, tell_message, &g);
	return g.err != OK ? g.err : kv_error(txn);
}
