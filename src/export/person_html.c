/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A person's archive for people: one page that opens from a disk, without a
 * script, a link or anything from elsewhere.  Every text in it was chosen by
 * somebody else, so there is one way for text into the page, html_text, and
 * the page's own policy lets nothing run even then.
 */
#include "person.h"

static const char head[] =
    "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src "
    "'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action "
    "'none'\">\n"
    "<meta name=\"viewport\" content=\"width=device-width\">\n"
    "<meta name=\"color-scheme\" content=\"light dark\">\n"
    "<meta name=\"referrer\" content=\"no-referrer\">\n"
    "<title>What is held on a person</title>\n<style>\n"
    ":root{color-scheme:light dark;--line:#c6ccd4;--quiet:#4c5561;"
    "--soft:#f1f3f6;--page:#fff;--text:#171b21}\n"
    "@media(prefers-color-scheme:dark){:root{--line:#48505b;--quiet:#b3bcc8;"
    "--soft:#232830;--page:#14171b;--text:#eceff3}}\n"
    "body{margin:0 auto;max-width:70rem;padding:1rem;background:var(--page);"
    "color:var(--text);font:1rem/1.5 system-ui,sans-serif}\n"
    "table{border-collapse:collapse;width:100%}\n"
    "th,td{text-align:left;vertical-align:top;padding:.3rem .6rem .3rem 0;"
    "border-bottom:1px solid var(--line)}\n"
    "body{overflow-wrap:anywhere}\nul{padding-left:1.2rem}\n"
    "td,dd{white-space:pre-wrap}\n"
    ".wide{overflow-x:auto}\n"
    "dl{display:grid;grid-template-columns:minmax(0,14rem) minmax(0,1fr);"
    "gap:.2rem 1rem;margin:.5rem 0}\n"
    "@media(max-width:40rem){dl{display:block}}\n"
    "dt,.quiet{color:var(--quiet)}\ndd{margin:0;min-width:0}\n"
    "ol.talk{list-style:none;padding:0}\n"
    "ol.talk li{margin:.4rem 0;padding:.4rem .7rem;background:var(--soft);"
    "border-left:3px solid var(--line);white-space:pre-wrap}\n"
    "ol.talk li.state{background:none}\n"
    "section{border-top:1px solid var(--line);margin-top:1.5rem}\n"
    "@media print{body{max-width:none}}\n"
    "</style>\n</head>\n<body>\n<main>\n";

#define RAW(b, text) buf_put(b, S(text))

/* What has a meaning in HTML as a reference, controls as the sign for what is
 * unknown.  What turns the direction of a line ends with its <bdi>. */
static void
html_byte(struct buf *b, char c)
{
	switch (c) {
	case '&':
		RAW(b, "&amp;");
		break;
	case '<':
		RAW(b, "&lt;");
		break;
	case '>':
		RAW(b, "&gt;");
		break;
	case '"':
		RAW(b, "&quot;");
		break;
	case '\'':
		RAW(b, "&#39;");
		break;
	default:
		if (((uint8_t)c < ' ' && c != '\n' && c != '\t') || c == 127)
			RAW(b, "\xEF\xBF\xBD");
		else
			buf_c(b, c);
	}
}

static void
html_text(struct buf *b, struct str text)
{
	RAW(b, "<bdi>");
	for (size_t i = 0; i < text.n; i++)
		html_byte(b, text.p[i]);
	RAW(b, "</bdi>");
}

static void
html_z(struct buf *b, const char *text)
{
	html_text(b, str_of(text));
}

static void html_value(struct buf *b, const struct json *v);

static void
html_list(struct buf *b, const struct json *v)
{
	RAW(b, "<ul>");
	for (const struct json *k = v->first; k != NULL; k = k->next) {
		RAW(b, "<li>");
		html_value(b, k);
		RAW(b, "</li>");
	}
	RAW(b, "</ul>");
}

static void
html_row(struct buf *b, struct str key, const struct json *v)
{
	RAW(b, "<dt>");
	html_text(b, key);
	RAW(b, "</dt><dd>");
	html_value(b, v);
	RAW(b, "</dd>");
}

/* Members of an object; those named in `but`, ended by NULL, are left out. */
static void
html_members(struct buf *b, const struct json *v, const char *const *but)
{
	RAW(b, "<dl>");
	for (const struct json *k = v->first; k != NULL; k = k->next) {
		const char *const *skip = but;

		while (skip != NULL && *skip != NULL &&
		       !str_eq(k->key, str_of(*skip)))
			skip++;
		if (skip == NULL || *skip == NULL)
			html_row(b, k->key, k);
	}
	RAW(b, "</dl>");
}

static void
html_value(struct buf *b, const struct json *v)
{
	if (v == NULL || v->kind == JSON_NULL) {
		RAW(b, "–");
		return;
	}
	switch (v->kind) {
	case JSON_FALSE:
		RAW(b, "no");
		break;
	case JSON_TRUE:
		RAW(b, "yes");
		break;
	case JSON_NUMBER:
	case JSON_STRING:
		html_text(b, v->text);
		break;
	case JSON_ARRAY:
		if (v->first == NULL)
			RAW(b, "–");
		else
			html_list(b, v);
		break;
	case JSON_OBJECT:
		html_members(b, v, NULL);
		break;
	case JSON_NULL:
		break;
	}
}

/* The person --------------------------------------------------------------- */

/* "event, 2026-01-05T09:00:00.000Z, by Ana" */
static void
html_source(struct buf *b, const struct json *v)
{
	const struct json *source = json_member(v, S("source"));
	const struct json *at = json_member(v, S("at"));
	const struct json *by = json_member(v, S("by"));
	const struct json *name = by ? json_member(by, S("name")) : NULL;

	if (source == NULL) {
		RAW(b, "kept by Rapport");
		return;
	}
	html_value(b, source);
	if (at != NULL && at->kind == JSON_STRING) {
		RAW(b, ", ");
		html_value(b, at);
	}
	if (name != NULL) {
		RAW(b, ", by ");
		html_value(b, name);
	}
}

static void
html_told(struct buf *b, const struct json *v)
{
	RAW(b, "<li>");
	html_value(b, json_member(v, S("value")));
	RAW(b, " <span class=\"quiet\">(");
	html_source(b, v);
	RAW(b, ")</span></li>");
}

/* What was said before, and what events say beneath a manager's word. */
static void
html_earlier(struct buf *b, const struct json *v)
{
	const struct json *shadow = json_member(v, S("shadow"));
	const struct json *history = json_member(v, S("history"));

	if (shadow == NULL && (history == NULL || history->first == NULL))
		return;
	RAW(b, "<ul>");
	if (shadow != NULL)
		html_told(b, shadow);
	for (const struct json *k = history ? history->first : NULL; k != NULL;
	     k = k->next)
		html_told(b, k);
	RAW(b, "</ul>");
}

static void
html_attributes(struct buf *b, const char *title, const struct json *all)
{
	RAW(b, "<h2>");
	html_z(b, title);
	RAW(b, "</h2>\n<div class=\"wide\"><table><thead><tr><th>Name</th>"
	       "<th>Value</th><th>Where it is from</th><th>Said before, or "
	       "beside it</th></tr></thead><tbody>\n");
	for (const struct json *v = all ? all->first : NULL; v != NULL;
	     v = v->next) {
		RAW(b, "<tr><th scope=\"row\">");
		html_value(b, json_member(v, S("label")));
		RAW(b, "</th><td>");
		html_value(b, json_member(v, S("value")));
		RAW(b, "</td><td>");
		html_source(b, v);
		RAW(b, "</td><td>");
		html_earlier(b, v);
		RAW(b, "</td></tr>\n");
	}
	RAW(b, "</tbody></table></div>\n");
}

static void
html_part(struct buf *b, const char *title, const struct json *v)
{
	RAW(b, "<h2>");
	html_z(b, title);
	RAW(b, "</h2>\n<div>");
	html_value(b, v);
	RAW(b, "</div>\n");
}

void
person_html_begin(struct buf *b, const struct json *about)
{
	buf_put(b, str_of(head));
	RAW(b, "<h1>What is held on a person</h1>\n");
	html_members(b, about, NULL);
}

static void
html_person(struct buf *b, const struct json *v)
{
	html_part(b, "User ID", json_member(v, S("userId")));
	html_attributes(b, "What is known", json_member(v, S("attributes")));
	html_attributes(b, "Data of the last session",
			json_member(v, S("session")));
	html_part(b, "Known by", json_member(v, S("identities")));
	html_part(b, "In segments", json_member(v, S("segments")));
	html_part(b, "Consent", json_member(v, S("consent")));
	html_part(b, "Can be reached", json_member(v, S("valid")));
	html_part(b, "Merged from or into", json_member(v, S("merges")));
}

/* Chats -------------------------------------------------------------------- */

static void
html_chat(struct buf *b, const struct json *v)
{
	static const char *const but[] = {"id", "chatId", "user", NULL};

	RAW(b, "<section>\n<h3>Chat ");
	html_value(b, json_member(v, S("chatId")));
	RAW(b, "</h3>\n");
	html_members(b, v, but);
	RAW(b, "<ol class=\"talk\">\n");
}

static void
html_message(struct buf *b, const struct json *v)
{
	static const char *const but[] = {"kind", "key",	"at",
					  "text", "personType", "personId",
					  "note", NULL};
	const struct json *state = json_member(v, S("state"));
	const struct json *person = json_member(v, S("personId"));

	if (state != NULL) {
		RAW(b, "<li class=\"state\"><span class=\"quiet\">");
		html_value(b, json_member(v, S("at")));
		RAW(b, "</span> ");
		html_value(b, state);
		RAW(b, "</li>\n");
		return;
	}
	RAW(b, "<li><span class=\"quiet\">");
	html_value(b, json_member(v, S("at")));
	RAW(b, " ");
	html_value(b, json_member(v, S("personType")));
	if (person != NULL) {
		RAW(b, " ");
		html_value(b, person);
	}
	if (json_member(v, S("note")) != NULL)
		RAW(b, ", an internal note");
	RAW(b, "</span>\n");
	html_value(b, json_member(v, S("text")));
	html_members(b, v, but);
	RAW(b, "</li>\n");
}

/* Rows --------------------------------------------------------------------- */

/* at, what it is, and the rest of it */
static void
html_moment(struct buf *b, const struct json *v)
{
	static const char *const but[] = {"kind", "at", NULL};

	RAW(b, "<tr><td>");
	html_value(b, json_member(v, S("at")));
	RAW(b, "</td><td>");
	html_value(b, json_member(v, S("kind")));
	RAW(b, "</td><td>");
	html_members(b, v, but);
	RAW(b, "</td></tr>\n");
}

static void
html_export(struct buf *b, const struct json *v)
{
	static const char *const cells[] = {"id",   "at",   "by",   "what",
					    "held", "purpose", "state"};

	RAW(b, "<tr>");
	for (size_t i = 0; i < COUNT(cells); i++) {
		RAW(b, "<td>");
		html_value(b, json_member(v, str_of(cells[i])));
		RAW(b, "</td>");
	}
	RAW(b, "</tr>\n");
}

void
person_html_item(struct buf *b, enum dossier_part part, const struct json *v)
{
	switch (part) {
	case DOSSIER_PERSON:
		html_person(b, v);
		break;
	case DOSSIER_CHAT:
		html_chat(b, v);
		break;
	case DOSSIER_MESSAGE:
		html_message(b, v);
		break;
	case DOSSIER_CHAT_END:
		RAW(b, "</ol>\n</section>\n");
		break;
	case DOSSIER_MOMENT:
		html_moment(b, v);
		break;
	case DOSSIER_EXPORT:
		html_export(b, v);
		break;
	case DOSSIER_PARTS:
		break;
	}
}

void
person_html_section(struct buf *b, enum dossier_part section)
{
	if (section == DOSSIER_CHAT)
		RAW(b, "<h2>Chats</h2>\n");
	if (section == DOSSIER_MOMENT)
		RAW(b, "<h2>What happened</h2>\n<div class=\"wide\"><table>"
		       "<thead><tr><th>When</th><th>What</th><th>More</th>"
		       "</tr></thead><tbody>\n");
	if (section == DOSSIER_EXPORT)
		RAW(b, "</tbody></table></div>\n<h2>Exports that held them, or "
		       "may have</h2>\n<div class=\"wide\"><table><thead><tr>"
		       "<th>Number</th><th>When</th><th>By</th><th>What</th>"
		       "<th>Held</th><th>Purpose</th><th>Outcome</th></tr>"
		       "</thead><tbody>\n");
	if (section == DOSSIER_PARTS)
		RAW(b, "</tbody></table></div>\n</main>\n</body>\n</html>\n");
}
