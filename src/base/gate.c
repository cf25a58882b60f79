/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The gate before the password hash: an Argon2id hash takes 64 MiB and a fifth
 * of a second, so a flood of log-ins must not run as many as there are
 * threads.  At most two run on the machine, 32 more wait, the next is told to
 * come later.
 *
 * The gate is one file, each place in it a byte that is locked by its holder:
 *
 *   byte  0 1      2       3 ................ 36
 *         running  turn    in the queue or running
 *
 * Open-file-description locks (fcntl F_OFD_SETLK) hold between threads as well
 * as processes, and the kernel drops them when the holder dies, so no place
 * can leak.  Whoever has the turn is first in line and looks for a free
 * running place; the others sleep in the kernel until the turn is theirs.
 */
#include "gate.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define RUNNING_MAX 2
#define TURN RUNNING_MAX
#define QUEUE_FIRST (TURN + 1)
#define WAITING_MAX 32
#define LOOK_AGAIN_NS 2000000

/* 0, or -1 with errno; `wait` sleeps until the place is free */
static int
place_lock(int fd, int place, int type, bool wait)
{
	struct flock l = {
	    .l_type = (short)type,
	    .l_whence = SEEK_SET,
	    .l_start = place,
	    .l_len = 1,
	};
	int got;

	do {
		got = fcntl(fd, wait ? F_OFD_SETLKW : F_OFD_SETLK, &l);
	} while (got < 0 && errno == EINTR);
	return got;
}

/* Lock the first free one of `n` places. OK, ERR_BUSY or ERR_IO. */
static enum err
place_any(int fd, int first, int n)
{
	for (int i = 0; i < n; i++) {
		if (place_lock(fd, first + i, F_WRLCK, false) == 0)
			return OK;
		if (errno != EAGAIN && errno != EACCES)
			return ERR_IO;
	}
	return ERR_BUSY;
}

static enum err
gate_pass(int fd)
{
	enum err e;

	TRY(place_any(fd, QUEUE_FIRST, RUNNING_MAX + WAITING_MAX));
	if (place_lock(fd, TURN, F_WRLCK, true) < 0)
		return ERR_IO;
	/* two locks cannot be waited for at once, so the first in line, and
	 * nobody else, looks at them in turn */
	while ((e = place_any(fd, 0, RUNNING_MAX)) == ERR_BUSY)
		nanosleep(&(struct timespec){0, LOOK_AGAIN_NS}, NULL);
	if (e == OK && place_lock(fd, TURN, F_UNLCK, false) < 0)
		e = ERR_IO;
	return e;
}

enum err
gate_enter(const char *dir, int *out, struct fault *f)
{
	char path[4096];
	enum err e = ERR_IO;
	int n, fd = -1;

	n = snprintf(path, sizeof(path), "%s/hash.gate", dir);
	if (n > 0 && (size_t)n < sizeof(path))
		fd =
		    open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd >= 0)
		e = gate_pass(fd);
	if (e == ERR_BUSY)
		fail(f, e, "", "too many log-ins at once");
	if (e == ERR_IO)
		fail(f, e, "", "the gate %s: %s", path, strerror(errno));
	if (e != OK && fd >= 0)
		close(fd);
	if (e == OK)
		*out = fd;
	return e;
}

void
gate_leave(int fd)
{
	struct flock all = {.l_type = F_UNLCK, .l_whence = SEEK_SET};

	/* closing alone frees nothing if a child has the file open too */
	fcntl(fd, F_OFD_SETLK, &all);
	close(fd);
}
