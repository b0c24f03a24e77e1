/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FIRMWARE_H
#define FIRMWARE_H

/* Runs the example once; `printer` is the board's console, or the computer's. */
int firmware(void (*printer)(const char *text));

#endif
