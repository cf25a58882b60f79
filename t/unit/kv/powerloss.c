/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Power loss, by simulation.  While a store is written, every write to its
 * file and every sync is recorded.  Then the power fails after each of them,
 * many times: what was synced is on the disk, of what was not any 512-byte
 * sector may be there or not.  Each such file must open, hold all that was
 * acknowledged by then, and be exactly the store as it was after some write.
 *
 *   write n:  counter = n, record n mod 10 = 600 bytes of n, record n in
 *             another keyspace, record n - 20 there deleted
 *
 * so the counter says what everything else has to be.  The control is a disk
 * that lies, where fdatasync does nothing (but O_DSYNC does what it says): the
 * same look at its files must find stores that are lost.
 *
 * RAPPORT_IMAGES sets how many files (4,000), RAPPORT_SEED which sectors.
 */
#include "store.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>

#define IMAGES 4000
#define WRITES 60
#define SECTOR 512u
#define OPS_MAX 4000

/* One thing that happened to the file. */
struct op {
	enum { OP_WRITE, OP_WRITE_SYNC, OP_SYNC, OP_START, OP_DONE } kind;
	uint32_t n;    /* of a kv_write that started or was acknowledged */
	size_t at, sz; /* of a write */
	char *bytes;
};

static struct {
	bool armed;
	struct op ops[OPS_MAX];
	size_t n;
} tape;

static struct op *
tape_add(void)
{
	if (tape.n == OPS_MAX)
		abort();
	return &tape.ops[tape.n++];
}

/* Is it the store's file? */
static bool
is_data(int fd)
{
	char link[64], path[512];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path));
	return n > 0 && str_ends((struct str){path, (size_t)n}, S("data.mdb"));
}

static void
tape_write(int fd, const void *p, size_t n, off_t at)
{
	struct op *op;

	if (!tape.armed || !is_data(fd))
		return;
	op = tape_add();
	op->kind = (fcntl(fd, F_GETFL) & O_DSYNC) ? OP_WRITE_SYNC : OP_WRITE;
	op->at = (size_t)at;
	op->sz = n;
	op->bytes = mem_new(n);
	memcpy(op->bytes, p, n);
}

ssize_t pwrite64(int fd, const void *p, size_t n, off64_t at);
ssize_t
pwrite64(int fd, const void *p, size_t n, off64_t at)
{
	tape_write(fd, p, n, at);
	return syscall(SYS_pwrite64, fd, p, n, at);
}

ssize_t pwrite(int fd, const void *p, size_t n, off_t at);
ssize_t
pwrite(int fd, const void *p, size_t n, off_t at)
{
	return pwrite64(fd, p, n, at);
}

ssize_t
pwritev(int fd, const struct iovec *v, int n, off_t at)
{
	off_t to = at;

	for (int i = 0; i < n; to += (off_t)v[i++].iov_len)
		tape_write(fd, v[i].iov_base, v[i].iov_len, to);
	return syscall(SYS_pwritev, fd, v, n, at, 0);
}

ssize_t
writev(int fd, const struct iovec *v, int n)
{
	off_t to = tape.armed ? lseek(fd, 0, SEEK_CUR) : 0;

	for (int i = 0; i < n; to += (off_t)v[i++].iov_len)
		tape_write(fd, v[i].iov_base, v[i].iov_len, to);
	return syscall(SYS_writev, fd, v, n);
}

int
fdatasync(int fd)
{
	if (tape.armed && is_data(fd))
		tape_add()->kind = OP_SYNC;
	return (int)syscall(SYS_fdatasync, fd);
}

/* The store and what it must hold ------------------------------------------ */

static struct str
number(uint32_t n, char out[4])
{
	struct wr w = wr_of(out, 4);

	wr_be32(&w, n);
	return wr_out(&w);
}

static enum err
write_fn(struct kv_txn *txn, void *arg)
{
	uint32_t n = *(uint32_t *)arg;
	char key[4], value[600], last[4];

	memset(value, (int)n, sizeof(value));
	kv_put(txn, SP_META, S("counter"), number(n, last));
	kv_put(txn, SP_USER, number(n % 10, key),
	       (struct str){value, sizeof(value)});
	kv_put(txn, SP_CHAT, number(n, key), number(n, last));
	if (n > 20)
		kv_del(txn, SP_CHAT, number(n - 20, key));
	return OK;
}

/* The range of writes that may be the last one. */
struct reach {
	uint32_t least, most;
};

static enum err
check_fn(struct kv_txn *txn, void *arg)
{
	const struct reach *reach = arg;
	char key[4], last[4];
	struct str value;
	struct rd r;
	uint32_t c = 0, n;

	if (kv_get(txn, SP_META, S("counter"), &value)) {
		r = rd_of(value);
		c = rd_be32(&r);
	}
	if (c < reach->least || c > reach->most)
		return ERR_GONE;
	for (uint32_t i = 0; i < 10; i++) {
		/* the last n <= c that is i mod 10 */
		n = c - (c + 10 - i) % 10;
		if (c < 1 || n > c || n < 1) {
			if (kv_get(txn, SP_USER, number(i, key), &value))
				return ERR_STALE;
			continue;
		}
		if (!kv_get(txn, SP_USER, number(i, key), &value) ||
		    value.n != 600 || (uint8_t)value.p[599] != (uint8_t)n)
			return ERR_STALE;
	}
	for (n = 1; n <= WRITES; n++) {
		bool there = n <= c && n + 20 > c;

		if (kv_get(txn, SP_CHAT, number(n, key), &value) != there ||
		    (there && !str_eq(value, number(n, last))))
			return ERR_STALE;
	}
	return kv_error(txn);
}

/* Images ---------------------------------------------------------------------
 */

struct image {
	char *bytes;
	size_t n, cap;
};

static void
image_write(struct image *m, const char *p, size_t n, size_t at)
{
	if (n == 0)
		return;
	if (at + n > m->cap) {
		m->cap = 2 * (at + n);
		m->bytes = mem_grow(m->bytes, m->cap);
	}
	if (at > m->n) /* a hole */
		memset(m->bytes + m->n, 0, at - m->n);
	memcpy(m->bytes + at, p, n);
	if (at + n > m->n)
		m->n = at + n;
}

static void
image_load(struct image *m, const char *dir)
{
	char path[512], block[65536];
	ssize_t got;
	int fd;

	snprintf(path, sizeof(path), "%s/data.mdb", dir);
	fd = open(path, O_RDONLY);
	while ((got = read(fd, block, sizeof(block))) > 0)
		image_write(m, block, (size_t)got, m->n);
	close(fd);
}

static bool
image_save(const struct image *m, const char *dir)
{
	char path[512];
	bool good;
	int fd;

	snprintf(path, sizeof(path), "%s/data.mdb", dir);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	good = fd >= 0 && write(fd, m->bytes, m->n) == (ssize_t)m->n;
	close(fd);
	return good;
}

static uint64_t random_state;

static bool
coin(void)
{
	random_state = random_state * UINT64_C(6364136223846793005) +
		       UINT64_C(1442695040888963407);
	return random_state >> 63;
}

/* Some of the sectors of a write that nobody synced. */
static void
image_tear(struct image *m, const struct op *op)
{
	for (size_t i = 0; i < op->sz; i += SECTOR) {
		size_t n = op->sz - i < SECTOR ? op->sz - i : SECTOR;

		if (coin())
			image_write(m, op->bytes + i, n, op->at + i);
	}
}

/* 0, or what was wrong with it. */
static int
image_wrong(const struct kv_options *o, struct reach reach)
{
	uint32_t next = WRITES + 1;
	struct kv *kv;
	int wrong = 0;

	if (kv_open(&kv, o, NULL) != OK)
		return 1;
	if (kv_read(kv, check_fn, &reach, NULL) != OK)
		wrong = 2;
	else if (kv_write(kv, write_fn, &next, NULL) != OK)
		wrong = 3; /* it must be possible to go on */
	kv_close(kv);
	return wrong;
}

/* `apart`: in a child, since a lost store may take its process along. */
static bool
image_good(const struct image *m, const struct folder *d, struct reach reach,
	   bool apart)
{
	struct kv_options o = {.dir = d->path, .map_bytes = 64u << 20};
	char lock[512];
	int status = -1;
	pid_t child;

	snprintf(lock, sizeof(lock), "%s/lock.mdb", d->path);
	unlink(lock); /* no lock outlives the power */
	if (!image_save(m, d->path))
		abort();
	if (!apart)
		return image_wrong(&o, reach) == 0;
	child = fork();
	if (child == 0) {
		if (freopen("/dev/null", "w", stderr) == NULL)
			_exit(9);
		_exit(image_wrong(&o, reach));
	}
	waitpid(child, &status, 0);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* The power fails after each op, `times` times; how many stores were lost. */
static uint64_t
fail_everywhere(const struct image *start, bool lies, uint64_t times,
		uint64_t *images)
{
	struct folder d = folder_new(false);
	struct image durable = {0}, torn = {0};
	struct reach reach = {0, 0};
	uint64_t lost = 0;
	size_t synced = 0; /* ops before this one are in `durable` */

	image_write(&durable, start->bytes, start->n, 0);
	for (size_t i = 0; i < tape.n; i++) {
		const struct op *op = &tape.ops[i];

		if (op->kind == OP_START)
			reach.most = op->n;
		else if (op->kind == OP_DONE)
			reach.least = op->n;
		for (uint64_t t = 0; t < times; t++, ++*images) {
			torn.n = 0;
			image_write(&torn, durable.bytes, durable.n, 0);
			for (size_t j = synced; j <= i; j++)
				if (j == i || tape.ops[j].kind == OP_WRITE)
					image_tear(&torn, &tape.ops[j]);
			lost += !image_good(&torn, &d, reach, lies);
		}
		if (op->kind == OP_SYNC && !lies)
			for (; synced <= i; synced++)
				image_write(&durable, tape.ops[synced].bytes,
					    tape.ops[synced].sz,
					    tape.ops[synced].at);
		else if (op->kind == OP_WRITE_SYNC)
			image_write(&durable, op->bytes, op->sz, op->at);
	}
	free(durable.bytes);
	free(torn.bytes);
	folder_remove(&d);
	return lost;
}

static void
record(struct image *start)
{
	struct folder d = folder_new(false);
	struct kv_options o = {
	    .dir = d.path, .create = true, .map_bytes = 64u << 20};
	struct kv *kv = store_open(&o);
	enum err e = OK;

	image_load(start, d.path);
	tape.armed = true;
	for (uint32_t n = 1; n <= WRITES && e == OK; n++) {
		*tape_add() = (struct op){.kind = OP_START, .n = n};
		e = kv_write(kv, write_fn, &n, NULL);
		*tape_add() = (struct op){.kind = OP_DONE, .n = n};
	}
	tape.armed = false;
	is_int(e, OK, "%d writes", WRITES);
	e = kv_read(kv, check_fn, &(struct reach){WRITES, WRITES}, NULL);
	is_int(e, OK, "and the store is as they say");
	kv_close(kv);
	folder_remove(&d);
}

int
main(void)
{
	const char *z = getenv("RAPPORT_IMAGES"),
		   *seed = getenv("RAPPORT_SEED");
	struct image start = {0};
	uint64_t want = IMAGES, images = 0, lost;
	size_t syncs = 0;

	if (z != NULL && !str_to_u64(str_of(z), &want))
		want = IMAGES;
	random_state = random_u64();
	if (seed != NULL && !str_to_u64(str_of(seed), &random_state))
		random_state = 1;
	printf("# RAPPORT_SEED=%" PRIu64 "\n", random_state);
	record(&start);
	for (size_t i = 0; i < tape.n; i++)
		syncs += tape.ops[i].kind == OP_SYNC;
	ok(syncs >= WRITES, "%zu ops, %zu syncs recorded", tape.n, syncs);
	lost = fail_everywhere(&start, false, want / tape.n + 1, &images);
	is_int(lost, 0, "%" PRIu64 " power failures, no store lost", images);
	lost = fail_everywhere(&start, true, 1, &images);
	ok(lost > 50, "a disk that lies loses %" PRIu64 " stores", lost);
	for (size_t i = 0; i < tape.n; i++)
		free(tape.ops[i].bytes);
	free(start.bytes);
	return done_testing();
}
