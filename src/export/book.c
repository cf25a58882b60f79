/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A workbook (ECMA-376, Office Open XML) written as a stream: a ZIP archive
 * whose sheets are made while they leave, and whose list of sheets is its last
 * part, when it is known how many there are.  Nothing is put on disk, nothing
 * is kept but the names.
 *
 * A sheet has a frozen header with a filter over all columns.  One that is full
 * (rows, or the bytes an entry may have) goes on as "Users (2)".  Behind them
 * stands the Manifest: what it is, of whom, for what, and the counts.
 */
#include "xlsx.h"

#include "zip.h"

#include <stdio.h>
#include <stdlib.h>

#define OUT_BYTES (64u << 10)
#define PARTS_MAX 1000u

#define XML "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n"
#define NS "http://schemas.openxmlformats.org/"
#define MAIN NS "spreadsheetml/2006/main"
#define OFFICE NS "officeDocument/2006/relationships"
#define PACKED NS "package/2006/"
#define SHEETML "application/vnd.openxmlformats-officedocument.spreadsheetml."

static const char root_rels[] =
    XML "<Relationships xmlns=\"" PACKED "relationships\">"
	"<Relationship Id=\"rId1\" Type=\"" OFFICE "/officeDocument\""
	" Target=\"xl/workbook.xml\"/></Relationships>";

/* Cell formats in the order of enum cell_style; 164 and up are ours. */
static const char styles[] = XML
    "<styleSheet xmlns=\"" MAIN "\"><numFmts count=\"2\">"
    "<numFmt numFmtId=\"164\" formatCode=\"yyyy\\-mm\\-dd\"/>"
    "<numFmt numFmtId=\"165\" formatCode=\"yyyy\\-mm\\-dd hh:mm:ss\"/>"
    "</numFmts><fonts count=\"2\">"
    "<font><sz val=\"11\"/><name val=\"Calibri\"/></font>"
    "<font><b/><sz val=\"11\"/><name val=\"Calibri\"/></font>"
    "</fonts><fills count=\"2\"><fill><patternFill patternType=\"none\"/>"
    "</fill><fill><patternFill patternType=\"gray125\"/></fill></fills>"
    "<borders count=\"1\"><border><left/><right/><top/><bottom/><diagonal/>"
    "</border></borders><cellStyleXfs count=\"1\">"
    "<xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\"/>"
    "</cellStyleXfs><cellXfs count=\"4\">"
    "<xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\"/>"
    "<xf numFmtId=\"164\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\""
    " applyNumberFormat=\"1\"/>"
    "<xf numFmtId=\"165\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\""
    " applyNumberFormat=\"1\"/>"
    "<xf numFmtId=\"0\" fontId=\"1\" fillId=\"0\" borderId=\"0\" xfId=\"0\""
    " applyFont=\"1\"/></cellXfs><cellStyles count=\"1\">"
    "<cellStyle name=\"Normal\" xfId=\"0\" builtinId=\"0\"/></cellStyles>"
    "</styleSheet>";

/* Columns are as wide as what they usually hold, in characters. */
static const unsigned widths[TYPE_COUNT] = {
    [TYPE_TEXT] = 24, [TYPE_NUMBER] = 12, [TYPE_INSTANT] = 20,
    [TYPE_DATE] = 12, [TYPE_BOOLEAN] = 9, [TYPE_SET] = 24,
    [TYPE_IP] = 18,
};
#define WIDTH_NAME 24u /* of the Manifest */
#define WIDTH_VALUE 96u

/* A worksheet of the file. */
struct part {
	struct str name;
	size_t columns;
	uint32_t rows; /* with the header */
	bool filter;
};

struct book {
	struct sink sink;
	int64_t at;
	struct zip *zip;
	struct arena arena;
	struct buf text; /* on its way into the archive */
	struct part parts[PARTS_MAX];
	size_t n_parts;
	const struct sheet *sheet;
	unsigned number;    /* of the sheet's parts */
	uint64_t rows, cut; /* of all sheets */
};

static struct book *
book_of(struct sink *k)
{
	return (struct book *)k; /* its first member */
}

static struct sink *
book_open(int64_t at)
{
	struct book *b = mem_new(sizeof(*b));

	b->at = at;
	arena_init(&b->arena);
	buf_init(&b->text);
	return &b->sink;
}

static void
book_close(struct sink *k)
{
	struct book *b = book_of(k);

	zip_free(b->zip);
	buf_fini(&b->text);
	arena_fini(&b->arena);
	free(b);
}

static enum err
put_out(struct book *b)
{
	enum err e = zip_put(b->zip, buf_str(&b->text));

	buf_reset(&b->text);
	return e;
}

static enum err
put_entry(struct book *b, struct str name, struct str text)
{
	TRY(zip_begin(b->zip, name));
	TRY(zip_put(b->zip, text));
	return zip_end(b->zip);
}

/* Sheets -------------------------------------------------------------------
 */

static struct part *
part_of(struct book *b)
{
	return &b->parts[b->n_parts - 1];
}

static void
put_columns(struct buf *out, const struct sheet *s)
{
	buf_put(out, S("<cols>"));
	for (size_t i = 0; i < s->n; i++) {
		size_t name = text_length(s->columns[i].name) + 4;
		size_t width = widths[s->columns[i].type];

		if (width < name)
			width = name < WIDTH_VALUE ? name : WIDTH_VALUE;
		buf_printf(out,
			   "<col min=\"%zu\" max=\"%zu\" width=\"%zu\""
			   " customWidth=\"1\"/>",
			   i + 1, i + 1, width);
	}
	buf_put(out, S("</cols>"));
}

/* Begin a worksheet: all that comes before its rows. */
static enum err
part_begin(struct book *b, struct str name, size_t columns, bool filter)
{
	struct part *p = &b->parts[b->n_parts];

	if (b->n_parts == PARTS_MAX)
		return ERR_LIMIT;
	*p = (struct part){.name = name, .columns = columns, .filter = filter};
	b->n_parts++;
	TRY(zip_begin(
	    b->zip,
	    arena_printf(&b->arena, "xl/worksheets/sheet%zu.xml", b->n_parts)));
	buf_printf(&b->text,
		   XML "<worksheet xmlns=\"" MAIN "\"><sheetViews>"
		       "<sheetView%s workbookViewId=\"0\">%s"
		       "</sheetView></sheetViews>"
		       "<sheetFormatPr defaultRowHeight=\"15\"/>",
		   b->n_parts == 1 ? " tabSelected=\"1\"" : "",
		   filter ? "<pane ySplit=\"1\" topLeftCell=\"A2\""
			    " activePane=\"bottomLeft\" state=\"frozen\"/>"
			  : "");
	return OK;
}

static enum err
part_end(struct book *b)
{
	const struct part *p = part_of(b);
	char letters[4];
	size_t n = column_letters(p->columns - 1, letters);

	buf_put(&b->text, S("</sheetData>"));
	if (p->filter)
		buf_printf(&b->text, "<autoFilter ref=\"A1:%.*s%u\"/>", (int)n,
			   letters, p->rows);
	buf_put(&b->text, S("</worksheet>"));
	TRY(put_out(b));
	return zip_end(b->zip);
}

/* The text of a row with what was left open in it. */
static enum err
put_row(struct book *b, struct str text)
{
	struct part *p = part_of(b);
	struct str piece;
	char number[12];
	size_t n = (size_t)snprintf(number, sizeof(number), "%u", ++p->rows);

	str_split(&text, MARK, &piece);
	buf_put(&b->text, piece);
	while (str_split(&text, MARK, &piece)) {
		if (piece.p[0] == MARK_ROW)
			buf_bytes(&b->text, number, n);
		else
			b->cut++;
		buf_put(&b->text, str_cut(piece, 1, piece.n));
	}
	return b->text.n < OUT_BYTES ? OK : put_out(b);
}

static enum err
put_header(struct book *b)
{
	struct buf row;
	enum err e;

	put_columns(&b->text, b->sheet);
	buf_put(&b->text, S("<sheetData>"));
	buf_init(&row);
	buf_put(&row, S("<row r=\"\1r\">"));
	for (size_t i = 0; i < b->sheet->n; i++)
		markup_cell(&row, i, b->sheet->columns[i].name, STYLE_HEAD);
	buf_put(&row, S("</row>"));
	e = put_row(b, buf_str(&row));
	buf_fini(&row);
	return e;
}

/* The next part of a sheet: "Users", "Users (2)" … */
static enum err
sheet_go_on(struct book *b)
{
	struct str name = b->sheet->name;

	if (++b->number > 1)
		name = arena_printf(&b->arena, "%.*s (%u)", STR_ARG(name),
				    b->number);
	TRY(part_begin(b, name, b->sheet->n, true));
	return put_header(b);
}

static enum err
book_begin(struct sink *k, const struct sheet *s)
{
	struct book *b = book_of(k);

	if (b->zip == NULL) {
		b->zip = zip_new(k->out, k->arg, b->at);
		TRY(put_entry(b, S("_rels/.rels"), str_of(root_rels)));
		TRY(put_entry(b, S("xl/styles.xml"), str_of(styles)));
	}
	b->sheet = s;
	b->number = 0;
	return sheet_go_on(b);
}

/* Has the worksheet no room for this row? The first always fits. */
static bool
part_full(const struct book *b, struct str row)
{
	const struct form_options *o = b->sink.options;
	uint32_t rows = o->rows_max ? o->rows_max : SHEET_ROWS_MAX;
	uint64_t bytes = o->bytes_max ? o->bytes_max : ZIP_ENTRY_MAX;
	const struct part *p = &b->parts[b->n_parts - 1];

	return p->rows > 1 &&
	       (p->rows >= rows ||
		zip_size(b->zip) + b->text.n + 2 * row.n > bytes);
}

static enum err
book_row(struct sink *k, struct str text)
{
	struct book *b = book_of(k);

	if (part_full(b, text)) {
		TRY(part_end(b));
		TRY(sheet_go_on(b));
	}
	b->rows++;
	return put_row(b, text);
}

static enum err
book_end(struct sink *k)
{
	return part_end(book_of(k));
}

/* The end ------------------------------------------------------------------
 */

static void
manifest_row(struct buf *row, struct str name, struct str value)
{
	buf_reset(row);
	buf_put(row, S("<row r=\"\1r\">"));
	markup_cell(row, 0, name, STYLE_HEAD);
	markup_cell(row, 1, value, STYLE_NONE);
	buf_put(row, S("</row>"));
}

static enum err
put_manifest(struct book *b, const struct manifest *m, size_t n)
{
	char rows[24], cut[24];
	const struct manifest counts[] = {
	    {S("Rows"),
	     {rows, (size_t)snprintf(rows, sizeof(rows), "%llu",
				     (unsigned long long)b->rows)}},
	    {S("Texts cut at 32,767 characters"),
	     {cut, (size_t)snprintf(cut, sizeof(cut), "%llu",
				    (unsigned long long)b->cut)}},
	};
	struct buf row;
	enum err e;

	buf_init(&row);
	e = part_begin(b, S("Manifest"), 2, false);
	buf_printf(&b->text,
		   "<cols><col min=\"1\" max=\"1\" width=\"%u\""
		   " customWidth=\"1\"/><col min=\"2\" max=\"2\" width=\"%u\""
		   " customWidth=\"1\"/></cols><sheetData>",
		   WIDTH_NAME, WIDTH_VALUE);
	for (size_t i = 0; i < n + COUNT(counts) && e == OK; i++) {
		const struct manifest *at = i < n ? &m[i] : &counts[i - n];

		manifest_row(&row, at->name, at->value);
		e = put_row(b, buf_str(&row));
	}
	buf_fini(&row);
	return e == OK ? part_end(b) : e;
}

/* A sheet's name in a formula: quoted, with quotes doubled. */
static void
put_range(struct buf *out, const struct part *p)
{
	char letters[4];
	size_t n = column_letters(p->columns - 1, letters);

	buf_c(out, '\'');
	markup_text(out, p->name);
	buf_printf(out, "'!$A$1:$%.*s$%u", (int)n, letters, p->rows);
}

static void
workbook_part(const struct book *b, struct buf *out)
{
	buf_put(out, S(XML "<workbook xmlns=\"" MAIN "\" xmlns:r=\"" OFFICE
			   "\"><bookViews><workbookView/></bookViews>"
			   "<sheets>"));
	for (size_t i = 0; i < b->n_parts; i++) {
		buf_put(out, S("<sheet name=\""));
		markup_text(out, b->parts[i].name);
		buf_printf(out, "\" sheetId=\"%zu\" r:id=\"rId%zu\"/>", i + 1,
			   i + 1);
	}
	buf_put(out, S("</sheets><definedNames>"));
	for (size_t i = 0; i < b->n_parts; i++) {
		if (!b->parts[i].filter)
			continue;
		buf_printf(out,
			   "<definedName name=\"_xlnm._FilterDatabase\""
			   " localSheetId=\"%zu\" hidden=\"1\">",
			   i);
		put_range(out, &b->parts[i]);
		buf_put(out, S("</definedName>"));
	}
	buf_put(out, S("</definedNames></workbook>"));
}

static void
rels_part(const struct book *b, struct buf *out)
{
	buf_put(out,
		S(XML "<Relationships xmlns=\"" PACKED "relationships\">"));
	for (size_t i = 1; i <= b->n_parts; i++)
		buf_printf(out,
			   "<Relationship Id=\"rId%zu\" Type=\"" OFFICE
			   "/worksheet\" Target=\"worksheets/sheet%zu.xml\"/>",
			   i, i);
	buf_printf(out,
		   "<Relationship Id=\"rId%zu\" Type=\"" OFFICE
		   "/styles\" Target=\"styles.xml\"/></Relationships>",
		   b->n_parts + 1);
}

static void
types_part(const struct book *b, struct buf *out)
{
	buf_put(
	    out,
	    S(XML
	      "<Types xmlns=\"" PACKED "content-types\">"
	      "<Default Extension=\"rels\" ContentType=\""
	      "application/vnd.openxmlformats-package."
	      "relationships+xml\"/>"
	      "<Default Extension=\"xml\""
	      " ContentType=\"application/xml\"/>"
	      "<Override PartName=\"/xl/workbook.xml\" ContentType=\"" SHEETML
	      "sheet.main+xml\"/>"
	      "<Override PartName=\"/xl/styles.xml\" ContentType=\"" SHEETML
	      "styles+xml\"/>"));
	for (size_t i = 1; i <= b->n_parts; i++)
		buf_printf(out,
			   "<Override PartName=\"/xl/worksheets/sheet%zu.xml\""
			   " ContentType=\"" SHEETML "worksheet+xml\"/>",
			   i);
	buf_put(out, S("</Types>"));
}

static enum err
book_finish(struct sink *k, const struct manifest *m, size_t n)
{
	static const struct {
		struct str name;
		void (*make)(const struct book *b, struct buf *out);
	} parts[] = {
	    {{"xl/workbook.xml", 15}, workbook_part},
	    {{"xl/_rels/workbook.xml.rels", 26}, rels_part},
	    {{"[Content_Types].xml", 19}, types_part},
	};
	struct book *b = book_of(k);

	TRY(put_manifest(b, m, n));
	for (size_t i = 0; i < COUNT(parts); i++) {
		TRY(zip_begin(b->zip, parts[i].name));
		parts[i].make(b, &b->text);
		TRY(put_out(b));
		TRY(zip_end(b->zip));
	}
	return zip_finish(b->zip);
}

const struct format format_xlsx = {
    .media = SHEETML "sheet",
    .form = &form_xlsx,
    .open = book_open,
    .begin = book_begin,
    .row = book_row,
    .end = book_end,
    .finish = book_finish,
    .close = book_close,
};
