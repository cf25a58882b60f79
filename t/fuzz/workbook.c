/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A workbook of anybody: refused in words or read, and then rows stand in
 * order, every cell is what its kind says, and it reads the same once more.
 * The input is an archive, or the parts of one behind each other (a sheet,
 * shared texts, styles, the workbook, its relations), parted by 1F; those that
 * are not there are as usual.
 */
#include "fuzz.h"

#include "../../src/export/zip.h"

#include <rapport/workbook.h>

#define MAIN "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
#define OFFICE \
	"http://schemas.openxmlformats.org/officeDocument/2006/relationships"
#define PACKED "http://schemas.openxmlformats.org/package/2006/relationships"
#define RELATION(id, type, target)                                       \
	"<Relationship Id=\"" id "\" Type=\"" OFFICE "/" type "\" Target=\"" \
	target "\"/>"

static const struct {
	struct str name;
	const char *usual;
} parts[] = {
    {{"xl/worksheets/sheet1.xml", 24},
     "<worksheet xmlns=\"" MAIN "\"><sheetData/></worksheet>"},
    {{"xl/sharedStrings.xml", 20},
     "<sst xmlns=\"" MAIN "\"><si><t>a</t></si></sst>"},
    {{"xl/styles.xml", 13},
     "<styleSheet xmlns=\"" MAIN "\"><cellXfs><xf numFmtId=\"0\"/>"
     "<xf numFmtId=\"14\"/><xf numFmtId=\"22\"/></cellXfs></styleSheet>"},
    {{"xl/workbook.xml", 15},
     "<workbook xmlns=\"" MAIN "\" xmlns:r=\"" OFFICE "\"><sheets>"
     "<sheet name=\"S\" r:id=\"a\"/></sheets></workbook>"},
    {{"xl/_rels/workbook.xml.rels", 26},
     "<Relationships xmlns=\"" PACKED "\">" RELATION(
	 "a", "worksheet", "worksheets/sheet1.xml")
	 RELATION("b", "styles", "styles.xml")
	     RELATION("c", "sharedStrings",
		      "sharedStrings.xml") "</Relationships>"},
    {{"_rels/.rels", 11},
     "<Relationships xmlns=\"" PACKED "\">" RELATION(
	 "a", "officeDocument", "xl/workbook.xml") "</Relationships>"},
};

static enum err
to_buf(void *arg, struct str bytes)
{
	buf_put(arg, bytes);
	return OK;
}

static void
archive(struct buf *out, struct str rest)
{
	struct zip *z = zip_new(to_buf, out, 0);

	for (size_t i = 0; i < COUNT(parts); i++) {
		struct str part;

		if (!str_split(&rest, '\x1f', &part) || part.n == 0)
			part = str_of(parts[i].usual);
		MUST(zip_begin(z, parts[i].name) == OK);
		MUST(zip_put(z, part) == OK);
		MUST(zip_end(z) == OK);
	}
	MUST(zip_finish(z) == OK);
	zip_free(z);
}

static void
cell_check(const struct workbook_cell *c)
{
	int64_t instant;
	int32_t date;

	MUST(text_valid(c->text));
	switch (c->kind) {
	case CELL_NOTHING:
		MUST(c->text.n == 0);
		break;
	case CELL_BOOLEAN:
		MUST(str_eq(c->text, S("true")) || str_eq(c->text, S("false")));
		break;
	case CELL_DATE:
		MUST(date_parse(c->text, &date));
		break;
	case CELL_INSTANT:
		MUST(instant_parse(c->text, &instant));
		break;
	case CELL_NUMBER:
		MUST(c->text.n > 0 && c->text.p[c->text.n - 1] >= '0' &&
		     c->text.p[c->text.n - 1] <= '9');
		break;
	case CELL_TEXT:
	case CELL_BAD:
		MUST(c->text.n > 0);
		break;
	}
}

static void
row_check(const struct workbook_row *r, uint32_t *before)
{
	MUST(r->no > *before && r->no <= WORKBOOK_ROWS_MAX);
	MUST(r->wrong || r->n > 0);
	MUST(r->n <= WORKBOOK_COLUMNS_MAX);
	MUST(r->n == 0 || r->cells[r->n - 1].kind != CELL_NOTHING);
	for (size_t i = 0; i < r->n; i++)
		cell_check(&r->cells[i]);
	*before = r->no;
}

/* All of it as one number. */
static enum err
sheet_read(struct workbook *w, size_t i, uint64_t *sum, struct fault *f)
{
	struct workbook_row row;
	uint32_t before = 0;
	struct arena a;
	bool more;
	enum err e = workbook_begin(w, i, f);

	arena_init(&a);
	while (e == OK) {
		arena_reset(&a);
		e = workbook_next(w, &a, &row, &more, f);
		if (e != OK || !more)
			break;
		row_check(&row, &before);
		for (size_t k = 0; k < row.n; k++)
			*sum = *sum * 31 + row.no + k +
			       (uint64_t)row.cells[k].kind +
			       hash64(row.cells[k].text);
	}
	arena_fini(&a);
	return e;
}

static enum err
all_read(struct workbook *w, uint64_t *sum, struct fault *f)
{
	*sum = 0;
	for (size_t i = 0; i < workbook_sheets(w); i++) {
		enum err e = sheet_read(w, i, sum, f);

		if (e != OK)
			return e;
	}
	return OK;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const struct workbook_options o = {.memory = 64};
	struct str s = fuzz_text(data, n);
	struct workbook *w = NULL;
	struct fault f = {0}, again = {0};
	uint64_t sum, twice;
	struct buf book;
	enum err e;

	buf_init(&book);
	if (str_starts(s, S("PK")) || str_starts(s, S("\xd0\xcf")))
		buf_put(&book, s);
	else
		archive(&book, s);
	e = workbook_of_bytes(buf_str(&book), &o, &w, &f);
	if (e == OK)
		e = all_read(w, &sum, &f);
	if (e != OK)
		fuzz_refused(e, &f);
	else
		MUST(all_read(w, &twice, &again) == OK && sum == twice);
	workbook_close(w);
	buf_fini(&book);
	return 0;
}
