/* The rows of special_rows.py, which only tapes know: each is a function that the tape calls. They
 * are long and rarely the most of a program, so they are compiled once, with the C library's
 * functions. */
#include "engine.h"

#include "table.inc"

#include "special.inc"
