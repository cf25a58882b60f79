/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Text as people compare it.  Text is stored as it came (valid UTF-8, no NUL)
 * and compared after text_fold: NFKC and full Unicode case folding, accents
 * kept (Unicode Standard Annex 15; CaseFolding.txt, statuses C and F).
 * Folding is idempotent.
 */
#ifndef RAPPORT_BASE_TEXT_H
#define RAPPORT_BASE_TEXT_H

#include <rapport/base/bytes.h>

/* Well-formed UTF-8 by RFC 3629 (no surrogates, no overlong forms, at most
 * U+10FFFF) and without NUL. */
bool text_valid(struct str s);
/* How many bytes from the start are so: s.n, or where the first fault stands. */
size_t text_valid_prefix(struct str s);
/* Unicode scalar values in a valid text. */
size_t text_length(struct str s);
/* The longest prefix of at most `n` bytes that does not cut a character; one
 * that s itself cuts at its end is left out too. */
struct str text_prefix(struct str s, size_t n);
/* The text itself where it has at most `max` UTF-16 units; else its longest
 * prefix of at most max - less that does not part what is seen as one
 * character. */
struct str text_units(struct str s, size_t max, size_t less);
/* Append the folded form of a valid text. ASCII without capitals is copied. */
void text_fold(struct buf *out, struct str s);
/* The same into an arena; returns `s` itself if it is already folded ASCII. */
struct str text_folded(struct arena *a, struct str s);
/* What is left of a valid text for an eye that skims: folded, every run of
 * white space one blank and none at the ends, without characters of format
 * (zero-width ones, marks of direction). Two names with one of these are taken
 * for each other. */
void text_skim(struct buf *out, struct str s);

/* Would a spreadsheet take the text of a CSV cell for a formula (or for a
 * guarded one)? Then an apostrophe goes in front of it. */
bool cell_needs_guard(struct str text);
/* The text without the apostrophe that the guard put there. */
struct str cell_unguard(struct str text);

/* Numbers: IEEE 754 doubles, finite. */
bool text_to_number(struct str s, double *out); /* strict JSON number */
/* Shortest decimal form that reads back to the same double (-0 as 0); integers
 * below 2^53 without exponent.  Writes at most 32 bytes, returns how many. */
size_t number_to_text(double d, char out[32]);
/* Keys whose byte order is the number's order; -0 and 0 are one key. */
uint64_t number_to_order(double d);
double order_to_number(uint64_t order);

/* Addresses: 16 bytes, IPv4 as ::ffff:a.b.c.d (RFC 4291 2.5.5.2). */
struct ip {
	uint8_t b[16];
};
bool text_to_ip(struct str s, struct ip *out);
/* "10.0.0.0/8", "2001:db8::/32", or a bare address; bits counts from the 128.
 * Host bits that are set are an error (false). */
bool text_to_network(struct str s, struct ip *out, int *bits);

/* E.164 digits with "+" for a phone number written with + or 00 and 7 to 15
 * digits, white space and -./() between them; false if it is not one. */
bool text_to_phone(struct str s, char out[17]);

#endif
