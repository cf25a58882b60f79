/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A file into a file: the name it gets, what it never overwrites, and that a
 * failure of any kind leaves the folder as it was.  All of it twice: where the
 * system has files without a name, and where it has not, which an openat of
 * the test's own plays.
 */
#undef _FORTIFY_SOURCE /* it would have an openat of its own */
#include "fixture.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static bool nameless = true;
static int refused;

int
openat(int dir, const char *path, int flags, ...)
{
	mode_t mode = 0;
	va_list ap;

	if ((flags & O_TMPFILE) == O_TMPFILE && !nameless) {
		refused++;
		errno = EOPNOTSUPP;
		return -1;
	}
	if (flags & (O_CREAT | O_TMPFILE)) {
		va_start(ap, flags);
		mode = va_arg(ap, mode_t);
		va_end(ap);
	}
	return (int)syscall(SYS_openat, dir, path, flags, mode);
}

static void
path_to(char out[256], const char *dir, const char *name)
{
	snprintf(out, 256, "%s/%s", dir, name);
}

static void
put_file(const char *dir, const char *name, struct str bytes)
{
	char path[256];
	FILE *f;

	path_to(path, dir, name);
	f = fopen(path, "wb");
	if (f == NULL || fwrite(bytes.p, 1, bytes.n, f) != bytes.n ||
	    fclose(f) != 0)
		abort();
}

static bool
file_is(const char *dir, const char *name, struct str want)
{
	char path[256], *got = mem_new(want.n + 2);
	size_t n = 0;
	bool same;
	FILE *f;

	path_to(path, dir, name);
	f = fopen(path, "rb");
	if (f != NULL) {
		n = fread(got, 1, want.n + 1, f);
		fclose(f);
	}
	same = f != NULL && str_eq((struct str){got, n}, want);
	free(got);
	return same;
}

/* Names in a folder, hidden ones too; with `remove` they are taken away. */
static int
entries(const char *dir, bool clear)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	int n = 0;

	while ((e = readdir(d)) != NULL) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		n++;
		if (clear)
			unlinkat(dirfd(d), e->d_name, 0);
	}
	closedir(d);
	return n;
}

static void
lock_file(const char *dir, const char *name, struct str inside, struct str text)
{
	struct lock_options o = cheap_options();
	struct buf b;

	o.name = inside;
	buf_init(&b);
	if (lock_all(&o, text, 1 << 20, &b) != OK)
		abort();
	put_file(dir, name, buf_str(&b));
	buf_fini(&b);
}

/* unlock_file of dir/in to dir/out, or to where the name inside says. */
static enum err
run(const char *dir, const char *in, const char *out, bool force,
    struct str password, struct buf *made)
{
	char in_path[256], out_path[256];
	struct unlock_file u = {.in = in_path, .force = force,
				.passwords = &password, .n = 1};
	struct fault f = {0};
	enum err e;

	path_to(in_path, dir, in);
	if (out != NULL) {
		path_to(out_path, dir, out);
		u.out = out_path;
	}
	e = unlock_file(&u, made, NULL, &f);
	if ((e != OK) != (f.text[0] != '\0'))
		printf("# %d without its sentence\n", (int)e);
	return e;
}

#define RIGHT S("correct horse")

static void
test_plain(const char *dir)
{
	struct buf made;
	struct stat st;
	char path[256];

	buf_init(&made);
	lock_file(dir, "x.pgp", S("people.csv"), S("name\r\nAda\r\n"));
	is_int(run(dir, "x.pgp", NULL, false, RIGHT, &made), OK, "it opens");
	path_to(path, dir, "people.csv");
	is_str(buf_str(&made), str_of(path), "under the name inside");
	ok(file_is(dir, "people.csv", S("name\r\nAda\r\n")), "with its text");
	ok(stat(path, &st) == 0 && (st.st_mode & 07777) == 0600,
	   "that only its owner reads");
	is_int(entries(dir, false), 2, "and nothing else");
	is_int(run(dir, "x.pgp", NULL, false, RIGHT, &made), ERR_CONFLICT,
	       "a file that is there stays");
	is_int(made.n, 0, "nothing was made");
	put_file(dir, "people.csv", S("mine"));
	is_int(run(dir, "x.pgp", "people.csv", false, RIGHT, &made),
	       ERR_CONFLICT, "also one that is named");
	ok(file_is(dir, "people.csv", S("mine")), "it was not touched");
	is_int(run(dir, "x.pgp", NULL, true, RIGHT, &made), OK,
	       "unless it is forced");
	ok(file_is(dir, "people.csv", S("name\r\nAda\r\n")), "then it changes");
	is_int(entries(dir, true), 2, "and nothing else is left");
	buf_fini(&made);
}

static const struct {
	const char *inside, *in, *want;
} names[] = {
    {"people.csv.pgp", "a.pgp", "people.csv"},
    {"", "users.csv.pgp", "users.csv"},
    {"_CONSOLE", "users.csv.gpg", "users.csv"},
    {"..", "users.csv.asc", "users.csv"},
    {".bashrc", "u.pgp", "u"},
    {"-rf", "u.pgp", "u"},
    {"a\\b", "u.pgp", "u"},
    {"C:evil", "u.pgp", "u"},
    {"a\nb", "u.pgp", "u"},
    {"a\x7f", "u.pgp", "u"},
    {"bad \xff utf-8", "u.pgp", "u"},
    {"", "users", "users.unlocked"},
    {"", ".pgp", ".pgp.unlocked"},
    {"Gäste.csv", "u.pgp", "Gäste.csv"},
};

static void
test_names(const char *dir)
{
	struct buf made;
	size_t i;

	buf_init(&made);
	for (i = 0; i < COUNT(names); i++) {
		lock_file(dir, names[i].in, str_of(names[i].inside), S("text"));
		is_int(run(dir, names[i].in, NULL, false, RIGHT, &made), OK,
		       "name %zu inside", i);
		ok(file_is(dir, names[i].want, S("text")), "gives %s",
		   names[i].want);
		is_int(entries(dir, true), 2, "and nothing else");
	}
	lock_file(dir, "same.csv", S("same.csv"), S("text"));
	is_int(run(dir, "same.csv", NULL, true, RIGHT, &made), ERR_CONFLICT,
	       "the locked file itself is not overwritten, even by force");
	is_int(entries(dir, true), 1, "nothing else is left");
	buf_fini(&made);
}

/* A path in the name inside, which our writer does not make. */
static void
test_hostile_name(const char *dir)
{
	struct by_hand h = by_hand(AEAD_GCM);
	struct buf inner, locked, made;

	buf_init(&inner);
	buf_init(&locked);
	buf_init(&made);
	put_literal(&inner, 'b', S("../../../tmp/evil"), S("text"));
	put_key(&locked, &h, RIGHT);
	put_data(&locked, &h, buf_str(&inner));
	put_file(dir, "u.pgp", buf_str(&locked));
	is_int(run(dir, "u.pgp", NULL, false, RIGHT, &made), OK, "a path");
	ok(file_is(dir, "u", S("text")), "is no name: the file's is taken");
	entries(dir, true);
	buf_fini(&inner);
	buf_fini(&locked);
	buf_fini(&made);
}

static enum err
stop(void *arg, uint64_t done, uint64_t all)
{
	uint64_t *seen = arg;

	*seen = all;
	return done > 500000 ? ERR_CANCELLED : OK;
}

static void
test_errors(const char *dir)
{
	char *text = mem_new(2000000);
	struct str big = {text, 2000000}, right = RIGHT;
	struct unlock_file u = {.passwords = &right, .n = 1, .progress = stop};
	struct rlimit was, few;
	struct buf made, locked;
	struct stat st;
	char path[256];
	uint64_t seen = 0;

	buf_init(&made);
	buf_init(&locked);
	lock_file(dir, "x.pgp", S("people.csv"), big);
	is_int(run(dir, "x.pgp", NULL, false, S("wrong"), &made), ERR_PASSWORD,
	       "a wrong password");
	is_int(run(dir, "none.pgp", NULL, false, RIGHT, &made), ERR_NOT_FOUND,
	       "no such file");
	is_int(run(dir, "x.pgp", "no/where", false, RIGHT, &made),
	       ERR_NOT_FOUND, "no such folder");
	is_int(run(dir, "x.pgp", "", false, RIGHT, &made), ERR_INVALID,
	       "no name");
	is_int(run(dir, "", "out", false, RIGHT, &made), ERR_NOT_OURS,
	       "a folder");
	path_to(path, dir, "x.pgp");
	u.in = path;
	u.arg = &seen;
	is_int(unlock_file(&u, &made, NULL, NULL), ERR_CANCELLED, "cancelled");
	ok(stat(path, &st) == 0 && seen == (uint64_t)st.st_size,
	   "after it was told the size");
	/* no file may grow beyond a million bytes: the disk is full */
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &was);
	few = (struct rlimit){1000000, was.rlim_max};
	setrlimit(RLIMIT_FSIZE, &few);
	is_int(run(dir, "x.pgp", NULL, false, RIGHT, &made), ERR_IO,
	       "no room to write");
	setrlimit(RLIMIT_FSIZE, &was);
	if (truncate(path, st.st_size - 1) != 0)
		abort();
	is_int(run(dir, "x.pgp", NULL, true, RIGHT, &made), ERR_CUT, "cut");
	if (truncate(path, 0) != 0)
		abort();
	is_int(run(dir, "x.pgp", NULL, true, RIGHT, &made), ERR_NOT_OURS,
	       "empty");
	is_int(entries(dir, true), 1, "none of them left anything");
	free(text);
	buf_fini(&made);
	buf_fini(&locked);
}

int
main(void)
{
	char dir[] = "/tmp/rapport-unlock-XXXXXX";
	int i;

	if (mkdtemp(dir) == NULL)
		abort();
	for (i = 0; i < 2; i++) {
		nameless = i == 0;
		printf("# files without a name: %s\n", nameless ? "yes" : "no");
		test_plain(dir);
		test_names(dir);
		test_hostile_name(dir);
		test_errors(dir);
	}
	ok(refused > 10, "the second time, %d were refused", refused);
	is_int(rmdir(dir), 0, "the folder is empty");
	return done_testing();
}
