/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Work that goes on behind requests: bulk actions, and sweeping.  All of this
 * takes NULL for a process that does none.
 */
#ifndef WEB_LABOUR_H
#define WEB_LABOUR_H

#include "app.h"

struct labour *labour_begin(struct app *app); /* starts the thread */
void labour_wake(struct labour *l);           /* there is something to do */
void labour_stop(struct labour *l);           /* after this slice */
void labour_end(struct labour *l);            /* and wait for that */

#endif
