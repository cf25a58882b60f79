/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * rapportd: the program.  Options in, one call, one line on standard error
 * when it could not, and an exit status from the error table.
 */
#include <rapport/web.h>

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char usage[] =
    "usage: rapportd --store DIR [--socket PATH | --listen FD]\n"
    "                [--pool api|export] [--threads N]\n"
    "\n"
    "Serves the store in DIR over FastCGI until SIGTERM.\n"
    "\n"
    "  --store DIR      the store that rapport init made\n"
    "  --socket PATH    make this socket (mode 0660) and serve it\n"
    "  --listen FD      serve a socket that is open as file FD; without both,\n"
    "                   the one given by systemd or spawn-fcgi\n"
    "  --pool api       for everything but exports (default; 64 threads)\n"
    "  --pool export    for exports (4 threads)\n"
    "  --threads N      another number of threads, 1 to 256\n"
    "  --stuck N        cut a request that has not moved for N seconds (60, "
    "and\n"
    "                   600 for exports)\n"
    "  --bench-hello    also answer GET /api/v1/hello with 4 KiB\n"
    "  --quiet          log warnings and errors only\n"
    "  --help           this\n"
    "  --version        the version\n";

enum word {
	OPT_STORE = 1,
	OPT_SOCKET,
	OPT_LISTEN,
	OPT_POOL,
	OPT_THREADS,
	OPT_STUCK,
	OPT_BENCH,
	OPT_QUIET,
	OPT_HELP,
	OPT_VERSION
};
static const struct option options_known[] = {
    {"store", required_argument, NULL, OPT_STORE},
    {"socket", required_argument, NULL, OPT_SOCKET},
    {"listen", required_argument, NULL, OPT_LISTEN},
    {"pool", required_argument, NULL, OPT_POOL},
    {"threads", required_argument, NULL, OPT_THREADS},
    {"stuck", required_argument, NULL, OPT_STUCK},
    {"bench-hello", no_argument, NULL, OPT_BENCH},
    {"quiet", no_argument, NULL, OPT_QUIET},
    {"help", no_argument, NULL, OPT_HELP},
    {"version", no_argument, NULL, OPT_VERSION},
    {NULL, 0, NULL, 0},
};

static int
complain(enum err e, const char *text)
{
	fprintf(stderr, "rapportd: %s\n", text);
	if (e == ERR_USAGE)
		fprintf(stderr, "Try rapportd --help.\n");
	return err_exit(e);
}

static bool
number(const char *text, uint64_t least, uint64_t most, uint64_t *out)
{
	return str_to_u64(str_of(text), out) && *out >= least && *out <= most;
}

static bool
pool_find(const char *name, enum web_pool *out)
{
	*out = strcmp(name, "export") == 0 ? POOL_EXPORT : POOL_API;
	return *out == POOL_EXPORT || strcmp(name, "api") == 0;
}

/* NULL, or what is wrong. */
static const char *
options_read(int argc, char **argv, struct web_options *o, const char **path)
{
	uint64_t n;
	int c;

	opterr = 0;
	while ((c = getopt_long(argc, argv, "", options_known, NULL)) != -1) {
		switch (c) {
		case OPT_STORE:
			o->dir = optarg;
			break;
		case OPT_SOCKET:
			*path = optarg;
			break;
		case OPT_LISTEN:
			if (!number(optarg, 0, 1 << 20, &n))
				return "--listen takes the number of a file";
			o->listen = (int)n;
			break;
		case OPT_POOL:
			if (!pool_find(optarg, &o->pool))
				return "--pool is api or export";
			break;
		case OPT_THREADS:
			if (!number(optarg, 1, WEB_THREADS_MAX, &n))
				return "--threads is 1 to 256";
			o->threads = (unsigned)n;
			break;
		case OPT_STUCK:
			if (!number(optarg, 1, 86400, &n))
				return "--stuck is 1 to 86400";
			o->stuck = (unsigned)n;
			break;
		case OPT_BENCH:
			o->bench_hello = true;
			break;
		case OPT_QUIET:
			log_threshold(LOG_WARN);
			break;
		case OPT_HELP:
			fputs(usage, stdout);
			exit(0);
		case OPT_VERSION:
			puts("rapportd " PACKAGE_VERSION);
			exit(0);
		default:
			return "an option it does not know, or without its "
			       "value";
		}
	}
	if (optind < argc)
		return "it takes options only";
	return o->dir == NULL ? "--store is missing" : NULL;
}

int
main(int argc, char **argv)
{
	struct web_options o = {.listen = -1};
	struct fault f = {OK, "", ""};
	const char *path = NULL;
	const char *why = options_read(argc, argv, &o, &path);
	enum err e = OK;

	if (why != NULL)
		return complain(ERR_USAGE, why);
	if (path != NULL && o.listen >= 0)
		return complain(ERR_USAGE, "--socket or --listen, not both");
	mem_keep();
	if (path != NULL)
		e = web_listen(path, &o.listen, &f);
	else if (o.listen < 0 && !web_inherited(&o.listen))
		return complain(ERR_USAGE, "there is no socket: neither given "
					   "nor named by --socket");
	if (e == OK)
		e = web_run(&o, &f);
	if (path != NULL && o.listen >= 0)
		unlink(path);
	return e == OK ? 0 : complain(e, f.text[0] ? f.text : err_sentence(e));
}
