/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Cutting text into words.  The text is cut as it stands, by the categories of
 * its characters, and each piece is folded by itself: so a word knows which
 * bytes of the text it is, and they can be marked.  A run of characters that
 * need no spaces is folded whole, since some of them compose; where that changed
 * nothing each character knows its place, else its place is the run.
 */
#include <rapport/base.h>

#include <utf8proc.h>

enum class { CLASS_NONE, CLASS_WORD, CLASS_CHARACTER };

/* Blocks of scripts that are written without spaces, ascending. */
static const struct {
	uint32_t from, to;
} blocks[] = {
    {0x0e01, 0x0eff},	/* Thai, Lao */
    {0x0f00, 0x0fff},	/* Tibetan */
    {0x1000, 0x109f},	/* Burmese */
    {0x1100, 0x11ff},	/* hangul jamo */
    {0x1780, 0x17ff},	/* Khmer */
    {0x1950, 0x19df},	/* Tai Le, New Tai Lue */
    {0x1a20, 0x1aad},	/* Tai Tham */
    {0x2e80, 0x2fdf},	/* Han radicals */
    {0x3005, 0x3007},	/* marks of repetition, zero */
    {0x3021, 0x3029},	/* numerals */
    {0x3031, 0x312f},	/* kana, bopomofo */
    {0x3130, 0x31ff},	/* compatibility jamo, kana */
    {0x3400, 0x4dbf},	/* Han, extension A */
    {0x4e00, 0xa4cf},	/* Han, Yi */
    {0xa960, 0xa97f},	/* jamo */
    {0xa9e0, 0xa9ff},	/* Burmese */
    {0xaa60, 0xaadf},	/* Burmese, Tai Viet */
    {0xac00, 0xd7ff},	/* hangul */
    {0xf900, 0xfaff},	/* Han, compatibility */
    {0xff66, 0xffdc},	/* halves of kana and jamo */
    {0x16fe0, 0x18cff}, /* Tangut, Khitan */
    {0x1b000, 0x1b2ff}, /* kana, Nushu */
    {0x20000, 0x3ffff}, /* Han, further extensions */
};

static bool
in_blocks(uint32_t c)
{
	size_t low = 0, high = COUNT(blocks);

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (blocks[middle].to < c)
			low = middle + 1;
		else
			high = middle;
	}
	return low < COUNT(blocks) && blocks[low].from <= c;
}

static enum class
class_unicode(uint32_t c)
{
	switch (utf8proc_category((utf8proc_int32_t)c)) {
	case UTF8PROC_CATEGORY_LU:
	case UTF8PROC_CATEGORY_LL:
	case UTF8PROC_CATEGORY_LT:
	case UTF8PROC_CATEGORY_LM:
	case UTF8PROC_CATEGORY_LO:
	case UTF8PROC_CATEGORY_MN:
	case UTF8PROC_CATEGORY_MC:
	case UTF8PROC_CATEGORY_ME:
	case UTF8PROC_CATEGORY_ND:
	case UTF8PROC_CATEGORY_NL:
	case UTF8PROC_CATEGORY_NO:
		return in_blocks(c) ? CLASS_CHARACTER : CLASS_WORD;
	case UTF8PROC_CATEGORY_SO:
		return CLASS_CHARACTER;
	default:
		return CLASS_NONE;
	}
}

/* The character at text.p[at], its class and its size. */
static enum class
class_at(struct str text, size_t at, size_t *size)
{
	const uint8_t *p = (const uint8_t *)text.p + at;
	uint8_t c = p[0];
	uint32_t code;

	*size = 1;
	if (c < 0x80) {
		bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			    (c >= '0' && c <= '9');

		return word ? CLASS_WORD : CLASS_NONE;
	}
	*size = c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
	if (at + *size > text.n) { /* not a valid text */
		*size = text.n - at;
		return CLASS_NONE;
	}
	code = c & (0xffu >> (*size + 1));
	for (size_t i = 1; i < *size; i++)
		code = code << 6 | (p[i] & 0x3f);
	return class_unicode(code);
}

static size_t
char_bytes(struct str s, size_t at)
{
	size_t n = 1;

	while (at + n < s.n && ((uint8_t)s.p[at + n] & 0xc0) == 0x80)
		n++;
	return n;
}

void
text_words_open(struct text_words *w, struct str text)
{
	*w = (struct text_words){.text = text};
	buf_init(&w->fold);
}

void
text_words_over(struct text_words *w, struct str text)
{
	w->text = text;
	w->at = 0;
	w->in_run = false;
}

void
text_words_close(struct text_words *w)
{
	buf_fini(&w->fold);
}

/* The next character of the run that is under way. */
static bool
run_next(struct text_words *w, struct text_word *out)
{
	struct str run = buf_str(&w->fold);
	size_t n, next = 0;

	if (w->run_at >= run.n) {
		w->in_run = false;
		return false;
	}
	n = char_bytes(run, w->run_at);
	if (w->run_at + n < run.n)
		next = char_bytes(run, w->run_at + n);
	*out = (struct text_word){
	    .folded = str_cut(run, w->run_at, w->run_at + n),
	    .pair = str_cut(run, w->run_at, w->run_at + n + next),
	    .from = w->run_same ? w->run_from + w->run_at : w->run_from,
	    .to = w->run_same ? w->run_from + w->run_at + n : w->run_to,
	    .character = true,
	    .joined = w->run_at > 0,
	};
	w->run_at += n;
	return true;
}

bool
text_words_next(struct text_words *w, struct text_word *out)
{
	enum class class = CLASS_NONE;
	size_t size = 0, from;
	struct str piece;

	if (w->in_run && run_next(w, out))
		return true;
	while (w->at < w->text.n &&
	       (class = class_at(w->text, w->at, &size)) == CLASS_NONE)
		w->at += size;
	if (w->at >= w->text.n)
		return false;
	from = w->at;
	do
		w->at += size;
	while (w->at < w->text.n && class_at(w->text, w->at, &size) == class);
	piece = str_cut(w->text, from, w->at);
	buf_reset(&w->fold);
	text_fold(&w->fold, piece);
	if (class == CLASS_CHARACTER) {
		w->in_run = true;
		w->run_at = 0;
		w->run_from = from;
		w->run_to = w->at;
		w->run_same = str_eq(piece, buf_str(&w->fold));
		if (run_next(w, out))
			return true;
	}
	*out = (struct text_word){
	    .folded = buf_str(&w->fold), .from = from, .to = w->at};
	return true;
}
