/* The rules of rows, run on nodes: what a rule in primitives.py records when it runs on Values.
 *
 * A rule is a list of steps, each of them a row on operands; rules.inc has those of all rows, made
 * from the table. Places are numbered: the operands of the rule, the numbers in it, the results of
 * its steps. A step is done when its result is asked for, so that of a `where` the branch that is
 * not taken makes no node. A result is a number if it depends on numbers alone.
 */
#ifndef AUTOGRAD_LITE_RULES_H
#define AUTOGRAD_LITE_RULES_H

#include "engine.h"
#include "node.h"
#include "record.h"
#include "rows.h"
#include "table.inc"

typedef struct {
    uint8_t row, operands[4]; /* an opcode of the table, or of a trace; places */
    uint8_t depends;          /* of which operands of the rule, by its bits: on a node as a node */
} RuleStep;

typedef struct {
    uint8_t known, operands, numbers, steps; /* whether there is one; how many */
    uint16_t first_number, first_step;       /* in the lists of all rules */
    uint8_t results[3];                      /* places */
} Rule;

typedef struct { /* one of the passes of a reduction over its operands */
    double start;
    Rule step; /* in the total, the operands that are read, the results of the folds before */
} Fold;

typedef struct {
    int count, constants; /* how many its partials use; how many of these are taken as numbers */
    const Fold *folds;
} Folds;

#include "rules.inc"

/* A node (NULL for a number) and its data. Who has one also has a reference, where it says so. */
typedef struct {
    Value *node;
    double number;
} Operand;

typedef struct {
    Operand operand; /* with a reference if it is a step's */
    int state;       /* 0: not known; HAS_NUMBER: no node yet; DONE */
} Place;

enum { HAS_NUMBER = 1, DONE };

typedef struct {
    const Rule *rule;
    int leaves; /* whether nothing is recorded, so that nodes are leaves */
    unsigned depends;
    Place places[MOST_PLACES];
} Run;

/* The node of a row of at most two operands, or a leaf; NULL with an error. */
ALWAYS_INLINE Value *
small_node(double data, int opcode, int arity, Value *const *nodes, const double *a,
           const double *p, int leaf)
{
    if (UNLIKELY(leaf))
        return new_node(data, LEAF, 0);
    return node_in_place(new_node(data, opcode, arity), arity, nodes, a, p);
}

/* The node of a row on operands of which one is a node; NULL with an error. */
static Value *
node_of_row(int opcode, const Operand *operands, int leaf)
{
    Value *nodes[3] = {NULL};
    double a[3] = {0.0}, p[3];
    int arity = rows[opcode].arity;
    for (int i = 0; i < arity; i++) {
        nodes[i] = operands[i].node;
        a[i] = operands[i].number;
    }
    if (opcode == OP_power && nodes[1])
        opcode = OP_pow; /* the exponent is no constant */
    double data = forward_of[opcode](a, p);
    if (LIKELY(arity <= 2))
        return small_node(data, opcode, arity, nodes, a, p, leaf);
    if (leaf)
        return new_node(data, LEAF, 0);
    Operands *elsewhere = new_operands(arity);
    if (!elsewhere)
        return NULL;
    memcpy(elsewhere->numbers, p, (size_t)arity * sizeof(double));
    memcpy(nodes_in(elsewhere), nodes, (size_t)arity * sizeof(Value *));
    Value *v = node_on(data, opcode, elsewhere, a);
    if (!v)
        free_operands(elsewhere);
    return v;
}

static inline const RuleStep *
step_at(const Run *run, int place)
{
    return &rule_steps[run->rule->first_step + place - run->rule->operands - run->rule->numbers];
}

static inline int
is_where(const RuleStep *step)
{
    return step->row == OP_where_less || step->row == OP_where_at_most;
}

/* The number at a place, without making a node. It recurses into the steps of one rule. */
static double
number_at(Run *run, int place)
{
    Place *result = &run->places[place];
    if (result->state)
        return result->operand.number;
    const RuleStep *step = step_at(run, place);
    double number, a[3] = {0.0}, p[3];
    if (is_where(step)) {
        double x = number_at(run, step->operands[0]), y = number_at(run, step->operands[1]);
        int holds = step->row == OP_where_less ? x < y : x <= y;
        number = number_at(run, step->operands[holds ? 2 : 3]);
    } else if (step->row == OP_detach) {
        number = number_at(run, step->operands[0]);
    } else {
        for (int i = 0; i < rows[step->row].arity; i++)
            a[i] = number_at(run, step->operands[i]);
        number = forward_of[step->row](a, p);
    }
    result->operand = (Operand){NULL, number};
    result->state = HAS_NUMBER;
    return number;
}

/* What is at a place, as a node if it depends on one; NULL with an error. Recurses as above. */
static const Operand *
operand_at(Run *run, int place)
{
    Place *result = &run->places[place];
    if (result->state == DONE)
        return &result->operand;
    const RuleStep *step = step_at(run, place);
    Value *node;
    if (!(step->depends & run->depends)) {
        number_at(run, place);
        result->state = DONE;
        return &result->operand;
    }
    if (is_where(step)) {
        double x = number_at(run, step->operands[0]), y = number_at(run, step->operands[1]);
        int holds = step->row == OP_where_less ? x < y : x <= y;
        const Operand *chosen = operand_at(run, step->operands[holds ? 2 : 3]);
        if (!chosen)
            return NULL;
        node = chosen->node ? (Value *)Py_NewRef((PyObject *)chosen->node)
                            : new_node(chosen->number, LEAF, 0); /* as the other branch is one */
    } else {
        Operand operands[3] = {{NULL, 0.0}};
        for (int i = 0; i < rows[step->row].arity; i++) {
            const Operand *operand = operand_at(run, step->operands[i]);
            if (!operand)
                return NULL;
            operands[i] = *operand;
        }
        node = node_of_row(step->row, operands, run->leaves);
    }
    if (!node)
        return NULL;
    result->operand = (Operand){node, node->data};
    result->state = DONE;
    return &result->operand;
}

static inline void
put_operand(Run *run, int i, Operand operand)
{
    run->places[i] = (Place){operand, DONE};
    run->depends |= operand.node ? 1u << i : 0u;
}

/* Begin a rule; its operands are to be put in then, and to stay alive. */
static inline void
run_start(Run *run, const Rule *rule, int leaves)
{
    int place = rule->operands;
    run->rule = rule;
    run->leaves = leaves;
    run->depends = 0;
    for (int i = 0; i < rule->numbers; i++, place++)
        run->places[place] = (Place){{NULL, rule_numbers[rule->first_number + i]}, DONE};
    for (int i = 0; i < rule->steps; i++, place++)
        run->places[place].state = 0;
}

static inline void
run_end(Run *run)
{
    const Rule *rule = run->rule;
    Place *place = &run->places[rule->operands + rule->numbers];
    for (int i = 0; i < rule->steps; i++, place++)
        if (place->state == DONE)
            Py_XDECREF((PyObject *)place->operand.node);
}

/* Reductions ----------------------------------------------------------------------------------- */

typedef struct { /* the operands of a node, and room for their partials */
    Py_ssize_t count, room;
    Value **nodes;
    double *a, *p;
} Gathering;

static void
gathering_end(Gathering *g)
{
    free(g->nodes);
    free(g->a);
}

/* Gather what the operands of a node are now. Returns -1 with an error. */
static int
gather_operands(Gathering *g, Value *v)
{
    Span spans[2];
    int parts = spans_of(v, spans);
    Py_ssize_t count = spans[0].count + (parts > 1 ? spans[1].count : 0), place = 0;
    if (count > g->room) {
        size_t room = (size_t)count + 16;
        gathering_end(g);
        g->room = (Py_ssize_t)room;
        g->nodes = checked_malloc(room * sizeof(Value *));
        g->a = checked_malloc(2 * room * sizeof(double));
        if (!g->nodes || !g->a) {
            g->room = 0;
            PyErr_NoMemory();
            return -1;
        }
    }
    g->count = count;
    g->p = g->a + count;
    for (int part = 0; part < parts; part++)
        for (Py_ssize_t i = 0; i < spans[part].count; i++, place++) {
            Value *node = spans[part].nodes[i];
            g->nodes[place] = node;
            g->a[place] = node ? node->data : spans[part].constants[i];
        }
    return 0;
}

static inline Operand
gathered_operand(const Gathering *g, Py_ssize_t i)
{
    return (Operand){g->nodes[i], g->a[i]};
}

/* Put the operands of a step of a reduction, of the i-th position, into places from 1 on, and after
 * them what the folds have given. */
static inline void
put_position(Run *run, const Gathering *g, int columns, Py_ssize_t i, const Operand *results,
             int count)
{
    Py_ssize_t n = g->count / columns;
    for (int c = 0; c < columns; c++)
        put_operand(run, 1 + c, gathered_operand(g, c * n + i));
    for (int k = 0; k < count; k++)
        put_operand(run, 1 + columns + k, results[k]);
}

/* The results of the folds that a reduction's partials use, with references. Returns how many they
 * are; -1 with an error, and with no references. */
static int
fold_operands(int opcode, const Gathering *g, int leaves, Operand *results)
{
    const Fold *folds = folds_of_rows[opcode].folds;
    int columns = rows[opcode].columns, count = folds_of_rows[opcode].count, k = 0;
    for (; k < count; k++) {
        Operand total = {NULL, folds[k].start};
        for (Py_ssize_t i = 0; i < g->count / columns; i++) {
            Run run;
            run_start(&run, &folds[k].step, leaves);
            put_operand(&run, 0, total);
            put_position(&run, g, columns, i, results, k);
            if (k < folds_of_rows[opcode].constants)
                run.depends = 0; /* the numbers of the operands alone */
            const Operand *next = operand_at(&run, folds[k].step.results[0]);
            Value *before = total.node;
            if (next)
                total = (Operand){(Value *)Py_XNewRef((PyObject *)next->node), next->number};
            run_end(&run);
            Py_XDECREF((PyObject *)before);
            if (!next) {
                while (k-- > 0)
                    Py_XDECREF((PyObject *)results[k].node);
                return -1;
            }
        }
        results[k] = total;
    }
    return count;
}

#endif
