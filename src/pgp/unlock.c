/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The reader.  First the head: packets of session keys, until the one that
 * holds the data.  Then the stages of feed.h are put on each other and pulled
 * through.  What the file turns out not to be is decided here:
 *
 *   not ours   the first bytes are no message, or one locked to a key, or in
 *              an older way, or holding a kind that is not opened
 *   damaged    anything that cannot be, once it has begun as ours
 *   cut        it ends too early; in the head, only if nothing was odd before
 *
 * The stages return bare codes; the sentence is filled at the end, unless
 * somebody below knew better.
 */
#include "feed.h"
#include "skesk.h"

#define DEPTH_MAX 4u /* compressed in compressed */
#define PASSWORDS_MAX 16u
#define UTF8_MARK 0xEF
#define LITERAL_OLD "l1" /* old names for local, taken as binary */

struct head {
	struct skesk keys[SKESK_KEPT];
	size_t n;
	bool v6;	  /* a key packet of the kind that belongs to ours */
	bool old;	  /* one of an older version */
	bool odd;	  /* something that a changed byte would explain */
	enum err refused; /* why a well-formed key packet was not kept */
};

struct opener {
	struct feed *from; /* source or armor */
	unlock_write write;
	void *arg;
	uint64_t out_limit;
	struct unlock_info *info;
	struct fault *fault;
	bool held; /* a literal was read */
};

/* The head ---------------------------------------------------------------- */

/* Text that starts with a letter like "E acute" begins with the bytes of a
 * key packet: 195, and a length from 128 to 191. */
static bool
may_be_text(uint64_t length)
{
	return length >= 128 && length < 192;
}

/* A body that was read, as far as it went, says of the head. */
static void
head_note(struct head *h, struct str body)
{
	uint8_t version = body.n > 0 ? (uint8_t)*body.p : 0;

	if (version == SKESK_V6) {
		h->v6 = true;
		h->odd |= skesk_overlong(body);
	} else if (version == 4 || version == 5) {
		h->old = true;
	} else {
		h->odd = true;
	}
}

static enum err
head_key(struct head *h, struct packet *p, bool first, struct fault *f)
{
	uint8_t memory[SKESK_BYTES_MAX];
	uint64_t length = p->left;
	struct str body = {(char *)memory, 0};
	struct fault why = {0};
	enum err e;

	e = feed_copy(&p->feed, memory, sizeof(memory), &body.n);
	if (e == OK || body.n > 0)
		head_note(h, body);
	if (first && h->odd && !h->v6 && may_be_text(length))
		return ERR_NOT_OURS;
	TRY(e);
	TRY(feed_drain(&p->feed));
	if (body.n == 0 || memory[0] != SKESK_V6 || h->n == SKESK_KEPT)
		return OK;
	e = skesk_read(body, &h->keys[h->n], &why);
	if (e == OK)
		h->n++;
	else if (e == ERR_DAMAGED)
		h->odd = true;
	else
		h->refused = fail(f, e, "", "%s", why.text);
	return OK;
}

/* A packet that says nothing to us. */
static enum err
head_skip(struct head *h, struct packet *p, bool first)
{
	uint8_t begin[3] = {0};
	size_t got;
	enum err e = feed_copy(&p->feed, begin, sizeof(begin), &got);

	if (p->tag == TAG_PKESK)
		h->odd |= begin[0] != 3 && begin[0] != 6;
	else if (p->tag == TAG_MARKER)
		h->odd |= memcmp(begin, "PGP", sizeof(begin)) != 0;
	else if (p->tag != TAG_PADDING)
		h->odd = true;
	if (first && h->odd)
		return ERR_NOT_OURS;
	TRY(e);
	return feed_drain(&p->feed);
}

static bool
is_data(enum packet_tag tag)
{
	return tag == TAG_SEIPD || tag == TAG_SED || tag == TAG_AEAD;
}

static bool
may_begin(enum packet_tag tag)
{
	return tag == TAG_SKESK || tag == TAG_PKESK || tag == TAG_MARKER ||
	       tag == TAG_PADDING || is_data(tag);
}

static enum err
head_packet(struct head *h, struct packet *p, bool first, struct fault *f)
{
	if (p->tag == TAG_SKESK)
		return head_key(h, p, first, f);
	if (may_begin(p->tag) || p->tag >= TAG_OPTIONAL)
		return head_skip(h, p, first);
	return ERR_DAMAGED;
}

/* Until the packet that holds the data, which is left open in `p`. */
static enum err
head_read(struct head *h, struct feed *from, struct packet *p, struct fault *f)
{
	bool end, first;
	enum err e = OK;

	TRY(feed_more(from));
	for (first = true; e == OK; first = false) {
		e = packet_open(p, from, ERR_CUT, &end);
		if (first && (end || !may_begin(p->tag)))
			return e == OK || e == ERR_DAMAGED || e == ERR_CUT
				   ? ERR_NOT_OURS
				   : e;
		if (e == OK && end)
			e = ERR_CUT;
		if (e == OK && is_data(p->tag))
			return OK;
		if (e == OK)
			e = head_packet(h, p, first, f);
	}
	return e == ERR_CUT && h->odd ? ERR_DAMAGED : e;
}

/* The data ---------------------------------------------------------------- */

/* The head of the data, its four fields and salt; ERR_NOT_OURS for what is
 * locked in a way that is not opened here. */
static enum err
data_head(const struct head *h, struct packet *p, struct seipd *s,
	  struct fault *f)
{
	uint8_t b[SEIPD_HEAD];
	size_t got = 0, i;

	if (p->tag == TAG_SEIPD) {
		TRY(feed_copy(&p->feed, b, 1, &got));
		if (got == 0)
			return ERR_DAMAGED;
	}
	if (got == 0 || b[0] != SEIPD_V2) {
		if (h->v6 || h->odd)
			return ERR_DAMAGED;
		return fail(f, ERR_NOT_OURS, "", "The file is encrypted in an "
			    "older way, without the checks of RFC 9580; it is "
			    "not opened here.");
	}
	TRY(feed_copy(&p->feed, b + 1, sizeof(b) - 1, &got));
	if (got < sizeof(b) - 1)
		return ERR_DAMAGED;
	s->cipher = b[1];
	s->mode = b[2];
	s->octet = b[3];
	memcpy(s->salt, b + 4, SEIPD_SALT);
	for (i = 0; i < h->n; i++)
		if (cipher_key_size(s->cipher) == 0 &&
		    h->keys[i].cipher == s->cipher)
			return fail(f, ERR_NOT_OURS, "", "The file is "
				    "encrypted with cipher %d; only AES is "
				    "opened here.", s->cipher);
	if (cipher_key_size(s->cipher) == 0 || s->octet > SEIPD_CHUNK_MAX ||
	    aead_nonce_size(s->mode) == 0)
		return ERR_DAMAGED;
	return OK;
}

static enum err
head_usable(const struct head *h, struct fault *f)
{
	if (h->n > 0)
		return OK;
	if (h->refused != OK)
		return h->refused;
	if (h->v6 || h->old || h->odd)
		return ERR_DAMAGED;
	return fail(f, ERR_NOT_OURS, "", "The file is not locked with a "
		    "password but to a key.");
}

/* What is inside ---------------------------------------------------------- */

static enum err
literal_head(struct opener *o, struct packet *p)
{
	struct unlock_info *info = o->info;
	uint8_t b[4], size;
	size_t got;

	TRY(feed_copy(&p->feed, b, 2, &got));
	if (got < 2 || b[0] == 0 || !strchr("btu" LITERAL_OLD, b[0]))
		return ERR_DAMAGED;
	info->kind = strchr(LITERAL_OLD, b[0]) ? 'b' : (char)b[0];
	size = b[1];
	TRY(feed_copy(&p->feed, info->name, size, &got));
	info->name[got] = 0;
	if (got < size)
		return ERR_DAMAGED;
	TRY(feed_copy(&p->feed, b, 4, &got));
	if (got < 4)
		return ERR_DAMAGED;
	info->at = (int64_t)((uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 |
			     (uint32_t)b[2] << 8 | b[3]) *
		   SECOND_US;
	return OK;
}

static enum err
literal_read(struct opener *o, struct packet *p)
{
	struct str piece;

	if (o->held)
		return fail(o->fault, ERR_NOT_OURS, "", "The lock holds more "
			    "than one file; it is not opened here.");
	o->held = true;
	TRY(literal_head(o, p));
	for (;;) {
		TRY(feed_take(&p->feed, SIZE_MAX, &piece));
		if (piece.n == 0)
			return OK;
		if (o->out_limit != 0 &&
		    piece.n > o->out_limit - o->info->bytes)
			return fail(o->fault, ERR_LIMIT, "", "The lock holds "
				    "more than the %llu bytes allowed.",
				    (unsigned long long)o->out_limit);
		TRY(o->write(o->arg, piece));
		o->info->bytes += piece.n;
	}
}

static enum err inside_read(struct opener *o, struct feed *from, unsigned depth);

static enum err
packed_read(struct opener *o, struct packet *p, unsigned depth)
{
	struct inflated i;
	uint8_t method;
	size_t got;
	enum err e;

	TRY(feed_copy(&p->feed, &method, 1, &got));
	if (got == 0)
		return ERR_DAMAGED;
	if (depth == DEPTH_MAX)
		return fail(o->fault, ERR_LIMIT, "", "The lock holds data "
			    "compressed more than %u times over.", DEPTH_MAX);
	if (method == PACK_PLAIN)
		return inside_read(o, &p->feed, depth + 1);
	if (method == PACK_BZIP2)
		return fail(o->fault, ERR_NOT_OURS, "", "The data in the lock "
			    "are compressed with BZip2, which is not opened "
			    "here.");
	if (method != PACK_ZIP && method != PACK_ZLIB)
		return ERR_DAMAGED;
	TRY(inflated_open(&i, &p->feed, method == PACK_ZIP));
	e = inside_read(o, &i.feed, depth + 1);
	inflated_close(&i);
	return e;
}

/* Packets to the end of `from`; signatures are passed over unchecked, since
 * who signed is not what a password says. */
static enum err
inside_read(struct opener *o, struct feed *from, unsigned depth)
{
	struct packet p;
	bool end;

	for (;;) {
		TRY(packet_open(&p, from, ERR_DAMAGED, &end));
		if (end)
			return OK;
		switch (p.tag) {
		case TAG_LITERAL:
			TRY(literal_read(o, &p));
			break;
		case TAG_COMPRESSED:
			TRY(packed_read(o, &p, depth));
			break;
		case TAG_PADDING:
		case TAG_MARKER:
		case TAG_ONE_PASS:
		case TAG_SIGNATURE:
			break;
		default:
			if (p.tag < TAG_OPTIONAL)
				return ERR_DAMAGED;
		}
		TRY(feed_drain(&p.feed));
	}
}

/* Nothing but padding may follow the data. */
static enum err
tail_read(struct opener *o)
{
	struct packet p;
	bool end;

	for (;;) {
		TRY(packet_open(&p, o->from, ERR_CUT, &end));
		if (end)
			return OK;
		if (p.tag != TAG_PADDING && p.tag != TAG_MARKER &&
		    p.tag < TAG_OPTIONAL)
			return ERR_DAMAGED;
		TRY(feed_drain(&p.feed));
	}
}

static enum err
data_read(struct opener *o, struct packet *p, struct seipd *s)
{
	struct unseal u;
	enum err e;

	unseal_open(&u, p, s);
	e = inside_read(o, &u.feed, 0);
	unseal_close(&u);
	TRY(e);
	return o->held ? tail_read(o) : ERR_DAMAGED;
}

static enum err
message_read(struct opener *o, const struct str *passwords, size_t n,
	     uint64_t memory_kib)
{
	struct head h = {0};
	struct packet p;
	struct seipd s = {0};
	struct session_key key = {0};
	struct fault why = {0};
	enum err e;

	e = head_read(&h, o->from, &p, &why);
	if (e == OK)
		e = data_head(&h, &p, &s, o->fault);
	if (e == OK)
		e = head_usable(&h, &why);
	if (e != OK)
		return why.code == e ? fail(o->fault, e, "", "%s", why.text)
				     : e;
	TRY(skesk_try(h.keys, h.n, passwords, n, memory_kib, &key, o->fault));
	if (key.n == cipher_key_size(s.cipher)) {
		seipd_init(&s, (struct str){(char *)key.b, key.n}, false);
		e = data_read(o, &p, &s);
	} else {
		e = ERR_DAMAGED;
	}
	wipe(&key, sizeof(key));
	seipd_fini(&s);
	return e;
}

/* Binary has its first bit set; armor is text, perhaps behind a mark. */
static enum err
message_find(struct opener *o, struct feed *source, struct armor *a)
{
	uint8_t first;

	TRY(feed_more(source));
	first = source->ended ? 0 : (uint8_t)*source->left.p;
	o->from = source;
	if (source->ended || (first >= 0x80 && first != UTF8_MARK))
		return OK;
	o->from = &a->feed;
	return armor_open(a, source);
}

enum err
unlock_stream(unlock_read from, unlock_write to, void *arg,
	      const struct str *passwords, size_t n,
	      const struct unlock_limits *limits, struct unlock_info *info,
	      struct fault *f)
{
	static const struct unlock_limits none;
	struct unlock_info unasked;
	struct source source;
	struct armor armor;
	struct opener o = {.write = to, .arg = arg, .fault = f};
	enum err e;

	if (n == 0 || n > PASSWORDS_MAX)
		return fail(f, ERR_INVALID, "password", "1 to %u passwords "
			    "can be tried at once.", PASSWORDS_MAX);
	limits = limits ? limits : &none;
	o.info = info ? info : &unasked;
	*o.info = (struct unlock_info){0};
	o.out_limit = limits->out_bytes;
	source_open(&source, from, arg);
	e = message_find(&o, &source.feed, &armor);
	if (e == OK)
		e = message_read(&o, passwords, n, limits->argon2_kib);
	source_close(&source);
	return e == OK ? OK : fail(f, e, "", "%s", err_sentence(e));
}
