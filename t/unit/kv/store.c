/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The LMDB store as a thing on disk: what is acknowledged is there after it is
 * opened again, damage to a value is found, what cannot be opened is refused
 * with the right word, copies are whole, a bulk load keeps others out, and a
 * reader that was killed does not make the file grow without end.
 */
#include "store.h"

#include "../../../src/kv/place.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#ifdef __SANITIZE_ADDRESS__
#define SANITIZED true
#define BIG 200000u
#else
#define SANITIZED false
#define BIG 2000000u
#endif

struct pair {
	enum kv_space space;
	struct str key, value;
};

static enum err
put_fn(struct kv_txn *txn, void *arg)
{
	struct pair *p = arg;

	kv_put(txn, p->space, p->key, p->value);
	return OK;
}

static enum err
get_fn(struct kv_txn *txn, void *arg)
{
	struct pair *p = arg;
	struct str value;

	if (!kv_get(txn, p->space, p->key, &value))
		return kv_error(txn) != OK ? kv_error(txn) : ERR_NOT_FOUND;
	return str_eq(value, p->value) ? OK : ERR_STALE;
}

static enum err
open_err(const struct kv_options *o, struct fault *f)
{
	struct kv *kv;
	enum err e;

	f->code = OK;
	e = kv_open(&kv, o, f);
	ok((kv == NULL) == (e != OK), "a store or an error");
	kv_close(kv);
	return e;
}

static mode_t
mode_of(const char *dir, const char *name)
{
	char path[512];
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return stat(path, &st) == 0 ? st.st_mode & 07777 : 0;
}

static void
opening(void)
{
	struct folder d = folder_new(false), store;
	char dir[256];
	struct kv_options o = {.dir = dir};
	struct pair a = {SP_USER, S("a"), S("1")};
	struct fault f;
	struct kv *kv;

	snprintf(dir, sizeof(dir), "%s/store", d.path);
	is_int(open_err(&o, &f), ERR_NOT_FOUND, "no folder: not found");
	ok(mkdir(dir, 0700) == 0, "an empty folder");
	is_int(open_err(&o, &f), ERR_NOT_FOUND, "no store: not found");
	ok(rmdir(dir) == 0, "asking made nothing");
	o.create = true;
	kv = store_open(&o);
	is_int(mode_of(dir, "."), 0700, "the folder is the owner's alone");
	is_int(mode_of(dir, "data.mdb"), 0600, "the file too");
	is_int(mode_of(dir, "lock.mdb"), 0600, "and the locks");
	is_int(kv_write(kv, put_fn, &a, NULL), OK, "put");
	is_int(open_err(&o, &f), ERR_CONFLICT, "a second open of a process");
	is_int(kv_read(kv, get_fn, &a, NULL), OK, "the first one goes on");
	kv_close(kv);
	is_int(open_err(&o, &f), OK, "after closing it opens");
	o.create = false;
	o.read_only = true;
	kv = store_open(&o);
	is_int(kv_read(kv, get_fn, &a, NULL), OK, "read only reads");
	is_int(kv_write(kv, put_fn, &a, NULL), ERR_BUG, "and does not write");
	kv_close(kv);
	snprintf(dir, sizeof(dir), "%s/store/data.mdb", d.path);
	o.read_only = false;
	is_int(open_err(&o, &f), ERR_IO, "a file is no folder");
	snprintf(store.path, sizeof(store.path), "%.100s/store", d.path);
	folder_remove(&store);
	folder_remove(&d);
}

/* Another process may have it open at the same time and sees commits. */
static void
two_processes(void)
{
	struct folder d = folder_new(false);
	struct kv_options o = {.dir = d.path, .create = true};
	struct pair a = {SP_USER, S("a"), S("from the child")};
	int status = -1;
	struct kv *kv;
	pid_t child;

	kv_close(store_open(&o));
	child = fork();
	if (child == 0) {
		kv = store_open(&o);
		status = (int)kv_write(kv, put_fn, &a, NULL);
		kv_close(kv);
		_exit(status);
	}
	kv = store_open(&o);
	ok(waitpid(child, &status, 0) == child && status == 0,
	   "another process opens and writes the same store");
	is_int(kv_read(kv, get_fn, &a, NULL), OK, "and this one sees it");
	kv_close(kv);
	folder_remove(&d);
}

/* Flip one byte of the file where `needle` stands; how often it was there. */
static int
flip(const char *dir, struct str needle, size_t at)
{
	char path[512];
	struct str rest;
	struct buf b;
	size_t i, done = 0;
	int fd, n = 0;
	ssize_t got;

	snprintf(path, sizeof(path), "%s/data.mdb", dir);
	fd = open(path, O_RDWR);
	buf_init(&b);
	while ((got = read(fd, buf_room(&b, 65536), 65536)) > 0)
		b.n += (size_t)got;
	for (rest = buf_str(&b); str_find(rest, needle, &i);
	     rest = str_cut(rest, i + 1, rest.n)) {
		char c = rest.p[i + at] ^ 0x10;

		done = (size_t)(rest.p - b.p) + i + at;
		n += pwrite(fd, &c, 1, (off_t)done) == 1;
	}
	close(fd);
	buf_fini(&b);
	return n;
}

static enum err
walk_fn(struct kv_txn *txn, void *arg)
{
	struct kv_cursor *c = kv_cursor(txn, SP_USER, STR_NONE);
	size_t *n = arg;

	for (*n = 0; kv_next(c) && kv_value(c).p != NULL;)
		++*n;
	kv_cursor_close(c);
	return OK;
}

/* `at` bytes into the stored pair. */
static void
damage(const char *what, size_t at)
{
	struct folder d = folder_new(false);
	struct kv_options o = {.dir = d.path, .create = true};
	struct pair good = {SP_USER, S("another"), S("which nobody touches")};
	struct pair bad = {SP_USER, S("key-of-it"), S("what-is-kept-there")};
	struct kv *kv = store_open(&o);
	struct fault f = {.code = OK};
	size_t n;

	is_int(kv_write(kv, put_fn, &good, NULL), OK, "put");
	is_int(kv_write(kv, put_fn, &bad, NULL), OK, "put");
	is_int(kv_read(kv, get_fn, &bad, NULL), OK, "get");
	kv_close(kv);
	ok(flip(d.path, S("key-of-itwhat-is-kept-there"), at) > 0, "%s", what);
	kv = store_open(&o);
	if (at < bad.key.n)
		bad.key = S("key-of-yt"); /* 'i' ^ 0x10 */
	is_int(kv_read(kv, get_fn, &bad, &f), ERR_CORRUPT, "%s: get", what);
	ok(f.code == ERR_CORRUPT && strstr(f.text, "user") != NULL &&
	       strstr(f.text, "key-of") == NULL,
	   "the fault names the keyspace, not the key");
	is_int(kv_read(kv, get_fn, &good, NULL), OK, "others are fine");
	is_int(kv_read(kv, walk_fn, &n, NULL), ERR_CORRUPT, "%s: cursor", what);
	is_int(kv_write(kv, get_fn, &bad, NULL), ERR_CORRUPT, "%s: write",
	       what);
	kv_close(kv);
	folder_remove(&d);
}

static void
formats(void)
{
	struct folder d = folder_new(false);
	struct kv_options o = {.dir = d.path, .create = true};
	struct pair format = {SP_META, S("format"), S("\1\0\0\0\1")};
	struct kv *kv = store_open(&o);
	struct fault f;

	is_int(kv_read(kv, get_fn, &format, NULL), OK, "format 1 is written");
	format.value = S("\1\0\0\0\2");
	is_int(kv_write(kv, put_fn, &format, NULL), OK, "put");
	kv_close(kv);
	is_int(open_err(&o, &f), ERR_NEWER, "format 2 is refused");
	ok(strstr(f.text, "format 2") != NULL, "and named");
	o.create = false;
	o.read_only = true;
	is_int(open_err(&o, &f), ERR_NEWER, "also for reading");
	folder_remove(&d);

	d = folder_new(false);
	o = (struct kv_options){.dir = d.path, .create = true};
	kv = store_open(&o);
	format.value = S("\2?");
	is_int(kv_write(kv, put_fn, &format, NULL), OK, "put");
	kv_close(kv);
	is_int(open_err(&o, &f), ERR_NEWER, "a layout of the record not known");
	folder_remove(&d);
}

static enum err
copied_fn(struct kv_txn *txn, void *arg)
{
	struct kv *to = arg;
	struct kv_cursor *c = kv_cursor(txn, SP_USER, STR_NONE);
	struct pair p = {.space = SP_USER};

	while (kv_next(c)) {
		p.key = kv_key(c);
		p.value = kv_value(c);
		TRY(kv_read(to, get_fn, &p, NULL));
	}
	return OK;
}

static enum err
many_fn(struct kv_txn *txn, void *arg)
{
	uint32_t n = *(uint32_t *)arg;
	char key[4], value[100];
	struct wr w;

	for (uint32_t i = 0; i < n; i++) {
		w = wr_of(key, sizeof(key));
		wr_be32(&w, i * 2654435761u); /* scattered, all different */
		memset(value, (int)i, sizeof(value));
		kv_put(txn, SP_USER, wr_out(&w),
		       (struct str){value, sizeof(value)});
	}
	return OK;
}

static void
copies(void)
{
	struct folder d = folder_new(false), to = folder_new(false);
	struct kv_options o = {.dir = d.path, .create = true};
	struct kv_stats a, b;
	struct kv *kv = store_open(&o), *copy;
	uint32_t n = 5000;
	struct fault f = {.code = OK};

	is_int(kv_write(kv, many_fn, &n, NULL), OK, "5,000 keys");
	is_int(kv_copy(kv, to.path, &f), OK, "copy %s", f.text);
	is_int(mode_of(to.path, "data.mdb"), 0600, "the owner's alone");
	ok(mode_of(to.path, "data.mdb.part") == 0, "nothing half left");
	is_int(kv_copy(kv, to.path, &f), ERR_CONFLICT, "never over another");
	o.dir = to.path;
	copy = store_open(&o);
	is_int(kv_read(kv, copied_fn, copy, NULL), OK, "all is in the copy");
	ok(kv_stats(kv, &a, NULL) == OK && kv_stats(copy, &b, NULL) == OK &&
	       a.entries[SP_USER] == 5000 && b.entries[SP_USER] == 5000,
	   "and nothing more");
	kv_close(copy);
	kv_close(kv);
	folder_remove(&to);
	folder_remove(&d);
}

/* In a child, because a process opens a store once. */
static enum err
open_elsewhere(const struct kv_options *o)
{
	int status = -1;
	pid_t child = fork();

	if (child == 0) {
		struct kv *kv;
		enum err e = kv_open(&kv, o, NULL);

		kv_close(kv);
		_exit((int)e);
	}
	waitpid(child, &status, 0);
	return WIFEXITED(status) ? (enum err)WEXITSTATUS(status) : ERR_COUNT;
}

static void
bulk(void)
{
	struct folder d = folder_new(false);
	struct kv_options o = {.dir = d.path, .create = true, .bulk = true};
	struct kv_options plain = {.dir = d.path, .create = true};
	struct kv *kv = store_open(&o);
	struct fault f;
	uint32_t n = 1000;

	is_int(kv_write(kv, many_fn, &n, NULL), OK, "load");
	is_int(open_elsewhere(&plain), ERR_CONFLICT, "others are kept out");
	kv_close(kv);
	is_int(open_err(&plain, &f), ERR_CONFLICT, "a load that did not end");
	ok(strstr(f.text, "bulk load") != NULL, "says so");
	folder_remove(&d);

	d = folder_new(false);
	o.dir = plain.dir = d.path;
	kv = store_open(&o);
	is_int(kv_write(kv, many_fn, &n, NULL), OK, "load again");
	is_int(kv_sync(kv, NULL), OK, "and end it");
	is_int(kv_write(kv, many_fn, &n, NULL), OK, "it goes on as any store");
	kv_close(kv);
	kv = store_open(&plain);
	is_int(open_elsewhere(&plain), OK, "others may come now");
	kv_close(kv);
	is_int(open_err(&o, &f), ERR_CONFLICT, "no bulk where something is");
	is_int(open_err(&plain, &f), OK, "which leaves the store as it was");
	folder_remove(&d);
}

/* Killed within a read transaction, its snapshot pins every page freed since.
 */
static enum err
die_fn(struct kv_txn *txn, void *arg)
{
	int *fd = arg;
	struct str value;

	kv_get(txn, SP_USER, S("a"), &value);
	if (write(*fd, "r", 1) == 1)
		for (;;)
			pause();
	return OK;
}

static pid_t
reader_start(const struct kv_options *o)
{
	int fds[2];
	char c;
	pid_t child;

	if (pipe(fds) != 0 || (child = fork()) < 0)
		abort();
	if (child == 0)
		_exit(kv_read(store_open(o), die_fn, &fds[1], NULL) != OK);
	if (read(fds[0], &c, 1) != 1)
		abort();
	close(fds[0]);
	close(fds[1]);
	return child;
}

static void
stale_reader(void)
{
	struct folder d = folder_new(false);
	struct kv_options o = {.dir = d.path,
			       .create = true,
			       .map_bytes = 8u << 20,
			       .map_max = 8u << 20};
	struct pair p = {SP_USER, S("a"), STR_NONE};
	struct kv_stats pinned, after;
	char value[60000] = {1};
	enum err e = OK;
	struct kv *kv;
	pid_t reader;

	kv_close(store_open(&o));
	reader = reader_start(&o);
	kv = store_open(&o);
	p.value = (struct str){value, sizeof(value)};
	for (int i = 0; i < 5 && e == OK; i++)
		e = kv_write(kv, put_fn, &p, NULL);
	is_int(e, OK, "write under a reader");
	is_int(kv_stats(kv, &pinned, NULL), OK, "stats");
	is_int(pinned.readers, 1, "one reader");
	ok(pinned.oldest_lag >= 5, "that lags %" PRIu64 " commits behind",
	   pinned.oldest_lag);
	kill(reader, SIGKILL);
	waitpid(reader, NULL, 0);
	/* 600 times 15 pages is 4 times the map */
	for (int i = 0; i < 600 && e == OK; i++)
		e = kv_write(kv, put_fn, &p, NULL);
	is_int(e, OK, "a reader that died does not fill the store");
	is_int(kv_stats(kv, &after, NULL), OK, "stats");
	is_int(after.readers, 0, "it is gone");
	is_int(after.oldest_lag, 0, "nobody lags");
	is_int(kv_read(kv, get_fn, &p, NULL), OK, "the value is right");
	kv_close(kv);
	folder_remove(&d);
}

/* A reader that lives pins its snapshot: then the store is full, and says so.
 */
static void
live_reader(void)
{
	struct folder d = folder_new(false);
	struct kv_options o = {.dir = d.path,
			       .create = true,
			       .map_bytes = 8u << 20,
			       .map_max = 8u << 20};
	struct pair p = {SP_USER, S("a"), STR_NONE};
	char value[60000] = {1};
	enum err e = OK;
	struct kv *kv;
	pid_t reader;

	kv_close(store_open(&o));
	reader = reader_start(&o);
	kv = store_open(&o);
	p.value = (struct str){value, sizeof(value)};
	for (int i = 0; i < 600 && e == OK; i++)
		e = kv_write(kv, put_fn, &p, NULL);
	is_int(e, ERR_FULL, "a reader that lives does");
	kill(reader, SIGKILL);
	waitpid(reader, NULL, 0);
	is_int(kv_write(kv, put_fn, &p, NULL), OK, "until it is gone");
	kv_close(kv);
	folder_remove(&d);
}

static enum err
big_fn(struct kv_txn *txn, void *arg)
{
	uint32_t n = BIG;

	TRY(many_fn(txn, &n));
	return *(bool *)arg ? kv_fail(txn, ERR_STALE, "", "as wanted") : OK;
}

static void
big_transaction(void)
{
	struct folder d = folder_new(false);
	struct kv_options o = {.dir = d.path, .create = true};
	struct kv *kv = store_open(&o);
	struct kv_stats st;
	bool fails = true;
	size_t n = 0;

	is_int(kv_write(kv, big_fn, &fails, NULL), ERR_STALE,
	       "%u puts that fail", BIG);
	is_int(kv_read(kv, walk_fn, &n, NULL), OK, "walk");
	is_int(n, 0, "leave nothing");
	fails = false;
	is_int(kv_write(kv, big_fn, &fails, NULL), OK, "%u puts", BIG);
	is_int(kv_read(kv, walk_fn, &n, NULL), OK, "walk");
	is_int(n, BIG, "are all there");
	ok(kv_stats(kv, &st, NULL) == OK && st.entries[SP_USER] == BIG,
	   "and counted");
	kv_close(kv);
	folder_remove(&d);
}

/* In a child with little address space. */
static int
little_space(void *arg)
{
	const struct kv_options *o = arg;
	const struct rlimit limit = {(rlim_t)4 << 30, (rlim_t)4 << 30};
	struct pair p = {SP_USER, S("a"), S("1")};
	struct kv_stats st;
	struct kv *kv;
	uint32_t n = 100000;
	enum err e;

	if (setrlimit(RLIMIT_AS, &limit) != 0)
		return 1;
	kv = store_open(o);
	e = kv_stats(kv, &st, NULL);
	if (e != OK || st.map_bytes > ((size_t)4 << 30))
		return 2;
	if (kv_write(kv, put_fn, &p, NULL) != OK)
		return 3;
	e = kv_write(kv, many_fn, &n, NULL);
	if (e != OK)
		return 4;
	if (kv_read(kv, get_fn, &p, NULL) != OK)
		return 5;
	kv_close(kv);
	return 0;
}

static int
in_child(int (*fn)(void *), void *arg)
{
	int status = -1;
	pid_t child = fork();

	if (child == 0)
		_exit(fn(arg));
	waitpid(child, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void
address_space(void)
{
	struct folder d = folder_new(false);
	struct kv_options o = {.dir = d.path, .create = true};

	if (SANITIZED)
		printf("# skip: the sanitizer itself needs terabytes\n");
	else
		is_int(in_child(little_space, &o), 0,
		       "less is reserved where 1 TiB is not to be had");
	folder_remove(&d);
}

static void
places(void)
{
	bool grave = false;

	ok(place_trouble(0x6969, &grave) != NULL && grave, "no store on NFS");
	ok(place_trouble((long)0xff534d42u, &grave) != NULL && grave,
	   "nor on CIFS");
	ok(place_trouble((long)(int32_t)0xff534d42u, &grave) != NULL && grave,
	   "also where the number comes with a sign");
	ok(place_trouble(0x01021997, &grave) != NULL && grave, "nor on 9P");
	ok(place_trouble(0x794c7630, &grave) != NULL && !grave,
	   "overlay is only worth a warning");
	ok(place_trouble(0xef53, &grave) == NULL, "ext4 is fine");
	ok(place_trouble(0x01021994, &grave) == NULL, "tmpfs is fine");
}

int
main(void)
{
	opening();
	two_processes();
	damage("a byte of a value", 12);
	damage("the last byte of a value", 9 + 17);
	damage("a byte of the checksum", 9 + 18);
	damage("a byte of the key", 7);
	formats();
	copies();
	bulk();
	stale_reader();
	live_reader();
	big_transaction();
	address_space();
	places();
	return done_testing();
}
