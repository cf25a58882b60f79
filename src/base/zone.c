/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Time zones, read from the system's compiled files (TZif, RFC 8536 and 9636,
 * versions 1 to 4).  A zone is a list of moments at which the offset changes,
 *
 *   ... | -18000 | -14400 | -18000 | ...   seconds east of UTC
 *       t0       t1       t2               transitions, seconds since 1970
 *
 * and after the last of them a rule in POSIX form ("EST5EDT,M3.2.0,M11.1.0").
 * Everything else is asked of one function: which offset holds at an instant,
 * and until when.  A wall time is turned into an instant by walking those
 * pieces from 27 hours before, farther than any offset reaches.
 *
 * The files are trusted as little as any input: size, counts, indexes, order
 * and the rule are checked.  Files that count leap seconds are refused.
 *
 * Opened zones stay in one table for the life of the process.  This is the
 * one mutable static of the room: zones are immutable values read from the
 * machine, equal for every caller, and handing a cache through every function
 * that formats a date would buy nothing.  A mutex guards it.
 */
#include <rapport/base.h>

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define ZONE_DIR "/usr/share/zoneinfo"
#define ZONE_NAME_MAX 64
#define ZONE_FILE_MAX (64u << 10)
#define ZONE_TRANSITIONS_MAX 4096
#define OFFSET_MAX (26 * 3600)
#define REACH (27 * 3600)
#define DAY 86400
#define FOR_EVER INT64_C(4000000000000) /* seconds; past any instant */
#define CACHE_BUCKETS 64

/* One of the two dates of a rule: Mm.w.d, Jn or n, and seconds after it. */
struct change {
	char form; /* 'M', 'J' or '0' */
	int month, week, day;
	int32_t time;
};

struct rule {
	bool present, has_dst;
	int32_t standard, summer; /* seconds east */
	struct change start, end; /* of summer time */
};

struct zone {
	struct zone *next; /* in its bucket */
	char name[ZONE_NAME_MAX + 1];
	size_t count;
	int64_t *times;   /* `count`, ascending */
	int32_t *offsets; /* `count` + 1: before the first, then after each */
	struct rule rule;
};

/* Rules ------------------------------------------------------------------- */

static bool
take_char(struct str *s, char c)
{
	if (s->n == 0 || s->p[0] != c)
		return false;
	*s = str_cut(*s, 1, s->n);
	return true;
}

static bool
take_number(struct str *s, int most, int *out)
{
	int v = 0;
	size_t n = 0;

	for (; n < s->n && s->p[n] >= '0' && s->p[n] <= '9'; n++) {
		v = v * 10 + (s->p[n] - '0');
		if (v > most)
			return false;
	}
	*s = str_cut(*s, n, s->n);
	*out = v;
	return n > 0;
}

/* [+-]hh[:mm[:ss]] in seconds */
static bool
take_time(struct str *s, int hours_most, int32_t *out)
{
	int hour, minute = 0, second = 0, sign = 1;

	if (take_char(s, '-'))
		sign = -1;
	else
		take_char(s, '+');
	if (!take_number(s, hours_most, &hour))
		return false;
	if (take_char(s, ':')) {
		if (!take_number(s, 59, &minute))
			return false;
		if (take_char(s, ':') && !take_number(s, 59, &second))
			return false;
	}
	*out = sign * (hour * 3600 + minute * 60 + second);
	return true;
}

/* A zone's short name, which nobody needs: letters, or anything in <>. */
static bool
take_name(struct str *s)
{
	size_t n = 0;

	if (take_char(s, '<')) {
		while (n < s->n && s->p[n] != '>')
			n++;
		*s = str_cut(*s, n, s->n);
		return n >= 3 && take_char(s, '>');
	}
	while (n < s->n && ((s->p[n] >= 'a' && s->p[n] <= 'z') ||
			    (s->p[n] >= 'A' && s->p[n] <= 'Z')))
		n++;
	*s = str_cut(*s, n, s->n);
	return n >= 3;
}

static bool
take_change(struct str *s, struct change *c)
{
	*c = (struct change){.form = '0', .time = 2 * 3600};
	if (!take_char(s, ','))
		return false;
	if (take_char(s, 'M')) {
		c->form = 'M';
		if (!take_number(s, 12, &c->month) || !take_char(s, '.') ||
		    !take_number(s, 5, &c->week) || !take_char(s, '.') ||
		    !take_number(s, 6, &c->day) || c->month < 1 || c->week < 1)
			return false;
	} else if (take_char(s, 'J')) {
		c->form = 'J';
		if (!take_number(s, 365, &c->day) || c->day < 1)
			return false;
	} else if (!take_number(s, 365, &c->day)) {
		return false;
	}
	return !take_char(s, '/') || take_time(s, 167, &c->time);
}

static bool
rule_read(struct str s, struct rule *r)
{
	int32_t west;

	*r = (struct rule){0};
	if (s.n == 0)
		return true; /* the last offset holds for ever */
	if (!take_name(&s) || !take_time(&s, 24, &west))
		return false;
	r->present = true;
	r->standard = -west;
	if (s.n == 0)
		return true;
	r->has_dst = true;
	r->summer = r->standard + 3600;
	if (!take_name(&s))
		return false;
	if (s.n > 0 && s.p[0] != ',') {
		if (!take_time(&s, 24, &west))
			return false;
		r->summer = -west;
	}
	return take_change(&s, &r->start) && take_change(&s, &r->end) &&
	       s.n == 0;
}

/* Local seconds since 1970 of a change in a year */
static int64_t
change_in(const struct change *c, int year)
{
	int32_t date = date_of(year, 1, 1);

	if (c->form == 'M') {
		int32_t first = date_of(year, c->month, 1);
		/* the rule counts Sunday as 0, dates count Monday as 0 */
		int skip = (c->day + 6 - date_weekday(first)) % 7;
		int day = skip + (c->week - 1) * 7;

		if (day >= date_month_days(year, c->month))
			day -= 7; /* week 5 is the last there is */
		date = first + day;
	} else if (c->form == 'J') {
		bool leap = date_month_days(year, 2) == 29;

		date += c->day - 1 + (leap && c->day >= 60);
	} else {
		date += c->day;
	}
	return (int64_t)date * DAY + c->time;
}

struct piece {
	int32_t offset;
	int64_t until; /* first second at which it no longer holds */
};

static struct piece
rule_at(const struct rule *r, int64_t second)
{
	struct piece found = {r->standard, FOR_EVER};
	int64_t day = second / DAY - (second % DAY < 0), last = INT64_MIN;
	int year, month, dom;

	if (!r->has_dst)
		return found;
	date_civil((int32_t)day, &year, &month, &dom);
	/* the newest change at or before, and the oldest after; where summer
	 * ends and begins in the same second it goes on */
	for (int y = year - 1; y <= year + 1; y++) {
		int64_t end = change_in(&r->end, y) - r->summer;
		int64_t start = change_in(&r->start, y) - r->standard;

		if (end <= second && end > last) {
			last = end;
			found.offset = r->standard;
		}
		if (start <= second && start >= last) {
			last = start;
			found.offset = r->summer;
		}
		if (end > second && end < found.until)
			found.until = end;
		if (start > second && start < found.until)
			found.until = start;
	}
	return found;
}

/* Files ------------------------------------------------------------------- */

struct header {
	int version;
	uint32_t isut, isstd, leap, times, types, chars;
};

static bool
header_read(struct rd *r, struct header *h)
{
	if (!str_eq(rd_bytes(r, 4), S("TZif")))
		return false;
	h->version = rd_u8(r);
	rd_bytes(r, 15);
	h->isut = rd_be32(r);
	h->isstd = rd_be32(r);
	h->leap = rd_be32(r);
	h->times = rd_be32(r);
	h->types = rd_be32(r);
	h->chars = rd_be32(r);
	return !r->bad && h->times <= ZONE_TRANSITIONS_MAX && h->types >= 1 &&
	       h->types <= 256 && h->chars <= 4096 && h->isut <= 256 &&
	       h->isstd <= 256 && h->leap <= 256;
}

/* The block after a header: times, types, then what is not needed here. */
static bool
block_read(struct rd *r, const struct header *h, size_t width, struct zone *z)
{
	struct rd types, index;
	int32_t offset_of[256];

	z->count = h->times;
	z->times = mem_new((h->times + 1) * sizeof(*z->times));
	z->offsets = mem_new((h->times + 1) * sizeof(*z->offsets));
	for (uint32_t i = 0; i < h->times; i++) {
		z->times[i] = width == 8 ? (int64_t)rd_be64(r)
					 : (int32_t)rd_be32(r);
		if (i > 0 && z->times[i] <= z->times[i - 1])
			return false;
	}
	index = rd_of(rd_bytes(r, h->times));
	types = rd_of(rd_bytes(r, (size_t)h->types * 6));
	for (uint32_t i = 0; i < h->types; i++) {
		offset_of[i] = (int32_t)rd_be32(&types);
		rd_be16(&types); /* summer time or not, and its name */
		if (offset_of[i] < -OFFSET_MAX || offset_of[i] > OFFSET_MAX)
			return false;
	}
	z->offsets[0] = offset_of[0];
	for (uint32_t i = 0; i < h->times; i++) {
		uint8_t type = rd_u8(&index);

		if (type >= h->types)
			return false;
		z->offsets[i + 1] = offset_of[type];
	}
	rd_bytes(r, h->chars + h->leap * (width + 4) + h->isstd + h->isut);
	return !r->bad;
}

static size_t
block_size(const struct header *h)
{
	return (size_t)h->times * 5 + (size_t)h->types * 6 + h->chars +
	       (size_t)h->leap * 8 + h->isstd + h->isut;
}

static bool
zone_read(struct zone *z, struct str file)
{
	struct rd r = rd_of(file);
	struct header h;
	struct str rule, rest;

	if (!header_read(&r, &h))
		return false;
	if (h.version == 0)
		return h.leap == 0 && block_read(&r, &h, 4, z);
	/* the first block is for old readers; the second has 64-bit times */
	rd_bytes(&r, block_size(&h));
	if (!header_read(&r, &h) || h.leap != 0 || !block_read(&r, &h, 8, z))
		return false;
	rest = (struct str){(const char *)r.p, rd_left(&r)};
	return take_char(&rest, '\n') && str_split(&rest, '\n', &rule) &&
	       rest.p != NULL && rule_read(rule, &z->rule);
}

static void
zone_free(struct zone *z)
{
	free(z->times);
	free(z->offsets);
	free(z);
}

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
	if (n < 0 || !zone_read(z, (struct str){(char *)file, (size_t)n})) {
		zone_free(z);
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
	static const struct zone utc = {.name = "UTC", .offsets = &no_offset};
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

static struct piece
zone_piece(const struct zone *z, int64_t second)
{
	size_t low = 0, high = z->count; /* changes at or before `second` */

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (z->times[mid] <= second)
			low = mid + 1;
		else
			high = mid;
	}
	if (low < z->count)
		return (struct piece){z->offsets[low], z->times[low]};
	if (z->rule.present)
		return rule_at(&z->rule, second);
	return (struct piece){z->offsets[low], FOR_EVER};
}

static int64_t
floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

int32_t
zone_offset(const struct zone *z, int64_t at)
{
	return zone_piece(z, floor_div(at, SECOND_US)).offset;
}

int32_t
zone_date(const struct zone *z, int64_t at)
{
	int64_t second = floor_div(at, SECOND_US);

	return (int32_t)floor_div(second + zone_piece(z, second).offset, DAY);
}

struct civil
zone_civil(const struct zone *z, int64_t at)
{
	int64_t utc = floor_div(at, SECOND_US);
	int64_t second = utc + zone_piece(z, utc).offset;
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
	int64_t local = (int64_t)date_of(wall->year, wall->month, wall->day) *
			    DAY +
			wall->hour * 3600 + wall->minute * 60 + wall->second;
	int64_t from = local - REACH;

	for (;;) {
		struct piece p = zone_piece(z, from);
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
