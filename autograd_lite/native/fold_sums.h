/* fold_sums of compiler/simplify.py on a graph in arrays: it does what its namesake does there. */
#ifndef AUTOGRAD_LITE_FOLD_SUMS_H
#define AUTOGRAD_LITE_FOLD_SUMS_H

#include "engine.h"
#include "flat_graph.h"
#include "memory.h"
#include "simplify.h"
#include "table.inc"

static void
reverse_ints(int *items, size_t count)
{
    for (size_t i = 0; i < count / 2; i++) {
        int x = items[i];
        items[i] = items[count - 1 - i];
        items[count - 1 - i] = x;
    }
}

typedef struct {
    Lowering *l;
    int *uses;
    int known; /* how many results `uses` knows; later ones are constants */
    Ints terms, stack;
} Folding;

static inline int
used_once(const Folding *f, int x)
{
    return x < f->known && f->uses[x] == 1;
}

static inline int
is_sum(const Folding *f, int x)
{
    const int op = f->l->graph.op[x];
    return op == OP_add || op == OP_sum;
}

static inline int
is_own_sum(const Folding *f, int x)
{
    return used_once(f, x) && is_sum(f, x);
}

static inline int
is_own_dot(const Folding *f, int x)
{
    return used_once(f, x) && f->l->graph.op[x] == OP_dot;
}

/* Whether a term is a product that a dot may take in. */
static inline int
is_product(const Folding *f, int x, int first)
{
    const FlatGraph *graph = &f->l->graph;
    if (!used_once(f, x) || (graph->op[x] != OP_mul && graph->op[x] != OP_dot))
        return 0;
    return f->l->reorder || graph->count[x] == 2 || x == first; /* else it is in parentheses */
}

/* All that the sum `i` adds up. Sums that are used here only become a part of it. */
static int
terms_of(Folding *f, int i)
{
    FlatGraph *graph = &f->l->graph;
    f->terms.count = f->stack.count = 0;
    for (int k = graph->count[i]; k-- > 0;)
        if (push_int(&f->stack, operands_of(graph, i)[k]) < 0)
            return -1;
    while (f->stack.count) {
        int x = f->stack.items[--f->stack.count];
        if (!is_own_sum(f, x)) {
            if (push_int(&f->terms, x) < 0)
                return -1;
            continue;
        }
        for (int k = graph->count[x]; k-- > 0;)
            if (push_int(&f->stack, operands_of(graph, x)[k]) < 0)
                return -1;
        remove_result(graph, x);
    }
    return 0;
}

/* What the sum `i` adds up from left to right; its first term may be a sum, too. */
static int
terms_in_order(Folding *f, int i)
{
    FlatGraph *graph = &f->l->graph;
    const int *operands = operands_of(graph, i);
    int count = graph->count[i], pair[2];
    f->terms.count = 0; /* from the last to the first */
    for (;;) {
        int goes_on = is_own_sum(f, operands[0]);
        if (!goes_on && count == 2 && is_own_sum(f, operands[1])) {
            pair[0] = operands[1]; /* x + (y + z) is (y + z) + x */
            pair[1] = operands[0];
            operands = pair;
            goes_on = 1;
        }
        for (int k = count; k-- > 1;)
            if (push_int(&f->terms, operands[k]) < 0)
                return -1;
        if (!goes_on)
            break;
        const int first = operands[0];
        operands = operands_of(graph, first);
        count = graph->count[first];
        remove_result(graph, first);
    }
    if (push_int(&f->terms, operands[0]) < 0)
        return -1;
    int *terms = f->terms.items;
    const size_t n = f->terms.count;
    reverse_ints(terms, n);
    if (is_zero(graph, terms[0])) { /* it makes 0.0 of -0.0, first or last */
        const int zero = terms[0];
        memmove(terms, terms + 1, (n - 1) * sizeof(int));
        terms[n - 1] = zero;
    }
    if (n > 1 && !is_own_dot(f, terms[0]) && is_own_dot(f, terms[1]))
        reverse_ints(terms, 2);
    return 0;
}

/* Whether a term can be no part of a dot. */
static inline int
stays_apart(const Folding *f, int x, int first)
{
    const FlatGraph *graph = &f->l->graph;
    return !is_product(f, x, first) && (graph->count[x] || is_zero(graph, x));
}

/* For `reorder`: products first, what stays apart last. */
static int
order_terms(Folding *f, int first)
{
    const size_t n = f->terms.count;
    f->stack.count = 0;
    for (int rank = 0; rank < 3; rank++)
        for (size_t k = 0; k < n; k++) {
            const int x = f->terms.items[k];
            if ((is_product(f, x, first) ? 0 : 1 + stays_apart(f, x, first)) == rank &&
                push_int(&f->stack, x) < 0)
                return -1;
        }
    memcpy(f->terms.items, f->stack.items, n * sizeof(int));
    return 0;
}

/* Make one `dot` of the products among the terms and of what lies between them, as products with
 * 1. It takes the place of their sum `i`, and no terms are left, or is the first of the terms. */
static int
fold_dot(Folding *f, int i)
{
    FlatGraph *graph = &f->l->graph;
    int *terms = f->terms.items;
    const size_t n = f->terms.count;
    const int first = terms[0];
    size_t count = 0, pairs = 0, half = 0;
    int last = -1, one = -1;
    if (f->l->reorder && order_terms(f, first) < 0)
        return -1;
    while (count < n && !stays_apart(f, terms[count], first)) {
        const int x = terms[count++], size = is_product(f, x, first) ? graph->count[x] / 2 : 0;
        pairs += (size_t)size;
        half += size ? (size_t)size : 1;
        if (size && x > last)
            last = x;
    }
    if (pairs < 2)
        return 0;
    if (half > pairs && (one = constant_result(graph, 1.0)) < 0)
        return -1;
    if (reserve(graph, graph->results, graph->operand_count + 2 * half) < 0)
        return -1;
    const size_t start = graph->operand_count;
    size_t left = start, right = start + half;
    graph->operand_count += 2 * half;
    for (size_t k = 0; k < count; k++) {
        const int x = terms[k];
        if (!is_product(f, x, first)) { /* a bias is the weight of an input of 1 */
            graph->operands[left++] = x;
            graph->operands[right++] = one;
            continue;
        }
        const size_t size = (size_t)graph->count[x] / 2;
        memcpy(graph->operands + left, operands_of(graph, x), size * sizeof(int));
        memcpy(graph->operands + right, operands_of(graph, x) + size, size * sizeof(int));
        left += size;
        right += size;
    }
    for (size_t k = 0; k < count; k++)
        if (is_product(f, terms[k], first))
            remove_result(graph, terms[k]);
    f->terms.count = 0;
    if (count < n) { /* in the place of the last product, which comes after the operands of all */
        i = last;
        terms[0] = i;
        memmove(terms + 1, terms + count, (n - count) * sizeof(int));
        f->terms.count = 1 + n - count;
    }
    graph->op[i] = OP_dot;
    graph->first[i] = (int)start;
    graph->count[i] = (int)(2 * half);
    return 0;
}

/* Give operation `i` the terms, as one sum. */
static int
write_sum(Folding *f, int i)
{
    FlatGraph *graph = &f->l->graph;
    const size_t n = f->terms.count;
    if (n > (size_t)graph->count[i]) {
        if (reserve(graph, graph->results, graph->operand_count + n) < 0)
            return -1;
        graph->first[i] = (int)graph->operand_count;
        graph->operand_count += n;
    }
    memcpy(graph->operands + graph->first[i], f->terms.items, n * sizeof(int));
    graph->op[i] = n == 2 ? OP_add : OP_sum;
    graph->count[i] = (int)n;
    return 0;
}

static int
fold_sum(Folding *f, int i)
{
    const FlatGraph *graph = &f->l->graph;
    if ((f->l->reorder ? terms_of : terms_in_order)(f, i) < 0)
        return -1;
    size_t products = 0, pairs = 0;
    for (size_t k = 0; k < f->terms.count; k++) {
        const int x = f->terms.items[k];
        if (is_product(f, x, f->terms.items[0])) {
            products++;
            pairs += (size_t)graph->count[x] / 2;
        }
    }
    if (pairs >= 2 && 2 * products >= f->terms.count && fold_dot(f, i) < 0)
        return -1;
    return f->terms.count ? write_sum(f, i) : 0;
}

/* Make additions one `sum`, or one `dot` if they mostly add products. */
static int
fold_sums(Lowering *l)
{
    Folding f = {.l = l, .uses = count_uses(l), .known = (int)l->graph.results};
    size_t steps = 0;
    int done = f.uses ? 0 : -1;
    for (int i = f.known; done == 0 && i-- > 0;) {
        if (is_sum(&f, i))
            done = fold_sum(&f, i);
        if (is_interrupted(&steps, 1) < 0)
            done = -1;
    }
    free(f.uses);
    free(f.terms.items);
    free(f.stack.items);
    return done;
}

#endif
