/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The gate before password hashes, with processes: two inside, 32 waiting, the
 * next refused; one that is killed while it waits gives its place back; when
 * the two leave everybody comes through, and never more than two at once.
 */
#include "../../../src/base/gate.h"
#include "../../tap.h"

#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define WAITERS 32

struct shared {
	atomic_int inside, most, passed;
};

static char dir[] = "/tmp/gate-XXXXXX";

/* How many places of the queue are taken, asked of the kernel */
static int
places_taken(void)
{
	char path[64];
	int taken = 0, fd;

	snprintf(path, sizeof(path), "%s/hash.gate", dir);
	fd = open(path, O_RDWR);
	for (int i = 0; i < WAITERS + 2; i++) {
		struct flock l = {
		    .l_type = F_WRLCK,
		    .l_whence = SEEK_SET,
		    .l_start = 3 + i,
		    .l_len = 1,
		};

		taken += fcntl(fd, F_OFD_GETLK, &l) == 0 && l.l_type != F_UNLCK;
	}
	close(fd);
	return taken;
}

static bool
wait_until_taken(int want)
{
	for (int i = 0; i < 10000; i++) {
		if (places_taken() == want)
			return true;
		nanosleep(&(struct timespec){0, 1000000}, NULL);
	}
	return false;
}

static pid_t
start_waiter(struct shared *s)
{
	pid_t pid = fork();
	int place, now, most;

	if (pid != 0)
		return pid;
	if (gate_enter(dir, &place, NULL) != OK)
		_exit(1);
	now = atomic_fetch_add(&s->inside, 1) + 1;
	most = atomic_load(&s->most);
	while (now > most &&
	       !atomic_compare_exchange_weak(&s->most, &most, now))
		continue;
	/* stay long enough for others to come in, were they let */
	nanosleep(&(struct timespec){0, 3000000}, NULL);
	atomic_fetch_sub(&s->inside, 1);
	atomic_fetch_add(&s->passed, 1);
	gate_leave(place);
	_exit(0);
}

static void
test_queue(struct shared *s)
{
	int first = -1, second = -1, third = -1, good = 0, status;
	pid_t waiters[WAITERS];
	struct fault f = {0};

	is_int(gate_enter(dir, &first, &f), OK, "one comes in");
	is_int(gate_enter(dir, &second, &f), OK, "and one more");
	for (int i = 0; i < WAITERS; i++)
		waiters[i] = start_waiter(s);
	ok(wait_until_taken(WAITERS + 2), "thirty-two wait");
	is_int(gate_enter(dir, &third, &f), ERR_BUSY, "the next is refused");
	is_str(str_of(f.text), S("too many log-ins at once"), "and told why");
	kill(waiters[5], SIGKILL);
	waitpid(waiters[5], &status, 0);
	ok(wait_until_taken(WAITERS + 1), "a killed one leaves no trace");
	waiters[5] = start_waiter(s);
	ok(wait_until_taken(WAITERS + 2), "another has its place");
	is_int(atomic_load(&s->passed), 0, "nobody came in meanwhile");
	gate_leave(first);
	gate_leave(second);
	for (int i = 0; i < WAITERS; i++)
		good += waitpid(waiters[i], &status, 0) > 0 &&
			WIFEXITED(status) && WEXITSTATUS(status) == 0;
	is_int(good, WAITERS, "then all come through");
	is_int(atomic_load(&s->passed), WAITERS, "each once");
	is_int(atomic_load(&s->most), 2, "two at once and never more");
	is_int(places_taken(), 0, "and all is free");
}

static void
test_no_directory(void)
{
	struct fault f = {0};
	int place = -1;

	is_int(gate_enter("/tmp/no/such/directory", &place, &f), ERR_IO,
	       "no directory");
	ok(f.text[0] != '\0' && place == -1, "said so: %s", f.text);
}

int
main(void)
{
	struct shared *s = mmap(NULL, sizeof(*s), PROT_READ | PROT_WRITE,
				MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	char path[64];

	if (s == MAP_FAILED || mkdtemp(dir) == NULL)
		return 99;
	test_queue(s);
	test_no_directory();
	snprintf(path, sizeof(path), "%s/hash.gate", dir);
	unlink(path);
	rmdir(dir);
	munmap(s, sizeof(*s));
	return done_testing();
}
