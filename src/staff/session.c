/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Sessions: 256 random bits that a browser keeps and whose SHA-256 the store
 * keeps.  A session lives 12 hours at most and 30 minutes without use; "used"
 * is written at most once a minute, so that reading pages writes nothing.  It
 * dies with its manager's epoch.  The CSRF token is derived from the secret,
 * so it needs no place of its own and never outlives the session.
 */
#include "layout.h"

#define TOUCH (60 * SECOND_US)

struct session {
	uint32_t manager, epoch;
	int64_t begun, used;
	struct str from;
};

void
secret_new(char out[SECRET_TEXT])
{
	uint8_t bytes[32];

	random_bytes(bytes, sizeof(bytes));
	base64url_encode((struct str){(char *)bytes, sizeof(bytes)}, out);
	wipe(bytes, sizeof(bytes));
}

static struct str
session_key(struct key *key, const struct sha256 *hash)
{
	return key_of_bytes(key, 's', (struct str){(const char *)hash->b, 32});
}

static bool
session_read(struct kv_txn *txn, struct str value, struct session *out)
{
	struct rd r = value_rd(txn, value);

	out->manager = rd_be32(&r);
	out->epoch = rd_be32(&r);
	out->begun = (int64_t)rd_be64(&r);
	out->used = (int64_t)rd_be64(&r);
	out->from = rd_str(&r);
	return value_done(txn, &r, "session");
}

static void
session_put(struct kv_txn *txn, const struct sha256 *hash,
	    const struct session *s)
{
	uint8_t room[128];
	struct wr w = wr_of(room, sizeof(room));
	struct key key;

	wr_u8(&w, LAYOUT_VERSION);
	wr_be32(&w, s->manager);
	wr_be32(&w, s->epoch);
	wr_be64(&w, (uint64_t)s->begun);
	wr_be64(&w, (uint64_t)s->used);
	wr_str(&w, text_prefix(s->from, 64));
	kv_put(txn, SP_SESSION, session_key(&key, hash), wr_out(&w));
}

void
session_new(struct kv_txn *txn, const struct manager *m, struct str from,
	    int64_t now, struct str secret)
{
	struct sha256 hash = sha256_of(secret);
	struct session s = {m->id, m->epoch, now, now, from};

	session_put(txn, &hash, &s);
}

void
session_csrf(struct str secret, char out[SECRET_TEXT])
{
	struct sha256 h = hmac_sha256(secret, S("rapport csrf 1"));

	base64url_encode((struct str){(char *)h.b, sizeof(h.b)}, out);
}

static bool
session_old(const struct session *s, int64_t now)
{
	return now - s->used > SESSION_IDLE || now - s->begun > SESSION_LIFE;
}

bool
session_dead(struct kv_txn *txn, struct str value, int64_t now)
{
	struct session s;
	struct manager m;

	if (!session_read(txn, value, &s))
		return false;
	return session_old(&s, now) || !manager_get(txn, s.manager, &m) ||
	       m.disabled || m.epoch != s.epoch;
}

void
who_of_manager(const struct manager *m, struct who *out)
{
	size_t n = m->name.n < MANAGER_NAME_MAX ? m->name.n : MANAGER_NAME_MAX;

	out->kind = WHO_MANAGER;
	out->id = m->id;
	out->role = m->role;
	out->permissions = m->role == ROLE_OWNER ? MAY_ALL : m->permissions;
	memcpy(out->name, m->name.p, n);
	out->name[n] = '\0';
	out->one_time = m->one_time;
	out->touch = false;
}

enum err
session_check(struct kv_txn *txn, struct str secret, int64_t now,
	      struct who *out)
{
	struct session s;
	struct manager m;
	struct key key;
	struct str value;

	*out = (struct who){.kind = WHO_NOBODY};
	if (secret.n != SECRET_TEXT - 1)
		return ERR_AUTH;
	out->secret = sha256_of(secret);
	if (!kv_get(txn, SP_SESSION, session_key(&key, &out->secret), &value) ||
	    !session_read(txn, value, &s) || session_old(&s, now) ||
	    !manager_get(txn, s.manager, &m) || m.disabled ||
	    m.epoch != s.epoch)
		return kv_error(txn) != OK ? kv_error(txn) : ERR_AUTH;
	who_of_manager(&m, out);
	out->touch = now - s.used >= TOUCH;
	return OK;
}

/* Acts -------------------------------------------------------------------- */

struct act {
	struct staff *staff;
	const struct by *by;
	const struct who *who;
	int64_t now;
};

static enum err
end_apply(struct kv_txn *txn, void *arg)
{
	struct act *a = arg;
	struct label l;
	struct key key;

	kv_vital(txn);
	if (!kv_del(txn, SP_SESSION, session_key(&key, &a->by->who->secret)))
		return OK;
	audit_put(a->staff, txn, a->by, "logout",
		  label_of(&l, "manager", a->by->who->id), STR_NONE, STR_NONE);
	return OK;
}

enum err
session_end(struct staff *s, const struct by *by, struct fault *f)
{
	struct act a = {s, by, by->who, by->at};

	if (by->who->kind != WHO_MANAGER)
		return OK;
	return kv_write(s->kv, end_apply, &a, f);
}

/* One's own --------------------------------------------------------------- */

/* The hash in a key, as its owner sees it. */
static void
session_id(struct str key, char out[17])
{
	hex_encode(str_cut(key, 1, 9), out);
}

void
sessions_each(struct kv_txn *txn, const struct who *who, int64_t now,
	      session_fn *fn, void *arg)
{
	struct kv_cursor *c = kv_cursor(txn, SP_SESSION, S("s"));
	bool more = who->kind == WHO_MANAGER && kv_seek(c, STR_NONE);
	struct session_view v;
	struct session s;
	char current[17];

	hex_encode((struct str){(const char *)who->secret.b, 8}, current);
	for (; more; more = kv_next(c)) {
		struct str value = kv_value(c);

		if (!session_read(txn, value, &s))
			break;
		if (s.manager != who->id || session_dead(txn, value, now))
			continue;
		v.begun = s.begun;
		v.used = s.used;
		v.from = s.from;
		session_id(kv_key(c), v.id);
		v.current = strcmp(v.id, current) == 0;
		if (!fn(arg, &v))
			break;
	}
	kv_cursor_close(c);
}

struct ending {
	struct staff *staff;
	const struct by *by;
	struct str id;
};

static enum err
end_one_apply(struct kv_txn *txn, void *arg)
{
	struct ending *e = arg;
	struct kv_cursor *c = kv_cursor(txn, SP_SESSION, S("s"));
	struct key room;
	struct str key = STR_NONE;
	struct session s;
	struct label l;
	char id[17];

	kv_vital(txn);
	for (bool more = kv_seek(c, STR_NONE); more && !key.p;
	     more = kv_next(c)) {
		session_id(kv_key(c), id);
		if (session_read(txn, kv_value(c), &s) &&
		    s.manager == e->by->who->id &&
		    str_eq(str_of(id), e->id))
			key = key_of_bytes(&room, 's',
					   str_cut(kv_key(c), 1, SIZE_MAX));
	}
	kv_cursor_close(c);
	if (!key.p)
		return ERR_NOT_FOUND;
	kv_del(txn, SP_SESSION, key);
	audit_put(e->staff, txn, e->by, "session.end",
		  label_of(&l, "manager", e->by->who->id), STR_NONE, STR_NONE);
	return kv_error(txn);
}

enum err
session_end_one(struct staff *s, const struct by *by, struct str id,
		struct fault *f)
{
	struct ending e = {s, by, id};

	if (by->who->kind != WHO_MANAGER)
		return ERR_NOT_FOUND;
	return kv_write(s->kv, end_one_apply, &e, f);
}

/* Use --------------------------------------------------------------------- */

static enum err
touch_apply(struct kv_txn *txn, void *arg)
{
	struct act *a = arg;
	struct session s;
	struct key key;
	struct str value;
	char from[65];
	size_t n;

	if (a->who->kind == WHO_TOKEN) {
		token_touch(txn, a->who->id, a->now);
		return OK;
	}
	/* one that was ended meanwhile stays ended */
	if (!kv_get(txn, SP_SESSION, session_key(&key, &a->who->secret),
		    &value) ||
	    !session_read(txn, value, &s) || s.used >= a->now)
		return OK;
	n = s.from.n < 64 ? s.from.n : 64;
	memcpy(from, s.from.p, n);
	s.from = (struct str){from, n};
	s.used = a->now;
	session_put(txn, &a->who->secret, &s);
	return OK;
}

enum err
who_touch(struct staff *s, const struct who *who, int64_t now, struct fault *f)
{
	struct act a = {s, NULL, who, now};

	if (!who->touch)
		return OK;
	return kv_write(s->kv, touch_apply, &a, f);
}
