/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The terminal: progress bars, secrets, and answers.  A bar is drawn only on a
 * terminal and at most ten times a second; a secret is never echoed.
 */
#include "cli.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#define BAR_EVERY (SECOND_US / 10)
#define BAR_WIDTH 30
#define SECRET_MAX 1024u

void
bar_start(struct bar *b, const char *what, uint64_t total)
{
	*b = (struct bar){.what = what, .total = total};
	b->on = isatty(STDERR_FILENO);
}

static void
bar_draw(const struct bar *b, uint64_t done)
{
	char line[BAR_WIDTH + 1];
	int part;

	if (b->total == 0) {
		fprintf(stderr, "\r%s %llu", b->what, (unsigned long long)done);
		return;
	}
	if (done > b->total)
		done = b->total;
	part = (int)((double)done / (double)b->total * BAR_WIDTH);
	for (int i = 0; i < BAR_WIDTH; i++)
		line[i] = i < part ? '#' : '.';
	line[BAR_WIDTH] = '\0';
	fprintf(stderr, "\r%s [%s] %3d%%", b->what, line,
		(int)((double)done / (double)b->total * 100));
}

void
bar_move(struct bar *b, uint64_t done)
{
	int64_t now;

	if (!b->on)
		return;
	now = clock_now();
	if (now - b->drawn < BAR_EVERY)
		return;
	b->drawn = now;
	bar_draw(b, done);
}

void
bar_end(struct bar *b)
{
	if (b->on && b->drawn != 0)
		fprintf(stderr, "\r\033[K");
	b->on = false;
}

void
cli_interrupt_hold(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
}

bool
cli_interrupted(void)
{
	sigset_t set;

	return sigpending(&set) == 0 && sigismember(&set, SIGINT) == 1;
}

enum err
cli_say(struct cli *c, struct buf *b)
{
	bool good;

	buf_c(b, '\n');
	good = fwrite(b->p, 1, b->n, stdout) == b->n && fflush(stdout) == 0;
	buf_wipe(b);
	buf_fini(b);
	if (!good)
		return fail(&c->fault, ERR_IO, "",
			    "Writing the answer failed.");
	return OK;
}

void
buf_wipe(struct buf *b)
{
	if (b->p != NULL)
		wipe(b->p, b->cap);
	b->n = 0;
}

/* Secrets ------------------------------------------------------------------ */

/* One line of a descriptor, without its end. */
static enum err
line_read(struct cli *c, int fd, struct buf *out)
{
	char byte;
	ssize_t n;

	for (;;) {
		n = read(fd, &byte, 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail(&c->fault, ERR_IO, "",
				    "Reading the password failed.");
		if (n == 0 || byte == '\n')
			break;
		if (out->n == SECRET_MAX)
			return fail(&c->fault, ERR_LIMIT, "password",
				    "It has more than %u bytes.", SECRET_MAX);
		buf_c(out, byte);
	}
	if (out->n > 0 && out->p[out->n - 1] == '\r')
		out->n--;
	return OK;
}

static enum err
secret_ask(struct cli *c, const char *prompt, struct buf *out)
{
	struct termios was, quiet;
	enum err e;
	int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (fd < 0)
		return fail(&c->fault, ERR_USAGE, "password",
			    "There is no terminal to ask on: give "
			    "--password-file or --password-fd.");
	tcgetattr(fd, &was);
	quiet = was;
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	tcsetattr(fd, TCSAFLUSH, &quiet);
	dprintf(fd, "%s: ", prompt);
	e = line_read(c, fd, out);
	tcsetattr(fd, TCSAFLUSH, &was);
	dprintf(fd, "\n");
	close(fd);
	return e;
}

static enum err
secret_asked(struct cli *c, const char *prompt, bool confirm, struct buf *out)
{
	struct buf again;
	enum err e;

	TRY(secret_ask(c, prompt, out));
	if (!confirm)
		return OK;
	buf_init(&again);
	e = secret_ask(c, "The same again", &again);
	if (e == OK && !same_secret(buf_str(out), buf_str(&again)))
		e = fail(&c->fault, ERR_INVALID, "password",
			 "The two are not the same.");
	buf_wipe(&again);
	buf_fini(&again);
	return e;
}

enum err
cli_secret(struct cli *c, const char *file, const char *fd, const char *prompt,
	   bool confirm, struct buf *out)
{
	uint64_t number;
	enum err e;
	int from;

	if (fd != NULL) {
		if (!str_to_u64(str_of(fd), &number) || number > 1023)
			return cli_usage(c, "--password-fd takes a number.");
		return line_read(c, (int)number, out);
	}
	if (file == NULL)
		return secret_asked(c, prompt, confirm, out);
	from = open(file, O_RDONLY | O_CLOEXEC);
	if (from < 0)
		return fail(&c->fault, ERR_NOT_FOUND, file,
			    "It cannot be opened.");
	e = line_read(c, from, out);
	close(from);
	return e;
}
