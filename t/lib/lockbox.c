/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The lock by hand, for tests that judge with other people's programs:
 *
 *   lockbox lock IN OUT PASSWORDFILE [gcm|ocb] [zlib] [chunk=N] [cheap]
 *   lockbox unlock IN OUT PASSWORDFILE [force]
 *   lockbox speed MEGABYTES [gcm|ocb] [zlib] [chunk=N]
 *
 * PASSWORDFILE holds a password a line.  OUT "-" of unlock: by the name
 * inside, which is printed.  Exit status and word as of the error table.
 */
#include <rapport/pgp.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define PIECE 65536
#define PASSWORDS 16

static enum err
to_file(void *arg, struct str bytes)
{
	return fwrite(bytes.p, 1, bytes.n, arg) == bytes.n ? OK : ERR_IO;
}

static enum err
to_nowhere(void *arg, struct str bytes)
{
	*(size_t *)arg += bytes.n;
	return OK;
}

static void
options_read(struct lock_options *o, int argc, char **argv)
{
	uint64_t n;
	int i;

	for (i = 0; i < argc; i++) {
		struct str word = str_of(argv[i]);

		if (str_eq(word, S("gcm")))
			o->aead = LOCK_GCM;
		else if (str_eq(word, S("ocb")))
			o->aead = LOCK_OCB;
		else if (str_eq(word, S("zlib")))
			o->compress = true;
		else if (str_eq(word, S("cheap")))
			o->memory_kib = 1024;
		else if (str_starts(word, S("chunk=")) &&
			 str_to_u64(str_cut(word, 6, word.n), &n))
			o->chunk = (uint32_t)n;
	}
}

static struct str
base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return str_of(slash ? slash + 1 : path);
}

static enum err
run_lock(const char *in, const char *out, struct lock_options *o,
	 struct fault *f)
{
	static char piece[PIECE];
	FILE *from = fopen(in, "rb"), *to = fopen(out, "wb");
	struct lock *l = NULL;
	enum err e;
	size_t n;

	if (from == NULL || to == NULL)
		return ERR_IO;
	o->name = base_name(in);
	o->at = clock_now();
	e = lock_new(&l, o, to_file, to, f);
	while (e == OK && (n = fread(piece, 1, PIECE, from)) > 0)
		e = lock_write(l, (struct str){piece, n});
	if (e == OK)
		e = lock_finish(l);
	lock_free(l);
	fclose(from);
	return fclose(to) == 0 ? e : ERR_IO;
}

static double
seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static enum err
run_speed(uint64_t megabytes, struct lock_options *o, struct fault *f)
{
	static char piece[PIECE];
	size_t out = 0, i;
	struct lock *l;
	double start;
	enum err e = OK;

	for (i = 0; i < PIECE; i++)
		piece[i] = (char)('a' + i * 7 % 26);
	o->password = S("speed");
	TRY(lock_new(&l, o, to_nowhere, &out, f));
	start = seconds();
	for (i = 0; e == OK && i < megabytes * 1000000 / PIECE; i++)
		e = lock_write(l, (struct str){piece, PIECE});
	if (e == OK)
		e = lock_finish(l);
	printf("%.0f MB/s\n", (double)(i * PIECE) / (seconds() - start) / 1e6);
	lock_free(l);
	return e;
}

static enum err
run_unlock(struct unlock_file *u, const char *out, struct fault *f)
{
	struct unlock_info info;
	struct buf made;
	enum err e;

	buf_init(&made);
	u->out = strcmp(out, "-") == 0 ? NULL : out;
	e = unlock_file(u, &made, &info, f);
	if (e == OK)
		printf("%s\n%s\n", made.p, info.name);
	buf_fini(&made);
	return e;
}

/* A password a line; they stay in `memory`. */
static size_t
passwords_read(const char *path, struct str out[PASSWORDS], struct buf *memory)
{
	struct str rest;
	FILE *f = fopen(path, "rb");
	size_t n = 0;
	int c;

	while (f != NULL && (c = getc(f)) != EOF)
		buf_c(memory, (char)c);
	if (f != NULL)
		fclose(f);
	rest = buf_str(memory);
	while (n < PASSWORDS && str_split(&rest, '\n', &out[n]))
		n += out[n].n > 0;
	return n;
}

int
main(int argc, char **argv)
{
	struct lock_options o = {0};
	struct str passwords[PASSWORDS] = {{0}};
	struct unlock_file u = {.passwords = passwords};
	struct fault f = {0};
	struct buf memory;
	enum err e = ERR_USAGE;

	buf_init(&memory);
	if (argc >= 3 && strcmp(argv[1], "speed") == 0) {
		options_read(&o, argc - 3, argv + 3);
		e = run_speed(strtoull(argv[2], NULL, 10), &o, &f);
	} else if (argc >= 5) {
		options_read(&o, argc - 5, argv + 5);
		u.n = passwords_read(argv[4], passwords, &memory);
		u.in = argv[2];
		u.force = argc > 5 && strcmp(argv[5], "force") == 0;
		o.password = passwords[0];
		if (strcmp(argv[1], "lock") == 0)
			e = run_lock(argv[2], argv[3], &o, &f);
		else if (strcmp(argv[1], "unlock") == 0)
			e = run_unlock(&u, argv[3], &f);
	}
	if (e != OK)
		fprintf(stderr, "%s: %s\n", err_word(e), f.text);
	buf_fini(&memory);
	return e == OK ? 0 : err_exit(e);
}
