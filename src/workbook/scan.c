/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Markup of a part as a stream of elements, by expat.  Only elements of the
 * namespaces that workbooks have are told, by their local names; whatever
 * another program put in between is passed over with all that is in it.
 *
 * It can be stopped behind any element and goes on from there, so that a row
 * is taken when it is asked for.  There is no document type in a workbook, so
 * none is taken, and with it no entity; a tag is at most TAG_MAX bytes and
 * elements stand at most DEPTH_MAX deep, so what is kept is bounded.
 */
#include "room.h"

#include <expat.h>
#include <stdio.h>
#include <stdlib.h>

#define CHUNK (64u << 10)
#define TAG_MAX (512u << 10)
#define DEPTH_MAX 100u
#define BETWEEN '\n' /* namespace and name; in no address */

#define OFFICE "http://schemas.openxmlformats.org/"
#define STRICT "http://purl.oclc.org/ooxml/"

#define SPACE(text)                        \
	{                                  \
		"" text "\n", sizeof(text) \
	}
static const struct str spaces[] = {
    SPACE(OFFICE "spreadsheetml/2006/main"),
    SPACE(STRICT "spreadsheetml/main"),
    SPACE(OFFICE "package/2006/relationships"),
};

struct scan {
	XML_Parser parser;
	struct part *part;
	const struct scan_calls *calls;
	void *arg;
	char name[PART_NAME_MAX];
	struct fault fault; /* a call failed */
	size_t depth, foreign, quiet;
};

/* The local name; NULL: it is of another namespace. */
static const char *
local_name(const char *name)
{
	for (size_t i = 0; i < COUNT(spaces); i++)
		if (strncmp(name, spaces[i].p, spaces[i].n) == 0)
			return name + spaces[i].n;
	return NULL;
}

const char *
attribute(const char **attrs, const char *name)
{
	for (; attrs[0] != NULL; attrs += 2)
		if (strcmp(attrs[0], name) == 0)
			return attrs[1];
	return NULL;
}

const char *
attribute_relation(const char **attrs)
{
	const char *id =
	    attribute(attrs, OFFICE "officeDocument/2006/relationships\nid");

	return id ? id
		  : attribute(attrs, STRICT "officeDocument/relationships\nid");
}

/* What expat calls --------------------------------------------------------- */

static void
on_open(void *arg, const char *name, const char **attrs)
{
	const char *local = local_name(name);
	struct scan *s = arg;

	s->quiet = 0;
	if (s->fault.code != OK)
		return;
	if (++s->depth > DEPTH_MAX) {
		scan_fail(s, ERR_INPUT, "elements stand more than %u deep",
			  DEPTH_MAX);
		return;
	}
	if (s->foreign > 0 || local == NULL)
		s->foreign++;
	else
		s->calls->open(s->arg, local, attrs);
}

static void
on_close(void *arg, const char *name)
{
	struct scan *s = arg;

	s->quiet = 0;
	if (s->fault.code != OK)
		return;
	s->depth--;
	if (s->foreign > 0)
		s->foreign--;
	else
		s->calls->close(s->arg, local_name(name));
}

static void
on_text(void *arg, const char *text, int n)
{
	struct scan *s = arg;

	s->quiet = 0;
	if (s->fault.code == OK && s->foreign == 0 && s->calls->text)
		s->calls->text(s->arg, (struct str){text, (size_t)n});
}

static void
on_doctype(void *arg, const char *name, const char *system,
	   const char *public_id, int has_internal)
{
	(void)name, (void)system, (void)public_id, (void)has_internal;
	scan_fail(arg, ERR_INPUT,
		  "it has a document type, which no workbook has");
}

/* -------------------------------------------------------------------------- */

enum err
scan_new(struct part *p, const char *name, const struct scan_calls *calls,
	 void *arg, struct scan **out, struct fault *f)
{
	struct scan *s = mem_new(sizeof(*s));

	s->part = p;
	s->calls = calls;
	s->arg = arg;
	snprintf(s->name, sizeof(s->name), "%s", name);
	s->parser = XML_ParserCreateNS(NULL, BETWEEN);
	if (s->parser == NULL) {
		scan_free(s);
		return fail(f, ERR_LIMIT, "", "there is no memory for it");
	}
	XML_SetUserData(s->parser, s);
	XML_SetElementHandler(s->parser, on_open, on_close);
	XML_SetCharacterDataHandler(s->parser, on_text);
	XML_SetStartDoctypeDeclHandler(s->parser, on_doctype);
	*out = s;
	return OK;
}

void
scan_free(struct scan *s)
{
	if (s == NULL)
		return;
	if (s->parser != NULL)
		XML_ParserFree(s->parser);
	part_close(s->part);
	free(s);
}

void
scan_pause(struct scan *s)
{
	XML_StopParser(s->parser, XML_TRUE);
}

void
scan_fail(struct scan *s, enum err e, const char *format, ...)
{
	char text[sizeof(s->fault.text)];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	fail(&s->fault, e, "", "%s", text);
	XML_StopParser(s->parser, XML_FALSE);
}

static enum err
faulty(struct scan *s, struct fault *f)
{
	if (s->fault.code == ERR_INPUT)
		return fail(f, ERR_INPUT, "",
			    "the workbook is damaged: %s, line %lu: %s",
			    s->name, XML_GetCurrentLineNumber(s->parser),
			    s->fault.text);
	if (s->fault.code != OK)
		return fail(f, s->fault.code, s->fault.path, "%s",
			    s->fault.text);
	return fail(f, ERR_INPUT, "",
		    "the workbook is damaged: %s, line %lu: %s", s->name,
		    XML_GetCurrentLineNumber(s->parser),
		    XML_ErrorString(XML_GetErrorCode(s->parser)));
}

/* The next bytes, through the parser. */
static enum err
feed(struct scan *s, enum XML_Status *status, struct fault *f)
{
	char *room = XML_GetBuffer(s->parser, CHUNK);
	size_t n;

	if (room == NULL)
		return fail(f, ERR_LIMIT, "", "there is no memory for %s",
			    s->name);
	TRY(part_read(s->part, room, CHUNK, &n, f));
	s->quiet += n;
	if (s->quiet > TAG_MAX)
		return fail(f, ERR_INPUT, "",
			    "the workbook is damaged: %s, line %lu: a tag of "
			    "more than %u bytes",
			    s->name, XML_GetCurrentLineNumber(s->parser),
			    TAG_MAX);
	*status = XML_ParseBuffer(s->parser, (int)n, n == 0);
	return OK;
}

enum err
scan_go(struct scan *s, bool *ended, struct fault *f)
{
	XML_ParsingStatus at;

	*ended = false;
	for (;;) {
		enum XML_Status status = XML_STATUS_OK;

		XML_GetParsingStatus(s->parser, &at);
		if (at.parsing == XML_FINISHED) {
			*ended = true;
			return OK;
		}
		if (at.parsing == XML_SUSPENDED)
			status = XML_ResumeParser(s->parser);
		else
			TRY(feed(s, &status, f));
		if (status == XML_STATUS_ERROR)
			return faulty(s, f);
		if (status == XML_STATUS_SUSPENDED)
			return OK;
	}
}

uint64_t
scan_done(const struct scan *s)
{
	return part_done(s->part);
}
