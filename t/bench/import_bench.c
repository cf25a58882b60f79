/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What keeping up what analytics reads takes of an import: the bulk import of
 * `rapport import --bulk` into a new store, whole, or (`without`) but for the
 * parts that analytics reads.  Such a store is behind: nothing but an upgrade
 * can be done with it.  Prints the seconds, of the wall and of the processor.
 *
 *   import_bench STORE FILE [without]
 */
#include <rapport/intake.h>
#include <rapport/people/parts.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#define PIECE (1u << 20)

static double
wall(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double
processor(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static enum err
feed(struct intake *in, FILE *file, struct fault *f)
{
	static char bytes[PIECE];
	struct intake_result result;
	size_t n;

	while ((n = fread(bytes, 1, sizeof(bytes), file)) > 0)
		TRY(intake_feed(in, (struct str){bytes, n}, f));
	if (ferror(file))
		return fail(f, ERR_IO, "file", "cannot be read");
	TRY(intake_finish(in, &result, f));
	if (result.refused > 0)
		return fail(f, ERR_INVALID, "FILE", "%llu lines are refused",
			    (unsigned long long)result.refused);
	return OK;
}

static enum err
import(struct kv *kv, FILE *file, const char *dir, unsigned leave,
       struct fault *f)
{
	struct people *people = people_open(kv);
	struct intake_stream_options o = {
	    .bulk = true, .tmp_dir = dir, .leave = leave};
	struct intake *in = intake_open(people, kv, &o);
	enum err e = feed(in, file, f);

	intake_close(in);
	people_close(people);
	return e;
}

int
main(int argc, char **argv)
{
	const unsigned reads = 1u << PART_ACTIVITY | 1u << PART_COUNTERS |
			       1u << PART_FAILURES | 1u << PART_WAITS;
	bool without = argc == 4 && strcmp(argv[3], "without") == 0;
	struct kv_options options = {.create = true, .bulk = true};
	double at = wall();
	struct fault f = {0};
	FILE *file;
	struct kv *kv;
	enum err e;

	if (argc < 3 || argc > 3 + without) {
		fprintf(stderr, "usage: import_bench STORE FILE [without]\n");
		return 64;
	}
	mem_keep();
	options.dir = argv[1];
	file = fopen(argv[2], "rb");
	e = file ? kv_open(&kv, &options, &f) : ERR_NOT_FOUND;
	if (e == OK) {
		e = import(kv, file, argv[1], without ? reads : 0, &f);
		kv_close(kv);
	}
	if (file)
		fclose(file);
	if (e != OK)
		fprintf(stderr, "%s\n", f.text[0] ? f.text : err_sentence(e));
	else
		printf("%.3f\t%.3f\n", wall() - at, processor());
	return e == OK ? 0 : 1;
}
