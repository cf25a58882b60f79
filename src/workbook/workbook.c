/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A workbook as a whole: which parts there are is told by relations, from the
 * archive's root to the workbook, and from there to its sheets, styles and
 * shared texts.  A relation names a part of the same archive; one that leads
 * elsewhere is not followed.
 */
#include "room.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define SHEETS_MAX 10000u
#define RELATIONS_MAX 20000u
#define MEMORY (8u << 20)
#define TEXT_MAX (1u << 20)

struct relation {
	const char *id, *type, *target;
};

struct sheet_part {
	struct workbook_sheet told;
	const char *id, *part; /* of its relation; its part, or NULL */
};

struct workbook {
	struct archive *archive;
	struct workbook_options options;
	struct arena arena;
	struct relation *relations; /* of the part that is looked at */
	size_t n_relations, cap_relations;
	struct sheet_part *sheets;
	size_t n, cap;
	struct workbook_sheet *told;
	struct styles styles;
	struct texts texts;
	struct clock clock;
	struct grid *grid;
	struct scan *scan; /* of what is read while it is opened */
	uint64_t size;
};

/* Relations -----------------------------------------------------------------
 */

static const char *
kept(struct workbook *w, const char *text)
{
	return arena_z(&w->arena, str_of(text ? text : ""));
}

static void
relation_open(void *arg, const char *name, const char **attrs)
{
	struct workbook *w = arg;
	const char *mode = attribute(attrs, "TargetMode");

	if (strcmp(name, "Relationship") != 0 ||
	    (mode && strcmp(mode, "External") == 0))
		return;
	if (w->n_relations == RELATIONS_MAX) {
		scan_fail(w->scan, ERR_INPUT, "there are too many relations");
		return;
	}
	if (w->n_relations == w->cap_relations) {
		w->cap_relations = w->cap_relations ? 2 * w->cap_relations : 64;
		w->relations = mem_grow(
		    w->relations, w->cap_relations * sizeof(*w->relations));
	}
	w->relations[w->n_relations++] = (struct relation){
	    kept(w, attribute(attrs, "Id")), kept(w, attribute(attrs, "Type")),
	    kept(w, attribute(attrs, "Target"))};
}

static void
nothing_close(void *arg, const char *name)
{
	(void)arg, (void)name;
}

static enum err
part_scan(struct workbook *w, const char *name, const struct scan_calls *calls,
	  struct fault *f)
{
	struct part *p;
	bool ended;
	enum err e;

	TRY(part_open(w->archive, name, &p, f));
	TRY(scan_new(p, name, calls, w, &w->scan, f));
	e = scan_go(w->scan, &ended, f);
	scan_free(w->scan);
	w->scan = NULL;
	return e;
}

/* "xl/workbook.xml" has its relations in "xl/_rels/workbook.xml.rels". */
static enum err
relations_read(struct workbook *w, const char *part, struct fault *f)
{
	static const struct scan_calls calls = {relation_open, nothing_close,
						NULL};
	const char *slash = strrchr(part, '/');
	struct str folder = {part, slash ? (size_t)(slash - part) + 1 : 0};
	struct str name = arena_printf(&w->arena, "%.*s_rels/%s.rels",
				       STR_ARG(folder), part + folder.n);

	w->n_relations = 0;
	return part_scan(w, name.p, &calls, f);
}

/* Transitional and strict ones end alike. */
static const struct relation *
relation_of(const struct workbook *w, const char *kind)
{
	for (size_t i = 0; i < w->n_relations; i++)
		if (str_ends(str_of(w->relations[i].type), str_of(kind)))
			return &w->relations[i];
	return NULL;
}

/* A target as the name of a part: from the root, or from the folder of the
 * part that names it. NULL: it leads nowhere. */
static const char *
target_part(struct workbook *w, const char *from, const char *target)
{
	const char *slash = strrchr(from, '/');
	struct str rest = str_of(target), step;
	char out[PART_NAME_MAX];
	size_t n = slash ? (size_t)(slash - from) : 0;

	if (rest.n == 0 || rest.n + n + 2 > sizeof(out))
		return NULL;
	memcpy(out, from, n);
	if (rest.p[0] == '/')
		n = 0;
	while (str_split(&rest, '/', &step)) {
		if (step.n == 0 || str_eq(step, S(".")))
			continue;
		if (str_eq(step, S(".."))) {
			while (n > 0 && out[--n] != '/')
				;
			continue;
		}
		if (n > 0)
			out[n++] = '/';
		memcpy(out + n, step.p, step.n);
		n += step.n;
	}
	return arena_z(&w->arena, (struct str){out, n});
}

/* The workbook --------------------------------------------------------------
 */

static bool
is_on(const char *value)
{
	return value && (strcmp(value, "1") == 0 || strcmp(value, "true") == 0);
}

static void
sheet_take(struct workbook *w, const char **attrs)
{
	const char *state = attribute(attrs, "state");
	struct sheet_part *s;
	struct buf name;

	if (w->n == SHEETS_MAX) {
		scan_fail(w->scan, ERR_INPUT, "there are too many sheets");
		return;
	}
	if (w->n == w->cap) {
		w->cap = w->cap ? 2 * w->cap : 16;
		w->sheets = mem_grow(w->sheets, w->cap * sizeof(*w->sheets));
	}
	s = &w->sheets[w->n++];
	buf_init(&name);
	text_unescape(&name, str_of(attribute(attrs, "name")));
	*s = (struct sheet_part){
	    .told = {arena_str(&w->arena, buf_str(&name)),
		     state && strcmp(state, "visible") != 0},
	    .id = kept(w, attribute_relation(attrs))};
	buf_fini(&name);
}

static void
workbook_element(void *arg, const char *name, const char **attrs)
{
	struct workbook *w = arg;

	if (strcmp(name, "workbookPr") == 0)
		w->clock.from_1904 = is_on(attribute(attrs, "date1904"));
	else if (strcmp(name, "sheet") == 0)
		sheet_take(w, attrs);
}

/* Sheets of charts and dialogs have no rows. */
static void
sheets_settle(struct workbook *w, const char *part)
{
	size_t kept_n = 0;

	for (size_t i = 0; i < w->n; i++) {
		struct sheet_part s = w->sheets[i];
		uint64_t size = 0;

		for (size_t k = 0; k < w->n_relations && !s.part; k++)
			if (strcmp(w->relations[k].id, s.id) == 0 &&
			    str_ends(str_of(w->relations[k].type),
				     S("/worksheet")))
				s.part = target_part(w, part,
						     w->relations[k].target);
		if (s.part == NULL)
			continue;
		archive_has(w->archive, s.part, &size);
		w->size += size;
		w->sheets[kept_n++] = s;
	}
	w->n = kept_n;
}

static enum err
styles_take(struct workbook *w, const char *part, struct fault *f)
{
	const struct relation *r = relation_of(w, "/styles");
	const char *name = r ? target_part(w, part, r->target) : NULL;
	struct part *p;

	if (name == NULL || !archive_has(w->archive, name, NULL))
		return OK;
	TRY(part_open(w->archive, name, &p, f));
	return styles_read(&w->styles, p, f);
}

static enum err
texts_take(struct workbook *w, const char *part, struct fault *f)
{
	const struct relation *r = relation_of(w, "/sharedStrings");
	const char *name = r ? target_part(w, part, r->target) : NULL;
	struct part *p;

	if (name == NULL || !archive_has(w->archive, name, NULL))
		return OK;
	TRY(part_open(w->archive, name, &p, f));
	return texts_read(&w->texts, p, TEXT_MAX, f);
}

static enum err
workbook_read(struct workbook *w, struct fault *f)
{
	static const struct scan_calls calls = {workbook_element, nothing_close,
						NULL};
	const struct relation *root;
	const char *part;

	archive_bound(w->archive, w->options.part_max);
	if (!archive_has(w->archive, "_rels/.rels", NULL))
		return foreign_archive(w->archive, f);
	TRY(relations_read(w, "", f));
	root = relation_of(w, "/officeDocument");
	part = root ? target_part(w, "", root->target) : NULL;
	if (part == NULL || !str_ends(str_of(part), S(".xml")) ||
	    archive_has(w->archive, "word/document.xml", NULL) ||
	    archive_has(w->archive, "ppt/presentation.xml", NULL))
		return foreign_archive(w->archive, f);
	TRY(part_scan(w, part, &calls, f));
	TRY(relations_read(w, part, f));
	sheets_settle(w, part);
	if (w->n == 0)
		return fail(f, ERR_INPUT, "", "the workbook has no sheet");
	TRY(styles_take(w, part, f));
	TRY(texts_take(w, part, f));
	w->told = arena_get(&w->arena, w->n * sizeof(*w->told));
	for (size_t i = 0; i < w->n; i++)
		w->told[i] = w->sheets[i].told;
	return OK;
}

/* Opening -------------------------------------------------------------------
 */

static struct workbook *
workbook_new(const struct workbook_options *o)
{
	struct workbook *w = mem_new(sizeof(*w));

	w->options = *o;
	arena_init(&w->arena);
	w->clock.zone = o->zone ? o->zone : zone_find(S("UTC"));
	texts_init(&w->texts, o->tmp_dir ? o->tmp_dir : "/tmp",
		   o->memory ? o->memory : MEMORY);
	return w;
}

static enum err
workbook_open(struct workbook *w, enum err e, struct workbook **out,
	      struct fault *f)
{
	if (e == OK)
		e = workbook_read(w, f);
	if (e != OK) {
		workbook_close(w);
		return e;
	}
	*out = w;
	return OK;
}

enum err
workbook_of_bytes(struct str bytes, const struct workbook_options *o,
		  struct workbook **out, struct fault *f)
{
	struct workbook *w;

	TRY(foreign_bytes(bytes, foreign_locked(bytes), f));
	w = workbook_new(o);
	return workbook_open(w, archive_of_bytes(bytes, &w->archive, f), out,
			     f);
}

/* Of files that Excel locked, the name is looked for in their first MiB: it
 * stands in the directory, at their beginning. */
static enum err
file_foreign(int fd, struct fault *f)
{
	size_t most = 1u << 20;
	char *room = mem_new(most);
	ssize_t n = pread(fd, room, most, 0);
	struct str start = {room, n > 0 ? (size_t)n : 0};
	enum err e = foreign_bytes(start, foreign_locked(start), f);

	free(room);
	return e;
}

enum err
workbook_of_file(int fd, const struct workbook_options *o,
		 struct workbook **out, struct fault *f)
{
	struct workbook *w;

	TRY(file_foreign(fd, f));
	w = workbook_new(o);
	return workbook_open(w, archive_of_file(fd, &w->archive, f), out, f);
}

void
workbook_close(struct workbook *w)
{
	if (w == NULL)
		return;
	grid_free(w->grid);
	archive_close(w->archive);
	texts_fini(&w->texts);
	styles_fini(&w->styles);
	arena_fini(&w->arena);
	free(w->relations);
	free(w->sheets);
	free(w);
}

/* Sheets --------------------------------------------------------------------
 */

size_t
workbook_sheets(const struct workbook *w)
{
	return w->n;
}

const struct workbook_sheet *
workbook_sheet(const struct workbook *w, size_t i)
{
	return &w->told[i];
}

void
workbook_zone(struct workbook *w, const struct zone *zone)
{
	w->clock.zone = zone;
}

enum err
workbook_begin(struct workbook *w, size_t sheet, struct fault *f)
{
	const struct sheet_part *s = &w->sheets[sheet];
	struct grid_in in = {.options = &w->options,
			     .texts = &w->texts,
			     .styles = &w->styles,
			     .clock = &w->clock,
			     .sheet = s->told.name};
	struct part *p;

	grid_free(w->grid);
	w->grid = NULL;
	TRY(part_open(w->archive, s->part, &p, f));
	return grid_open(p, s->part, &in, &w->grid, f);
}

enum err
workbook_next(struct workbook *w, struct arena *a, struct workbook_row *out,
	      bool *more, struct fault *f)
{
	return grid_next(w->grid, a, out, more, f);
}

uint64_t
workbook_size(const struct workbook *w)
{
	return w->size;
}

uint64_t
workbook_done(const struct workbook *w)
{
	return w->grid ? grid_done(w->grid) : 0;
}
