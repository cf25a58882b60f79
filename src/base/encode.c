/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Bytes as text: hexadecimal and base64 (RFC 4648).  Two alphabets: base64url
 * without padding for tokens and cursors, base64 with padding for armor and
 * Authorization headers.  Decoding is strict, because what is decoded here is
 * compared as a whole elsewhere: one value has one spelling.  Left-over bits
 * must be zero and padding must be right; white space is allowed only where
 * the door says so.
 */
#include <rapport/base.h>

static const char url_alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "abcdefghijklmnopqrstuvwxyz0123456789-_";
static const char std_alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "abcdefghijklmnopqrstuvwxyz0123456789+/";

size_t
hex_encode(struct str s, char *out)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < s.n; i++) {
		out[2 * i] = digits[(uint8_t)s.p[i] >> 4];
		out[2 * i + 1] = digits[s.p[i] & 15];
	}
	out[2 * s.n] = '\0';
	return 2 * s.n;
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool
hex_decode(struct str s, uint8_t *out, size_t n)
{
	if (s.n % 2 != 0 || s.n / 2 != n)
		return false;
	for (size_t i = 0; i < n; i++) {
		int high = hex_digit(s.p[2 * i]);
		int low = hex_digit(s.p[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		out[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

/* Up to three bytes as up to four letters; returns how many. */
static size_t
group_encode(const uint8_t *p, size_t n, const char *alphabet, char out[4])
{
	uint32_t v = (uint32_t)p[0] << 16;

	if (n > 1)
		v |= (uint32_t)p[1] << 8;
	if (n > 2)
		v |= p[2];
	for (size_t i = 0; i < n + 1; i++)
		out[i] = alphabet[v >> (18 - 6 * i) & 63];
	return n + 1;
}

size_t
base64url_encode(struct str s, char *out)
{
	char *p = out;

	for (size_t i = 0; i < s.n; i += 3)
		p += group_encode((const uint8_t *)s.p + i,
				  s.n - i < 3 ? s.n - i : 3, url_alphabet, p);
	*p = '\0';
	return (size_t)(p - out);
}

void
base64_encode(struct buf *out, struct str s)
{
	for (size_t i = 0; i < s.n; i += 3) {
		char group[4] = {'=', '=', '=', '='};

		group_encode((const uint8_t *)s.p + i,
			     s.n - i < 3 ? s.n - i : 3, std_alphabet, group);
		buf_bytes(out, group, 4);
	}
}

static int
letter_value(char c, char c62, char c63)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == c62 ? 62 : c == c63 ? 63 : -1;
}

/* Letters gathered into bytes; a byte leaves when eight bits are there. */
struct letters {
	uint32_t bits;
	unsigned held; /* bits not yet given out */
	size_t count;  /* letters seen */
};

static bool
letters_add(struct letters *l, int value, struct buf *out)
{
	if (value < 0)
		return false;
	l->bits = (l->bits << 6 | (uint32_t)value) & 0xffff;
	l->held += 6;
	l->count++;
	if (l->held >= 8) {
		l->held -= 8;
		buf_c(out, (char)(l->bits >> l->held & 0xff));
	}
	return true;
}

/* No single letter left over, and no bit set that belongs to no byte */
static bool
letters_end(const struct letters *l)
{
	return l->count % 4 != 1 && (l->bits & ((1u << l->held) - 1)) == 0;
}

bool
base64url_decode(struct str s, struct buf *out)
{
	struct letters l = {0};

	for (size_t i = 0; i < s.n; i++)
		if (!letters_add(&l, letter_value(s.p[i], '-', '_'), out))
			return false;
	return letters_end(&l) && out->err == OK;
}

bool
base64_decode(struct str s, struct buf *out)
{
	struct letters l = {0};
	size_t padding = 0;

	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (c == ' ' || (c >= '\t' && c <= '\r'))
			continue;
		if (c == '=')
			padding++;
		else if (padding > 0 ||
			 !letters_add(&l, letter_value(c, '+', '/'), out))
			return false;
	}
	return letters_end(&l) && padding < 3 && (l.count + padding) % 4 == 0 &&
	       out->err == OK;
}
