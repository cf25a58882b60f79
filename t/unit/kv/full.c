/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * No room: the store at its limit and the disk at its end.  Then writes are
 * refused with FULL and nothing half-written, what was acknowledged is there,
 * reads and erasing work, and with room again all goes on without opening the
 * store anew.
 */
#include "store.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

#define VALUE 1000

struct record {
	uint32_t n;
	uint32_t also_del; /* delete this and the next `dels` */
	uint32_t dels;
	bool puts;
};

static struct str
key_of(uint32_t n, char out[4])
{
	struct wr w = wr_of(out, 4);

	wr_be32(&w, n);
	return wr_out(&w);
}

static enum err
record_fn(struct kv_txn *txn, void *arg)
{
	struct record *r = arg;
	char key[4], value[VALUE];

	memset(value, (int)r->n, sizeof(value));
	for (uint32_t i = 0; i < r->dels; i++)
		if (!kv_del(txn, SP_USER, key_of(r->also_del + i, key)))
			return kv_error(txn) != OK ? kv_error(txn)
						   : ERR_NOT_FOUND;
	if (r->puts)
		kv_put(txn, SP_USER, key_of(r->n, key),
		       (struct str){value, sizeof(value)});
	return OK;
}

struct count {
	uint32_t from, to; /* keys that must be there, and no others */
};

static enum err
count_fn(struct kv_txn *txn, void *arg)
{
	struct count *c = arg;
	struct kv_cursor *at = kv_cursor(txn, SP_USER, STR_NONE);
	uint32_t n = c->from;
	char key[4];

	for (; kv_next(at); n++) {
		struct str value = kv_value(at);

		if (!str_eq(kv_key(at), key_of(n, key)) || value.n != VALUE ||
		    (uint8_t)value.p[VALUE - 1] != (uint8_t)n)
			break;
	}
	kv_cursor_close(at);
	return n == c->to ? kv_error(txn) : ERR_STALE;
}

/* Single records until something goes wrong; how many were acknowledged. */
static uint32_t
fill(struct kv *kv, uint32_t from, enum err *e, struct fault *f)
{
	struct record r = {.n = from, .puts = true};

	f->code = OK;
	while ((*e = kv_write(kv, record_fn, &r, f)) == OK && r.n < 100000)
		r.n++;
	return r.n;
}

static void
full_and_back(struct kv *kv, uint32_t n)
{
	struct record one = {.n = n, .puts = true};
	struct count c = {0, n};

	is_int(kv_read(kv, count_fn, &c, NULL), OK,
	       "all %u acknowledged are there, and no more", n);
	is_int(kv_write(kv, record_fn, &one, NULL), ERR_FULL, "still full");
	one = (struct record){.also_del = 0, .dels = 1};
	is_int(kv_write(kv, record_fn, &one, NULL), OK, "erasing works");
	one = (struct record){.n = n, .puts = true, .also_del = 1, .dels = 2};
	is_int(kv_write(kv, record_fn, &one, NULL), OK,
	       "so does erasing that notes what it did");
	c = (struct count){3, n + 1};
	is_int(kv_read(kv, count_fn, &c, NULL), OK, "as it says");
}

static void
map_full(bool lmdb)
{
	struct folder d = folder_new(false);
	struct kv_options o = {.create = true,
			       .dir = lmdb ? d.path : NULL,
			       .map_bytes = 4u << 20,
			       .map_max = 4u << 20};
	struct kv *kv = store_open(&o);
	struct record half;
	struct kv_stats st;
	struct fault f;
	enum err e;
	uint32_t n = fill(kv, 0, &e, &f);

	printf("# %s\n", lmdb ? "lmdb" : "ram");
	is_int(e, ERR_FULL, "the store is full: %s", f.text);
	is_int(kv_stats(kv, &st, NULL), OK, "stats");
	ok(st.bytes_used > (4u << 20) / 100 * 90 &&
	       st.bytes_used < (4u << 20) / 100 * 97,
	   "the last twentieth is kept back: %" PRIu64 " bytes used",
	   st.bytes_used);
	full_and_back(kv, n);
	half = (struct record){.also_del = 3, .dels = n / 2};
	is_int(kv_write(kv, record_fn, &half, NULL), OK, "erase half");
	ok(fill(kv, n + 1, &e, &f) > n + n / 3, "and there is room again");
	is_int(e, ERR_FULL, "until it is full again");
	kv_close(kv);
	if (lmdb) {
		kv = store_open(&o);
		is_int(kv_stats(kv, &st, NULL), OK, "it opens full");
		kv_close(kv);
	}
	folder_remove(&d);
}

/* Grow without end where no limit is set. */
static void
map_grows(void)
{
	struct folder d = folder_new(false);
	struct kv_options o = {
	    .create = true, .dir = d.path, .map_bytes = 1u << 20};
	struct kv *kv = store_open(&o);
	struct record r = {.puts = true};
	struct count c = {0, 5000};
	enum err e = OK;

	for (; r.n < 5000 && e == OK; r.n++)
		e = kv_write(kv, record_fn, &r, NULL);
	is_int(e, OK, "5,000 records where 1 MiB was reserved");
	is_int(kv_read(kv, count_fn, &c, NULL), OK, "are all there");
	kv_close(kv);
	folder_remove(&d);
}

/* A file of zeros that takes up room. */
static bool
ballast(const char *dir, size_t bytes)
{
	char path[512];
	bool good;
	int fd;

	snprintf(path, sizeof(path), "%s/ballast", dir);
	fd = open(path, O_WRONLY | O_CREAT, 0600);
	good = fd >= 0 && posix_fallocate(fd, 0, (off_t)bytes) == 0;
	close(fd);
	return good;
}

/* More than the disk holds, at once. */
static enum err
huge_fn(struct kv_txn *txn, void *arg)
{
	static const char zeros[60000];
	char key[4];

	for (uint32_t i = 0; i < 200; i++)
		kv_put(txn, SP_CHAT, key_of(i, key),
		       (struct str){zeros, sizeof(zeros)});
	return OK;
}

/* On a disk of 8 MiB, half of it taken by something else. */
static void
disk_full(void)
{
	struct folder d = folder_new(false);
	struct kv_options o = {.create = true, .dir = d.path};
	char path[512];
	struct kv *kv;
	struct fault f;
	enum err e;
	uint32_t n, more;

	if (unshare(CLONE_NEWNS) != 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
	    mount("tmpfs", d.path, "tmpfs", 0, "size=8m,mode=0700") != 0) {
		printf("# skip: no disk of 8 MiB to be had: %s\n",
		       strerror(errno));
		folder_remove(&d);
		return;
	}
	ok(ballast(d.path, 4u << 20), "half of the disk is taken");
	kv = store_open(&o);
	f.code = OK;
	is_int(kv_write(kv, huge_fn, NULL, &f), ERR_FULL,
	       "12 MB find no room on it");
	ok(strstr(f.text, d.path) != NULL, "and are told: %s", f.text);
	n = fill(kv, 0, &e, &f);
	is_int(e, ERR_FULL, "the disk is full: %s", f.text);
	ok(n > 1000, "%u records found room", n);
	full_and_back(kv, n);
	snprintf(path, sizeof(path), "%s/ballast", d.path);
	ok(unlink(path) == 0, "half of the disk is given back");
	more = fill(kv, n + 1, &e, &f);
	ok(more > n + 1000, "and %u more find room", more - n);
	is_int(e, ERR_FULL, "until it is full again");
	kv_close(kv);
	kv = store_open(&o);
	is_int(kv_read(kv, count_fn, &(struct count){3, more}, NULL), OK,
	       "opened anew, all acknowledged are there");
	kv_close(kv);
	umount(d.path);
	folder_remove(&d);
}

int
main(void)
{
	map_full(false);
	map_full(true);
	map_grows();
	disk_full();
	return done_testing();
}
