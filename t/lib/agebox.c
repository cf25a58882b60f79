/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * agebox DIR: takes out of a store what says which of its parts are whole, and
 * the counts of messages with it, as if a build that had neither had made it.
 */
#include <rapport/kv.h>

#include <stdio.h>

static enum err
age(struct kv_txn *txn, void *arg)
{
	struct kv_cursor *c = kv_cursor(txn, SP_COUNTER, STR_NONE);

	(void)arg;
	for (bool more = kv_seek(c, STR_NONE); more; more = kv_next(c))
		kv_del(txn, SP_COUNTER, kv_key(c));
	kv_cursor_close(c);
	kv_del(txn, SP_META, S("parts"));
	return kv_error(txn);
}

int
main(int argc, char **argv)
{
	struct kv_options o = {.dir = argc == 2 ? argv[1] : ""};
	struct fault f = {0};
	struct kv *kv = NULL;
	enum err e = kv_open(&kv, &o, &f);

	if (e == OK)
		e = kv_write(kv, age, NULL, &f);
	if (e != OK)
		fprintf(stderr, "agebox: %s\n", f.text);
	kv_close(kv);
	return err_exit(e);
}
