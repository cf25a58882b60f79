/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Keys under which something was done.  once_take is called by audit_put in
 * the transaction of the act: it finds the key free, or its own (an act may
 * have more than one audit row), or makes the whole transaction fail.  There
 * is no reservation that a crash could leave behind: a key is either taken
 * together with what was done under it, or free.
 */
#include "layout.h"

#include <rapport/staff/once.h>

#define SWEEP_MAX 1000u

struct record_once {
	int64_t at;
	uint64_t act;
	struct str request; /* 32 bytes */
	bool answered;
	int status;
	struct str object, head, body;
};

static struct str
hash_str(const struct sha256 *h)
{
	return (struct str){(const char *)h->b, sizeof(h->b)};
}

static struct sha256
code_of(const struct staff *s, const char *what, const struct who *who,
	struct str key, struct str request)
{
	struct sha256 code;
	struct buf b;

	buf_init(&b);
	buf_put(&b, str_of(what));
	buf_c(&b, (char)who->kind);
	buf_be32(&b, who->id);
	buf_lstr(&b, key);
	buf_lstr(&b, request);
	code = hmac_sha256((struct str){(const char *)s->audit_key, 32},
			   buf_str(&b));
	wipe(b.p, b.n);
	buf_fini(&b);
	return code;
}

struct once
once_of(const struct staff *s, const struct who *who, struct str key,
	struct str request)
{
	return (struct once){
	    .key = code_of(s, "once key", who, key, STR_NONE),
	    .request = code_of(s, "once request", who, key, request),
	    .act = random_u64(),
	};
}

/* Records ------------------------------------------------------------------ */

static bool
record_of(struct kv_txn *txn, struct str value, struct record_once *out)
{
	struct rd r = value_rd(txn, value);

	out->at = (int64_t)rd_be64(&r);
	out->act = rd_be64(&r);
	out->request = rd_bytes(&r, 32);
	out->answered = rd_u8(&r) != 0;
	out->status = rd_be16(&r);
	out->object = rd_str(&r);
	out->head = rd_str(&r);
	out->body = rd_str(&r);
	return value_done(txn, &r, "key of a request");
}

/* False: none, or one that has ended. */
static bool
once_get(struct kv_txn *txn, const struct once *o, int64_t now,
	 struct record_once *out)
{
	struct str value;
	struct key key;

	return kv_get(txn, SP_ONCE, key_of_bytes(&key, 'k', hash_str(&o->key)),
		      &value) &&
	       record_of(txn, value, out) && out->at + ONCE_LIFE > now;
}

static void
once_put(struct kv_txn *txn, const struct once *o, const struct record_once *r)
{
	struct key key;
	struct buf b;

	buf_init(&b);
	buf_c(&b, LAYOUT_VERSION);
	buf_be64(&b, (uint64_t)r->at);
	buf_be64(&b, r->act);
	buf_put(&b, r->request);
	buf_c(&b, (char)r->answered);
	buf_be16(&b, (uint16_t)r->status);
	buf_lstr(&b, r->object);
	buf_lstr(&b, r->head);
	buf_lstr(&b, r->body);
	kv_put(txn, SP_ONCE, key_of_bytes(&key, 'k', hash_str(&o->key)),
	       buf_str(&b));
	buf_fini(&b);
}

static struct str
key_of_time(struct key *key, int64_t at, struct str hash)
{
	struct wr *w = key_begin(key, 't');

	wr_be64(w, (uint64_t)at);
	wr_bytes(w, hash);
	return wr_out(w);
}

/* Acting ------------------------------------------------------------------- */

void
once_take(struct kv_txn *txn, const struct by *by, struct str object)
{
	const struct once *o = by->once;
	struct record_once r;
	struct key key;

	if (once_get(txn, o, by->at, &r)) {
		if (r.act != o->act)
			kv_fail(txn, ERR_CONFLICT, "Idempotency-Key",
				"another request with this key was quicker; "
				"send it again for the answer");
		return;
	}
	if (kv_error(txn) != OK)
		return;
	r = (struct record_once){.at = by->at,
				 .act = o->act,
				 .request = hash_str(&o->request),
				 .object = object};
	once_put(txn, o, &r);
	kv_put(txn, SP_ONCE, key_of_time(&key, by->at, hash_str(&o->key)),
	       S("\1"));
}

struct asking {
	const struct once *once;
	int64_t now;
	struct arena *arena;
	struct once_kept *out;
	const struct once_kept *answer;
};

static enum err
look(struct kv_txn *txn, void *arg)
{
	struct asking *a = arg;
	struct once_kept *k = a->out;
	struct record_once r;

	*k = (struct once_kept){.state = ONCE_FREE};
	if (!once_get(txn, a->once, a->now, &r))
		return kv_error(txn);
	k->at = r.at;
	k->act = r.act;
	k->object = arena_str(a->arena, r.object);
	if (!str_eq(r.request, hash_str(&a->once->request))) {
		k->state = ONCE_OTHER;
		return OK;
	}
	k->state = r.answered ? ONCE_ANSWERED : ONCE_DONE;
	k->status = r.status;
	k->head = arena_str(a->arena, r.head);
	k->body = arena_str(a->arena, r.body);
	return OK;
}

enum err
once_look(struct staff *s, const struct once *o, int64_t now, struct arena *a,
	  struct once_kept *out, struct fault *f)
{
	struct asking k = {.once = o, .now = now, .arena = a, .out = out};

	return kv_read(s->kv, look, &k, f);
}

static enum err
keep(struct kv_txn *txn, void *arg)
{
	struct asking *a = arg;
	const struct once_kept *k = a->answer;
	struct record_once r;
	struct arena copy;

	if (!once_get(txn, a->once, INSTANT_MIN, &r) || r.act != a->once->act)
		return kv_error(txn);
	arena_init(&copy);
	r.object = arena_str(&copy, r.object);
	r.request = hash_str(&a->once->request);
	r.answered = true;
	r.status = k->status;
	r.head = k->head;
	r.body = k->body;
	once_put(txn, a->once, &r);
	arena_fini(&copy);
	return kv_error(txn);
}

enum err
once_keep(struct staff *s, const struct once *o, const struct once_kept *answer,
	  struct fault *f)
{
	struct asking k = {.once = o, .answer = answer};

	if (answer->head.n + answer->body.n > ONCE_ANSWER_MAX)
		return OK;
	return kv_write(s->kv, keep, &k, f);
}

/* Forgetting --------------------------------------------------------------- */

struct sweep {
	int64_t now;
	bool any;
};

/* The time of a key of 't', or false when it is not to be forgotten. */
static bool
sweep_due(struct str key, int64_t now)
{
	struct rd r = rd_of(str_cut(key, 1, key.n));

	return (int64_t)rd_be64(&r) + ONCE_LIFE <= now && !r.bad;
}

static enum err
sweep_look(struct kv_txn *txn, void *arg)
{
	struct sweep *s = arg;
	struct kv_cursor *c = kv_cursor(txn, SP_ONCE, S("t"));

	s->any = kv_seek(c, STR_NONE) && sweep_due(kv_key(c), s->now);
	kv_cursor_close(c);
	return kv_error(txn);
}

/* The record goes with its time, unless the key was taken anew since. */
static void
forget(struct kv_txn *txn, struct str time, int64_t now)
{
	struct str hash = str_cut(time, 9, time.n), value;
	struct record_once r;
	struct key key;

	kv_del(txn, SP_ONCE, time);
	if (kv_get(txn, SP_ONCE, key_of_bytes(&key, 'k', hash), &value) &&
	    record_of(txn, value, &r) && r.at + ONCE_LIFE <= now)
		kv_del(txn, SP_ONCE, key_of_bytes(&key, 'k', hash));
}

static enum err
sweep_some(struct kv_txn *txn, void *arg)
{
	struct sweep *s = arg;
	struct kv_cursor *c = kv_cursor(txn, SP_ONCE, S("t"));
	struct arena a;
	struct str *keys;
	size_t n = 0;

	arena_init(&a);
	keys = arena_get(&a, SWEEP_MAX * sizeof(*keys));
	for (bool more = kv_seek(c, STR_NONE);
	     more && n < SWEEP_MAX && sweep_due(kv_key(c), s->now);
	     more = kv_next(c))
		keys[n++] = arena_str(&a, kv_key(c));
	kv_cursor_close(c);
	for (size_t i = 0; i < n; i++)
		forget(txn, keys[i], s->now);
	arena_fini(&a);
	return kv_error(txn);
}

enum err
once_sweep(struct staff *s, int64_t now, struct fault *f)
{
	struct sweep w = {.now = now};

	TRY(kv_read(s->kv, sweep_look, &w, f));
	/* no write, and no sync, when there is nothing to forget */
	return w.any ? kv_write(s->kv, sweep_some, &w, f) : OK;
}
