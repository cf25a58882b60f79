/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A manager's change of a chat: who it is assigned to, its tags, its state.  It
 * is a chat event like any other, of this moment, or a moment after the latest
 * that is known where a clock elsewhere runs ahead; in one transaction with
 * the audit row, which names what was changed and not to what.
 */
#include "archive.h"

struct editing {
	const struct desk *desk;
	const struct chat_edit *in;
	struct arena arena; /* of the snapshot */
	struct str chat_id;
	struct str what;
};

void
chat_version(const struct chat_view *v, struct buf *out)
{
	buf_lstr(out, v->fields[FIELD_ASSIGNEE]);
	buf_varint(out, v->n_tags);
	for (size_t i = 0; i < v->n_tags; i++)
		buf_lstr(out, v->tags[i]);
	buf_varint(out, v->n_states);
	buf_varint(out, v->state);
}

static enum err
missing(struct kv_txn *txn)
{
	return fail(kv_fault(txn), ERR_NOT_FOUND, "chat",
		    "there is no such chat");
}

static enum err
edit_read(struct kv_txn *txn, void *arg)
{
	struct editing *e = arg;
	struct chat_view v;
	struct query q;

	arena_reset(&e->arena);
	q = desk_query(e->desk, txn, &e->arena);
	TRY(desk_limited(e->desk, &q, kv_fault(txn)));
	if (!chat_seen(&q, e->in->chat, &v))
		return kv_error(txn) != OK ? kv_error(txn) : missing(txn);
	e->chat_id = arena_str(&e->arena, v.chat_id);
	return kv_error(txn);
}

static enum err
edit_apply(struct editing *e, struct batch *b, struct chat_batch *c)
{
	const struct chat_edit *in = e->in;
	struct kv_txn *txn = batch_txn(b);
	struct chat_event event = {.chat_id = e->chat_id,
				   .at = e->desk->by->at,
				   .opened = INSTANT_NONE,
				   .closed = INSTANT_NONE,
				   .snoozed = INSTANT_NONE,
				   .has_state = in->has_state,
				   .state = in->state,
				   .has_tags = in->has_tags,
				   .tags = in->tags.at,
				   .n_tags = in->tags.n,
				   .source = FROM_MANAGER};
	struct chat_view v;
	struct buf version;
	enum err result = OK;

	if (!chat_view(txn, batch_arena(b), in->chat, &v) ||
	    !str_eq(v.chat_id, e->chat_id))
		return kv_error(txn) != OK ? kv_error(txn) : missing(txn);
	if (v.touched >= event.at && v.touched < INSTANT_MAX)
		event.at = v.touched + 1;
	if (in->has_state && in->state == v.state)
		event.has_state = false; /* it is so already */
	if (in->assignee != NULL)
		event.fields[FIELD_ASSIGNEE] =
		    in->assignee->p != NULL ? *in->assignee : S("");
	buf_init(&version);
	if (in->same != NULL) {
		chat_version(&v, &version);
		result = in->same(in->arg, buf_str(&version));
	}
	buf_fini(&version);
	return result == OK ? chat_apply(c, &event, kv_fault(txn)) : result;
}

static enum err
edit_write(struct kv_txn *txn, void *arg)
{
	struct editing *e = arg;
	struct batch *b = batch_begin(e->desk->people, txn, 0);
	struct chat_batch *c = chat_batch_begin(b);
	enum err result = kv_error(txn);

	if (result == OK)
		result = edit_apply(e, b, c);
	if (result == OK) {
		chat_batch_end(c);
		audit_put(e->desk->staff, txn, e->desk->by, "chat.edit",
			  e->what, STR_NONE, STR_NONE);
		batch_end(b);
		result = kv_error(txn);
	}
	chat_batch_free(c);
	batch_free(b);
	return result;
}

enum err
desk_chat_edit(const struct desk *d, const struct chat_edit *in,
	       struct fault *f)
{
	struct kv *kv = staff_kv(d->staff);
	struct editing e = {.desk = d, .in = in};
	enum err result;
	struct arena names;

	arena_init(&e.arena);
	arena_init(&names);
	e.what = arena_printf(&names, "chat %u:%s%s%s", in->chat,
			      in->assignee ? " assigneeId" : "",
			      in->has_tags ? " tags" : "",
			      in->has_state ? " state" : "");
	result = kv_read(kv, edit_read, &e, f);
	if (result == OK)
		result = people_refresh(d->people, f);
	if (result == OK)
		result = kv_write(kv, edit_write, &e, f);
	arena_fini(&e.arena);
	arena_fini(&names);
	return result;
}
