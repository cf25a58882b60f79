/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * base: the toolbox every room stands on.  Its door is a few leaves: bytes.h
 * (slices, buffers, arenas, bounded readers and writers, errors), json.h (in
 * and out), text.h (Unicode folding, numbers), words.h, clock.h (instants, civil
 * time, zones), hours.h (operating hours) and guard.h (random, hashes,
 * secrets, passwords).  Nothing here knows what a user or a filter is.
 */
#ifndef RAPPORT_BASE_H
#define RAPPORT_BASE_H

#include <rapport/base/bytes.h>
#include <rapport/base/text.h>
#include <rapport/base/words.h>
#include <rapport/base/clock.h>
#include <rapport/base/hours.h>
#include <rapport/base/json.h>
#include <rapport/base/guard.h>

#endif
