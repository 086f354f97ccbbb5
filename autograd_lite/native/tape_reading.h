/* A tape from the arrays of compiler/tape.py, of which nothing is believed. */
#ifndef AUTOGRAD_LITE_TAPE_READING_H
#define AUTOGRAD_LITE_TAPE_READING_H

#include "engine.h"
#include "block.h"
#include "rows.h"
#include "slots.h"
#include "tape_object.h"

#define TRACE_ARITY(name, arity) [OP_##name - OPCODES] = arity,
static const int trace_arities[TAPE_OPCODES - OPCODES] = {TRACE_ROWS(TRACE_ARITY)};

static int
damaged(const char *what)
{
    PyErr_Format(PyExc_ValueError, "the tape is damaged: %s", what);
    return -1;
}

static int
are_slots(const int *slots, Py_ssize_t count, int from, int to)
{
    for (Py_ssize_t i = 0; i < count; i++)
        if (slots[i] < from || slots[i] >= to)
            return 0;
    return 1;
}

/* Read one instruction from `code`; returns how many ints it took, or -1. */
static Py_ssize_t
read_instruction(TapeObject *tape, Instruction *in, const int *code, Py_ssize_t left,
                 Py_ssize_t list_count)
{
    int slots = tape->uniform + tape->varying;
    if (left < 6)
        return damaged("an instruction is cut off");
    in->opcode = code[0];
    in->rows = code[1];
    in->width = code[2];
    in->out = code[3];
    in->masked = code[4];
    in->operands = code[5];
    if (in->opcode < 0 || in->opcode >= TAPE_OPCODES)
        return damaged("an opcode is unknown");
    int reduces = in->opcode < OPCODES && rows[in->opcode].reduce;
    int wanted = reduces                   ? rows[in->opcode].columns
                 : in->opcode < OPCODES ? rows[in->opcode].arity
                                        : trace_arities[in->opcode - OPCODES];
    if (in->operands != wanted || in->rows < 1 || in->rows > slots || in->out < 0 ||
        in->out > slots - in->rows || (reduces ? in->width < 1 : in->width != 0) ||
        (in->out < tape->uniform && in->out + in->rows > tape->uniform))
        return damaged("an instruction does not fit");
    if (left < 6 + 2 * in->operands)
        return damaged("an instruction is cut off");
    int varies = in->out >= tape->uniform;
    for (int c = 0; c < in->operands; c++) {
        Operand *operand = &in->operand[c];
        int kind = code[6 + 2 * c], at = code[7 + 2 * c];
        operand->shared = (kind & SHARED) != 0;
        operand->constant = (kind & CONSTANT) != 0;
        operand->list = NULL;
        operand->first = at;
        Py_ssize_t per_row = in->width ? in->width : 1;
        Py_ssize_t count = operand->shared ? per_row : per_row * in->rows;
        if (at < 0 || (operand->shared && !in->width))
            return damaged("a operand does not fit");
        operand->varying = operand->uniform = 1;
        if (kind & LISTED) {
            if (count > list_count || at > list_count - count)
                return damaged("a operand does not fit");
            operand->list = tape->lists + at;
            for (Py_ssize_t i = 0; i < count; i++) {
                int slot = operand->list[i];
                if (slot < 0 || slot >= slots)
                    return damaged("a slot does not exist");
                if (slot < tape->uniform) {
                    operand->varying = 0;
                    if (!varies && slot >= in->out)
                        return damaged("an operand comes after its result");
                } else {
                    operand->uniform = 0;
                    if (!varies || slot >= in->out)
                        return damaged("an operand comes after its result");
                }
            }
        } else {
            if (count > slots || at > slots - count)
                return damaged("a slot does not exist");
            if (at < tape->uniform && at + count > tape->uniform)
                return damaged("a run crosses into other slots");
            operand->varying = at >= tape->uniform;
            operand->uniform = !operand->varying;
            if (operand->varying ? !varies || at + count > in->out
                              : !varies && at + count > in->out)
                return damaged("an operand comes after its result");
        }
    }
    return 6 + 2 * in->operands;
}

/* Whether an instruction has a kernel in slots.h that serves it best. Matrices that lie in place
 * have loops of their own. */
static int
goes_by_slots(const Instruction *in)
{
    if (in->masked)
        return 0;
    if (in->opcode == OP_dot)
        return in->operand[0].list || in->operand[1].list || (Py_ssize_t)in->rows * in->width < 16;
    return !in->width || in->opcode == OP_sum;
}

static Py_ssize_t
slot_count(const Instruction *in, int c)
{
    return (Py_ssize_t)(in->width ? in->width : 1) * (in->operand[c].shared ? 1 : in->rows);
}

/* Write the instructions of one sample as slots.h has them. */
static int
write_by_slots(TapeObject *tape)
{
    size_t total = 1;
    tape->places = checked_malloc((size_t)(tape->uniform_count + 1) * sizeof(size_t));
    for (Py_ssize_t i = 0; i < tape->uniform_count && tape->places; i++) {
        const Instruction *in = &tape->instructions[i];
        tape->places[i] = total - 1;
        total += 1;
        if (!goes_by_slots(in))
            continue;
        total += SLOTS - 1;
        for (int c = 0; c < in->operands; c++)
            total += (size_t)slot_count(in, c);
    }
    tape->by_slot = checked_malloc(total * sizeof(int));
    if (!tape->by_slot || !tape->places) {
        PyErr_NoMemory();
        return -1;
    }
    for (Py_ssize_t i = 0; i < tape->uniform_count; i++) {
        const Instruction *in = &tape->instructions[i];
        int *to = tape->by_slot + tape->places[i];
        to[OPCODE] = goes_by_slots(in) ? in->opcode : GENERAL;
        if (to[OPCODE] == GENERAL)
            continue;
        to[ROWS] = in->rows;
        to[WIDTH] = in->width;
        to[OUT] = in->out;
        to[FLAGS] = tape->reorder << REORDER_BIT;
        int *slot = to + SLOTS;
        for (int c = 0; c < in->operands; c++) {
            const Operand *operand = &in->operand[c];
            to[FLAGS] |= operand->constant << (CONSTANT_BIT + c);
            to[FLAGS] |= operand->shared << (SHARED_BIT + c);
            for (Py_ssize_t k = 0; k < slot_count(in, c); k++)
                *slot++ = slot_of(operand, k);
        }
    }
    return 0;
}

enum { CODE, LISTS, CONSTANT_SLOTS, UNIFORM_SLOTS, VARYING_SLOTS, OUTPUT_SLOTS, GUARDS,
       CONSTANT_NUMBERS, TAPE_BUFFERS };

static int
fill_tape(TapeObject *tape, const Py_buffer *views)
{
    Py_ssize_t counts[TAPE_BUFFERS], offset = 0;
    for (int i = 0; i < TAPE_BUFFERS; i++)
        counts[i] = views[i].len / views[i].itemsize;
    Py_ssize_t list_count = counts[LISTS], slots = (Py_ssize_t)tape->uniform + tape->varying;
    if (counts[CONSTANT_SLOTS] != counts[CONSTANT_NUMBERS] || counts[GUARDS] % 4 ||
        counts[CONSTANT_SLOTS] > slots || counts[UNIFORM_SLOTS] > slots ||
        counts[VARYING_SLOTS] > slots || counts[OUTPUT_SLOTS] > INT32_MAX ||
        counts[GUARDS] > INT32_MAX)
        return damaged("its parts do not agree");
    size_t most = (size_t)(counts[CODE] / 6 + 1);
    tape->instructions = checked_malloc(most * sizeof(Instruction));
    tape->lists = checked_malloc((size_t)(list_count + 1) * sizeof(int));
    tape->constants = checked_malloc((size_t)(counts[CONSTANT_NUMBERS] + 1) * sizeof(double));
    size_t total = 1;
    for (int i = CONSTANT_SLOTS; i <= GUARDS; i++)
        total += (size_t)counts[i];
    tape->slot_lists = checked_malloc(total * sizeof(int));
    if (!tape->instructions || !tape->lists || !tape->constants || !tape->slot_lists) {
        PyErr_NoMemory();
        return -1;
    }
    memcpy(tape->lists, views[LISTS].buf, (size_t)list_count * sizeof(int));
    memcpy(tape->constants, views[CONSTANT_NUMBERS].buf, (size_t)views[CONSTANT_NUMBERS].len);
    const int *parts[TAPE_BUFFERS];
    for (int i = CONSTANT_SLOTS; i <= GUARDS; i++) {
        memcpy(tape->slot_lists + offset, views[i].buf, (size_t)views[i].len);
        parts[i] = tape->slot_lists + offset;
        offset += counts[i];
    }
    tape->constant_slots = parts[CONSTANT_SLOTS];
    tape->uniform_input_slots = parts[UNIFORM_SLOTS];
    tape->varying_input_slots = parts[VARYING_SLOTS];
    tape->output_slots = parts[OUTPUT_SLOTS];
    tape->guard_fields = parts[GUARDS];
    tape->constant_count = (int)counts[CONSTANT_SLOTS];
    tape->uniform_inputs = (int)counts[UNIFORM_SLOTS];
    tape->varying_inputs = (int)counts[VARYING_SLOTS];
    tape->outputs = (int)counts[OUTPUT_SLOTS];
    tape->guards = (int)counts[GUARDS] / 4;
    if (!are_slots(tape->constant_slots, tape->constant_count, 0, tape->uniform) ||
        !are_slots(tape->uniform_input_slots, tape->uniform_inputs, 0, tape->uniform) ||
        !are_slots(tape->varying_input_slots, tape->varying_inputs, tape->uniform, (int)slots) ||
        !are_slots(tape->output_slots, tape->outputs, 0, (int)slots))
        return damaged("a slot does not exist");
    for (int i = 0; i < tape->guards; i++) {
        const int *guard = tape->guard_fields + 4 * i;
        if (guard[0] < 0 || guard[0] > 2 || !are_slots(guard + 1, 2, 0, (int)slots) ||
            (guard[3] != 0 && guard[3] != 1))
            return damaged("a guard is not sound");
    }
    /* Read the instructions; in each space they must write slots in ascending order. */
    const int *code = views[CODE].buf;
    int next[2] = {0, tape->uniform};
    size_t widest = 0;
    for (Py_ssize_t place = 0, taken; place < counts[CODE]; place += taken) {
        Instruction *in = &tape->instructions[tape->count];
        taken = read_instruction(tape, in, code + place, counts[CODE] - place, list_count);
        if (taken < 0)
            return -1;
        int varies = in->out >= tape->uniform;
        if (in->out < next[varies] || (!varies && tape->uniform_count < tape->count))
            return damaged("instructions are out of order");
        next[varies] = in->out + in->rows;
        tape->rows += (Py_ssize_t)in->rows * (in->width ? in->width : 1);
        tape->count++;
        if (!varies)
            tape->uniform_count++;
        if ((size_t)in->width > widest)
            widest = (size_t)in->width;
    }
    /* As many lanes as keep the numbers of a block in the cache. */
    tape->most_lanes = MOST_LANES;
    while (tape->most_lanes > FEWEST_LANES &&
           ((size_t)tape->varying * 2 + 4 * widest) * (size_t)tape->most_lanes > 24576)
        tape->most_lanes /= 2;
    /* For a row of the table: four operands of TILE numbers, and what they pass back. For a
     * reduction: both operands and what they pass back, and one sample's operands and partials. */
    size_t scratch = widest * (4 * (size_t)tape->most_lanes + 4);
    tape->scratch = scratch > 2 * MOST_OPERANDS * TILE ? scratch : 2 * MOST_OPERANDS * TILE;
    return write_by_slots(tape);
}

#endif
