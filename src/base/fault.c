/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Errors and the log.  The error table gives every code its HTTP status, exit
 * status, wire word and sentence; a fault adds where and what, filled once by
 * whoever knows most.  The log is one JSON line a message on standard error:
 * whatever stands in the text is escaped, so a stored name can neither forge a
 * line nor colour a terminal.
 */
#include <rapport/base.h>

#include <stdio.h>
#include <unistd.h>

static const struct {
	int http, exit;
	const char *word, *sentence;
} errors[] = {
    [OK] = {200, 0, "ok", "Fine."},
#define ERR(code, http, exit, word, sentence)                                  \
	[ERR_##code] = {http, exit, word, sentence},
#include <tbl/errors.h>
#undef ERR
};
_Static_assert(COUNT(errors) == ERR_COUNT, "one row a code");

int
err_http(enum err e)
{
	return errors[e].http;
}

int
err_exit(enum err e)
{
	return errors[e].exit;
}

const char *
err_word(enum err e)
{
	return errors[e].word;
}

const char *
err_sentence(enum err e)
{
	return errors[e].sentence;
}

enum err
fail(struct fault *f, enum err code, const char *path, const char *format, ...)
{
	va_list ap;

	if (f == NULL || f->code != OK)
		return code;
	f->code = code;
	snprintf(f->path, sizeof(f->path), "%s", path == NULL ? "" : path);
	va_start(ap, format);
	vsnprintf(f->text, sizeof(f->text), format, ap);
	va_end(ap);
	/* cutting must not leave half a character behind */
	f->path[text_prefix(str_of(f->path), sizeof(f->path) - 1).n] = '\0';
	f->text[text_prefix(str_of(f->text), sizeof(f->text) - 1).n] = '\0';
	return code;
}

void
fault_prefix(struct fault *f, const char *step)
{
	char old[sizeof(f->path)];

	if (f == NULL || f->code == OK)
		return;
	memcpy(old, f->path, sizeof(old));
	/* a path of many steps keeps its outer ones */
	if (snprintf(f->path, sizeof(f->path), "/%s%s", step, old) < 0)
		f->path[0] = '\0';
}

static enum log_level threshold = LOG_INFO;

void
log_threshold(enum log_level least)
{
	threshold = least;
}

void
log_line(enum log_level level, const char *room, const char *format, ...)
{
	static const char *const names[] = {
	    [LOG_DEBUG] = "debug",
	    [LOG_INFO] = "info",
	    [LOG_WARN] = "warn",
	    [LOG_ERROR] = "error",
	};
	char text[1024], line[8192], at[32];
	va_list ap;
	size_t n;

	if (level < threshold)
		return;
	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	instant_format(clock_now(), at);
	n = (size_t)snprintf(line, sizeof(line),
			     "{\"at\":\"%s\",\"level\":\"%s\",\"room\":\"%s\","
			     "\"text\":\"",
			     at, names[level], room);
	for (const char *c = text; *c != '\0' && n < sizeof(line) - 16; c++) {
		unsigned char u = (unsigned char)*c;

		if (u < 0x20 || u == '"' || u == '\\' || u == 0x7f)
			n += (size_t)snprintf(line + n, 8, "\\u%04x", u);
		else
			line[n++] = *c;
	}
	memcpy(line + n, "\"}\n", 3);
	if (write(STDERR_FILENO, line, n + 3) < 0)
		return; /* nowhere left to say it */
}
