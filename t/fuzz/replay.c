/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A fuzz target without a fuzzer: runs it over the files of its corpus and
 * then over seeded changes of them, and says so in TAP.
 *
 *	t/fuzz/json			the corpus, then changes of it
 *	t/fuzz/json FILE...		these inputs only, in this process
 *	SEED=7 RAPPORT_FUZZ_RUNS=100000 t/fuzz/json
 *
 * The target runs in a child that leaves what it is about to try in memory
 * both can see, so whatever ends it - a signal, a sanitizer, the clock - the
 * input that did it is printed, in hex: xxd -r -p makes a file of it.
 */
#include "fuzz.h"

#include "../dice.h"
#include "../tap.h"

#include <dirent.h>
#include <errno.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define RUNS 2000
#define FILES_MAX 64
#define INPUT_MAX 8192u
#define SECONDS_MAX 20 /* for one input, with sanitizers on a busy machine */

struct file {
	struct buf bytes;
};

struct corpus {
	struct file files[FILES_MAX];
	size_t n;
};

/* What the child is at. */
struct attempt {
	uint64_t run;
	size_t n;
	uint8_t input[INPUT_MAX];
};

static uint64_t state;

static uint64_t
roll(uint64_t below)
{
	return splitmix64(&state) % below;
}

/* Corpus ------------------------------------------------------------------ */

static bool
file_read(const char *path, struct buf *out)
{
	FILE *in = fopen(path, "rb");
	size_t got;

	if (in == NULL)
		return false;
	do {
		got = fread(buf_room(out, 4096), 1, 4096, in);
		out->n += got;
	} while (got > 0);
	fclose(in);
	return true;
}

static int
visible(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

/* In the order of their names, so that a seed means the same everywhere. */
static void
corpus_read(struct corpus *c, const char *target)
{
	char folder[1024], path[2048];
	struct dirent **names;
	int n;

	snprintf(folder, sizeof(folder), "%s/%s", FUZZ_CORPUS, target);
	n = scandir(folder, &names, visible, alphasort);
	for (int i = 0; i < n; i++) {
		struct buf *b = &c->files[c->n].bytes;

		snprintf(path, sizeof(path), "%s/%s", folder, names[i]->d_name);
		free(names[i]);
		if (c->n == FILES_MAX)
			continue;
		buf_init(b);
		if (file_read(path, b) && b->n <= INPUT_MAX)
			c->n++;
		else
			buf_fini(b);
	}
	if (n >= 0)
		free(names);
}

/* Changes ----------------------------------------------------------------- */

/* What means something to one parser or another. */
static const struct str tokens[] = {
    {"\"", 1},
    {"\\", 1},
    {"\\u0000", 6},
    {"\\ud800", 6},
    {"{", 1},
    {"}", 1},
    {"[", 1},
    {"]", 1},
    {",", 1},
    {":", 1},
    {"null", 4},
    {"true", 4},
    {"-0", 2},
    {"1e308", 5},
    {"1e-400", 6},
    {"0.1", 3},
    {"9007199254740993", 16},
    {"%", 1},
    {"%00", 3},
    {"%e2", 3},
    {"&", 1},
    {"=", 1},
    {";", 1},
    {"$", 1},
    {"'", 1},
    {"+", 1},
    {"\r\n", 2},
    {"\t", 1},
    {" ", 1},
    {"\0", 1},
    {"\xff", 1},
    {"\xc0\x80", 2},
    {"\xed\xa0\x80", 3},
    {"\xf4\x90\x80\x80", 4},
    {"\xcc\x81", 2},
    {"\xef\xbb\xbf", 3},
    {"\xff\xff\xff\xff", 4},
    {"\x7f\xff\xff\xff", 4},
    {"\x80\0\0\0", 4},
    {"\xff\xff\xff\xff\xff\xff\xff\xff\xff\1", 10},
};

/* Put `s` in place of `len` bytes at `at`, as far as there is room. */
static void
splice(struct attempt *t, size_t at, size_t len, struct str s)
{
	uint8_t tail[INPUT_MAX];
	size_t rest = t->n - at - len;

	if (s.n > INPUT_MAX - at - rest)
		s.n = INPUT_MAX - at - rest;
	memcpy(tail, t->input + at + len, rest);
	memmove(t->input + at, s.p, s.n);
	memcpy(t->input + at + s.n, tail, rest);
	t->n = at + s.n + rest;
}

static void
change(struct attempt *t, const struct corpus *c)
{
	size_t at = roll(t->n + 1), len = roll(1 + roll(32));
	struct str token = tokens[roll(COUNT(tokens))], other;

	if (len > t->n - at)
		len = t->n - at;
	switch (roll(7)) {
	case 0:
		if (at < t->n)
			t->input[at] ^= (uint8_t)(1 << roll(8));
		break;
	case 1:
		if (at < t->n)
			t->input[at] = (uint8_t)roll(256);
		break;
	case 2: /* cut */
		splice(t, at, len, S(""));
		break;
	case 3: /* put in, or over as many bytes */
		splice(t, at, 0, token);
		break;
	case 4:
		splice(t, at, token.n < t->n - at ? token.n : t->n - at, token);
		break;
	case 5: /* a piece of it once more, elsewhere */
		splice(t, roll(t->n + 1), 0,
		       (struct str){(char *)t->input + at, len});
		break;
	default: /* goes on as another does */
		other = buf_str(&c->files[roll(c->n)].bytes);
		splice(t, at, t->n - at,
		       str_cut(other, roll(other.n + 1), other.n));
		break;
	}
}

static void
make_input(struct attempt *t, const struct corpus *c)
{
	const struct buf *b = &c->files[roll(c->n)].bytes;

	t->n = 0;
	splice(t, 0, 0, buf_str(b));
	for (uint64_t n = 1 + roll(4); n > 0; n--)
		change(t, c);
}

/* Runs -------------------------------------------------------------------- */

/* From memory of exactly that size, so that a sanitizer sees its ends. */
static void
run(struct str input)
{
	uint8_t *copy = malloc(input.n);

	if (copy == NULL && input.n > 0)
		abort();
	if (input.n > 0)
		memcpy(copy, input.p, input.n);
	LLVMFuzzerTestOneInput(copy, input.n);
	free(copy);
}

static void
child(struct attempt *t, const struct corpus *c, uint64_t runs, uint64_t seed)
{
	for (t->run = 0; t->run < (runs > 0 ? runs : c->n); t->run++) {
		state = seed + t->run * UINT64_C(0x2545f4914f6cdd1d);
		t->n = 0;
		if (runs > 0)
			make_input(t, c);
		else
			splice(t, 0, 0, buf_str(&c->files[t->run].bytes));
		alarm(SECONDS_MAX);
		run((struct str){(char *)t->input, t->n});
	}
	alarm(0);
}

/* `runs` 0: the files as they are. */
static bool
survives(struct attempt *t, const struct corpus *c, uint64_t runs,
	 uint64_t seed)
{
	int status = 0;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		child(t, c, runs, seed);
		exit(0);
	}
	if (pid < 0)
		return false;
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	if (status == 0)
		return true;
	printf("# %s %d in run %llu; its input:\n# ",
	       WIFSIGNALED(status) ? "signal" : "exit",
	       WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status),
	       (unsigned long long)t->run);
	for (size_t i = 0; i < t->n; i++)
		printf("%02x", t->input[i]);
	printf("\n");
	return false;
}

static uint64_t
number_given(const char *name, uint64_t otherwise)
{
	uint64_t n;

	return str_to_u64(str_of(getenv(name)), &n) && n > 0 ? n : otherwise;
}

static int
run_files(char **paths)
{
	struct buf b;

	buf_init(&b);
	for (; *paths != NULL; paths++) {
		buf_reset(&b);
		if (!file_read(*paths, &b)) {
			perror(*paths);
			return 66;
		}
		run(buf_str(&b));
	}
	buf_fini(&b);
	return 0;
}

int
main(int argc, char **argv)
{
	const char *slash = strrchr(argv[0], '/');
	const char *target = slash != NULL ? slash + 1 : argv[0];
	uint64_t runs = number_given("RAPPORT_FUZZ_RUNS", RUNS);
	uint64_t seed = number_given("SEED", random_u64() >> 1);
	struct corpus *c = mem_new(sizeof(*c));
	struct attempt *t;

	log_threshold(LOG_ERROR);
	if (argc > 1)
		return run_files(argv + 1);
	t = mmap(NULL, sizeof(*t), PROT_READ | PROT_WRITE,
		 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (t == MAP_FAILED)
		return 71;
	corpus_read(c, target);
	ok(c->n > 0, "%s: there is a corpus", target);
	ok(survives(t, c, 0, 0), "%s: its %zu files do no harm", target, c->n);
	printf("# SEED=%llu\n", (unsigned long long)seed);
	ok(c->n > 0 && survives(t, c, runs, seed),
	   "%s: %llu changes of them do no harm", target,
	   (unsigned long long)runs);
	for (size_t i = 0; i < c->n; i++)
		buf_fini(&c->files[i].bytes);
	free(c);
	return done_testing();
}
