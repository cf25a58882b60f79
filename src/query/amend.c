/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What is done about one person.  A snapshot says whether who acts may see
 * them and, of an edit, which attributes they may name; then one transaction
 * does it with the audit row, which tells ids and names of attributes but no
 * value.
 */
#include "person.h"

#include <stdio.h>

struct amending;
typedef enum err look_fn(struct amending *a, struct query *q, struct fault *f);
typedef enum err act_fn(struct amending *a, struct batch *b, struct fault *f);

struct amending {
	const struct desk *desk;
	look_fn *look;
	act_fn *act;
	const char *name; /* of the audit row */

	struct arena arena;            /* of the snapshot */
	const struct catalog *catalog; /* of who acts */
	struct str what, result;       /* of the audit row */
	uint32_t user, other;
	const struct edit_in *edit;
	enum erase_mode mode;
	struct merge merge;
	struct erasure erasure;
};

static enum err
amend_read(struct kv_txn *txn, void *arg)
{
	struct amending *a = arg;
	struct query q;

	arena_reset(&a->arena);
	q = desk_query(a->desk, txn, &a->arena);
	TRY(desk_limited(a->desk, &q, kv_fault(txn)));
	a->catalog = q.catalog;
	TRY(a->look(a, &q, kv_fault(txn)));
	return kv_error(txn);
}

static enum err
amend_write(struct kv_txn *txn, void *arg)
{
	struct amending *a = arg;
	struct batch *b = batch_begin(a->desk->people, txn, 0);
	enum err e = kv_error(txn);

	if (e == OK)
		e = a->act(a, b, kv_fault(txn));
	if (e == OK) {
		audit_put(a->desk->staff, txn, a->desk->by, a->name, a->what,
			  STR_NONE, a->result);
		batch_end(b);
		e = kv_error(txn);
	}
	batch_free(b);
	return e;
}

static enum err
amend(struct amending *a, struct fault *f)
{
	struct kv *kv = staff_kv(a->desk->staff);
	enum err e;

	arena_init(&a->arena);
	e = kv_read(kv, amend_read, a, f);
	if (e == OK)
		e = people_refresh(a->desk->people, f);
	if (e == OK)
		e = kv_write(kv, amend_write, a, f);
	arena_fini(&a->arena);
	return e;
}

static enum err
see(struct query *q, uint32_t user, const char *path, struct fault *f)
{
	struct user_view v;

	if (query_sees(q, user) && user_view(q->txn, q->catalog, user, &v))
		return OK;
	TRY(kv_error(q->txn));
	return fail(f, ERR_NOT_FOUND, path, "there is no such user");
}

/* Edit --------------------------------------------------------------------- */

/* Names as they came: that is how whoever asked knows them. */
static enum err
name_member(struct fault *f, enum err e, struct str name)
{
	if (e != OK && f != NULL)
		snprintf(f->path, sizeof(f->path), "attributes.%.*s",
			 STR_ARG(text_prefix(name, 100)));
	return e;
}

static enum err
edit_name(struct amending *a, const struct json *m, struct buf *what,
	  struct fault *f)
{
	const struct attr *attr = catalog_input(a->catalog, m->key);

	if (attr == NULL)
		return fail(f, ERR_INVALID, NULL, "there is no such attribute");
	for (const struct json *o = a->edit->attributes->first; o != m;
	     o = o->next)
		if (catalog_input(a->catalog, o->key) == attr)
			return fail(f, ERR_INVALID, NULL, "is given twice");
	buf_printf(what, "%s %.*s", m == a->edit->attributes->first ? ":" : ",",
		   STR_ARG(attr->name));
	return OK;
}

static enum err
edit_look(struct amending *a, struct query *q, struct fault *f)
{
	const struct edit_in *in = a->edit;
	enum err e = see(q, in->user, "user", f);
	struct buf what;

	buf_init(&what);
	buf_printf(&what, "user %u", in->user);
	for (const struct json *m = in->attributes ? in->attributes->first
						   : NULL;
	     m != NULL && e == OK; m = m->next)
		e = name_member(f, edit_name(a, m, &what, f), m->key);
	if (in->banned != NULL && e == OK &&
	    catalog_by_id(a->catalog, A_BANNED) == NULL)
		e = fail(f, ERR_INVALID, "banned", "there is nothing so named");
	if (in->banned != NULL)
		buf_put(&what, *in->banned ? S(" ban") : S(" unban"));
	a->what = arena_str(&a->arena, text_prefix(buf_str(&what), 1000));
	buf_fini(&what);
	return e;
}

/* The attribute may have changed its type since the snapshot, so it is looked
 * up again, by the name it had there. */
static enum err
edit_one(struct amending *a, struct batch *b, struct str name,
	 const struct json *v, struct fault *f)
{
	uint32_t by = actor_manager(a->desk->by->who);
	const struct attr *attr;
	struct value value;
	enum err e;

	TRY(batch_attr(b, name, v, false, &attr, f));
	if (attr == NULL)
		return OK; /* cleared, and nobody has it any more */
	e = value_of_json(batch_arena(b), attr, v, &value, f);
	if (e != OK && e != ERR_NOT_FOUND)
		return e;
	return batch_edit(b, a->edit->user, attr, e == OK ? &value : NULL, by,
			  a->desk->by->at, f);
}

static enum err
edit_same(struct amending *a, struct batch *b)
{
	struct user_detail u;
	struct buf version;
	enum err e;

	if (a->edit->same == NULL ||
	    !user_detail(batch_txn(b), a->catalog, a->edit->user,
			 batch_arena(b), &u))
		return kv_error(batch_txn(b));
	buf_init(&version);
	person_version(&u, &version);
	e = a->edit->same(a->edit->arg, buf_str(&version));
	buf_fini(&version);
	return e;
}

static enum err
edit_act(struct amending *a, struct batch *b, struct fault *f)
{
	const struct edit_in *in = a->edit;
	struct json banned;

	TRY(edit_same(a, b));
	for (const struct json *m = in->attributes ? in->attributes->first
						   : NULL;
	     m != NULL; m = m->next) {
		const struct attr *attr = catalog_input(a->catalog, m->key);

		TRY(name_member(f, edit_one(a, b, attr->name, m, f), m->key));
	}
	if (in->banned == NULL)
		return OK;
	banned = (struct json){.kind = *in->banned ? JSON_TRUE : JSON_FALSE};
	return edit_one(a, b, S("banned"), &banned, f);
}

enum err
desk_edit(const struct desk *d, const struct edit_in *in, struct fault *f)
{
	struct amending a = {.desk = d,
			     .look = edit_look,
			     .act = edit_act,
			     .name = "user.edit",
			     .edit = in};

	return amend(&a, f);
}

/* Merge and undo ----------------------------------------------------------- */

static enum err
merge_look(struct amending *a, struct query *q, struct fault *f)
{
	TRY(see(q, a->user, "user", f));
	TRY(see(q, a->other, "into", f));
	a->what =
	    arena_printf(&a->arena, "user %u into user %u", a->user, a->other);
	return OK;
}

static enum err
merge_act(struct amending *a, struct batch *b, struct fault *f)
{
	struct chat_batch *chats = chat_batch_begin(b);
	enum err e = batch_merge(b, a->user, a->other, a->desk->by->at, f);

	if (e == OK) {
		chats_follow(chats, a->user, a->other);
		chat_batch_end(chats);
		if (!merge_get(batch_txn(b), batch_merge_id(b), &a->merge))
			e = kv_fail(batch_txn(b), ERR_BUG, "merge",
				    "the merge is not there");
		a->result = arena_printf(&a->arena, "merge %u", a->merge.id);
	}
	chat_batch_free(chats);
	return e;
}

enum err
desk_merge(const struct desk *d, uint32_t user, uint32_t into,
	   struct merge *out, struct fault *f)
{
	struct amending a = {.desk = d,
			     .look = merge_look,
			     .act = merge_act,
			     .name = "user.merge",
			     .user = user,
			     .other = into};

	TRY(amend(&a, f));
	*out = a.merge;
	out->from_user_id = STR_NONE; /* it was of the transaction */
	return OK;
}

static enum err
undo_look(struct amending *a, struct query *q, struct fault *f)
{
	struct merge m;

	/* one of people who may not be seen is not there either */
	if (!merge_get(q->txn, a->other, &m) || !query_sees(q, m.into)) {
		TRY(kv_error(q->txn));
		return fail(f, ERR_NOT_FOUND, "merge", "there is no merge %u",
			    a->other);
	}
	a->what = arena_printf(&a->arena, "merge %u, user %u of user %u",
			       a->other, m.from, m.into);
	return OK;
}

static enum err
undo_act(struct amending *a, struct batch *b, struct fault *f)
{
	struct chat_batch *chats;

	TRY(batch_merge_undo(b, a->other, a->desk->by->at, &a->merge, f));
	chats = chat_batch_begin(b);
	chats_part(chats, a->merge.from, a->merge.into);
	chat_batch_end(chats);
	chat_batch_free(chats);
	batch_seen_part(b, &a->merge);
	return kv_error(batch_txn(b));
}

enum err
desk_merge_undo(const struct desk *d, uint32_t merge, struct merge *out,
		struct fault *f)
{
	struct amending a = {.desk = d,
			     .look = undo_look,
			     .act = undo_act,
			     .name = "user.unmerge",
			     .other = merge};

	TRY(amend(&a, f));
	*out = a.merge;
	out->from_user_id = STR_NONE;
	return OK;
}

/* Erase -------------------------------------------------------------------- */

static const char *const erase_modes[] = {
    [ERASE_KEEP_TOTALS] = "keepTotals",
    [ERASE_FORGET] = "forget",
};

bool
erase_mode_find(struct str name, enum erase_mode *out)
{
	for (size_t i = 0; i < COUNT(erase_modes); i++)
		if (str_eq(name, str_of(erase_modes[i]))) {
			*out = (enum erase_mode)i;
			return true;
		}
	return false;
}

static enum err
erase_look(struct amending *a, struct query *q, struct fault *f)
{
	a->what = arena_printf(&a->arena, "user %u", a->user);
	return see(q, a->user, "user", f);
}

static enum err
erase_act(struct amending *a, struct batch *b, struct fault *f)
{
	struct chat_batch *chats = chat_batch_begin(b);
	struct erasure counted = {.mode = a->mode, .at = a->desk->by->at};
	enum err e;

	chats_erase(chats, a->user, &counted);
	e = batch_erase(b, a->user, a->mode, a->desk->by->at, &a->erasure, f);
	if (e == OK)
		chat_batch_end(chats);
	chat_batch_free(chats);
	a->erasure.chats = counted.chats;
	a->erasure.messages = counted.messages;
	a->erasure.kept = counted.kept;
	a->result = str_of(erase_modes[a->mode]);
	return e;
}

enum err
desk_erase(const struct desk *d, uint32_t user, enum erase_mode mode,
	   struct erasure *out, struct fault *f)
{
	struct amending a = {.desk = d,
			     .look = erase_look,
			     .act = erase_act,
			     .name = "user.erase",
			     .user = user,
			     .mode = mode};

	TRY(amend(&a, f));
	*out = a.erasure;
	return OK;
}

void
erasure_json(struct json_out *j, const struct erasure *e)
{
	const struct {
		const char *name;
		uint64_t n;
	} counts[] = {
	    {"attributes", e->attributes}, {"identities", e->identities},
	    {"segments", e->segments},     {"timeline", e->trail},
	    {"history", e->history},       {"runs", e->runs},
	    {"merges", e->merges},         {"chats", e->chats},
	    {"messages", e->messages},
	};
	char hash[2 * sizeof(e->user.b) + 1];

	hex_encode((struct str){(const char *)e->user.b, sizeof(e->user.b)},
		   hash);
	json_object(j);
	json_ki(j, "id", e->id);
	json_kt(j, "userIdSha256", str_of(hash));
	json_kt(j, "mode", str_of(erase_modes[e->mode]));
	json_kat(j, "at", e->at);
	json_key(j, S("erased"));
	json_object(j);
	for (size_t i = 0; i < COUNT(counts); i++)
		json_ki(j, counts[i].name, (int64_t)counts[i].n);
	json_object_end(j);
	json_key(j, S("kept"));
	json_object(j);
	json_ki(j, "quarterHours", (int64_t)e->kept.quarter_hours);
	json_ki(j, "instants", (int64_t)e->kept.instants);
	json_ki(j, "flowRuns", (int64_t)e->kept.runs);
	json_ki(j, "failures", (int64_t)e->kept.failures);
	json_object_end(j);
	json_object_end(j);
}
