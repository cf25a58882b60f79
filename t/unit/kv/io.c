/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A disk that fails: every single call with which LMDB changes its file, made
 * to fail in its turn with EIO or ENOSPC, once or from then on.  Whatever
 * fails, kv_write answers IO or FULL and never OK for what is not there; the
 * store then opens and holds every acknowledged write, nothing of a refused
 * FULL, and of one whose state is unknown all or nothing.
 *
 * The calls are this program's own: the dynamic linker finds them before those
 * of the C library.
 */
#include "store.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#define WRITES 12

/* What the interposed calls shall do. */
static struct {
	bool armed;
	int error;        /* errno */
	uint64_t fail_at; /* this call, counted from 1 */
	bool from_then_on;
	uint64_t calls, failed;
} disk;

static bool
disk_fails(void)
{
	if (!disk.armed)
		return false;
	disk.calls++;
	if (disk.calls != disk.fail_at &&
	    !(disk.from_then_on && disk.calls > disk.fail_at))
		return false;
	disk.failed++;
	errno = disk.error;
	return true;
}

ssize_t pwrite64(int fd, const void *p, size_t n, off64_t at);
ssize_t
pwrite64(int fd, const void *p, size_t n, off64_t at)
{
	return disk_fails() ? -1 : syscall(SYS_pwrite64, fd, p, n, at);
}

ssize_t pwrite(int fd, const void *p, size_t n, off_t at);
ssize_t
pwrite(int fd, const void *p, size_t n, off_t at)
{
	return pwrite64(fd, p, n, at);
}

ssize_t
writev(int fd, const struct iovec *v, int n)
{
	return disk_fails() ? -1 : syscall(SYS_writev, fd, v, n);
}

ssize_t
pwritev(int fd, const struct iovec *v, int n, off_t at)
{
	return disk_fails() ? -1 : syscall(SYS_pwritev, fd, v, n, at, 0);
}

int
fdatasync(int fd)
{
	return disk_fails() ? -1 : (int)syscall(SYS_fdatasync, fd);
}

/* Twenty keys a write, so that half a write would show. */
static enum err
write_fn(struct kv_txn *txn, void *arg)
{
	uint32_t n = *(uint32_t *)arg;
	char key[8], value[500];
	struct wr w;

	for (uint32_t i = 0; i < 20; i++) {
		w = wr_of(key, sizeof(key));
		wr_be32(&w, n * 2654435761u);
		wr_be32(&w, i);
		memset(value, (int)n, sizeof(value));
		kv_put(txn, SP_USER, wr_out(&w),
		       (struct str){value, sizeof(value)});
	}
	return OK;
}

/* How many keys of write n are there. */
struct look {
	uint32_t n, found;
};

static enum err
look_fn(struct kv_txn *txn, void *arg)
{
	struct look *l = arg;
	char key[4];
	struct wr w = wr_of(key, sizeof(key));
	struct kv_cursor *c;

	wr_be32(&w, l->n * 2654435761u);
	c = kv_cursor(txn, SP_USER, wr_out(&w));
	for (l->found = 0; kv_next(c); l->found++)
		if (kv_value(c).n != 500 || kv_value(c).p[0] != (char)l->n)
			break;
	kv_cursor_close(c);
	return kv_error(txn);
}

struct outcome {
	enum err answers[WRITES];
	bool past; /* the call that was to fail never came */
};

static struct outcome
run(struct kv *kv)
{
	struct outcome out = {0};

	disk.calls = disk.failed = 0;
	disk.armed = true;
	for (uint32_t n = 0; n < WRITES; n++)
		out.answers[n] = kv_write(kv, write_fn, &n, NULL);
	disk.armed = false;
	out.past = disk.failed == 0;
	return out;
}

/* Opened anew: NULL, or what is not as it must be. */
static const char *
judge(struct kv *kv, const struct outcome *out)
{
	for (uint32_t n = 0; n < WRITES; n++) {
		struct look l = {.n = n};
		enum err e = out->answers[n];

		if (kv_read(kv, look_fn, &l, NULL) != OK)
			return "a read fails";
		if (l.found != 0 && l.found != 20)
			return "half a write is there";
		if (e == OK && l.found == 0)
			return "an acknowledged write is not there";
		if (e == ERR_FULL && l.found != 0)
			return "a write refused as FULL is there";
		if (e != OK && e != ERR_FULL && e != ERR_IO)
			return "another error than IO or FULL";
	}
	return NULL;
}

/* One store, the k-th call fails; false when there are not so many. */
static bool
sweep_one(uint64_t k, uint64_t *failed, uint64_t *refused)
{
	struct folder d = folder_new(false);
	struct kv_options o = {.create = true, .dir = d.path};
	struct kv *kv = store_open(&o);
	struct outcome out;
	const char *wrong;

	disk.fail_at = k;
	out = run(kv);
	kv_close(kv);
	kv = store_open(&o);
	wrong = judge(kv, &out);
	if (wrong != NULL)
		printf("# call %" PRIu64 ": %s\n", k, wrong);
	*failed += wrong != NULL;
	for (size_t n = 0; n < WRITES; n++)
		*refused += out.answers[n] != OK;
	kv_close(kv);
	folder_remove(&d);
	return !out.past;
}

static void
sweep(const char *name, int error, bool from_then_on)
{
	uint64_t k = 1, failed = 0, refused = 0;

	disk.error = error;
	disk.from_then_on = from_then_on;
	while (sweep_one(k, &failed, &refused))
		k++;
	ok(k > WRITES * 3, "%s: %" PRIu64 " calls were made to fail", name,
	   k - 1);
	ok(refused >= k - 1, "each was noticed");
	is_int(failed, 0, "%s: no write was lost, halved or made up", name);
}

/* After a commit in an unknown state nothing more is taken. */
static void
broken(void)
{
	struct folder d = folder_new(false);
	struct kv_options o = {.create = true, .dir = d.path};
	struct kv *kv = store_open(&o);
	struct fault f = {.code = OK};
	uint32_t n = 0;

	disk.error = EIO;
	disk.from_then_on = false;
	disk.calls = 0;
	disk.fail_at = 1;
	disk.armed = true;
	is_int(kv_write(kv, write_fn, &n, &f), ERR_IO, "IO: %s", f.text);
	disk.armed = false;
	is_int(kv_write(kv, write_fn, &n, NULL), ERR_IO, "and from then on");
	kv_close(kv);
	kv = store_open(&o);
	is_int(kv_write(kv, write_fn, &n, NULL), OK, "until opened anew");
	kv_close(kv);
	folder_remove(&d);
}

/* ENOSPC is no reason to give up: the next write may be smaller. */
static void
not_broken(void)
{
	struct folder d = folder_new(false);
	struct kv_options o = {.create = true, .dir = d.path};
	struct kv *kv = store_open(&o);
	uint32_t n = 0;

	disk.error = ENOSPC;
	disk.from_then_on = false;
	disk.calls = 0;
	disk.fail_at = 1;
	disk.armed = true;
	is_int(kv_write(kv, write_fn, &n, NULL), ERR_FULL, "FULL");
	disk.armed = false;
	is_int(kv_write(kv, write_fn, &n, NULL), OK, "then OK");
	kv_close(kv);
	folder_remove(&d);
}

int
main(void)
{
	log_threshold(LOG_ERROR + 1);
	sweep("EIO once", EIO, false);
	sweep("EIO from then on", EIO, true);
	sweep("ENOSPC once", ENOSPC, false);
	sweep("ENOSPC from then on", ENOSPC, true);
	broken();
	not_broken();
	return done_testing();
}
