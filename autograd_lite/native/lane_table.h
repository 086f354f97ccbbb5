/* The formulas that batches use, as LANE(function): the one place that chooses them. */
#ifndef AUTOGRAD_LITE_LANE_TABLE_H
#define AUTOGRAD_LITE_LANE_TABLE_H

#include "table.inc"

#define LANE(function) function

#endif
