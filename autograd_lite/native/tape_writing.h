/* The instructions of a tape as replays read them, from checked ones. */
#ifndef AUTOGRAD_LITE_TAPE_WRITING_H
#define AUTOGRAD_LITE_TAPE_WRITING_H

#include "engine.h"
#include "instruction.h"
#include "memory.h"
#include "rows.h"
#include "slots.h"
#include "tape_object.h"

typedef struct {
    const int *list; /* the slots, or NULL for a run */
    int first;       /* of a run */
    char shared;     /* whether every row reads the same slots */
    char constant;   /* whether it is made of constants, which want no gradient */
    char varying;    /* whether all slots differ from sample to sample */
    char uniform;    /* whether none does */
} Operand;

typedef struct {
    int opcode, rows, width, out, masked, operands;
    Operand operand[MOST_OPERANDS];
} Instruction;

static inline int
slot_of(const Operand *operand, Py_ssize_t i)
{
    return operand->list ? operand->list[i] : operand->first + (int)i;
}

static inline Py_ssize_t
slot_count(const Instruction *in, int c)
{
    return (Py_ssize_t)(in->width ? in->width : 1) * (in->operand[c].shared ? 1 : in->rows);
}

static int
damaged(const char *what)
{
    PyErr_Format(PyExc_ValueError, "the tape is damaged: %s", what);
    return -1;
}

enum { CONSTANT_SLOT = 1, TWO = 2 }; /* of which TWO has the number 2 */

/* What is known of slots while a tape is written. */
typedef struct {
    TapeObject *tape;
    int *rows;       /* of uniform slots, or -1 */
    char *constant;  /* of uniform slots: 0, CONSTANT_SLOT or TWO */
    char *input;     /* whether a row has an input, or a constant */
    char *written;   /* whether a gradient was written in a row */
} Writing;

/* Whether an instruction is made of dot products of something uniform and something that varies. */
static int
is_matrix(const TapeObject *tape, const Instruction *in)
{
    return in->opcode == OP_dot && in->out >= tape->uniform && in->operand[0].uniform &&
           !in->operand[1].uniform;
}

/* Whether it is a dot product of one sample that lies in place, for which there are loops. */
static int
is_in_place(const TapeObject *tape, const Instruction *in)
{
    return in->opcode == OP_dot && in->out < tape->uniform && !in->masked &&
           !in->operand[0].list && !in->operand[1].list && (Py_ssize_t)in->rows * in->width >= 16;
}

/* Whether operand c is written down as a run. */
static int
is_run(const TapeObject *tape, const Instruction *in, int c)
{
    return (c == 0 && is_matrix(tape, in)) || is_in_place(tape, in);
}

/* An instruction of varying slots as one that takes less: it gives the same, but for the last bit,
 * which batches do not promise. */
static void
simplify(const Writing *to, Instruction *in)
{
    if (in->opcode == OP_dot && in->operand[1].uniform) { /* the matrix stands first */
        Operand first = in->operand[0];
        in->operand[0] = in->operand[1];
        in->operand[1] = first;
    }
    if (in->opcode == OP_power && in->operand[1].uniform) { /* a square? */
        for (Py_ssize_t i = 0; i < in->rows; i++)
            if (to->constant[slot_of(&in->operand[1], i)] != TWO)
                return;
        in->opcode = OP_mul;
        in->operand[1] = in->operand[0];
    }
}

/* Give rows to the uniform slots that instructions of varying ones read, those first that want a
 * gradient, and copies to those that a matrix wants side by side. */
static int
spread_slots(Writing *to, Instruction *instructions)
{
    TapeObject *tape = to->tape;
    Py_ssize_t copies = 0;
    int spread = 0;
    for (int i = 0; i < tape->uniform; i++)
        to->rows[i] = -1;
    for (int i = 0; i < tape->constant_count; i++)
        to->constant[tape->constant_slots[i]] = tape->constants[i] == 2.0 ? TWO : CONSTANT_SLOT;
    for (Py_ssize_t i = tape->uniform_count; i < tape->count; i++) {
        Instruction *in = &instructions[i];
        simplify(to, in);
        if (is_matrix(tape, in) && in->operand[0].list)
            copies += slot_count(in, 0);
        for (int c = is_matrix(tape, in); c < in->operands; c++)
            for (Py_ssize_t k = 0; k < slot_count(in, c); k++) {
                int slot = slot_of(&in->operand[c], k);
                if (slot < tape->uniform && to->rows[slot] < 0) {
                    to->rows[slot] = 0;
                    spread++;
                }
            }
    }
    if (copies > INT32_MAX / 2)
        return damaged("its matrices are too large");
    tape->copied = checked_malloc((size_t)(copies + 1) * sizeof(int));
    tape->spread_slots = checked_malloc((size_t)(spread + 1) * sizeof(int));
    if (!tape->copied || !tape->spread_slots) {
        PyErr_NoMemory();
        return -1;
    }
    for (int constant = 0; constant < 2; constant++) {
        for (int slot = 0; slot < tape->uniform; slot++)
            if (to->rows[slot] >= 0 && (to->constant[slot] != 0) == constant) {
                to->rows[slot] = tape->varying + tape->spread;
                tape->spread_slots[tape->spread++] = slot;
            }
        if (!constant)
            tape->wanted = tape->spread;
    }
    return 0;
}

/* How many ints an instruction takes. */
static size_t
size_of(const TapeObject *tape, const Instruction *in)
{
    size_t size = ENTRIES;
    for (int c = 0; c < in->operands; c++)
        size += is_run(tape, in, c) ? 1 : (size_t)slot_count(in, c);
    return size;
}

static void
write_instruction(const Writing *to, const Instruction *in, int reorder, int *code)
{
    TapeObject *tape = to->tape;
    const int varies = in->out >= tape->uniform;
    int *entry = code + ENTRIES;
    code[OPCODE] = in->opcode;
    code[ROWS] = in->rows;
    code[WIDTH] = in->width;
    code[OUT] = varies ? in->out - tape->uniform : in->out;
    code[FLAGS] = in->masked << MASKED_BIT | reorder << REORDER_BIT;
    code[PARTIALS] = (int)tape->partials;
    if (keeps_partials(in->opcode, in->width, !varies))
        tape->partials += (size_t)in->rows * (size_t)in->width;
    if (!varies && in->width && (is_in_place(tape, in) || !slot_values[in->opcode]))
        code[FLAGS] |= 1 << GENERAL_BIT;
    for (int c = 0; c < in->operands; c++) {
        const Operand *operand = &in->operand[c];
        Py_ssize_t count = slot_count(in, c);
        int only_inputs = varies;
        code[FLAGS] |= operand->constant << (CONSTANT_BIT + c);
        code[FLAGS] |= operand->shared << (SHARED_BIT + c);
        if (is_run(tape, in, c)) {
            code[FLAGS] |= 1 << (RUN_BIT + c);
            *entry++ = operand->list ? tape->uniform + tape->copies : operand->first;
            for (Py_ssize_t k = 0; k < count && operand->list; k++)
                tape->copied[tape->copies++] = operand->list[k];
            continue;
        }
        for (Py_ssize_t k = 0; k < count; k++, entry++) {
            int slot = slot_of(operand, k);
            *entry = !varies                 ? slot
                     : slot < tape->uniform ? to->rows[slot]
                                            : slot - tape->uniform;
            only_inputs = only_inputs && to->input[*entry];
        }
        code[FLAGS] |= only_inputs << (INPUT_BIT + c);
    }
}

/* Mark an entry if its row gets its first gradient here. */
static inline void
mark(const Writing *to, int *entry)
{
    if (!to->written[*entry])
        *entry = ~*entry;
    to->written[place_of(*entry)] = 1;
}

/* Mark the entries of an instruction of varying slots, in the order in which a replay comes by. */
static void
mark_first_gradients(const Writing *to, int *in, int operands)
{
    for (Py_ssize_t row = 0; row < in[ROWS]; row++)
        for (int c = 0; c < operands; c++) {
            if (flag(in, CONSTANT_BIT + c) || flag(in, RUN_BIT + c))
                continue;
            if (!in[WIDTH]) {
                mark(to, &in[ENTRIES + (Py_ssize_t)c * in[ROWS] + row]);
            } else if (row == 0 || !flag(in, SHARED_BIT + c)) {
                int *entries = in + (entries_of(in, c) - in) + row * step_of(in, c);
                for (int i = 0; i < in[WIDTH]; i++)
                    mark(to, &entries[i]);
            }
        }
}

static int
write_instructions(Writing *to, Instruction *instructions, int reorder)
{
    TapeObject *tape = to->tape;
    size_t total = 0;
    tape->starts = checked_malloc((size_t)(tape->count + 1) * sizeof(size_t));
    for (Py_ssize_t i = 0; i < tape->count && tape->starts; i++) {
        tape->starts[i] = total;
        total += size_of(tape, &instructions[i]);
    }
    tape->code = checked_malloc((total + 1) * sizeof(int));
    tape->cleared_rows = checked_malloc((size_t)(tape->varying + 1) * sizeof(int));
    if (!tape->code || !tape->starts || !tape->cleared_rows) {
        PyErr_NoMemory();
        return -1;
    }
    for (int i = 0; i < tape->varying_inputs; i++)
        to->input[tape->varying_input_slots[i] - tape->uniform] = 1;
    for (int i = 0; i < tape->spread; i++) {
        to->input[tape->varying + i] = i >= tape->wanted;
        to->written[tape->varying + i] = 1; /* the blocks add up their gradients */
    }
    for (int i = 0; i < tape->outputs; i++)
        if (tape->output_slots[i] >= tape->uniform) {
            char *written = &to->written[tape->output_slots[i] - tape->uniform];
            if (!*written)
                tape->cleared_rows[tape->cleared++] = tape->output_slots[i] - tape->uniform;
            *written = 1;
        }
    for (Py_ssize_t i = 0; i < tape->count; i++) {
        write_instruction(to, &instructions[i], reorder, tape->code + tape->starts[i]);
        if (tape->partials > INT32_MAX)
            return damaged("its reductions are too large");
    }
    for (Py_ssize_t i = tape->count; i-- > tape->uniform_count;)
        mark_first_gradients(to, tape->code + tape->starts[i], instructions[i].operands);
    for (int row = 0; row < tape->varying; row++)
        if (!to->written[row])
            tape->cleared_rows[tape->cleared++] = row;
    return 0;
}

/* How large a block may be, and how much room its instructions want beside their rows. */
static void
choose_room(TapeObject *tape, const Instruction *instructions)
{
    size_t widest = 0, most_rows = 1, rows = (size_t)tape->varying + (size_t)tape->spread;
    for (Py_ssize_t i = 0; i < tape->count; i++) {
        if ((size_t)instructions[i].width > widest)
            widest = (size_t)instructions[i].width;
        if (instructions[i].width && (size_t)instructions[i].rows > most_rows)
            most_rows = (size_t)instructions[i].rows;
    }
    /* As many lanes as keep the numbers of a block in the cache. */
    tape->most_lanes = MOST_LANES;
    while (tape->most_lanes > FEWEST_LANES && rows * 2 * (size_t)tape->most_lanes > 24576)
        tape->most_lanes /= 2;
    /* The partials of a row of the table; the operands of one sample and their partials. */
    tape->scratch = MOST_OPERANDS * (size_t)pitch_of(tape->most_lanes);
    if (tape->scratch < 2 * MOST_REDUCED * widest)
        tape->scratch = 2 * MOST_REDUCED * widest;
    tape->pointers = 3 * widest + 2 * most_rows;
}

static int
write_tape(TapeObject *tape, Instruction *instructions, int reorder)
{
    size_t uniform = (size_t)tape->uniform, rows = uniform + (size_t)tape->varying;
    Writing to = {.tape = tape};
    int done = -1;
    to.rows = checked_malloc((uniform + 1) * sizeof(int));
    to.constant = checked_malloc(uniform + 1);
    to.input = checked_malloc(rows + 1);
    to.written = checked_malloc(rows + 1);
    if (!to.rows || !to.constant || !to.input || !to.written) {
        PyErr_NoMemory();
    } else {
        memset(to.constant, 0, uniform);
        memset(to.input, 0, rows);
        memset(to.written, 0, rows);
        done = spread_slots(&to, instructions);
        if (done == 0)
            done = write_instructions(&to, instructions, reorder);
        if (done == 0)
            choose_room(tape, instructions);
    }
    free(to.rows);
    free(to.constant);
    free(to.input);
    free(to.written);
    return done;
}

#endif
