/* From the tape of a step to the rows that loop_rows.c runs. */
#ifndef AUTOGRAD_LITE_LOOP_PLAN_H
#define AUTOGRAD_LITE_LOOP_PLAN_H

#include "engine.h"
#include "loop_rows.h"
#include "memory.h"
#include "replay.h"

/* Memory of a run, in three pieces, and what only those who make it want. */
struct LoopPlan {
    LoopRun run;
    int *ints;
    double *doubles;
    int *slot_of, *slot_of_check; /* where a slot of each tape lies in the run */
    int *moving;                  /* by slot of the run: whether it has rates */
    int *room, *moves;            /* of the step's slots, three times; of the run */
    LoopRow *step;                /* the first row of the step */
};

static void
free_plan(LoopPlan *plan)
{
    free(plan->run.rows);
    free(plan->ints);
    free(plan->doubles);
}

/* Whether it is one of those dot products whose operands lie side by side. */
static inline int
lies_in_place(const int *in)
{
    return reduces(in) && flag(in, RUN_BIT);
}

/* How many operands a row lists, and how many it has beside. */

static inline int
columns_of(const LoopRow *row)
{
    return row->width && row->opcode != OP_matrix ? rows[row->in[OPCODE]].columns : 0;
}

static inline int
operands_of(const LoopRow *row)
{
    if (row->opcode == OP_pairs)
        return 4;
    return row->opcode >= TAPE_OPCODES ? 0 : arity_of(row->opcode);
}

/* What the rows of a tape take: rows, slots of reductions, doubles for one of these. */
static void
count_rows(const TapeObject *tape, Py_ssize_t *count, size_t *listed, size_t *scratch)
{
    for (Py_ssize_t i = 0; tape && i < tape->count; i++) {
        const int *in = instruction_at(tape, i);
        *count += in[ROWS];
        if (!reduces(in))
            continue;
        const size_t width = (size_t)in[WIDTH] * (size_t)rows[in[OPCODE]].columns;
        *listed += width * (size_t)in[ROWS];
        if (*scratch < 2 * width)
            *scratch = 2 * width;
    }
}

/* The rows of a tape, whose slots are those of the tape; `in_place` says whether they stay so. */
static LoopRow *
write_rows(const TapeObject *tape, LoopRow *row, int **listed, int in_place)
{
    for (Py_ssize_t i = 0; i < tape->count; i++) {
        const int *in = instruction_at(tape, i);
        const int matrix = in_place && lies_in_place(in);
        const int arity = reduces(in) ? 0 : arity_of(in[OPCODE]);
        for (int r = 0; r < (matrix ? 1 : in[ROWS]); r++, row++) {
            *row = (LoopRow){.opcode = matrix                   ? OP_matrix
                                       : in[OPCODE] == OP_sum ? OP_plain_sum
                                       : in[OPCODE] == OP_dot ? OP_plain_dot
                                       : reduces(in)          ? OP_reduction
                                                              : in[OPCODE],
                             .out = in[OUT] + r,
                             .width = in[WIDTH],
                             .in = in};
            for (int k = 0; k < arity; k++)
                row->at[k] = in[ENTRIES + (Py_ssize_t)k * in[ROWS] + r];
            if (row->opcode == OP_plain_dot && row->width == 2) {
                row->opcode = OP_pairs;
                row->width = 0;
                for (int k = 0; k < 4; k++) {
                    const Place place = place_of_row(in, k / 2, r);
                    row->at[k] = place.entries ? place.entries[k % 2] : (int)place.first + k % 2;
                }
            }
            for (int c = 0; c < columns_of(row); c++) {
                const Place place = place_of_row(in, c, r);
                row->x[c] = *listed;
                for (int k = 0; k < in[WIDTH]; k++)
                    *(*listed)++ = place.entries ? place.entries[k] : (int)place.first + k;
            }
        }
    }
    return row;
}

/* Results that are a number of the next state are written where that lies at once, if what was
 * there is not read any more, and rates that were there are overwritten, too: a row without rates
 * writes none. `plan->slot_of` says so. */
static void
place_state(const TapeObject *tape, const LoopRow *row, int count, LoopPlan *plan)
{
    int *last_read = plan->room;
    const int carried = (int)plan->run.carried, *state = tape->uniform_input_slots;
    int *writer = last_read + tape->uniform, *taken = writer + tape->uniform;
    for (int s = 0; s < tape->uniform; s++) {
        last_read[s] = writer[s] = -1;
        taken[s] = 0;
    }
    for (int r = 0; r < count; r++, row++) {
        const int *in = row->in;
        for (int k = 0; k < operands_of(row); k++)
            last_read[row->at[k]] = r;
        for (int c = 0; c < columns_of(row); c++)
            for (int i = 0; i < row->width; i++)
                last_read[row->x[c][i]] = r;
        writer[row->out] = r;
        if (row->opcode != OP_matrix)
            continue;
        for (int i = 0; i < in[ROWS]; i++)
            taken[row->out + i] = 1;
        for (int c = 0; c < 2; c++)
            for (int i = 0; i < in[WIDTH] * (flag(in, SHARED_BIT + c) ? 1 : in[ROWS]); i++)
                taken[*entries_of(in, c) + i] = 1;
    }
    for (int k = 0; k < tape->outputs; k++) /* also of what is a number of the state itself */
        if (writer[tape->output_slots[k]] < 0)
            taken[tape->output_slots[k]] = 1;
    for (int j = 0; j < carried; j++) {
        const int out = tape->output_slots[j];
        if (writer[out] >= 0 && !taken[out] && !taken[state[j]] &&
            last_read[state[j]] <= writer[out] &&
            (plan->moving[out] || !plan->moving[state[j]])) {
            plan->slot_of[out] = state[j];
            taken[out] = 1;
        }
    }
}

/* Slots of the run in the place of those of a tape. */
static void
rename_slots(LoopRow *row, LoopRow *end, const int *slot_of)
{
    for (; row < end; row++) {
        row->out = slot_of[row->out];
        for (int k = 0; k < operands_of(row); k++)
            row->at[k] = slot_of[row->at[k]];
        for (int c = 0; c < columns_of(row); c++)
            for (int i = 0; i < row->width; i++)
                ((int *)row->x[c])[i] = slot_of[row->x[c][i]];
    }
}

/* What else is to be moved after a step. */
static void
list_moves(const TapeObject *tape, LoopPlan *plan)
{
    LoopRun *run = &plan->run;
    int crossed = 0, *is_moved = plan->room, *moves = plan->moves;
    memset(is_moved, 0, (size_t)tape->uniform * sizeof(int));
    run->moves = moves;
    run->move_count = 0;
    for (Py_ssize_t j = 0; j < run->carried; j++) {
        const int from = plan->slot_of[tape->output_slots[j]], to = run->state_slots[j];
        if (from != to) {
            moves[2 * run->move_count] = from;
            moves[2 * run->move_count++ + 1] = to;
            is_moved[to] = 1;
        }
    }
    for (Py_ssize_t j = 0; j < run->move_count; j++)
        crossed |= is_moved[moves[2 * j]];
    if (!crossed)
        run->moved = NULL;
}

/* A run of the steps of a tape for as long as `check`, if it is not NULL, gives no 0. The caller
 * has said how many numbers of each kind there are, and how many lanes; he puts numbers into the
 * run's slots. -1 with an error. */
static int
make_plan(LoopPlan *plan, const TapeObject *tape, const TapeObject *check)
{
    LoopRun *run = &plan->run;
    const int carried = (int)run->carried, lanes = run->lanes, of_step = tape->uniform;
    const int of_check = check ? check->uniform : 0, *state = tape->uniform_input_slots;
    const size_t slots = (size_t)of_step + (size_t)of_check, outputs = (size_t)tape->outputs;
    Py_ssize_t count = check ? 1 : 0;
    size_t listed = 0, scratch = 0;
    count_rows(tape, &count, &listed, &scratch);
    count_rows(check, &count, &listed, &scratch);
    const size_t ints = 2 * slots + 3 * (size_t)of_step + listed + outputs + 2 * (size_t)carried;
    const size_t of_rates = slots * (size_t)lanes, moved = (size_t)(carried * (1 + lanes));
    run->rows = checked_malloc((size_t)(count + 1) * sizeof(LoopRow));
    plan->ints = checked_malloc((ints + 1) * sizeof(int));
    plan->doubles = checked_malloc((slots + of_rates + scratch + moved + 1) * sizeof(double));
    if (!run->rows || !plan->ints || !plan->doubles) {
        PyErr_NoMemory();
        return -1;
    }
    memset(plan->doubles, 0, (slots + of_rates) * sizeof(double));
    plan->slot_of = plan->ints;
    plan->slot_of_check = plan->slot_of + of_step;
    plan->moving = plan->slot_of + slots;
    memset(plan->moving, 0, slots * sizeof(int));
    plan->room = plan->moving + slots;
    plan->moves = plan->room + 3 * of_step;
    run->y_slots = plan->moves + 2 * carried;
    int *list = run->y_slots + outputs;
    run->values = plan->doubles;
    run->rates = run->values + slots;
    run->scratch = run->rates + of_rates;
    run->moved = run->scratch + scratch;
    run->state_slots = state;
    run->x_slots = state + carried;
    for (int s = 0; s < of_step; s++)
        plan->slot_of[s] = s;
    for (int s = 0; s < of_check; s++)
        plan->slot_of_check[s] = of_step + s;
    for (int j = 0; check && j < carried; j++)
        plan->slot_of_check[check->uniform_input_slots[j]] = state[j];
    LoopRow *row = run->rows, *end;
    if (check) {
        row = write_rows(check, row, &list, 0);
        rename_slots(run->rows, row, plan->slot_of_check);
        *row++ = (LoopRow){.opcode = OP_until,
                           .at = {plan->slot_of_check[check->output_slots[0]]}};
    }
    plan->step = row;
    end = write_rows(tape, row, &list, 1);
    run->count = end - run->rows;
    *end = (LoopRow){.opcode = OP_end};
    list_moves(tape, plan);
    return 0;
}

/* Which rows have rates: those that depend on numbers of which `plan->moving` says so, also over
 * many steps. */
static void
find_moving(LoopPlan *plan)
{
    LoopRun *run = &plan->run;
    LoopRow *end = run->rows + run->count;
    int *moving = plan->moving, more = run->lanes > 0;
    while (more) {
        more = 0;
        for (LoopRow *row = run->rows; row < end; row++) {
            const int *in = row->in;
            int found = 0;
            for (int k = 0; k < operands_of(row); k++)
                found |= moving[row->at[k]] << k;
            for (int c = 0; c < columns_of(row); c++)
                for (int i = 0; i < row->width; i++)
                    found |= moving[row->x[c][i]] << c;
            for (int c = 0; c < 2 && row->opcode == OP_matrix; c++)
                for (int i = 0; i < in[WIDTH] * (flag(in, SHARED_BIT + c) ? 1 : in[ROWS]); i++)
                    found |= moving[*entries_of(in, c) + i] << c;
            if (row->opcode == OP_detach)
                found = 0;
            if (row->opcode == OP_where_less || row->opcode == OP_where_at_most)
                found &= ~3; /* a condition passes nothing on */
            row->moving = found;
            for (int i = 0; found && i < (row->opcode == OP_matrix ? in[ROWS] : 1); i++) {
                more |= !moving[row->out + i];
                moving[row->out + i] = 1;
            }
        }
        for (Py_ssize_t j = 0; j < run->move_count; j++)
            if (moving[run->moves[2 * j]] && !moving[run->moves[2 * j + 1]])
                more = moving[run->moves[2 * j + 1]] = 1;
    }
}

/* The rest of a plan, once `plan->moving` says which numbers have rates. */
static void
finish_plan(LoopPlan *plan, const TapeObject *tape)
{
    LoopRow *end = plan->run.rows + plan->run.count;
    find_moving(plan);
    place_state(tape, plan->step, (int)(end - plan->step), plan);
    rename_slots(plan->step, end, plan->slot_of);
    list_moves(tape, plan);
}

#endif
