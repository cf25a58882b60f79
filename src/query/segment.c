/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Segments made, changed and filled for who acts.  What must be read, a filter
 * or a crowd of users, is read in a snapshot as they may see it; then one
 * transaction writes the change with its audit row.
 *
 * Scopes are made of segments, so whoever is held to one changes and deletes
 * only what they made, never a filter, and moves nobody from outside.
 */
#include "desk.h"
#include "filter.h"

#include <stdio.h>

#define AUDIT_SENTENCE 1000u
#define MOVES_TOLD 1000u /* users moved at once that timelines tell of */

struct act {
	const struct desk *desk;
	struct arena arena; /* of the snapshot */
	uint32_t id;
	const struct segment_making *make;
	const struct segment_edit *edit;
	const int64_t *updated;
	struct rule_in rule;
	const struct members_in *members;
	struct bits *add, *remove; /* NULL: nobody */
	struct buf add_words, remove_words;
	struct members_out moved;
};

static void
act_init(struct act *a, const struct desk *d)
{
	a->desk = d;
	arena_init(&a->arena);
	buf_init(&a->add_words);
	buf_init(&a->remove_words);
}

static void
act_fini(struct act *a)
{
	bits_free(a->add);
	bits_free(a->remove);
	buf_fini(&a->add_words);
	buf_fini(&a->remove_words);
	arena_fini(&a->arena);
}

/* A closure may be run again: nothing of the first time stays. */
static enum err
act_query(struct act *a, struct kv_txn *txn, struct query *q)
{
	bits_free(a->add);
	bits_free(a->remove);
	a->add = a->remove = NULL;
	buf_reset(&a->add_words);
	buf_reset(&a->remove_words);
	arena_reset(&a->arena);
	*q = desk_query(a->desk, txn, &a->arena);
	return desk_limited(a->desk, q, kv_fault(txn));
}

static void
act_audit(const struct act *a, struct kv_txn *txn, const char *act,
	  struct str words, const char *result)
{
	char what[32];

	snprintf(what, sizeof(what), "segment %u", a->id);
	audit_put(a->desk->staff, txn, a->desk->by, act, str_of(what),
		  text_prefix(words, AUDIT_SENTENCE), str_of(result));
}

typedef enum err act_fn(struct act *a, struct kv_txn *txn, struct batch *b);

struct writing {
	struct act *act;
	act_fn *fn;
};

static enum err
act_write(struct kv_txn *txn, void *arg)
{
	struct writing *w = arg;
	struct batch *b = batch_begin(w->act->desk->people, txn, 0);
	enum err e = w->fn(w->act, txn, b);

	if (e == OK)
		batch_end(b);
	batch_free(b);
	return e != OK ? e : kv_error(txn);
}

static enum err
act_run(struct act *a, kv_fn *look, act_fn *fn, struct fault *f)
{
	struct kv *kv = staff_kv(a->desk->staff);
	struct writing w = {a, fn};

	TRY(kv_read(kv, look, a, f));
	TRY(people_refresh(a->desk->people, f));
	return kv_write(kv, act_write, &w, f);
}

/* Making and changing ------------------------------------------------------ */

static enum err
rule_take(struct act *a, struct query *q, struct str filter)
{
	struct fault *f = kv_fault(q->txn);
	enum err e = query_rule(q, filter, &a->rule, f);

	if (e != OK && kv_error(q->txn) == OK)
		fault_prefix(f, "filter");
	return e;
}

static enum err
create_look(struct kv_txn *txn, void *arg)
{
	struct act *a = arg;
	struct query q;

	TRY(act_query(a, txn, &q));
	return a->make->filter.p ? rule_take(a, &q, a->make->filter) : OK;
}

static enum err
create_write(struct act *a, struct kv_txn *txn, struct batch *b)
{
	const struct by *by = a->desk->by;
	struct segment_in in = {.name = a->make->name,
				.description = a->make->description,
				.filter = a->rule.filter,
				.refs = a->rule.refs,
				.n_refs = a->rule.n_refs};

	TRY(segment_create(b, &in, actor_manager(by->who), by->at, &a->id,
			   kv_fault(txn)));
	act_audit(a, txn, "segment.create", STR_NONE,
		  in.filter.p ? "dynamic" : "static");
	return OK;
}

enum err
desk_segment_create(const struct desk *d, const struct segment_making *in,
		    uint32_t *id, struct fault *f)
{
	struct act a = {.make = in};
	enum err e;

	act_init(&a, d);
	e = act_run(&a, create_look, create_write, f);
	*id = a.id;
	act_fini(&a);
	return e;
}

/* May they change it, and is it the one they looked at? */
static enum err
change_allowed(struct act *a, struct kv_txn *txn, struct query *q)
{
	struct fault *f = kv_fault(txn);
	const struct who *who = a->desk->by->who;
	struct segment_view v;

	TRY(segment_view_get(q, who, a->id, &v, f));
	/* number 0, of tokens, is nobody's own */
	if (q->limited && (actor_manager(who) == 0 ||
			   v.segment.created_by != actor_manager(who)))
		return fail(f, ERR_DENIED, "",
			    "you may change the segments only that you made");
	if (q->limited && a->edit && a->edit->filter)
		return fail(f, ERR_DENIED, "filter",
			    "only who may see everybody may change a filter");
	return OK;
}

static enum err
change_look(struct kv_txn *txn, void *arg)
{
	struct act *a = arg;
	struct query q;

	TRY(act_query(a, txn, &q));
	TRY(change_allowed(a, txn, &q));
	return a->edit && a->edit->filter ? rule_take(a, &q, *a->edit->filter)
					  : OK;
}

static enum err
stale_check(const struct act *a, struct kv_txn *txn, struct batch *b)
{
	struct segment s;

	if (!a->updated || !segment_get(txn, batch_arena(b), a->id, &s) ||
	    s.updated == *a->updated)
		return kv_error(txn);
	return fail(kv_fault(txn), ERR_STALE, "",
		    "the segment was changed meanwhile");
}

/* Which segments others made must not be told to who may not see them. */
static enum err
told(const struct act *a, struct kv_txn *txn, enum err e, const char *instead)
{
	struct fault *f = kv_fault(txn);

	if (e == ERR_CONFLICT && a->desk->limits && a->desk->limits->rows &&
	    !str_eq(str_of(f->path), S("name")))
		snprintf(f->text, sizeof(f->text), "%s", instead);
	return e;
}

static enum err
change_write(struct act *a, struct kv_txn *txn, struct batch *b)
{
	const struct segment_edit *in = a->edit;
	struct segment_change c = {.name = in->name,
				   .description = in->description,
				   .filter = in->filter ? &a->rule.filter
							: NULL,
				   .refs = a->rule.refs,
				   .n_refs = a->rule.n_refs};
	struct buf words;

	TRY(stale_check(a, txn, b));
	TRY(told(a, txn,
		 segment_change(b, a->id, &c, a->desk->by->at, kv_fault(txn)),
		 "the segment would depend on itself"));
	buf_init(&words);
	buf_printf(&words, "%s%s%s", in->name ? "name " : "",
		   in->description ? "description " : "",
		   in->filter ? "filter " : "");
	act_audit(a, txn, "segment.change", STR_NONE,
		  words.n > 0 ? words.p : "nothing");
	buf_fini(&words);
	return OK;
}

enum err
desk_segment_change(const struct desk *d, uint32_t id,
		    const struct segment_edit *in, struct fault *f)
{
	struct act a = {.id = id, .edit = in, .updated = in->updated};
	enum err e;

	act_init(&a, d);
	e = act_run(&a, change_look, change_write, f);
	act_fini(&a);
	return e;
}

static enum err
delete_write(struct act *a, struct kv_txn *txn, struct batch *b)
{
	TRY(stale_check(a, txn, b));
	TRY(told(a, txn, segment_delete(b, a->id, kv_fault(txn)),
		 "other segments depend on it"));
	act_audit(a, txn, "segment.delete", STR_NONE, "");
	return OK;
}

enum err
desk_segment_delete(const struct desk *d, uint32_t id, const int64_t *updated,
		    struct fault *f)
{
	struct act a = {.id = id, .updated = updated};
	enum err e;

	act_init(&a, d);
	e = act_run(&a, change_look, delete_write, f);
	act_fini(&a);
	return e;
}

/* Members ------------------------------------------------------------------ */

static enum err
nobody(struct fault *f, size_t i)
{
	char path[32];

	snprintf(path, sizeof(path), "/%zu", i);
	return fail(f, ERR_INVALID, path, "there is no such user");
}

static enum err
users_listed(struct query *q, const struct json *v, struct bits **out,
	     struct fault *f)
{
	struct bits *all, *picked;
	uint64_t n;
	uint32_t id;
	size_t i = 0;
	enum err e = OK;

	if (v->count > BULK_IDS_MAX)
		return fail(f, ERR_LIMIT, "", "expected at most %u users",
			    BULK_IDS_MAX);
	all = filter_run(q, NULL);
	picked = bits_new();
	for (const struct json *u = v->first; u && e == OK; u = u->next, i++) {
		bool there =
		    u->kind == JSON_STRING
			? user_find(q->txn, u->text, &id)
			: u->kind == JSON_NUMBER && str_to_u64(u->text, &n) &&
			      n <= UINT32_MAX && bits_has(all, id = (uint32_t)n);

		if (there && bits_has(all, id))
			bits_add(picked, id);
		else
			e = nobody(f, i);
	}
	bits_free(all);
	*out = picked;
	return kv_error(q->txn) != OK ? kv_error(q->txn) : e;
}

static enum err
users_filtered(struct query *q, const struct json *v, struct bits **out,
	       struct buf *words, struct fault *f)
{
	const struct json *text = json_member(v, S("f"));
	struct filter *filter;
	enum err e;

	if (!text || v->count != 1)
		return fail(f, ERR_INVALID, "",
			    "expected an array of users or {\"f\": filter}");
	e = filter_of_json(q, text, &filter, f);
	if (e != OK && kv_error(q->txn) == OK)
		fault_prefix(f, "f");
	TRY(e);
	*out = filter_run(q, filter);
	filter_sentence(filter, words);
	return kv_error(q->txn);
}

static enum err
users_take(struct query *q, const struct json *v, const char *field,
	   struct bits **out, struct buf *words)
{
	struct fault *f = kv_fault(q->txn);
	enum err e;

	if (!v)
		return OK;
	if (v->kind == JSON_ARRAY) {
		e = users_listed(q, v, out, f);
		if (e == OK)
			buf_printf(words, "%llu chosen users",
				   (unsigned long long)bits_count(*out));
	} else {
		e = users_filtered(q, v, out, words, f);
	}
	if (e != OK && kv_error(q->txn) == OK)
		fault_prefix(f, field);
	return e;
}

static enum err
members_look(struct kv_txn *txn, void *arg)
{
	struct act *a = arg;
	struct segment_view v;
	struct query q;

	TRY(act_query(a, txn, &q));
	TRY(segment_view_get(&q, a->desk->by->who, a->id, &v, kv_fault(txn)));
	if (v.segment.kind != SEGMENT_STATIC)
		return fail(kv_fault(txn), ERR_CONFLICT, "",
			    "who is in a dynamic segment says its filter");
	TRY(users_take(&q, a->members->add, "add", &a->add, &a->add_words));
	return users_take(&q, a->members->remove, "remove", &a->remove,
			  &a->remove_words);
}

static void
moved_audit(const struct act *a, struct kv_txn *txn, const char *act,
	    const struct buf *words, uint64_t n)
{
	char count[32];

	snprintf(count, sizeof(count), "%llu users", (unsigned long long)n);
	act_audit(a, txn, act, buf_str(words), count);
}

/* Of a few each timeline is told, by name; of many the act is kept. False: they
 * are many. */
static bool
moved_trail(const struct act *a, struct batch *b, const struct bits *who,
	    bool in)
{
	struct kv_txn *txn = batch_txn(b);
	struct bits *there = segment_members(txn, a->id);
	struct bits *moved = in ? people_everybody(txn) : there;
	uint32_t ids[MOVES_TOLD + 1];
	struct json_out j;
	struct buf text;
	size_t n;

	bits_and(moved, who);
	if (in)
		bits_minus(moved, there);
	n = bits_page(moved, 0, true, false, ids, COUNT(ids));
	buf_init(&text);
	json_out_init(&j, &text);
	json_object(&j);
	json_kt(&j, "type", S("segment"));
	json_ki(&j, "segment", a->id);
	json_kt(&j, "name", segment_name(txn, a->id));
	json_kb(&j, "in", in);
	json_kt(&j, "source", S("manager"));
	json_ki(&j, "by",
		who_mark(a->desk->by->who->kind, a->desk->by->who->id));
	json_object_end(&j);
	for (size_t i = 0; i < n && n <= MOVES_TOLD; i++)
		batch_trail(b, ids[i], a->desk->by->at, buf_str(&text));
	buf_fini(&text);
	if (in)
		bits_free(moved);
	bits_free(there);
	return n <= MOVES_TOLD;
}

static enum err
members_write(struct act *a, struct kv_txn *txn, struct batch *b)
{
	struct fault *f = kv_fault(txn);
	const struct by *by = a->desk->by;
	const struct move why = {by->at, MOVE_HAND,
				 who_mark(by->who->kind, by->who->id)};

	a->moved = (struct members_out){0};
	if (a->add) {
		batch_moving(b, moved_trail(a, b, a->add, true) ? NULL : &why);
		TRY(batch_segment_add(b, a->id, a->add, &a->moved.added, f));
		moved_audit(a, txn, "segment.add", &a->add_words,
			    a->moved.added);
	}
	if (a->remove) {
		batch_moving(b,
			     moved_trail(a, b, a->remove, false) ? NULL : &why);
		TRY(batch_segment_remove(b, a->id, a->remove,
					 &a->moved.removed, f));
		moved_audit(a, txn, "segment.remove", &a->remove_words,
			    a->moved.removed);
	}
	batch_moving(b, NULL);
	return OK;
}

static enum err
members_count(struct kv_txn *txn, void *arg)
{
	struct act *a = arg;
	struct fault nobody_left = {0};
	struct bits *who;
	struct query q;

	TRY(act_query(a, txn, &q));
	if (query_segment(&q, a->id, &who, &nobody_left) == OK)
		a->moved.size = bits_count(who);
	bits_free(who);
	return kv_error(txn);
}

enum err
desk_segment_members(const struct desk *d, uint32_t id,
		     const struct members_in *in, struct members_out *out,
		     struct fault *f)
{
	struct act a = {.id = id, .members = in};
	enum err e;

	act_init(&a, d);
	e = act_run(&a, members_look, members_write, f);
	if (e == OK)
		e = kv_read(staff_kv(d->staff), members_count, &a, f);
	*out = a.moved;
	act_fini(&a);
	return e;
}
