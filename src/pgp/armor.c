/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * ASCII armor: a BEGIN line, headers, an empty line, base64, perhaps a
 * checksum line that starts with '=', an END line.  Whatever stands after the
 * END line is not ours.  Characters are turned into bytes as they come; a
 * group of four that spans two pieces waits in `bits`.
 */
#include "feed.h"

#define BEGIN "-----BEGIN PGP MESSAGE-----"
#define END "-----END PGP MESSAGE-----"
#define LINE_MAX_BYTES 4096u
#define HEADERS_MAX 64u
#define LEAD_MAX 4096u /* white space before the BEGIN line */
#define MARK "\xEF\xBB\xBF"

static int
base64_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* One line without its end, into `out`; ERR_CUT at the end of input,
 * ERR_DAMAGED if it is too long. */
static enum err
line_read(struct feed *from, char out[LINE_MAX_BYTES], struct str *line)
{
	struct str c;
	size_t n;

	*line = STR_NONE;
	for (n = 0; n < LINE_MAX_BYTES; n++) {
		TRY(feed_take(from, 1, &c));
		if (c.n == 0) {
			*line = (struct str){out, n};
			return ERR_CUT;
		}
		if (*c.p == '\n') {
			*line = str_trim((struct str){out, n});
			return OK;
		}
		out[n] = *c.p;
	}
	return ERR_DAMAGED;
}

/* Past a byte order mark and white space, to the first '-'. */
static enum err
lead_skip(struct feed *from)
{
	struct str c;
	size_t n;

	for (n = 0; n < LEAD_MAX; n++) {
		TRY(feed_more(from));
		if (from->left.n > 0 && *from->left.p == '-')
			return OK;
		TRY(feed_take(from, 1, &c));
		if (c.n == 0 || !memchr(MARK " \t\r\n", *c.p, 7))
			return ERR_NOT_OURS;
	}
	return ERR_NOT_OURS;
}

static enum err
begin_read(struct feed *from, char *memory)
{
	struct str line;
	enum err e = line_read(from, memory, &line);

	if (e == ERR_CUT)
		return str_starts(S(BEGIN), str_trim(line)) ? ERR_CUT
							    : ERR_NOT_OURS;
	if (e != OK && e != ERR_DAMAGED)
		return e;
	return e == OK && str_eq(line, S(BEGIN)) ? OK : ERR_NOT_OURS;
}

/* The group in `bits` is whole. */
static enum err
group_put(struct armor *a, size_t *n)
{
	uint32_t bits = a->bits << (6 * a->pad);
	unsigned i;

	if (a->pad > 2)
		return ERR_DAMAGED;
	for (i = 0; i < 3 - a->pad; i++)
		a->out[(*n)++] = (uint8_t)(bits >> (16 - 8 * i));
	a->bits = 0;
	a->in = 0;
	return OK;
}

/* The rest of a line that starts with '-': the end, or no armor. */
static enum err
end_read(struct armor *a)
{
	char memory[LINE_MAX_BYTES];
	struct str line;
	enum err e = line_read(a->from, memory, &line);

	if (e == ERR_CUT && !str_eq(str_trim(line), S(END)))
		return str_starts(S(END), str_trim(line)) ? ERR_CUT
							  : ERR_DAMAGED;
	if (e != OK && e != ERR_CUT)
		return e;
	return str_eq(str_trim(line), S(END)) && a->in == 0 ? OK : ERR_DAMAGED;
}

/* One character that is no line end and starts no line of its own. */
static enum err
char_put(struct armor *a, char c, size_t *n)
{
	int value = base64_value(c);

	if (c == '=' && a->in >= 2) {
		a->pad++;
		a->in++;
	} else if (value >= 0 && a->pad == 0) {
		a->bits = a->bits << 6 | (uint32_t)value;
		a->in++;
	} else {
		return ERR_DAMAGED;
	}
	return a->in == 4 ? group_put(a, n) : OK;
}

/* A line that starts with '=' after whole groups: the checksum. */
static enum err
checksum_skip(struct armor *a)
{
	char memory[LINE_MAX_BYTES];
	struct str line;

	return line_read(a->from, memory, &line);
}

/* What is left of a piece, up to the next line that is not base64. */
static enum err
chars_put(struct armor *a, size_t *n)
{
	struct str *left = &a->from->left;
	enum err e = OK;
	size_t i;
	char c;

	for (i = 0; e == OK && i < left->n && *n < ARMOR_PIECE / 4 * 3; i++) {
		c = left->p[i];
		if (a->fresh && (c == '-' || (c == '=' && a->in == 0)))
			break;
		if (c == '\n') {
			a->fresh = true;
		} else if (c != ' ' && c != '\t' && c != '\r') {
			a->fresh = false;
			e = char_put(a, c, n);
		}
	}
	*left = str_cut(*left, i, left->n);
	return e;
}

static enum err
armor_next(struct feed *self, struct str *piece)
{
	struct armor *a = (struct armor *)self;
	size_t n = 0;

	while (!a->last && n < ARMOR_PIECE / 4 * 3) {
		TRY(feed_more(a->from));
		if (a->from->ended && n == 0)
			return ERR_CUT;
		if (a->from->ended || (a->fresh && *a->from->left.p == '-'))
			break;
		if (a->fresh && *a->from->left.p == '=' && a->in == 0)
			TRY(checksum_skip(a));
		else
			TRY(chars_put(a, &n));
	}
	if (n == 0 && !a->last) {
		TRY(end_read(a));
		a->last = true;
	}
	*piece = (struct str){(char *)a->out, n};
	return OK;
}

enum err
armor_open(struct armor *a, struct feed *from)
{
	char memory[LINE_MAX_BYTES];
	struct str line;
	size_t i;

	*a = (struct armor){.feed.next = armor_next, .from = from,
			    .fresh = true};
	TRY(lead_skip(from));
	TRY(begin_read(from, memory));
	for (i = 0; i < HEADERS_MAX; i++) {
		TRY(line_read(from, memory, &line));
		if (line.n == 0)
			return OK;
		if (!str_find(line, S(":"), NULL))
			return ERR_DAMAGED;
	}
	return ERR_DAMAGED;
}
