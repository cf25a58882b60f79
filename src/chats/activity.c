/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Activity, kept up.  A batch gathers what users did and, at its end, changes
 * each span of each user once: the instants before and after are compared, and
 * a set loses or gains the user where a bucket has become empty or is empty no
 * more.  Chats are compared as a whole, with what they were when they were
 * loaded; where a user's past itself changed hands (a merge, another owner)
 * the user is read anew from chats and timeline.
 */
#include "room.h"

#include <stdlib.h>

#define SIGN (UINT64_C(1) << 63)
#define SPAN_SHIFT 15

/* A quarter-hour, 2 hours, 16 hours, 5.3, 43 and 341 days. */
const struct levels activity_levels = {.n = 5,
				       .shift = {0, 3, 6, 9, 12, SPAN_SHIFT}};

int64_t
quarter_of(int64_t at)
{
	return at / QUARTER_HOUR - (at % QUARTER_HOUR < 0);
}

uint64_t
quarter_key(int64_t quarter)
{
	return (uint64_t)quarter ^ SIGN;
}

int64_t
quarter_of_key(uint64_t key)
{
	return (int64_t)(key ^ SIGN);
}

uint32_t
span_of(int64_t at)
{
	return (uint32_t)((quarter_of(at) >> SPAN_SHIFT) +
			  (INT64_C(1) << 31));
}

/* Instants ----------------------------------------------------------------- */

void
instants_add(struct instants *i, int64_t at)
{
	if (i->n == i->cap) {
		i->cap = i->cap ? 2 * i->cap : 16;
		i->p = mem_grow(i->p, i->cap * sizeof(*i->p));
	}
	i->p[i->n++] = at;
}

static int
instant_cmp(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

void
instants_sort(struct instants *i)
{
	if (i->n > 1)
		qsort(i->p, i->n, sizeof(*i->p), instant_cmp);
}

/* One fewer of this instant, of those in order. */
static void
instants_take(struct instants *i, int64_t at)
{
	int64_t *found =
	    i->n ? bsearch(&at, i->p, i->n, sizeof(at), instant_cmp) : NULL;

	if (found == NULL)
		return;
	memmove(found, found + 1,
		(size_t)(i->p + i->n - (found + 1)) * sizeof(at));
	i->n--;
}

/* Pieces ------------------------------------------------------------------- */

struct str
piece_key(uint8_t out[ACTIVITY_KEY_SIZE], const struct piece_key *k)
{
	struct wr w = wr_of(out, ACTIVITY_KEY_SIZE);

	wr_u8(&w, 'i');
	wr_be32(&w, k->user);
	wr_be16(&w, k->kind);
	wr_be32(&w, k->span);
	wr_be16(&w, k->no);
	return wr_out(&w);
}

bool
piece_key_read(struct str key, struct piece_key *out)
{
	struct rd r = rd_of(key);

	r.bad |= rd_u8(&r) != 'i';
	out->user = rd_be32(&r);
	out->kind = rd_be16(&r);
	out->span = rd_be32(&r);
	out->no = rd_be16(&r);
	return rd_done(&r);
}

/* Of a user, and (unless 0) of one kind. */
static struct str
pieces_prefix(uint8_t out[ACTIVITY_KEY_SIZE], uint32_t user, uint16_t kind)
{
	struct piece_key k = {.user = user, .kind = kind};
	struct str key = piece_key(out, &k);

	key.n = kind == 0 ? 5 : 7;
	return key;
}

void
piece_encode(struct buf *out, const int64_t *at, size_t n)
{
	buf_c(out, CHAT_VERSION);
	buf_at(out, at[0]);
	for (size_t i = 1; i < n; i++)
		buf_varint(out, (uint64_t)at[i] - (uint64_t)at[i - 1]);
}

bool
piece_decode(struct str value, struct instants *out)
{
	struct rd r = rd_of(value);
	int64_t at;

	r.bad |= rd_u8(&r) != CHAT_VERSION;
	at = rd_at(&r);
	if (r.bad)
		return false;
	instants_add(out, at);
	while (rd_left(&r) > 0) {
		uint64_t gap = rd_varint(&r);

		if (r.bad || gap > (uint64_t)INT64_MAX - (uint64_t)at)
			return false;
		at = (int64_t)((uint64_t)at + gap);
		instants_add(out, at);
	}
	return rd_done(&r);
}

/* All instants of one span, in order. */
static void
span_load(struct kv_txn *txn, const struct piece_key *k, struct instants *out)
{
	uint8_t memory[ACTIVITY_KEY_SIZE];
	struct str prefix = piece_key(memory, k);
	struct kv_cursor *c;

	prefix.n -= 2;
	c = kv_cursor(txn, SP_ACTIVITY, prefix);
	for (bool more = kv_seek(c, STR_NONE); more; more = kv_next(c))
		if (!piece_decode(kv_value(c), out))
			kv_fail(txn, ERR_CORRUPT, "activity",
				"The activity of user %u is damaged.", k->user);
	kv_cursor_close(c);
}

bool
activity_last(struct kv_txn *txn, uint32_t user, uint16_t kind, int64_t *at)
{
	uint8_t memory[ACTIVITY_KEY_SIZE];
	struct kv_cursor *c =
	    kv_cursor(txn, SP_ACTIVITY, pieces_prefix(memory, user, kind));
	struct instants last = {0};
	bool any = kv_seek_last(c, STR_NONE);

	if (any && !piece_decode(kv_value(c), &last))
		kv_fail(txn, ERR_CORRUPT, "activity",
			"The activity of user %u is damaged.", user);
	any = last.n > 0;
	if (any)
		*at = last.p[last.n - 1];
	kv_cursor_close(c);
	free(last.p);
	return any;
}

static size_t
pieces_of(const struct instants *i)
{
	return (i->n + PIECE_MAX - 1) / PIECE_MAX;
}

static size_t
piece_size(const struct instants *i, size_t no)
{
	size_t from = no * PIECE_MAX;

	if (i->n <= from)
		return 0;
	return i->n - from < PIECE_MAX ? i->n - from : PIECE_MAX;
}

/* Full pieces but the last; those that stay as they are are not written. */
static void
span_store(struct chat_batch *c, struct piece_key k, const struct instants *was,
	   const struct instants *now)
{
	size_t n = pieces_of(now), had = pieces_of(was);
	uint8_t memory[ACTIVITY_KEY_SIZE];

	for (size_t i = 0; i < n; i++) {
		size_t from = i * PIECE_MAX, size = piece_size(now, i);

		if (piece_size(was, i) == size &&
		    memcmp(was->p + from, now->p + from,
			   size * sizeof(*now->p)) == 0)
			continue;
		k.no = (uint16_t)i;
		buf_reset(&c->scratch);
		piece_encode(&c->scratch, now->p + from, size);
		kv_put(c->txn, SP_ACTIVITY, piece_key(memory, &k),
		       buf_str(&c->scratch));
	}
	for (size_t i = n; i < had; i++) {
		k.no = (uint16_t)i;
		kv_del(c->txn, SP_ACTIVITY, piece_key(memory, &k));
	}
}

/* Sets --------------------------------------------------------------------- */

/* Of the next bucket at or after i; i moves behind it. */
static bool
bucket_next(const struct instants *in, uint8_t level, size_t *i, uint64_t *out)
{
	unsigned shift = activity_levels.shift[level];

	if (*i == in->n)
		return false;
	*out = quarter_key(quarter_of(in->p[*i])) >> shift;
	do
		(*i)++;
	while (*i < in->n &&
	       quarter_key(quarter_of(in->p[*i])) >> shift == *out);
	return true;
}

static void
bucket_change(struct chat_batch *c, const struct piece_key *k, uint8_t level,
	      uint64_t bucket, bool add)
{
	uint8_t value[8];
	struct wr w = wr_of(value, sizeof(value));

	wr_be64(&w, bucket);
	delta_change(c->activity.delta,
		     (struct posting){.attr = (uint16_t)(A_ACTIVITY + k->kind),
				      .level = level,
				      .value = wr_out(&w)},
		     k->user, add);
}

static void
level_change(struct chat_batch *c, const struct piece_key *k, uint8_t level,
	     const struct instants *was, const struct instants *now)
{
	uint64_t a = 0, b = 0;
	size_t i = 0, j = 0;
	bool has_a = bucket_next(was, level, &i, &a);
	bool has_b = bucket_next(now, level, &j, &b);

	while (has_a || has_b) {
		if (has_a && has_b && a == b) {
			has_a = bucket_next(was, level, &i, &a);
			has_b = bucket_next(now, level, &j, &b);
		} else if (has_a && (!has_b || a < b)) {
			bucket_change(c, k, level, a, false);
			has_a = bucket_next(was, level, &i, &a);
		} else {
			bucket_change(c, k, level, b, true);
			has_b = bucket_next(now, level, &j, &b);
		}
	}
}

/* Whether anything is kept of the user and kind outside of the span. */
static bool
other_spans(struct kv_txn *txn, const struct piece_key *k)
{
	uint8_t memory[ACTIVITY_KEY_SIZE];
	struct kv_cursor *c = kv_cursor(
	    txn, SP_ACTIVITY, pieces_prefix(memory, k->user, k->kind));
	struct piece_key first, last;
	bool other = kv_seek(c, STR_NONE) && piece_key_read(kv_key(c), &first);

	if (other && first.span == k->span)
		other = kv_seek_last(c, STR_NONE) &&
			piece_key_read(kv_key(c), &last) &&
			last.span != k->span;
	kv_cursor_close(c);
	return other;
}

static void
span_change(struct chat_batch *c, const struct piece_key *k,
	    const struct instants *was, const struct instants *now)
{
	struct posting any = {.attr = (uint16_t)(A_ACTIVITY + k->kind),
			      .level = LEVEL_SET,
			      .value = S("")};

	if (c->activity.delta == NULL)
		c->activity.delta = delta_new();
	span_store(c, *k, was, now);
	if (kind_has_ledger(k->kind) && c->activity.kept)
		ledger_differ(&c->activity.ledger, LEDGER_LIVING, k->kind,
			      k->user, was, now);
	if (!kind_has_sets(k->kind))
		return;
	for (uint8_t level = 0; level <= activity_levels.n; level++)
		level_change(c, k, level, was, now);
	if ((was->n == 0) != (now->n == 0) && !other_spans(c->txn, k))
		delta_change(c->activity.delta, any, k->user, now->n > 0);
}

/* What was done ------------------------------------------------------------ */

void
deed_add(struct chat_batch *c, struct deed d)
{
	struct activity_batch *b = &c->activity;

	if (d.user == 0 || (!kind_has_sets(d.kind) && !b->kept))
		return;
	if (b->n == b->cap) {
		b->cap = b->cap ? 2 * b->cap : 64;
		b->deeds = mem_grow(b->deeds, b->cap * sizeof(*b->deeds));
	}
	b->deeds[b->n++] = d;
}

void
activity_did(struct chat_batch *c, const struct activity_name *name,
	     uint32_t user, int64_t at)
{
	uint16_t kind =
	    name->kind ? name->kind : activity_kind(c->txn, name->text);

	if (batch_indexes(c->people))
		deed_add(c, (struct deed){user, kind, true, at});
}

void
activity_told(struct chat_batch *c, enum activity kind, uint32_t user,
	      int64_t at)
{
	if (batch_indexes(c->people))
		deed_add(c, (struct deed){user, (uint16_t)kind, true, at});
}

uint16_t
class_kind(enum message_class class)
{
	static const uint16_t kinds[MESSAGE_CLASSES] = {
	    [CLASS_IN] = ACTIVITY_MESSAGE,
	    [CLASS_BOT] = ACTIVITY_BOT,
	    [CLASS_HUMAN] = ACTIVITY_HUMAN,
	    [CLASS_TEMPLATE] = ACTIVITY_TEMPLATE};

	return kinds[class];
}

uint16_t
message_kind(enum person person, bool template, bool note)
{
	enum message_class class;

	return message_class(person, template, note, &class) ? class_kind(class)
							     : 0;
}

void
held_said(struct chat_batch *c, struct held *h, uint16_t kind, int64_t at)
{
	if (kind == 0 || !batch_indexes(c->people))
		return;
	if (h->n_said == h->cap_said) {
		size_t cap = h->cap_said ? 2 * h->cap_said : 8;
		struct saying *grown = arena_get(c->arena, cap * sizeof(*grown));

		if (h->n_said > 0)
			memcpy(grown, h->said, h->n_said * sizeof(*grown));
		h->said = grown;
		h->cap_said = cap;
	}
	h->said[h->n_said++] = (struct saying){at, kind};
}

size_t
chat_beginnings(const struct chat *c, struct arena *a, int64_t **out)
{
	int64_t moment = chat_moment(c);
	size_t n = 0;

	*out = arena_get(a, (c->n_states + 1) * sizeof(**out));
	if (moment != INSTANT_NONE)
		(*out)[n++] = moment;
	for (size_t i = 1; i < c->n_states; i++)
		if (c->states[i].state == CHAT_OPENED &&
		    c->states[i - 1].state == CHAT_CLOSED &&
		    c->states[i].at != moment)
			(*out)[n++] = c->states[i].at;
	return n;
}

void
activity_recount(struct chat_batch *c, uint32_t user)
{
	struct activity_batch *b = &c->activity;

	if (user == 0 || !batch_indexes(c->people))
		return;
	if (b->n_recounts == b->cap_recounts) {
		b->cap_recounts = b->cap_recounts ? 2 * b->cap_recounts : 8;
		b->recounts = mem_grow(b->recounts, b->cap_recounts *
							sizeof(*b->recounts));
	}
	b->recounts[b->n_recounts++] = user;
}

struct listening {
	struct chat_batch *c;
	uint32_t user;
};

static bool
listen_message(void *arg, const struct message_view *m)
{
	struct listening *l = arg;
	uint16_t kind = message_kind(m->person, m->template, m->note);

	if (kind != 0)
		deed_add(l->c, (struct deed){l->user, kind, true, m->at});
	return true;
}

/* What a chat adds to its user since it was loaded. */
static void
chat_settle(struct chat_batch *c, struct held *h)
{
	uint32_t user = h->chat.user;
	struct listening l = {c, user};
	int64_t *began;
	size_t n = chat_beginnings(&h->chat, c->arena, &began);
	bool same = n == h->n_began &&
		    (n == 0 || memcmp(began, h->began, n * sizeof(*began)) == 0);

	if (h->was.user != 0 && h->was.user != user) {
		activity_recount(c, h->was.user);
		activity_recount(c, user);
	} else if (h->was.user != user && !h->fresh) {
		chat_messages(c->txn, h->chat.id, listen_message, &l);
	} else {
		for (size_t i = 0; i < h->n_said; i++)
			deed_add(c, (struct deed){user, h->said[i].kind, true,
						  h->said[i].at});
	}
	if (h->was.user == user && !same)
		for (size_t i = 0; i < h->n_began; i++)
			deed_add(c, (struct deed){user, ACTIVITY_CHAT, false,
						  h->began[i]});
	if (h->was.user != user || !same)
		for (size_t i = 0; i < n; i++)
			deed_add(c, (struct deed){user, ACTIVITY_CHAT, true,
						  began[i]});
	h->began = began;
	h->n_began = n;
	h->n_said = 0;
}

/* The end ------------------------------------------------------------------ */

static int
deed_cmp(const void *a, const void *b)
{
	const struct deed *x = a, *y = b;

	if (x->user != y->user)
		return x->user < y->user ? -1 : 1;
	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	return (int)y->add - (int)x->add;
}

/* The deeds of one user, kind and span. */
static void
deeds_apply(struct chat_batch *c, const struct deed *d, size_t n)
{
	struct piece_key k = {
	    .user = d->user, .kind = d->kind, .span = span_of(d->at)};
	struct instants was = {0}, now = {0};

	span_load(c->txn, &k, &was);
	for (size_t i = 0; i < was.n; i++)
		instants_add(&now, was.p[i]);
	for (size_t i = 0; i < n; i++)
		if (d[i].add)
			instants_add(&now, d[i].at);
	instants_sort(&now);
	for (size_t i = 0; i < n; i++)
		if (!d[i].add)
			instants_take(&now, d[i].at);
	span_change(c, &k, &was, &now);
	free(was.p);
	free(now.p);
}

static int
recount_cmp(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

bool
activity_recounts(const struct chat_batch *c, uint32_t user)
{
	const struct activity_batch *b = &c->activity;

	return b->n_recounts > 0 &&
	       bsearch(&user, b->recounts, b->n_recounts, sizeof(user),
		       recount_cmp) != NULL;
}

static void
deeds_settle(struct chat_batch *c)
{
	struct activity_batch *b = &c->activity;

	if (b->n > 1)
		qsort(b->deeds, b->n, sizeof(*b->deeds), deed_cmp);
	if (b->kept)
		windows_settle(c, b->n);
	for (size_t i = 0, k; i < b->n && kv_error(c->txn) == OK; i = k) {
		const struct deed *d = &b->deeds[i];
		uint32_t span = span_of(d->at);

		for (k = i + 1; k < b->n && b->deeds[k].user == d->user &&
				b->deeds[k].kind == d->kind &&
				span_of(b->deeds[k].at) == span;)
			k++;
		if (!activity_recounts(c, d->user))
			deeds_apply(c, d, k - i);
	}
	b->n = 0;
}

/* The user's pieces as they are kept, as deeds of the past. */
static void
stored_gather(struct chat_batch *c, uint32_t user, struct dones *out)
{
	uint8_t memory[ACTIVITY_KEY_SIZE];
	struct kv_cursor *cursor =
	    kv_cursor(c->txn, SP_ACTIVITY, pieces_prefix(memory, user, 0));
	struct instants at = {0};

	for (bool more = kv_seek(cursor, STR_NONE); more;
	     more = kv_next(cursor)) {
		struct piece_key k;

		at.n = 0;
		if (!piece_key_read(kv_key(cursor), &k) ||
		    !piece_decode(kv_value(cursor), &at))
			kv_fail(c->txn, ERR_CORRUPT, "activity",
				"The activity of user %u is damaged.", user);
		for (size_t i = 0; i < at.n; i++)
			dones_add(out, k.kind, at.p[i]);
	}
	kv_cursor_close(cursor);
	free(at.p);
}

/* Take the instants of one kind and span off the front. */
static void
span_split(const struct dones *all, size_t *i, const struct piece_key *k,
	   struct instants *out)
{
	out->n = 0;
	for (; *i < all->n && all->p[*i].kind == k->kind &&
	       span_of(all->p[*i].at) == k->span;
	     (*i)++)
		instants_add(out, all->p[*i].at);
}

/* Both lists by kind and instant: the store is to have what `now` says. */
static void
user_change(struct chat_batch *c, uint32_t user, const struct dones *was,
	    const struct dones *now)
{
	struct instants a = {0}, b = {0};
	size_t i = 0, j = 0;

	while ((i < was->n || j < now->n) && kv_error(c->txn) == OK) {
		const struct done *first = i < was->n ? &was->p[i] : NULL;
		const struct done *other = j < now->n ? &now->p[j] : NULL;
		struct piece_key k = {.user = user};

		if (first == NULL ||
		    (other != NULL && (other->kind < first->kind ||
				       (other->kind == first->kind &&
					other->at < first->at))))
			first = other;
		k.kind = first->kind;
		k.span = span_of(first->at);
		span_split(was, &i, &k, &a);
		span_split(now, &j, &k, &b);
		span_change(c, &k, &a, &b);
	}
	free(a.p);
	free(b.p);
}

static void
recount(struct chat_batch *c, uint32_t user)
{
	struct dones was = {0}, now = {0};

	stored_gather(c, user, &was);
	activity_gather(c->txn, c->arena, user, &now, NULL);
	if (!c->activity.kept)
		dones_untold(&now);
	user_change(c, user, &was, &now);
	free(was.p);
	free(now.p);
}

void
activity_all(struct chat_batch *c, uint32_t user, struct dones *out)
{
	if (c->activity.kept)
		stored_gather(c, user, out);
	else
		activity_gather(c->txn, c->arena, user, out, NULL);
}

void
activity_erase(struct chat_batch *c, uint32_t user)
{
	struct dones was = {0}, nothing = {0};

	stored_gather(c, user, &was);
	user_change(c, user, &was, &nothing);
	free(was.p);
}

static void
recounts_settle(struct chat_batch *c)
{
	struct activity_batch *b = &c->activity;

	for (size_t i = 0; i < b->n_recounts && kv_error(c->txn) == OK; i++)
		if (i == 0 || b->recounts[i] != b->recounts[i - 1])
			recount(c, b->recounts[i]);
	b->n_recounts = 0;
}

static void
check_ready(struct chat_batch *c)
{
	struct fault f = {0};

	if (activity_ready(c->txn, &f) != OK && kv_error(c->txn) == OK)
		kv_fail(c->txn, f.code, f.path, "%s", f.text);
}

void
activity_settle(struct chat_batch *c)
{
	struct activity_batch *b = &c->activity;

	if (!batch_indexes(c->people))
		return;
	for (struct held *h = c->all; h != NULL; h = h->next)
		if (h->dirty)
			chat_settle(c, h);
	if (b->n == 0 && b->n_recounts == 0 && b->delta == NULL)
		return;
	check_ready(c);
	if (b->n_recounts > 1)
		qsort(b->recounts, b->n_recounts, sizeof(*b->recounts),
		      recount_cmp);
	deeds_settle(c);
	recounts_settle(c);
	if (b->delta != NULL)
		delta_flush(b->delta, c->txn);
	ledger_apply(c->txn, &b->ledger);
	b->ledger.n = 0;
}

void
activity_free(struct activity_batch *b)
{
	free(b->deeds);
	free(b->recounts);
	delta_free(b->delta);
	ledger_changes_free(&b->ledger);
}
