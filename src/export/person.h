/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The two files in a person's archive.  Both are made of the same parts: the
 * beginning, then section by section its items.
 */
#ifndef EXPORT_PERSON_H
#define EXPORT_PERSON_H

#include <rapport/export.h>
#include <rapport/query/person.h>

void person_html_begin(struct buf *b, const struct json *about);
/* Before the items of DOSSIER_CHAT, DOSSIER_MOMENT, DOSSIER_EXPORT, whether
 * there are any or not, and at the end with DOSSIER_PARTS. */
void person_html_section(struct buf *b, enum dossier_part section);
void person_html_item(struct buf *b, enum dossier_part part,
		      const struct json *v);

#endif
