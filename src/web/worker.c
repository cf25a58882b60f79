/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The process: threads that accept and serve, and a main thread that watches.
 *
 * Threads take connections from a listening socket that does not block, and
 * sleep in epoll on it and on an eventfd.  To stop, main writes the eventfd:
 * nobody is interrupted in the middle of anything, each thread ends after the
 * request it has, and what still waits in the socket's queue waits for the
 * next worker.  No signal is ever sent to a thread, because libfcgi takes an
 * interrupted read for the end of a request.
 *
 * libfcgi has no time limits.  Main cuts the connection of a request that has
 * not moved for too long, or whose head has not come, which makes every read
 * and write of it fail; one that is stuck even so ends the process, to be
 * started anew.
 */
#include <rapport/intake.h>
#include <rapport/stats.h>
#include <rapport/web.h>

#include "labour.h"
#include "request.h"

#include <errno.h>
#include <fcgiapp.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define STUCK_API 60     /* seconds for a whole request */
#define STUCK_EXPORT 600 /* seconds without a byte */
#define STUCK_TWICE 30   /* seconds after its connection was cut */
#define HEAD_EVERY 60    /* seconds between heads of the audit chain */
#define STUCK_EXIT 70

struct worker;

/* One thread and the request it has. */
struct slot {
	struct worker *w;
	pthread_t thread;
	pthread_mutex_t lock; /* of what follows; main looks in */
	int fd;               /* of the connection, or -1 */
	int64_t moved;        /* last time something happened */
	bool cut, ended;
	int64_t reading;    /* main's: since when a head has not come; 0: no */
	struct track track; /* of an export */
	FCGX_Request fcgi;
	struct room room;
};

struct worker {
	struct app app;
	const struct web_options *o;
	int wake; /* eventfd; readable: stop */
	atomic_bool stopping, broken;
	_Atomic uint64_t answers[(ROUTES_MAX + 1) * STATUS_CLASSES];
	_Atomic uint64_t micros[ROUTES_MAX + 1];
	struct slot *slots;
	unsigned n;
	uint64_t head; /* of the audit chain, last logged */
};

/* A request's wire -------------------------------------------------------- */

static void
slot_moved(struct slot *s, int fd)
{
	pthread_mutex_lock(&s->lock);
	s->fd = fd;
	s->moved = clock_now();
	s->cut = false;
	pthread_mutex_unlock(&s->lock);
}

static const char *
wire_param(void *arg, const char *name)
{
	struct slot *s = arg;

	return FCGX_GetParam(name, s->fcgi.envp);
}

static size_t
wire_read(void *arg, char *out, size_t n)
{
	struct slot *s = arg;
	size_t got = 0;

	/* in pieces that fit an int */
	while (got < n) {
		size_t want = n - got > (1u << 20) ? 1u << 20 : n - got;
		int k = FCGX_GetStr(out + got, (int)want, s->fcgi.in);

		if (k <= 0)
			break;
		got += (size_t)k;
	}
	return got;
}

static bool
wire_write(void *arg, struct str bytes)
{
	struct slot *s = arg;

	while (bytes.n > 0) {
		size_t n = bytes.n > (1u << 16) ? 1u << 16 : bytes.n;

		if (FCGX_PutStr(bytes.p, (int)n, s->fcgi.out) != (int)n)
			return false;
		/* bytes that flow are a sign of life, but only for exports */
		if (s->w->o->pool == POOL_EXPORT)
			slot_moved(s, s->fcgi.ipcFd);
		bytes = str_cut(bytes, n, bytes.n);
	}
	return true;
}

/* nginx hangs up when its client does, and sends nothing before that. */
static bool
wire_gone(void *arg)
{
	struct slot *s = arg;
	char byte;

	return recv(s->fcgi.ipcFd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

/* A thread ---------------------------------------------------------------- */

static void
slot_serve(struct slot *s)
{
	struct wire wire = {s,		&s->track,  wire_param,
			    wire_read, wire_write, wire_gone};
	struct worker *w = s->w;
	struct who after;
	bool whole;

	slot_moved(s, s->fcgi.ipcFd);
	whole = web_serve(&w->app, &wire, &s->room, &after);
	slot_moved(s, -1);
	if (!whole)
		shutdown(s->fcgi.ipcFd, SHUT_RDWR);
	FCGX_Finish_r(&s->fcgi);
	if (after.touch &&
	    who_touch(w->app.staff, &after, clock_now(), NULL) == ERR_IO)
		atomic_store(&w->broken, true);
	room_reset(&s->room);
}

/* Sleep until there is a connection or the end; `error` is why there was none
 * (minus errno): out of files and the like is waited out. */
static bool
slot_sleep(const struct slot *s, int poll, int error)
{
	struct timespec little = {0, 10000000};
	struct epoll_event e;

	if (error != -EAGAIN && error != -EINTR)
		nanosleep(&little, NULL);
	while (epoll_wait(poll, &e, 1, -1) < 0 && errno == EINTR)
		continue;
	return !atomic_load(&s->w->stopping);
}

static int
slot_poll(const struct slot *s)
{
	struct epoll_event in = {.events = EPOLLIN | EPOLLEXCLUSIVE};
	struct epoll_event stop = {.events = EPOLLIN};
	int poll = epoll_create1(EPOLL_CLOEXEC);

	if (poll < 0 || epoll_ctl(poll, EPOLL_CTL_ADD, s->w->o->listen, &in) ||
	    epoll_ctl(poll, EPOLL_CTL_ADD, s->w->wake, &stop)) {
		log_line(LOG_ERROR, "web", "epoll: %s", strerror(errno));
		atomic_store(&s->w->broken, true);
	}
	return poll;
}

static void *
slot_run(void *arg)
{
	struct slot *s = arg;
	int poll = slot_poll(s), e;

	room_init(&s->room);
	while (!atomic_load(&s->w->stopping)) {
		e = FCGX_Accept_r(&s->fcgi);
		if (e == 0)
			slot_serve(s);
		else if (!slot_sleep(s, poll, e))
			break;
	}
	FCGX_Free(&s->fcgi, 1);
	room_fini(&s->room);
	if (poll >= 0)
		close(poll);
	pthread_mutex_lock(&s->lock);
	s->ended = true;
	pthread_mutex_unlock(&s->lock);
	return NULL;
}

/* Watching ---------------------------------------------------------------- */

/* The thread is inside FCGX_Accept_r, which has a connection but not yet the
 * whole head of the request.  libfcgi tells nobody, so its file number is
 * looked at from here; seen so once a second for so long it is no other. */
static void
slot_watch_head(struct slot *s, int64_t now, int64_t most)
{
	int fd = __atomic_load_n(&s->fcgi.ipcFd, __ATOMIC_RELAXED);

	if (s->fd >= 0 || fd < 0 || fd == s->w->o->listen)
		s->reading = 0;
	else if (s->reading == 0)
		s->reading = now;
	else if (now - s->reading > most * SECOND_US) {
		log_line(LOG_ERROR, "web",
			 "the head of a request has not come for %lld s: cut",
			 (long long)most);
		shutdown(fd, SHUT_RDWR);
		s->reading = now;
	}
}

static void
slot_watch(struct slot *s, int64_t now)
{
	int64_t most = s->w->o->stuck              ? s->w->o->stuck
		       : s->w->o->pool == POOL_API ? STUCK_API
						   : STUCK_EXPORT;

	pthread_mutex_lock(&s->lock);
	slot_watch_head(s, now, most);
	if (s->fd >= 0 && !s->cut && now - s->moved > most * SECOND_US) {
		log_line(LOG_ERROR, "web",
			 "a request has not moved for %lld s: cut",
			 (long long)most);
		shutdown(s->fd, SHUT_RDWR);
		s->moved = now;
		s->cut = true;
	} else if (s->fd >= 0 && s->cut &&
		   now - s->moved > STUCK_TWICE * SECOND_US) {
		log_line(LOG_ERROR, "web", "a request is stuck: ending");
		_exit(STUCK_EXIT);
	}
	pthread_mutex_unlock(&s->lock);
}

/* Write down how far an export is, and learn whether it shall stop. */
static void
slot_track(struct slot *s)
{
	struct track *t = &s->track;
	uint64_t id = atomic_load(&t->id);

	if (id == 0 || atomic_load(&t->cancel) ||
	    record_progress(s->w->app.staff, id, atomic_load(&t->rows),
			    atomic_load(&t->bytes), NULL) != ERR_CANCELLED)
		return;
	atomic_store(&t->cancel, true);
	log_line(LOG_INFO, "web", "export %llu is asked to stop",
		 (unsigned long long)id);
}

struct head {
	uint64_t seq;
	char hash[65];
};

static enum err
head_read(struct kv_txn *txn, void *arg)
{
	struct head *h = arg;

	if (!audit_head(txn, &h->seq, h->hash))
		h->seq = 0;
	return OK;
}

/* The head of the audit chain goes to where the store's owner cannot reach
 * it. */
static void
head_log(struct worker *w)
{
	struct head h = {0};

	if (kv_read(w->app.kv, head_read, &h, NULL) == OK && h.seq > w->head) {
		w->head = h.seq;
		log_line(LOG_INFO, "audit", "head %llu %s",
			 (unsigned long long)h.seq, h.hash);
	}
}

/* Until a signal asks to stop or the store broke. */
static void
watch(struct worker *w, const sigset_t *ends)
{
	struct timespec second = {1, 0};
	int64_t logged = 0, now;

	while (!atomic_load(&w->broken)) {
		if (sigtimedwait(ends, NULL, &second) > 0)
			break;
		now = clock_now();
		for (unsigned i = 0; i < w->n; i++) {
			slot_watch(&w->slots[i], now);
			slot_track(&w->slots[i]);
		}
		if (now - logged > HEAD_EVERY * SECOND_US) {
			head_log(w);
			logged = now;
		}
	}
}

static bool
all_ended(struct worker *w)
{
	bool all = true;

	for (unsigned i = 0; i < w->n; i++) {
		pthread_mutex_lock(&w->slots[i].lock);
		all = all && w->slots[i].ended;
		pthread_mutex_unlock(&w->slots[i].lock);
	}
	return all;
}

static void
drain(struct worker *w)
{
	struct timespec little = {0, 5000000};
	uint64_t one = 1;

	atomic_store(&w->stopping, true);
	labour_stop(w->app.labour);
	if (write(w->wake, &one, sizeof(one)) < 0)
		log_line(LOG_ERROR, "web", "eventfd: %s", strerror(errno));
	while (!all_ended(w)) {
		nanosleep(&little, NULL);
		for (unsigned i = 0; i < w->n; i++)
			slot_watch(&w->slots[i], clock_now());
	}
	for (unsigned i = 0; i < w->n; i++) {
		pthread_join(w->slots[i].thread, NULL);
		pthread_mutex_destroy(&w->slots[i].lock);
	}
	labour_end(w->app.labour);
}

/* The process ------------------------------------------------------------- */

static void
ignore(int signal)
{
}

/* Our own handlers first: FCGX_Init installs its own where there are none. */
static void
signals_begin(sigset_t *ends)
{
	struct sigaction nothing = {.sa_handler = ignore};
	struct sigaction gone = {.sa_handler = SIG_IGN};

	sigemptyset(ends);
	sigaddset(ends, SIGTERM);
	sigaddset(ends, SIGINT);
	sigaction(SIGTERM, &nothing, NULL);
	sigaction(SIGUSR1, &nothing, NULL);
	sigaction(SIGPIPE, &gone, NULL);
	/* a file that may not grow is an error to report, no end */
	sigaction(SIGXFSZ, &gone, NULL);
	pthread_sigmask(SIG_BLOCK, ends, NULL);
}

static void
threads_begin(struct worker *w)
{
	/* many wait together for one commit of the store */
	w->n = w->o->threads ? w->o->threads : w->o->pool == POOL_API ? 64 : 4;
	w->slots = mem_new(w->n * sizeof(*w->slots));
	for (unsigned i = 0; i < w->n; i++) {
		struct slot *s = &w->slots[i];

		s->w = w;
		s->fd = -1;
		pthread_mutex_init(&s->lock, NULL);
		FCGX_InitRequest(&s->fcgi, w->o->listen,
				 FCGI_FAIL_ACCEPT_ON_INTR);
		if (pthread_create(&s->thread, NULL, slot_run, s) != 0)
			abort();
	}
}

static enum err
store_open(struct worker *w, struct fault *f)
{
	struct kv_options options = {.dir = w->o->dir};

	TRY(kv_open(&w->app.kv, &options, f));
	TRY(staff_open(&w->app.staff, w->app.kv, w->o->dir, f));
	w->app.people = people_open(w->app.kv);
	people_lend(w->app.people, &stats_numbers);
	w->app.queue = intake_queue_new(w->app.kv);
	return OK;
}

static void
store_close(struct worker *w)
{
	intake_queue_free(w->app.queue);
	people_close(w->app.people);
	staff_close(w->app.staff);
	kv_close(w->app.kv);
}

enum err
web_run(const struct web_options *options, struct fault *f)
{
	struct worker *w = mem_new(sizeof(*w));
	const char *why = routes_fault();
	sigset_t ends;
	enum err e;

	w->o = options;
	w->app = (struct app){.dir = options->dir,
			      .bench_hello = options->bench_hello,
			      .started = clock_now(),
			      .answers = w->answers,
			      .kept = answers_new(),
			      .micros = w->micros,
			      .broken = &w->broken};
	if (why != NULL) {
		e = fail(f, ERR_BUG, NULL, "routes: %s", why);
		goto done;
	}
	signals_begin(&ends);
	w->wake = eventfd(0, EFD_CLOEXEC);
	if (w->wake < 0 || FCGX_Init() != 0 ||
	    fcntl(options->listen, F_SETFL,
		  fcntl(options->listen, F_GETFL) | O_NONBLOCK) != 0) {
		e = fail(f, ERR_IO, NULL, "cannot begin: %s", strerror(errno));
		goto done;
	}
	e = store_open(w, f);
	if (e != OK)
		goto done;
	if (options->pool == POOL_API)
		w->app.labour = labour_begin(&w->app);
	threads_begin(w);
	log_line(LOG_INFO, "web", "serving %s with %u threads", options->dir,
		 w->n);
	watch(w, &ends);
	drain(w);
	if (atomic_load(&w->broken))
		e = fail(f, ERR_IO, NULL, "the store failed: start anew");
	log_line(LOG_INFO, "web", "ended");
	close(w->wake);
done:
	store_close(w);
	answers_free(w->app.kept);
	free(w->slots);
	free(w);
	return e;
}
