/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * chatbox STORE FORMAT [ROWS [BYTES [SHEETS]]]: chat data of a store, not
 * locked, to standard output; a sheet goes on in another one from ROWS rows or
 * BYTES bytes on, 0: where the format ends; CHATBOX_ALONE: by one thread.  On
 * standard error the rows, the microseconds it took and the most memory of its
 * own, in KiB.  For tests of what no test's store is large enough for, and for
 * measuring without a lock.
 */
#include <rapport/export.h>

#include <stdio.h>
#include <stdlib.h>

static enum err
to_output(void *arg, struct str bytes)
{
	return fwrite(bytes.p, 1, bytes.n, stdout) == bytes.n ? OK : ERR_IO;
}

/* Memory that is this process's alone: the store's pages are not. */
static long
own_memory(void)
{
	char line[256];
	long kib = 0, rss = 0;
	FILE *f = fopen("/proc/self/status", "r");

	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, "RssAnon: %ld", &rss) == 1)
			kib = rss;
	if (f != NULL)
		fclose(f);
	return kib;
}

struct seen {
	struct export_progress last;
	long most;
};

static enum err
tell(void *arg, const struct export_progress *p)
{
	struct seen *s = arg;
	long now = own_memory();

	s->last = *p;
	if (now > s->most)
		s->most = now;
	return OK;
}

static bool
request_read(struct export_request *r, int argc, char **argv)
{
	uint64_t rows = 0, bytes = 0;

	r->what = EXPORT_CHATS;
	r->sheets = EXPORT_SHEETS_ALL;
	if (argc < 3 || !export_format_find(str_of(argv[2]), &r->format) ||
	    (argc > 3 && !str_to_u64(str_of(argv[3]), &rows)) ||
	    (argc > 4 && !str_to_u64(str_of(argv[4]), &bytes)) ||
	    (argc > 5 &&
	     export_sheets_read(str_of(argv[5]), &r->sheets, NULL) != OK))
		return false;
	r->alone = getenv("CHATBOX_ALONE") != NULL;
	r->sheet_rows = (uint32_t)rows;
	r->sheet_bytes = bytes;
	return true;
}

int
main(int argc, char **argv)
{
	struct kv_options o = {.dir = argc > 1 ? argv[1] : NULL};
	struct export_request r = {.at = 1000000};
	struct seen seen = {.most = 0};
	struct fault f = {0};
	struct people *people;
	struct kv *kv;
	int64_t from;
	enum err e;

	if (!request_read(&r, argc, argv) || kv_open(&kv, &o, &f) != OK)
		return EXIT_FAILURE;
	people = people_open(kv);
	from = clock_now();
	e = export_run(people, kv, &r, to_output, tell, &seen, &f);
	if (e == OK && fflush(stdout) != 0)
		e = ERR_IO;
	fprintf(stderr, "%llu %lld %ld %s\n",
		(unsigned long long)seen.last.rows,
		(long long)(clock_now() - from), seen.most, f.text);
	people_close(people);
	kv_close(kv);
	return e == OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
