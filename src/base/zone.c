/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Time zones by name, and the questions asked of them.  A wall time is turned
 * into an instant by walking the pieces of constant offset from 27 hours
 * before it, farther than any offset reaches: the first piece in which the
 * wall time is reached has the answer, at its beginning if the clock jumped
 * over it.
 *
 * Opened zones stay in one table for the life of the process.  This is the
 * one mutable static of the room: zones are immutable values read from the
 * machine, equal for every caller, and handing a cache through every function
 * that formats a date would buy nothing.  A mutex guards it; only zones that
 * exist are kept, so it cannot grow beyond what the system has.
 */
#include "tzif.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define ZONE_DIR "/usr/share/zoneinfo"
#define ZONE_NAME_MAX 64
#define ZONE_FILE_MAX (64u << 10)
#define REACH (27 * 3600)
#define DAY 86400
#define CACHE_BUCKETS 64

struct zone {
	struct zone *next; /* in its bucket */
	char name[ZONE_NAME_MAX + 1];
	struct tzif table;
};

/* The machine's own zone is no name two machines agree on, the other trees
 * are copies. */
static bool
name_is_good(struct str name)
{
	static const struct str refused[] = {
	    {"localtime", 9}, {"posixrules", 10}, {"posix/", 6}, {"right/", 6}};

	if (name.n == 0 || name.n > ZONE_NAME_MAX || name.p[0] == '/')
		return false;
	for (size_t i = 0; i < name.n; i++) {
		char c = name.p[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') &&
		    !(c >= '0' && c <= '9') &&
		    (c == '\0' || strchr("_+/-", c) == NULL))
			return false;
		if (c == '/' && (i + 1 == name.n || name.p[i + 1] == '/'))
			return false;
	}
	for (size_t i = 0; i < COUNT(refused); i++)
		if (str_starts(name, refused[i]))
			return false;
	return true;
}

/* Bytes of a zone's file, or -1 */
static ssize_t
file_read(const char *name, uint8_t *out, size_t most)
{
	char path[sizeof(ZONE_DIR) + ZONE_NAME_MAX + 2];
	struct stat st;
	ssize_t n = -1;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", ZONE_DIR, name);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return -1;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0 &&
	    (size_t)st.st_size <= most)
		n = pread(fd, out, (size_t)st.st_size, 0);
	close(fd);
	return n;
}

static struct zone *
zone_open(struct str name)
{
	struct zone *z = mem_new(sizeof(*z));
	uint8_t *file = mem_new(ZONE_FILE_MAX);
	ssize_t n;

	memcpy(z->name, name.p, name.n);
	n = file_read(z->name, file, ZONE_FILE_MAX);
	if (n < 0 ||
	    !tzif_read(&z->table, (struct str){(char *)file, (size_t)n})) {
		free(z);
		z = NULL;
	}
	free(file);
	return z;
}

const struct zone *
zone_find(struct str name)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	static struct zone *opened[CACHE_BUCKETS];
	static int32_t no_offset;
	static const struct zone utc = {.name = "UTC",
					.table.offsets = &no_offset};
	struct zone **bucket, *z;

	if (str_eq(name, S("UTC")))
		return &utc;
	if (!name_is_good(name))
		return NULL;
	bucket = &opened[hash64(name) % CACHE_BUCKETS];
	pthread_mutex_lock(&lock);
	for (z = *bucket; z != NULL; z = z->next)
		if (str_eq(str_of(z->name), name))
			break;
	if (z == NULL && (z = zone_open(name)) != NULL) {
		z->next = *bucket;
		*bucket = z;
	}
	pthread_mutex_unlock(&lock);
	return z;
}

const char *
zone_name(const struct zone *z)
{
	return z->name;
}

/* Questions --------------------------------------------------------------- */

static int64_t
floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

int32_t
zone_offset(const struct zone *z, int64_t at)
{
	return tzif_at(&z->table, floor_div(at, SECOND_US)).offset;
}

int32_t
zone_stretch(const struct zone *z, int64_t at, int64_t *until)
{
	struct piece p = tzif_at(&z->table, floor_div(at, SECOND_US));

	*until = p.until * SECOND_US;
	return p.offset;
}

int32_t
zone_date(const struct zone *z, int64_t at)
{
	int64_t second = floor_div(at, SECOND_US);

	return (int32_t)floor_div(second + tzif_at(&z->table, second).offset,
				  DAY);
}

struct civil
zone_civil(const struct zone *z, int64_t at)
{
	int64_t utc = floor_div(at, SECOND_US);
	int64_t second = utc + tzif_at(&z->table, utc).offset;
	int64_t date = floor_div(second, DAY);
	int rest = (int)(second - date * DAY);
	struct civil c = {
	    .hour = rest / 3600,
	    .minute = rest / 60 % 60,
	    .second = rest % 60,
	    .micros = (int)(at - utc * SECOND_US),
	};

	date_civil((int32_t)date, &c.year, &c.month, &c.day);
	return c;
}

int64_t
zone_instant(const struct zone *z, const struct civil *wall)
{
	int64_t local =
	    (int64_t)date_of(wall->year, wall->month, wall->day) * DAY +
	    wall->hour * 3600 + wall->minute * 60 + wall->second;
	int64_t from = local - REACH;

	for (;;) {
		struct piece p = tzif_at(&z->table, from);
		int64_t reached = local - p.offset;

		if (reached < from) /* already past it: a gap */
			return from * SECOND_US;
		if (reached < p.until)
			return reached * SECOND_US + wall->micros;
		from = p.until;
	}
}

int64_t
zone_day_start(const struct zone *z, int32_t date)
{
	struct civil midnight = {0};

	date_civil(date, &midnight.year, &midnight.month, &midnight.day);
	return zone_instant(z, &midnight);
}
