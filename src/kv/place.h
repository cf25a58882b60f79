/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Where a store lives: its folder, the file system under it, and the lock that
 * keeps one process from opening it twice.
 */
#ifndef KV_PLACE_H
#define KV_PLACE_H

#include <rapport/base.h>

/* Make the folder (0700) if `create`; ERR_NOT_FOUND if it is not there,
 * ERR_CONFLICT if its file system cannot hold a store. */
enum err place_ready(const char *dir, bool create, struct fault *f) MUST_USE;

/* What is wrong with a file system of this statfs type, or NULL. `grave`: it
 * cannot hold a store; else it is only worth a warning. */
const char *place_trouble(long type, bool *grave);

/* Held until the descriptor is closed, and gone with the process. Alone: no
 * other process may have it either. ERR_CONFLICT, ERR_IO. */
enum err place_lock(const char *dir, bool alone, int *fd,
		    struct fault *f) MUST_USE;

/* Bytes that are left on the disk for us, and its size; SIZE_MAX if it does
 * not say. */
void place_room(const char *dir, size_t *left, size_t *all);
/* Is there (nearly) no room on the disk? */
bool place_full(const char *dir);
/* Names in the folder last. */
enum err place_sync(const char *dir, struct fault *f) MUST_USE;

/* A small file that says something by being there. */
enum err place_mark(const char *dir, const char *name, bool there,
		    struct fault *f) MUST_USE;
bool place_marked(const char *dir, const char *name);

#endif
