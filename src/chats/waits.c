/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Waits, kept up.  A changed chat is put on the list of those whose waits are
 * old; when the list has grown long, as many as came and some more are taken
 * off it again, in turn by id: their days are written anew.  A chat has waits
 * only on days of its messages and states, and neither ever goes unless the
 * whole chat does, so the days that may hold an old one are known.
 */
#include "waits.h"

#include "erased.h"

#include <stdlib.h>

#define DAY (INT64_C(86400) * SECOND_US)
#define OLD_MANY 1000u /* may be old at a time */

/* Values ------------------------------------------------------------------- */

int32_t
wait_day(int64_t at)
{
	return (int32_t)(at / DAY - (at % DAY < 0));
}

struct str
wait_key(uint8_t out[WAIT_KEY_SIZE], char which, int32_t day, uint64_t of)
{
	struct wr w = wr_of(out, WAIT_KEY_SIZE);

	wr_u8(&w, (uint8_t)which);
	wr_be32(&w, (uint32_t)day ^ UINT32_C(0x80000000));
	wr_be64(&w, of);
	return wr_out(&w);
}

bool
wait_key_read(struct str key, int32_t *day, uint64_t *of)
{
	struct rd r = rd_of(key);

	rd_u8(&r);
	*day = (int32_t)(rd_be32(&r) ^ UINT32_C(0x80000000));
	*of = rd_be64(&r);
	return rd_done(&r);
}

struct str
old_key(uint8_t out[WAIT_KEY_SIZE], uint32_t chat)
{
	struct wr w = wr_of(out, WAIT_KEY_SIZE);

	wr_u8(&w, WAITS_OLD);
	wr_be32(&w, chat);
	return wr_out(&w);
}

int32_t
waits_day(const struct waits *w, size_t *i, struct buf *out)
{
	int32_t day = wait_day(w->at[*i].at);

	buf_reset(out);
	buf_c(out, CHAT_VERSION);
	for (; *i < w->n && wait_day(w->at[*i].at) == day; (*i)++) {
		const struct wait *x = &w->at[*i];

		buf_c(out, (char)x->kind);
		buf_varint(out, (uint64_t)(x->at - day * DAY));
		if (x->kind <= WAIT_CLOSED)
			buf_varint(out, (uint64_t)(x->at - x->from));
		if (x->kind == WAIT_CLOSED)
			buf_varint(out, (uint64_t)(x->hold + 1));
	}
	return day;
}

bool
waits_decode(struct str value, int32_t day, wait_fn *fn, void *arg,
	     bool *stopped)
{
	struct rd r = rd_of(value);

	*stopped = false;
	r.bad |= rd_u8(&r) != CHAT_VERSION;
	while (!r.bad && rd_left(&r) > 0 && !*stopped) {
		struct wait w = {.kind = (enum wait_kind)rd_u8(&r),
				 .hold = DURATION_NONE};

		w.at = w.from = day * DAY + (int64_t)rd_varint(&r);
		if (w.kind <= WAIT_CLOSED)
			w.from = w.at - (int64_t)rd_varint(&r);
		if (w.kind == WAIT_CLOSED)
			w.hold = (int64_t)rd_varint(&r) - 1;
		r.bad |= w.kind >= WAIT_KINDS;
		*stopped = !r.bad && !fn(arg, &w);
	}
	return !r.bad;
}

/* Of one chat -------------------------------------------------------------- */

static int
wait_cmp(const void *a, const void *b)
{
	const struct wait *x = a, *y = b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	return (x->from > y->from) - (x->from < y->from);
}

static void
wait_add(struct waits *w, enum wait_kind kind, int64_t at, int64_t from,
	 int64_t hold)
{
	w->at[w->n++] =
	    (struct wait){.kind = kind, .at = at, .from = from, .hold = hold};
}

static void
episode_waits(struct waits *w, const struct episode *e)
{
	bool closed = e->closed != INSTANT_NONE;

	if (e->replied == INSTANT_NONE && e->asked != INSTANT_NONE)
		wait_add(w, closed ? WAIT_UNANSWERED : WAIT_WAITING, e->asked,
			 e->asked, DURATION_NONE);
	if (closed)
		wait_add(w, WAIT_CLOSED, e->closed, e->opened, e->hold);
}

/* Whether the reply is the first of an episode. */
static bool
is_first(const struct chat_times *t, size_t *episode,
	 const struct chat_reply *r)
{
	while (*episode < t->n_episodes &&
	       (t->episodes[*episode].replied == INSTANT_NONE ||
		t->episodes[*episode].replied < r->at))
		(*episode)++;
	if (*episode == t->n_episodes || t->episodes[*episode].replied != r->at)
		return false;
	(*episode)++;
	return true;
}

static void
times_waits(struct arena *a, const struct chat_times *t, struct waits *out)
{
	size_t episode = 0;

	*out = (struct waits){0};
	out->at = arena_get(a, (2 * t->n_episodes + t->n_replies + 1) *
				   sizeof(*out->at));
	for (size_t i = 0; i < t->n_episodes; i++)
		episode_waits(out, &t->episodes[i]);
	for (size_t i = 0; i < t->n_replies; i++) {
		const struct chat_reply *r = &t->replies[i];

		wait_add(out,
			 is_first(t, &episode, r) ? WAIT_FIRST : WAIT_REPLY,
			 r->at, r->at - r->all, DURATION_NONE);
		out->at[out->n - 1].by = r->by;
	}
	if (out->n > 1)
		qsort(out->at, out->n, sizeof(*out->at), wait_cmp);
}

bool
waits_of_chat(struct kv_txn *txn, struct arena *a, uint32_t chat,
	      struct waits *out)
{
	struct chat_times times;
	struct chat_view view;

	*out = (struct waits){0};
	if (!chat_view(txn, a, chat, &view) || view.user == 0)
		return false;
	chat_times(txn, a, &view, NULL, &times);
	times_waits(a, &times, out);
	for (size_t i = 0; i < out->n; i++)
		out->at[i].chat = chat;
	return kv_error(txn) == OK;
}

/* Writing ------------------------------------------------------------------ */

struct days {
	int32_t *at;
	size_t n, cap;
};

static void
day_add(struct days *d, int64_t at)
{
	int32_t day = wait_day(at);

	if (d->n > 0 && d->at[d->n - 1] == day)
		return;
	if (d->n == d->cap) {
		d->cap = d->cap ? 2 * d->cap : 16;
		d->at = mem_grow(d->at, d->cap * sizeof(*d->at));
	}
	d->at[d->n++] = day;
}

static bool
day_message(void *arg, const struct message_view *m)
{
	day_add(arg, m->at);
	return true;
}

/* Everything the chat may have told goes. */
static void
days_clear(struct chat_batch *c, uint32_t id)
{
	uint8_t key[WAIT_KEY_SIZE];
	struct days d = {0};
	struct chat chat;

	if (!chat_load(c->txn, c->arena, id, &chat))
		return;
	chat_messages(c->txn, id, day_message, &d);
	day_add(&d, chat_created(&chat));
	for (size_t i = 0; i < chat.n_states; i++)
		day_add(&d, chat.states[i].at);
	for (size_t i = 0; i < d.n; i++)
		kv_del(c->txn, SP_COUNTER,
		       wait_key(key, WAITS_LIVING, d.at[i], id));
	free(d.at);
}

static void
days_write(struct chat_batch *c, uint32_t id)
{
	struct arena_mark mark = arena_mark(c->arena);
	uint8_t key[WAIT_KEY_SIZE];
	struct waits w;

	days_clear(c, id);
	waits_of_chat(c->txn, c->arena, id, &w);
	for (size_t i = 0; i < w.n;) {
		int32_t day = waits_day(&w, &i, &c->scratch);

		kv_put(c->txn, SP_COUNTER, wait_key(key, WAITS_LIVING, day, id),
		       buf_str(&c->scratch));
	}
	arena_rewind(c->arena, mark);
}

/* How many are old, and where to go on taking them off. */
struct old {
	uint32_t n, next;
};

static void
old_get(struct kv_txn *txn, struct old *o)
{
	struct str value;
	struct rd r;

	*o = (struct old){0};
	if (!kv_get(txn, SP_COUNTER, S("D"), &value))
		return;
	r = rd_of(value);
	r.bad |= rd_u8(&r) != CHAT_VERSION;
	o->n = rd_be32(&r);
	o->next = rd_be32(&r);
	if (!rd_done(&r))
		kv_fail(txn, ERR_CORRUPT, "waits",
			"What is kept of waits is damaged.");
}

static void
old_put(struct kv_txn *txn, const struct old *o)
{
	uint8_t memory[9];
	struct wr w = wr_of(memory, sizeof(memory));

	wr_u8(&w, CHAT_VERSION);
	wr_be32(&w, o->n);
	wr_be32(&w, o->next);
	kv_put(txn, SP_COUNTER, S("D"), wr_out(&w));
}

/* The first on the list from o->next on, or from the beginning. */
static bool
old_next(struct kv_txn *txn, const struct old *o, uint32_t *chat)
{
	uint8_t memory[WAIT_KEY_SIZE];
	struct kv_cursor *c = kv_cursor(txn, SP_COUNTER, S("d"));
	bool found =
	    kv_seek(c, old_key(memory, o->next)) || kv_seek(c, STR_NONE);

	if (found) {
		struct rd r = rd_of(str_cut(kv_key(c), 1, SIZE_MAX));

		*chat = rd_be32(&r);
	}
	kv_cursor_close(c);
	return found && kv_error(txn) == OK;
}

static void
old_renew(struct chat_batch *c, struct old *o, size_t most)
{
	uint8_t memory[WAIT_KEY_SIZE];
	uint32_t chat;

	for (; most > 0 && o->n > OLD_MANY && old_next(c->txn, o, &chat);
	     most--) {
		days_write(c, chat);
		kv_del(c->txn, SP_COUNTER, old_key(memory, chat));
		o->next = chat + 1;
		o->n--;
	}
}

void
waits_settle(struct chat_batch *c, struct held *const *dirty, size_t n)
{
	static const char version[] = {CHAT_VERSION};
	uint8_t memory[WAIT_KEY_SIZE];
	struct str value;
	struct old o;
	size_t came = 0;

	if (n == 0 || !batch_indexes(c->people))
		return;
	old_get(c->txn, &o);
	for (size_t i = 0; i < n; i++) {
		struct str key = old_key(memory, dirty[i]->chat.id);

		if (kv_get(c->txn, SP_COUNTER, key, &value))
			continue;
		kv_put(c->txn, SP_COUNTER, key,
		       (struct str){version, sizeof(version)});
		came++;
	}
	o.n += (uint32_t)came;
	old_renew(c, &o, 2 * came + 1);
	old_put(c->txn, &o);
}

/* What it told, of nobody: under numbers drawn by lot. Whoever waits is not
 * answered any more. */
static void
waits_keep(struct chat_batch *c, uint32_t chat)
{
	uint8_t key[WAIT_KEY_SIZE];
	struct waits w;

	waits_of_chat(c->txn, c->arena, chat, &w);
	for (size_t i = 0; i < w.n; i++)
		if (w.at[i].kind == WAIT_WAITING)
			w.at[i].kind = WAIT_UNANSWERED;
	for (size_t i = 0; i < w.n;) {
		struct waits one = {w.at + i, 1};
		size_t at = 0;
		int32_t day = waits_day(&one, &at, &c->scratch);
		struct str by_lot =
		    wait_key(key, WAITS_ERASED, day, random_u64());

		kv_put(c->txn, SP_COUNTER, by_lot, buf_str(&c->scratch));
		c->erased += erased_sum_hash(by_lot, buf_str(&c->scratch));
		i++;
	}
}

void
waits_erase(struct chat_batch *c, uint32_t chat, bool keep)
{
	struct arena_mark mark = arena_mark(c->arena);
	uint8_t memory[WAIT_KEY_SIZE];
	struct old o;

	if (keep)
		waits_keep(c, chat);
	days_clear(c, chat);
	if (kv_del(c->txn, SP_COUNTER, old_key(memory, chat))) {
		old_get(c->txn, &o);
		o.n--;
		old_put(c->txn, &o);
	}
	arena_rewind(c->arena, mark);
}
