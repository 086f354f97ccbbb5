/* A tape from the arrays of compiler/tape.py, of which nothing is believed. */
#ifndef AUTOGRAD_LITE_TAPE_READING_H
#define AUTOGRAD_LITE_TAPE_READING_H

#include "engine.h"
#include "rows.h"
#include "tape_object.h"
#include "tape_writing.h"

enum { LISTED = 1, SHARED = 2, CONSTANT = 4 }; /* bits of an operand's kind */

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
read_instruction(const TapeObject *tape, Instruction *in, const int *code, Py_ssize_t left,
                 const int *lists, Py_ssize_t list_count)
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
    int wanted = reduces ? rows[in->opcode].columns : arity_of(in->opcode);
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
            return damaged("an operand does not fit");
        operand->varying = operand->uniform = 1;
        if (kind & LISTED) {
            if (count > list_count || at > list_count - count)
                return damaged("an operand does not fit");
            operand->list = lists + at;
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

enum { CODE, LISTS, CONSTANT_SLOTS, UNIFORM_SLOTS, VARYING_SLOTS, OUTPUT_SLOTS, GUARDS,
       CONSTANT_NUMBERS, TAPE_BUFFERS };

/* What the arrays say of slots. */
static int
read_slots(TapeObject *tape, const Py_buffer *views, const Py_ssize_t *counts)
{
    Py_ssize_t slots = (Py_ssize_t)tape->uniform + tape->varying, total = 1, offset = 0;
    const int *parts[TAPE_BUFFERS];
    if (counts[CONSTANT_SLOTS] != counts[CONSTANT_NUMBERS] || counts[GUARDS] % 4 ||
        counts[CONSTANT_SLOTS] > slots || counts[UNIFORM_SLOTS] > slots ||
        counts[VARYING_SLOTS] > slots || counts[OUTPUT_SLOTS] > INT32_MAX ||
        counts[GUARDS] > INT32_MAX)
        return damaged("its parts do not agree");
    for (int i = CONSTANT_SLOTS; i <= GUARDS; i++)
        total += counts[i];
    tape->constants = checked_malloc((size_t)(counts[CONSTANT_NUMBERS] + 1) * sizeof(double));
    tape->slot_lists = checked_malloc((size_t)total * sizeof(int));
    if (!tape->constants || !tape->slot_lists) {
        PyErr_NoMemory();
        return -1;
    }
    memcpy(tape->constants, views[CONSTANT_NUMBERS].buf, (size_t)views[CONSTANT_NUMBERS].len);
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
    return 0;
}

/* The instructions, which in each kind of slots must write them in ascending order. */
static int
read_code(TapeObject *tape, Instruction *instructions, const Py_buffer *views,
          const Py_ssize_t *counts)
{
    const int *code = views[CODE].buf;
    int next[2] = {0, tape->uniform};
    for (Py_ssize_t place = 0, taken; place < counts[CODE]; place += taken) {
        Instruction *in = &instructions[tape->count];
        taken = read_instruction(tape, in, code + place, counts[CODE] - place, views[LISTS].buf,
                                 counts[LISTS]);
        if (taken < 0)
            return -1;
        int varies = in->out >= tape->uniform;
        if (in->out < next[varies] || (!varies && tape->uniform_count < tape->count))
            return damaged("instructions are out of order");
        next[varies] = in->out + in->rows;
        tape->operations += (Py_ssize_t)in->rows * (in->width ? in->width : 1);
        tape->count++;
        if (!varies)
            tape->uniform_count++;
    }
    return 0;
}

static int
fill_tape(TapeObject *tape, const Py_buffer *views, int reorder)
{
    Py_ssize_t counts[TAPE_BUFFERS];
    for (int i = 0; i < TAPE_BUFFERS; i++)
        counts[i] = views[i].len / views[i].itemsize;
    if (read_slots(tape, views, counts) < 0)
        return -1;
    Instruction *instructions =
        checked_malloc((size_t)(counts[CODE] / 6 + 1) * sizeof(Instruction));
    if (!instructions) {
        PyErr_NoMemory();
        return -1;
    }
    int done = read_code(tape, instructions, views, counts);
    if (done == 0)
        done = write_tape(tape, instructions, reorder);
    free(instructions);
    return done;
}

#endif
