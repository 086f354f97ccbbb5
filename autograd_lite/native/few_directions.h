/* Up to four directions forward, of a tape without a batch: it is the one step of a loop, in which
 * loop_rows.c computes values and rates together. */
#ifndef AUTOGRAD_LITE_FEW_DIRECTIONS_H
#define AUTOGRAD_LITE_FEW_DIRECTIONS_H

#include "engine.h"
#include "loop_plan.h"
#include "memory.h"
#include "replay.h"

enum { UNDEFINED = -2 }; /* a rate that came out, beside a guard that does not hold, or -1 */

static inline int
are_few(const TapeObject *tape, Py_ssize_t directions)
{
    return 0 < directions && directions <= MOST_LANES_OF_A_LOOP &&
           tape->uniform <= INT32_MAX / MOST_LANES_OF_A_LOOP;
}

/* The plan of a tape, kept in a workspace, with room for so many lanes; NULL with an error. */
static LoopPlan *
plan_of_tape(const TapeObject *tape, Workspace *w, int lanes)
{
    const size_t slots = (size_t)tape->uniform;
    if (!w->plan) {
        Py_ssize_t count = 0;
        size_t listed = 0, scratch = 0;
        count_rows(tape, &count, &listed, &scratch);
        const size_t size = sizeof(LoopPlan) + (size_t)(count + 1) * sizeof(LoopRow) +
                            (slots + listed) * sizeof(int);
        LoopPlan *plan = checked_malloc(size);
        if (!plan) {
            PyErr_NoMemory();
            return NULL;
        }
        *plan = (LoopPlan){.run = {.n = 1, .every = 1}};
        LoopRun *run = &plan->run;
        run->rows = (LoopRow *)(plan + 1);
        plan->moving = (int *)(run->rows + count + 1);
        int *list = plan->moving + slots;
        LoopRow *end = write_rows(tape, run->rows, &list, 1);
        run->count = end - run->rows;
        *end = (LoopRow){.opcode = OP_end};
        run->values = w->values.uniform;
        run->scratch = w->scratch; /* which has room for any reduction and its partials */
        w->plan = plan;
    }
    if (w->rate_room < lanes) {
        free(w->lane_rates);
        w->rate_room = w->plan->run.lanes = 0;
        w->lane_rates = checked_malloc((slots * (size_t)lanes + 1) * sizeof(double));
        if (!w->lane_rates) {
            PyErr_NoMemory();
            return NULL;
        }
        w->rate_room = lanes;
        w->plan->run.rates = w->lane_rates;
    }
    return w->plan;
}

/* Rows without rates write none: there all stay 0. */
static void
begin_lanes(const TapeObject *tape, LoopPlan *plan, int lanes)
{
    const size_t slots = (size_t)tape->uniform;
    plan->run.lanes = lanes;
    plan->run.labelled = 0;
    memset(plan->moving, 0, slots * sizeof(int));
    memset(plan->run.rates, 0, slots * (size_t)lanes * sizeof(double));
}

/* Values and rates of all slots, the rates of those in `moving` being there. Which rows have rates
 * is found out anew only if others move than did until now. */
static Py_ssize_t
run_tape(const TapeObject *tape, Workspace *w, const double *uniform, int others)
{
    const Part whole = uniform_part(tape, w);
    LoopRun *run = &w->plan->run;
    Py_ssize_t sample;
    if (others)
        find_moving(w->plan);
    run->dots[0] = whole.kernels->dots_in_order;
    run->dots[1] = whole.kernels->dots;
    for (int i = 0; i < tape->uniform_inputs; i++)
        run->values[tape->uniform_input_slots[i]] = uniform[i];
    run_steps(run, 0, 1);
    return broken_guard(&whole, 1, &sample);
}

/* A nan came out: what moves is found out anew the next time, for an infinite partial of what did
 * move once may have made it of a rate of 0. */
static Py_ssize_t
undefined(Workspace *w)
{
    w->plan->run.lanes = 0;
    return UNDEFINED;
}

/* As replay_directions, for as many directions as there may be lanes; UNDEFINED if a rate that
 * comes out is a nan, and all must be done with more care. */
static Py_ssize_t
few_directions(const TapeObject *tape, Workspace *w, const double *uniform, int lanes,
               const double *given, double *answers)
{
    const int inputs = tape->uniform_inputs, outputs = tape->outputs;
    LoopPlan *plan = w->plan;
    double *rates = plan->run.rates;
    int others = plan->run.lanes != lanes, nans = 0;
    if (others)
        begin_lanes(tape, plan, lanes);
    for (int i = 0; i < inputs; i++) {
        const int slot = tape->uniform_input_slots[i];
        int moves = 0;
        for (int l = 0; l < lanes; l++) {
            rates[slot * (Py_ssize_t)lanes + l] = given[l * (Py_ssize_t)inputs + i];
            moves |= given[l * (Py_ssize_t)inputs + i] != 0.0;
        }
        others |= moves > plan->moving[slot];
        plan->moving[slot] |= moves;
    }
    const Py_ssize_t broken = run_tape(tape, w, uniform, others);
    for (int i = 0; i < outputs && broken < 0; i++)
        for (int l = 0; l < lanes; l++) {
            const double rate = rates[tape->output_slots[i] * (Py_ssize_t)lanes + l];
            answers[l * (Py_ssize_t)outputs + i] = rate + 0.0; /* no -0.0 for none */
            nans |= rate != rate;
        }
    return nans ? undefined(w) : broken;
}

/* As replay_places, likewise. */
static Py_ssize_t
few_places(const TapeObject *tape, Workspace *w, const double *uniform, int lanes, const int *put,
           Py_ssize_t puts, const int *take, Py_ssize_t takes, double *answers)
{
    LoopPlan *plan = w->plan;
    double *rates = plan->run.rates;
    int others = plan->run.lanes != lanes, nans = 0;
    if (others)
        begin_lanes(tape, plan, lanes);
    for (int i = 0; i < tape->uniform_inputs; i++)
        for (int l = 0; l < lanes; l++)
            rates[tape->uniform_input_slots[i] * (Py_ssize_t)lanes + l] = 0.0;
    for (Py_ssize_t i = 0; i < puts; i++) {
        rates[put[i]] = 1.0;
        others |= !plan->moving[put[i] / lanes];
        plan->moving[put[i] / lanes] = 1;
    }
    const Py_ssize_t broken = run_tape(tape, w, uniform, others);
    for (Py_ssize_t i = 0; i < takes && broken < 0; i++) {
        const double rate = rates[take[i]];
        answers[i] = rate + 0.0;
        nans |= rate != rate;
    }
    for (Py_ssize_t i = 0; i < puts; i++) /* where it may be no input, but a slot like any other */
        rates[put[i]] = 0.0;
    return nans ? undefined(w) : broken;
}

/* Whether a job is what few_directions does, for one direction. */
static inline int
asks_for_rates_alone(const TapeObject *tape, const Job *job)
{
    return job->uniform_rates && !job->seeds && job->samples == 1 && !tape->varying;
}

/* A job of this kind, in the plan that was made for it; whether it is done. */
static int
rates_along(const TapeObject *tape, Workspace *w, Job *job)
{
    if (!asks_for_rates_alone(tape, job))
        return 0;
    const Py_ssize_t broken =
        few_directions(tape, w, job->uniform, 1, job->uniform_rates, job->rates);
    if (broken == UNDEFINED)
        return 0;
    if (broken >= 0) {
        job->broken_guard = broken;
        job->broken_sample = 0;
        return 1;
    }
    for (int k = 0; k < tape->outputs; k++) {
        job->results[k] = w->values.uniform[tape->output_slots[k]];
        job->totals[k] += job->results[k];
    }
    return 1;
}

#endif
