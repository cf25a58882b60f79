/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The store contract, case by case, on every engine: what is here is what a
 * new engine has to do.  The cases are lines in the language of script.h; each
 * starts with an empty store.
 */
#include "script.h"

/* In byte order: %00 a ab ab%00 abc ab%ff b %ff %ff%ff */
#define SET                                                                 \
	"w{+ ab%ff 6; + a 2; + %ff%ff 9; + ab 3; + b 7; + abc 5; + %00 1; " \
	"+ ab%00 4; + %ff 8} ok;"

/* clang-format off */
static const struct {
	const char *name, *script;
} cases[] = {
/* one key */
{"a new store holds nothing", "r{! a; cur ~; next none} ok"},
{"what was put is there", "w{+ a 1} ok; r{= a 1} ok"},
{"a put is seen in its own transaction", "w{+ a 1; = a 1} ok"},
{"a put replaces", "w{+ a 1} ok; w{+ a 22} ok; r{= a 22} ok"},
{"a put replaces within a transaction", "w{+ a 1; + a 2} ok; r{= a 2} ok"},
{"a shorter value replaces a longer", "w{+ a x*5000} ok; w{+ a 1} ok; r{= a 1} ok"},
{"a longer value replaces a shorter", "w{+ a 1} ok; w{+ a x*5000} ok; r{= a x*5000} ok"},
{"del says that it was there", "w{+ a 1} ok; w{- a} ok; r{! a} ok"},
{"del says that it was not there", "w{-? a} ok"},
{"del of another key leaves this one", "w{+ a 1; + b 2} ok; w{- b} ok; r{= a 1; ! b} ok"},
{"a deleted key is gone in its own transaction", "w{+ a 1; - a; ! a; -? a} ok; r{! a} ok"},
{"a deleted key may come back", "w{+ a 1} ok; w{- a; + a 2} ok; r{= a 2} ok"},
{"a key is not found by its prefix", "w{+ abc 1} ok; r{! ab; ! a; = abc 1} ok"},
{"a key is not found by what it starts", "w{+ ab 1} ok; r{! abc; ! ab%00} ok"},
{"keyspaces do not mix", "w{+ a 1; in chat; + a 2; + b 3} ok; r{= a 1; ! b; in chat; = a 2; = b 3} ok"},
{"del in one keyspace leaves the other", "w{+ a 1; in chat; + a 2} ok; w{- a} ok; r{! a; in chat; = a 2} ok"},
/* limits */
{"an empty value is a value", "w{+ a ~} ok; r{= a ~; cur ~; next a; val ~} ok"},
{"an empty value replaces and is replaced", "w{+ a 1} ok; w{+ a ~} ok; r{= a ~} ok; w{+ a 2} ok; r{= a 2} ok"},
{"a key of one byte", "w{+ %00 1; + %ff 2} ok; r{= %00 1; = %ff 2} ok"},
{"a key of 480 bytes", "w{+ k*480 1} ok; r{= k*480 1; cur k*480; next k*480; next none} ok"},
{"a key of 481 bytes is refused", "w{+ k*481 1; err too-large} too-large; r{! k*481; cur ~; next none} ok"},
{"an empty key is refused", "w{+ ~ 1} too-large"},
{"an append of an empty key is refused", "w{> ~ 1} too-large"},
{"an append of 481 bytes is refused", "w{> k*481 1} too-large"},
{"nobody has a key past the limit", "r{! k*481; ! ~; err ok} ok"},
{"del of a key past the limit finds nothing", "w{-? k*481; -? ~; err ok} ok"},
{"keys of 480 bytes that differ in the last", "w{+ k*480 1; + k*479l 2} ok; r{= k*480 1} ok"},
{"a value of 65,536 bytes", "w{+ a v*65536} ok; r{= a v*65536} ok"},
{"a value of 65,537 bytes is refused", "w{+ a v*65537; err too-large} too-large; r{! a} ok"},
{"a refused value leaves the old one", "w{+ a 1} ok; w{+ a v*65537} too-large; r{= a 1} ok"},
{"the longest key with the longest value", "w{+ k*480 v*65536} ok; r{= k*480 v*65536} ok"},
{"values around one page", "w{+ a v*4000; + b v*4080; + c v*4096; + d v*4100} ok; r{= a v*4000; = b v*4080; = c v*4096; = d v*4100} ok"},
{"values around half a page", "w{+ a v*1990; + b v*2010; + c v*2030; + d v*2048} ok; r{= a v*1990; = b v*2010; = c v*2030; = d v*2048} ok"},
{"values of zero bytes", "w{+ a %00*10; + b %00} ok; r{= a %00*10; = b %00} ok"},
{"values of 0xff bytes", "w{+ a %ff*10} ok; r{= a %ff*10} ok"},
/* order */
{"keys come in byte order", SET "r{cur ~; next %00; next a; next ab; next ab%00; next abc; next ab%ff; next b; next %ff; next %ff%ff; next none} ok"},
{"and backwards", SET "r{cur ~; prev %ff%ff; prev %ff; prev b; prev ab%ff; prev abc; prev ab%00; prev ab; prev a; prev %00; prev none} ok"},
{"values come with their keys", SET "r{cur ~; next %00; val 1; next a; val 2; next ab; val 3; next ab%00; val 4; next abc; val 5; next ab%ff; val 6} ok"},
{"bytes count, not characters", "w{+ %7f 1; + %80 2; + %c3%a9 3; + z 4} ok; r{cur ~; next z; next %7f; next %80; next %c3%a9; next none} ok"},
{"order is the same within the write", "w{+ b 1; + a 2; + %ff 3; + %00 4; cur ~; next %00; next a; next b; next %ff; next none} ok"},
{"long keys sort by bytes", "w{+ k*480 1; + k*479 2; + k 3} ok; r{cur ~; next k; next k*479; next k*480; next none} ok"},
/* seek */
{"seek finds the key", SET "r{cur ~; seek abc abc; val 5} ok"},
{"seek finds the next key", SET "r{cur ~; seek abb abc; seek c %ff} ok"},
{"seek past the end finds nothing", SET "r{cur ~; seek %ff%ff%00 none} ok"},
{"seek with an empty key finds the first", SET "r{cur ~; seek ~ %00} ok"},
{"seek goes on with next", SET "r{cur ~; seek ab ab; next ab%00; next abc} ok"},
{"seek goes back with prev", SET "r{cur ~; seek ab ab; prev a; prev %00; prev none} ok"},
{"seek may go back", SET "r{cur ~; seek b b; seek a a; next ab} ok"},
{"seek with a key past the limit", "w{+ k*480 1; + k*479z 3; + l 2} ok; r{cur ~; seek k*481 l} ok"},
{"seek in an empty keyspace", "r{cur ~; seek a none; seek ~ none} ok"},
{"last finds the key", SET "r{cur ~; last abc abc; val 5} ok"},
{"last finds the key before", SET "r{cur ~; last abd abc; last %fe b} ok"},
{"last after all keys finds the last", SET "r{cur ~; last %ff%ff%ff %ff%ff} ok"},
{"last before all keys finds nothing", "w{+ b 1} ok; r{cur ~; last a none} ok"},
{"last with an empty key finds the last", SET "r{cur ~; last ~ %ff%ff} ok"},
{"last goes back with prev", SET "r{cur ~; last abz abc; prev ab%00; prev ab} ok"},
{"last goes on with next", SET "r{cur ~; last abz abc; next ab%ff; next b} ok"},
{"last with a key past the limit", "w{+ k*480 1; + l 2} ok; r{cur ~; last k*481 k*480} ok"},
{"last in an empty keyspace", "r{cur ~; last a none; last ~ none} ok"},
{"last on the very first key", SET "r{cur ~; last %00 %00; prev none} ok"},
/* prefixes */
{"a prefix bounds next", SET "r{cur ab; next ab; next ab%00; next abc; next ab%ff; next none} ok"},
{"a prefix bounds prev", SET "r{cur ab; prev ab%ff; prev abc; prev ab%00; prev ab; prev none} ok"},
{"a prefix that is no key itself", SET "r{cur ab%; next none} ok; w{+ abcd 1} ok; r{cur abcd; next abcd; next none} ok"},
{"nothing has the prefix", SET "r{cur aa; next none; seek ~ none; last ~ none} ok"},
{"a prefix after all keys", SET "r{cur %ff%ff%ff; seek ~ none; last ~ none} ok"},
{"a prefix of 0xff", SET "r{cur %ff; next %ff; next %ff%ff; next none} ok"},
{"a prefix of 0xff from behind", SET "r{cur %ff; prev %ff%ff; prev %ff; prev none} ok"},
{"a prefix of 0xff 0xff from behind", SET "r{cur %ff%ff; last ~ %ff%ff; prev none} ok"},
{"a prefix that ends in 0xff", SET "r{cur ab%ff; last ~ ab%ff; prev none; seek ~ ab%ff; next none} ok"},
{"a prefix of 0x00", SET "r{cur %00; next %00; next none} ok"},
{"a prefix before keys, from behind", SET "r{cur a; last ~ ab%ff} ok"},
{"seek before the prefix finds its first", SET "r{cur ab; seek a ab; seek %00 ab} ok"},
{"seek after the prefix finds nothing", SET "r{cur ab; seek b none} ok"},
{"seek within the prefix", SET "r{cur ab; seek abb abc; seek abd ab%ff} ok"},
{"seek past the last of the prefix", SET "r{cur ab; seek ab%ff%00 none} ok"},
{"last before the prefix finds nothing", SET "r{cur ab; last a none; last %00 none} ok"},
{"last after the prefix finds its last", SET "r{cur ab; last b ab%ff; last %ff%ff%ff ab%ff} ok"},
{"last within the prefix", SET "r{cur ab; last abb ab%00; last abc abc} ok"},
{"last on the prefix itself", SET "r{cur ab; last ab ab; prev none} ok"},
{"last where the prefix is not a key", "w{+ abc 1} ok; r{cur ab; last ab none; last abb none} ok"},
{"a prefix of 480 bytes", "w{+ p*480 1; + p*479 2} ok; r{cur p*480; next p*480; next none} ok"},
{"a prefix past the limit holds nothing", "w{+ p*480 1} ok; r{cur p*481; next none; seek ~ none; last ~ none} ok"},
{"prefixes of neighbours", "w{+ a1 1; + a2 2; + b1 3} ok; r{cur a; prev a2; cur b; next b1; prev none} ok"},
/* where a cursor stands */
{"a new cursor stands nowhere", SET "r{cur ~; key none; val ~} ok"},
{"a new cursor goes next to the first", SET "r{cur ~; next %00} ok"},
{"a new cursor goes prev to the last", SET "r{cur ~; prev %ff%ff} ok"},
{"past the end it stays there", SET "r{cur ab%ff; next ab%ff; next none; next none; prev none; key none} ok"},
{"from past the end seek leads back", SET "r{cur ~; seek %ff%ff%ff none; seek a a; next ab} ok"},
{"next and prev undo each other", SET "r{cur ~; seek b b; next %ff; prev b; prev ab%ff; next b} ok"},
{"an open cursor at the end of a closure is closed", SET "r{cur ~; next %00; leave} ok; r{= a 2} ok"},
{"an open cursor at the end of a write is closed", SET "w{cur ~; next %00; + a 9; leave} ok; r{= a 9} ok"},
{"an open cursor at the end of a failed write is closed", SET "w{cur ~; next %00; + a 9; leave; fail conflict} conflict; r{= a 2} ok"},
/* cursors while writing */
{"a put before the cursor", SET "w{cur ~; seek b b; + aa 1; key b; val 7; next %ff} ok"},
{"a put behind the cursor is met", SET "w{cur ~; seek b b; + ba 1; next ba; val 1; next %ff} ok"},
{"a put behind the cursor is met backwards", SET "w{cur ~; seek b b; + az 1; prev az} ok"},
{"a put at the cursor shows", SET "w{cur ~; seek b b; + b new; val new; next %ff} ok"},
{"del at the cursor: next goes on", SET "w{cur ~; seek b b; - b; next %ff} ok"},
{"del at the cursor: prev goes on", SET "w{cur ~; seek b b; - b; prev ab%ff} ok"},
{"del at the cursor: no value", SET "w{cur ~; seek b b; - b; key b; val ~} ok"},
{"del of the next: next skips it", SET "w{cur ~; seek abc abc; - ab%ff; next b} ok"},
{"del of the one before: prev skips it", SET "w{cur ~; seek abc abc; - ab%00; prev ab} ok"},
{"walk and delete all", SET "w{cur ab; next ab; - ab; next ab%00; - ab%00; next abc; - abc; next ab%ff; - ab%ff; next none} ok; r{cur ~; next %00; next a; next b} ok"},
{"walk and delete all backwards", SET "w{cur ab; prev ab%ff; - ab%ff; prev abc; - abc; prev ab%00; - ab%00; prev ab; - ab; prev none} ok; r{cur ab; next none} ok"},
{"walk and replace all", SET "w{cur ab; next ab; + ab A*3000; next ab%00; + ab%00 B*3000; next abc; + abc C*3000; next ab%ff; val 6; next none} ok; r{= abc C*3000} ok"},
{"a change of another keyspace leaves the cursor", SET "w{cur ~; seek b b; in chat; + b 1; - b; val 7; next %ff; val 8} ok"},
{"a value after changes elsewhere", SET "w{cur ~; seek b b; in chat; + x v*9000; val 7} ok"},
{"put, then last", SET "w{cur ab; last ~ ab%ff; + ab%ff%ff 1; last ~ ab%ff%ff} ok"},
/* append */
{"appends in order", "w{> a 1; > ab 2; > b 3} ok; r{cur ~; next a; next ab; next b; next none} ok"},
{"an append of the same key", "w{> a 1; > a 2; err internal} internal; r{! a} ok"},
{"an append before the last", "w{> b 1; > a 2} internal; r{! b} ok"},
{"an append after puts", "w{+ b 1; > c 2} ok; r{= c 2} ok"},
{"an append after puts, out of order", "w{+ b 1} ok; w{> a 2} internal; r{! a; = b 1} ok"},
{"each keyspace has its own end", "w{> b 1; in chat; > a 2} ok; r{= b 1; in chat; = a 2} ok"},
{"an append, then a put before it", "w{> b 1; + a 2; > c 3} ok; r{cur ~; next a; next b; next c} ok"},
/* errors and what they leave */
{"a closure that fails leaves nothing", "w{+ a 1; + b 2; fail conflict} conflict; r{! a; ! b} ok"},
{"and what was there stays", "w{+ a 1} ok; w{+ a 2; - a; + c 3; fail invalid} invalid; r{= a 1; ! c} ok"},
{"an error that sticks leaves nothing", "w{+ a 1; stick changed} changed; r{! a} ok"},
{"the first error that sticks counts", "w{stick changed; stick conflict; err changed} changed"},
{"what stuck counts before what is returned", "w{stick changed; fail conflict} changed"},
{"after an error reads find nothing", "w{+ a 1} ok; r{= a 1; stick invalid; ! a; cur ~; next none} invalid"},
{"after an error writes do nothing", "w{stick invalid; + a 1; -? a; err invalid} invalid; r{! a} ok"},
{"after an error a cursor stands still", SET "r{cur ~; next %00; stick invalid; next none; seek a none; last ~ none} invalid"},
{"after an error a value is none", SET "r{cur ~; next %00; stick invalid; val ~} invalid"},
{"a read may fail", "w{+ a 1} ok; r{= a 1; fail not-found} not-found; r{= a 1} ok"},
{"a put within a read", "r{+ a 1; err internal} internal; r{! a} ok"},
{"a del within a read", "w{+ a 1} ok; r{-? a} internal; r{= a 1} ok"},
{"an append within a read", "r{> a 1} internal; r{! a} ok"},
{"after a failed write the next one works", "w{fail busy} busy; w{+ a 1} ok; r{= a 1} ok"},
{"a write that changes nothing", "w{+ a 1} ok; w{= a 1} ok; w{-? b} ok; r{= a 1} ok"},
/* snapshots */
{"a read does not see a later put", "w{+ a 1} ok; r{= a 1; aside{w{+ a 2} ok}; = a 1} ok; r{= a 2} ok"},
{"a read sees its snapshot before it looks", "w{+ a 1} ok; r{aside{w{+ a 2; + b 3} ok}; = a 1; ! b} ok"},
{"a read does not see a later del", "w{+ a 1} ok; r{aside{w{- a} ok}; = a 1} ok; r{! a} ok"},
{"a cursor keeps to its snapshot", SET "r{cur ab; next ab; aside{w{- ab%00; + abb 1; - ab} ok}; key ab; val 3; next ab%00; next abc; next ab%ff; next none} ok; r{cur ab; next abb; next abc} ok"},
{"a slice outlives another's commit", "w{+ a v*9000} ok; r{cur ~; next a; aside{w{- a; + b x*9000} ok; w{+ c y*9000} ok; w{+ d z*9000} ok}; val v*9000} ok"},
{"a read does not see what is not committed", "w{+ a 1; aside{r{! a} ok}} ok; r{= a 1} ok"},
{"nor what fails then", "w{+ a 1; aside{r{! a} ok}; fail conflict} conflict; r{! a} ok"},
{"two reads of different times", "w{+ a 1} ok; r{aside{w{+ a 2} ok; r{= a 2; aside{w{+ a 3} ok}; = a 2} ok}; = a 1} ok; r{= a 3} ok"},
{"a read within a read", "w{+ a 1} ok; r{aside{r{= a 1} ok}; = a 1} ok"},
{"a long read and many commits", "w{+ a 1} ok; r{aside{w{+ a 2} ok; w{+ a 3} ok; w{+ a 4} ok; w{+ a 5} ok; w{+ a 6} ok; w{- a} ok}; = a 1} ok; r{! a} ok"},
};
/* clang-format on */

/* Statements that must be found wrong: the runner is not blind. */
static const char *const blind[] = {
    "w{+ a 1} ok; r{= a 2} ok",
    "w{+ a 1} ok; r{! a} ok",
    "w{+ a 1; -? a} ok",
    "w{- a} ok",
    "w{fail busy} ok",
    "r{cur ~; next a} ok",
    "w{+ a 1; cur ~; next none} ok",
    "w{+ a 1; cur ~; next a; val 2} ok",
    "r{err busy} ok",
    "w{+ a 1; cur ~; next b} ok",
    "r{aside{w{fail busy} ok}} ok",
};

static struct kv *
open_engine(bool lmdb, const struct folder *d)
{
	struct kv_options o = {.create = true, .dir = lmdb ? d->path : NULL};

	return store_open(&o);
}

static void
run_case(bool lmdb, const char *name, const char *text, bool want)
{
	struct folder d = folder_new(false);
	struct script s = {.kv = open_engine(lmdb, &d)};
	bool good = script_run(&s, str_of(text));

	ok(good == want, "%s: %s", lmdb ? "lmdb" : "ram", name);
	if (good != want)
		printf("# %s\n", want ? s.wrong : text);
	kv_close(s.kv);
	folder_remove(&d);
}

int
main(void)
{
	ok(COUNT(cases) >= 100, "%zu cases", COUNT(cases));
	for (int lmdb = 0; lmdb < 2; lmdb++) {
		for (size_t i = 0; i < COUNT(cases); i++)
			run_case(lmdb, cases[i].name, cases[i].script, true);
		for (size_t i = 0; i < COUNT(blind); i++)
			run_case(lmdb, "a wrong script is found wrong",
				 blind[i], false);
	}
	return done_testing();
}
