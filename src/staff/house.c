/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The house: opening the staff room, its first Owner and its audit key.  The
 * key lives in a file beside the store and not in it, so that a copy of the
 * store alone cannot forge the audit chain.  It is written before the first
 * record and never replaced.  Here are also the small pieces of layout that
 * every file of the room shares: keys, versions, counters.
 */
#include "layout.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEY_FILE "audit.key"
#define SWEEP_MAX 1000u /* entries one sweep deletes */

struct wr *
key_begin(struct key *k, char letter)
{
	k->w = wr_of(k->room, sizeof(k->room));
	wr_u8(&k->w, (uint8_t)letter);
	return &k->w;
}

struct str
key_of_u32(struct key *k, char letter, uint32_t n)
{
	wr_be32(key_begin(k, letter), n);
	return wr_out(&k->w);
}

struct str
key_of_u64(struct key *k, char letter, uint64_t n)
{
	wr_be64(key_begin(k, letter), n);
	return wr_out(&k->w);
}

struct str
key_of_bytes(struct key *k, char letter, struct str s)
{
	wr_bytes(key_begin(k, letter), s);
	return wr_out(&k->w);
}

struct rd
value_rd(struct kv_txn *txn, struct str value)
{
	struct rd r = rd_of(value);
	uint8_t version = rd_u8(&r);

	if (version == LAYOUT_VERSION)
		return r;
	kv_fail(txn, version > LAYOUT_VERSION ? ERR_NEWER : ERR_CORRUPT, NULL,
		"a record of staff has layout %d", version);
	r.bad = true;
	return r;
}

bool
value_done(struct kv_txn *txn, const struct rd *r, const char *what)
{
	if (rd_done(r))
		return true;
	kv_fail(txn, ERR_CORRUPT, NULL, "a %s of the store is damaged", what);
	return false;
}

uint64_t
counter_last(struct kv_txn *txn, const char *name)
{
	struct key key;
	struct str value;
	struct rd r;
	uint64_t n;

	if (!kv_get(txn, SP_META, key_of_bytes(&key, 'c', str_of(name)),
		    &value))
		return 0;
	r = value_rd(txn, value);
	n = rd_be64(&r);
	return value_done(txn, &r, "counter") ? n : 0;
}

uint64_t
counter_next(struct kv_txn *txn, const char *name)
{
	uint64_t n = counter_last(txn, name) + 1;
	uint8_t room[9];
	struct wr w = wr_of(room, sizeof(room));
	struct key key;

	wr_u8(&w, LAYOUT_VERSION);
	wr_be64(&w, n);
	kv_put(txn, SP_META, key_of_bytes(&key, 'c', str_of(name)), wr_out(&w));
	return n;
}

struct str
label_of(struct label *l, const char *noun, uint64_t id)
{
	snprintf(l->z, sizeof(l->z), "%s %llu", noun, (unsigned long long)id);
	return str_of(l->z);
}

static char *
key_path(const char *dir)
{
	size_t sz = strlen(dir) + sizeof("/" KEY_FILE);
	char *path = mem_new(sz);

	snprintf(path, sz, "%s/%s", dir, KEY_FILE);
	return path;
}

/* The key of `dir`. ERR_NOT_FOUND: there is none. */
static enum err
key_read(const char *dir, uint8_t out[32], struct fault *f)
{
	char *path = key_path(dir);
	uint8_t more[33];
	enum err e = OK;
	struct stat st;
	ssize_t n;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0) {
		e = fail(f, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, NULL,
			 errno == ENOENT ? "there is no store in %s: run "
					   "rapport init"
					 : "cannot read the audit key in %s",
			 dir);
		goto done;
	}
	n = read(fd, more, sizeof(more));
	if (n != 32)
		e = fail(f, ERR_CORRUPT, NULL, "%s is not an audit key", path);
	else if (fstat(fd, &st) == 0 && (st.st_mode & 077) != 0)
		log_line(LOG_WARN, "staff", "%s may be read by others", path);
	memcpy(out, more, 32);
	wipe(more, sizeof(more));
	close(fd);
done:
	free(path);
	return e;
}

/* Make the key, on disk before we return. One that is there stays. */
static enum err
key_make(const char *dir, struct fault *f)
{
	char *path = key_path(dir);
	uint8_t key[32];
	enum err e = OK;
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	int at;

	if (fd < 0) {
		e = errno == EEXIST
			? OK
			: fail(f, ERR_IO, NULL, "cannot make %s: %s", path,
			       strerror(errno));
		goto done;
	}
	random_bytes(key, sizeof(key));
	if (write(fd, key, sizeof(key)) != (ssize_t)sizeof(key) ||
	    fsync(fd) != 0) {
		e = fail(f, errno == ENOSPC ? ERR_FULL : ERR_IO, NULL,
			 "cannot write %s", path);
		unlink(path);
	}
	wipe(key, sizeof(key));
	close(fd);
	at = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (at >= 0) {
		if (fsync(at) != 0 && e == OK)
			e = fail(f, ERR_IO, NULL, "cannot sync %s", dir);
		close(at);
	}
done:
	free(path);
	return e;
}

enum err
staff_open(struct staff **out, struct kv *kv, const char *dir, struct fault *f)
{
	struct staff *s = mem_new(sizeof(*s));
	enum err e = key_read(dir, s->audit_key, f);

	*out = NULL;
	if (e != OK) {
		staff_close(s);
		return e;
	}
	s->kv = kv;
	s->dir = mem_new(strlen(dir) + 1);
	memcpy(s->dir, dir, strlen(dir));
	*out = s;
	return OK;
}

void
staff_close(struct staff *s)
{
	if (s == NULL)
		return;
	wipe(s->audit_key, sizeof(s->audit_key));
	free(s->dir);
	free(s);
}

enum err
guard_ask(struct kv_txn *txn, const struct by *by)
{
	return by->guard ? by->guard->ask(txn, by->guard->arg) : OK;
}

struct kv *
staff_kv(const struct staff *s)
{
	return s->kv;
}

const char *
staff_gate(const struct staff *s)
{
	return s->dir;
}

struct first {
	struct staff *staff;
	const struct manager_in *in;
	const char *phc;
	int64_t now;
	uint32_t *id;
};

static enum err
first_owner(struct kv_txn *txn, void *arg)
{
	struct first *a = arg;
	struct who who = who_command();
	struct by by = {.who = &who, .from = STR_NONE, .at = a->now};
	struct label l;

	if (counter_last(txn, "manager") > 0)
		return fail(kv_fault(txn), ERR_CONFLICT, NULL,
			    "this store has an Owner already");
	TRY(manager_store_new(txn, a->in, str_of(a->phc), a->now, a->id));
	audit_put(a->staff, txn, &by, "init", label_of(&l, "manager", *a->id),
		  STR_NONE, STR_NONE);
	return OK;
}

enum err
staff_init(struct kv *kv, const char *dir, const struct manager_in *owner,
	   int64_t now, char password[32], uint32_t *id, struct fault *f)
{
	struct manager_in in = *owner;
	struct staff *s = NULL;
	char phc[128];
	struct first a = {NULL, &in, phc, now, id};
	enum err e;

	in.role = ROLE_OWNER;
	TRY(manager_check(&in, f));
	TRY(key_make(dir, f));
	TRY(staff_open(&s, kv, dir, f));
	a.staff = s;
	password_new(password);
	e = password_hash(str_of(password), dir, phc, f);
	if (e == OK)
		e = kv_write(kv, first_owner, &a, f);
	if (e != OK)
		wipe(password, 32);
	staff_close(s);
	return e;
}

/* Sweeping: one stretch of the session space a call, dead entries out. */
struct sweep {
	int64_t now;
};

static bool
entry_dead(struct kv_txn *txn, struct str key, struct str value, int64_t now)
{
	if (key.p[0] == 's')
		return session_dead(txn, value, now);
	if (key.p[0] == 'f')
		return guess_stale(txn, value, now);
	return address_stale(txn, value, now);
}

static enum err
sweep_some(struct kv_txn *txn, void *arg)
{
	struct sweep *a = arg;
	struct arena dead;
	struct str *keys;
	struct kv_cursor *c = kv_cursor(txn, SP_SESSION, STR_NONE);
	size_t n = 0;

	arena_init(&dead);
	keys = arena_get(&dead, SWEEP_MAX * sizeof(*keys));
	for (bool there = kv_seek(c, STR_NONE); there && n < SWEEP_MAX;
	     there = kv_next(c))
		if (entry_dead(txn, kv_key(c), kv_value(c), a->now))
			keys[n++] = arena_str(&dead, kv_key(c));
	kv_cursor_close(c);
	for (size_t i = 0; i < n; i++)
		kv_del(txn, SP_SESSION, keys[i]);
	arena_fini(&dead);
	return OK;
}

static enum err
sweep_look(struct kv_txn *txn, void *arg)
{
	struct sweep *a = arg;
	struct kv_cursor *c = kv_cursor(txn, SP_SESSION, STR_NONE);
	bool any = false;

	for (bool there = kv_seek(c, STR_NONE); there && !any;
	     there = kv_next(c))
		any = entry_dead(txn, kv_key(c), kv_value(c), a->now);
	kv_cursor_close(c);
	return any ? OK : ERR_NOT_FOUND;
}

enum err
staff_sweep(struct staff *s, int64_t now, struct fault *f)
{
	struct sweep a = {now};
	enum err e = kv_read(s->kv, sweep_look, &a, NULL);

	/* no write, and no sync, when there is nothing to forget */
	if (e == ERR_NOT_FOUND)
		return OK;
	return e == OK ? kv_write(s->kv, sweep_some, &a, f) : e;
}
