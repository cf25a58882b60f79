/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What people take for a workbook and is none that is read: it is told as what
 * it is, and what to do.
 */
#include "room.h"

static const char ole[] = "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";

/* Name in the archive, what that is. */
static const struct {
	const char *part, *words;
} known[] = {
    {"xl/workbook.bin", "it is a binary workbook (.xlsb): save it as .xlsx"},
    {"content.xml",
     "it is an OpenDocument file (.ods): save it as .xlsx or as CSV"},
    {"UserChat data.csv",
     "it holds worksheets of chats: take them out as JSON, which is the "
     "format that is read back"},
    {"word/document.xml", "it is a document of Word and has no table of rows"},
    {"ppt/presentation.xml", "it is a presentation and has no table of rows"},
    {"Index/Document.iwa",
     "it is a file of Numbers: export it as Excel (.xlsx) or CSV"},
};

bool
workbook_looks(struct str start)
{
	return str_starts(start, S("PK\3\4")) ||
	       str_starts(start, S("PK\5\6")) ||
	       str_starts(start, (struct str){ole, 8});
}

bool
foreign_locked(struct str bytes)
{
	static const char name[] =
	    "E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e";

	return str_find(bytes, (struct str){name, sizeof(name)}, NULL);
}

enum err
foreign_bytes(struct str start, bool locked, struct fault *f)
{
	if (!str_starts(start, (struct str){ole, 8}))
		return OK;
	if (locked)
		return fail(f, ERR_INPUT, "",
			    "the workbook is locked with a password: save it "
			    "without one");
	return fail(f, ERR_INPUT, "",
		    "it is in the format of Excel before 2007 (.xls): save it "
		    "as .xlsx");
}

enum err
foreign_archive(struct archive *z, struct fault *f)
{
	for (size_t i = 0; i < COUNT(known); i++)
		if (archive_has(z, known[i].part, NULL))
			return fail(f, ERR_INPUT, "", "%s", known[i].words);
	return fail(f, ERR_INPUT, "",
		    "it is an archive (ZIP) and no workbook: give what is in "
		    "it");
}
