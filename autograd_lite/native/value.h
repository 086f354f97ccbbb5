/* The type Value. */
#ifndef AUTOGRAD_LITE_VALUE_H
#define AUTOGRAD_LITE_VALUE_H

#include "engine.h"
#include "forward_mode.h"
#include "gradient_graph.h"
#include "modes.h"
#include "node.h"
#include "record.h"
#include "walk.h"

/* Attributes ----------------------------------------------------------------------------------- */

static PyObject *
get_number(PyObject *self, void *Py_UNUSED(closure))
{
    return PyFloat_FromDouble(((Value *)self)->data);
}

static PyObject *
get_data(PyObject *self, void *closure)
{
    PyObject *trace = current_trace();
    if (UNLIKELY(trace != NULL)) { /* the number differs from call to call */
        Py_DECREF(trace);
        return PyObject_CallMethod(self, "detach", NULL);
    }
    return get_number(self, closure);
}

static int
new_number(PyObject *number, double *target, const char *name)
{
    double parsed = 0.0;
    if (!number) {
        PyErr_Format(PyExc_AttributeError, "%s of a Value cannot be deleted", name);
        return -1;
    }
    if (as_number(number, NULL, &parsed) < 0)
        return -1;
    *target = parsed;
    return 0;
}

/* Raise the error that a function of refusals.py makes of `args` (a new reference, or NULL after an
 * error) and `named`. */
static void
refuse(const char *function, PyObject *args, PyObject *named)
{
    PyObject *module = args ? PyImport_ImportModule("autograd_lite.refusals") : NULL;
    PyObject *maker = module ? PyObject_GetAttrString(module, function) : NULL;
    PyObject *error = maker ? PyObject_Call(maker, args, named) : NULL;
    if (error)
        PyErr_SetObject((PyObject *)Py_TYPE(error), error);
    Py_XDECREF(error);
    Py_XDECREF(maker);
    Py_XDECREF(module);
    Py_XDECREF(args);
}

/* Whether a trace is on, which has now raised: it would see `what` once, and no replay do it. */
static int
refused(const char *what)
{
    PyObject *trace = current_trace();
    if (LIKELY(trace == NULL))
        return 0;
    PyObject *answer = PyObject_CallMethod(trace, "refuse", "s", what);
    Py_XDECREF(answer);
    Py_DECREF(trace);
    return 1;
}

static int
set_data(PyObject *self, PyObject *number, void *Py_UNUSED(closure))
{
    if (refused("assigning data"))
        return -1;
    if (((Value *)self)->arity != 0) {
        refuse("only_leaves_change", PyTuple_Pack(1, self), NULL);
        return -1;
    }
    int done = new_number(number, &((Value *)self)->data, "data");
    writes++; /* after the number is there: asking for it may have run Python code */
    return done;
}

static PyObject *
get_own_grad(PyObject *self, void *Py_UNUSED(closure))
{
    return PyFloat_FromDouble(((Value *)self)->grad);
}

static PyObject *
get_grad(PyObject *self, void *closure)
{
    return refused("reading grad") ? NULL : get_own_grad(self, closure);
}

static int
set_own_grad(PyObject *self, PyObject *number, void *Py_UNUSED(closure))
{
    return new_number(number, &((Value *)self)->grad, "grad");
}

static int
set_grad(PyObject *self, PyObject *number, void *closure)
{
    return refused("assigning grad") ? -1 : set_own_grad(self, number, closure);
}

static PyObject *
get_label(PyObject *self, void *Py_UNUSED(closure))
{
    PyObject *label = label_in(((Value *)self)->tag);
    return Py_NewRef(label ? label : Py_None);
}

static int
set_label(PyObject *self, PyObject *label, void *Py_UNUSED(closure))
{
    if (!label) {
        PyErr_SetString(PyExc_AttributeError, "label of a Value cannot be deleted; set it to None");
        return -1;
    }
    PyObject **tag = &((Value *)self)->tag;
    return set_tag(tag, place_in(*tag), label);
}

/* _place: the scope, or a Place with the scope and the line. */
static PyObject *
get_place(PyObject *self, void *Py_UNUSED(closure))
{
    PyObject *place = place_in(((Value *)self)->tag);
    return Py_NewRef(place ? place : Py_None);
}

static PyObject *
get_scope(PyObject *self, void *closure)
{
    PyObject *place = place_in(((Value *)self)->tag);
    if (place && Py_IS_TYPE(place, Place_Type))
        return PyObject_GetAttrString(place, "scope");
    return get_place(self, closure);
}

static PyObject *
get_op(PyObject *self, void *Py_UNUSED(closure))
{
    Value *v = (Value *)self;
    if (v->opcode == LEAF)
        Py_RETURN_NONE;
    if (v->opcode == CUSTOM)
        return Py_NewRef(v->operands->op);
    return Py_NewRef(PyTuple_GET_ITEM(shared.rows, v->opcode));
}

/* _made: below the number of a run, what _begin_run gave, if the node was made before. */
static PyObject *
get_made(PyObject *self, void *Py_UNUSED(closure))
{
    return PyLong_FromUnsignedLongLong(((Value *)self)->mark);
}

enum { ARGS, PARENTS, PARTIALS };

/* One of the three views of the operands, as a tuple. */
static PyObject *
get_operands(PyObject *self, void *closure)
{
    intptr_t view = (intptr_t)closure;
    Span spans[2];
    int parts = spans_of((Value *)self, spans);
    Py_ssize_t size = 0, place = 0;
    for (int part = 0; part < parts; part++)
        for (Py_ssize_t i = 0; i < spans[part].count; i++)
            size += view == ARGS || spans[part].nodes[i];
    PyObject *tuple = PyTuple_New(size);
    for (int part = 0; part < parts; part++)
        for (Py_ssize_t i = 0; tuple && i < spans[part].count; i++) {
            Value *node = spans[part].nodes[i];
            PyObject *item;
            if (node && view != PARTIALS)
                item = Py_NewRef((PyObject *)node);
            else if (node)
                item = PyFloat_FromDouble(spans[part].partials[i]);
            else if (view == ARGS)
                item = PyFloat_FromDouble(spans[part].constants[i]);
            else
                continue;
            if (item)
                PyTuple_SET_ITEM(tuple, place++, item);
            else
                Py_CLEAR(tuple);
        }
    return tuple;
}

static PyGetSetDef attributes[] = {
    {"data", get_data, set_data, NULL, NULL},
    {"_data", get_number, NULL, NULL, NULL},
    {"grad", get_grad, set_grad, NULL, NULL},
    {"_grad", get_own_grad, set_own_grad, NULL, NULL},
    {"label", get_label, set_label, NULL, NULL},
    {"scope", get_scope, NULL, NULL, NULL},
    {"_place", get_place, NULL, NULL, NULL},
    {"_made", get_made, NULL, NULL, NULL},
    {"op", get_op, NULL, NULL, NULL},
    {"args", get_operands, NULL, NULL, (void *)(intptr_t)ARGS},
    {"parents", get_operands, NULL, NULL, (void *)(intptr_t)PARENTS},
    {"_partials", get_operands, NULL, NULL, (void *)(intptr_t)PARTIALS},
    {NULL, NULL, NULL, NULL, NULL},
};

/* The type ------------------------------------------------------------------------------------- */

static PyObject *
value_new(PyTypeObject *type, PyObject *Py_UNUSED(args), PyObject *Py_UNUSED(named))
{
    if (type == Value_Type)
        return (PyObject *)new_node(0.0, LEAF, 0);
    Value *v = allocation_fails() ? NULL : (Value *)type->tp_alloc(type, 0);
    if (!v) {
        if (!PyErr_Occurred())
            PyErr_NoMemory();
        return NULL;
    }
    v->opcode = LEAF;
    v->mark = walks;
    return (PyObject *)v;
}

static int
initialise(Value *v, PyObject *number, PyObject *label)
{
    int done = v->arity ? set_data((PyObject *)v, number, NULL)
                        : new_number(number, &v->data, "data");
    writes++;
    if (done < 0)
        return -1;
    v->grad = 0.0;
    PyObject *place = current_place();
    if (!place && PyErr_Occurred())
        return -1;
    done = set_tag(&v->tag, place, label);
    Py_XDECREF(place);
    return done;
}

/* Whether an argument in the place of the label is a container: operands, as in micrograd. */
static inline int
is_container(PyObject *label)
{
    return PyTuple_Check(label) || PyList_Check(label) || PySet_Check(label);
}

static int
value_init(PyObject *self, PyObject *args, PyObject *named)
{
    static char *names[] = {"data", "label", NULL};
    PyObject *data, *label = NULL;
    Py_ssize_t count = PyTuple_GET_SIZE(args);
    int parsed = PyArg_ParseTupleAndKeywords(args, named, "O|O:Value", names, &data, &label);
    if (parsed && !(label && is_container(label)))
        return initialise((Value *)self, data, label);
    if (parsed || (count > 0 && count + (named ? PyDict_GET_SIZE(named) : 0) > 1)) {
        PyErr_Clear();
        refuse("no_leaf", Py_NewRef(args), named);
    }
    return -1;
}

/* Value(data, label=None), without making a tuple and a dict of the arguments. */
static PyObject *
value_vectorcall(PyObject *type, PyObject *const *args, size_t flags, PyObject *names)
{
    Py_ssize_t nargs = PyVectorcall_NARGS(flags);
    if (UNLIKELY(names || nargs < 1 || nargs > 2 || (nargs == 2 && is_container(args[1])))) {
        /* as type.__call__ would, with its messages */
        PyObject *self = NULL, *tuple = PyTuple_New(nargs), *dict = NULL;
        for (Py_ssize_t i = 0; tuple && i < nargs; i++)
            PyTuple_SET_ITEM(tuple, i, Py_NewRef(args[i]));
        if (tuple && names) {
            dict = PyDict_New();
            for (Py_ssize_t i = 0; dict && i < PyTuple_GET_SIZE(names); i++)
                if (PyDict_SetItem(dict, PyTuple_GET_ITEM(names, i), args[nargs + i]) < 0)
                    Py_CLEAR(dict);
        }
        if (tuple && (!names || dict))
            self = value_new((PyTypeObject *)type, NULL, NULL);
        if (self && value_init(self, tuple, dict) < 0)
            Py_CLEAR(self);
        Py_XDECREF(tuple);
        Py_XDECREF(dict);
        return self;
    }
    double data;
    if (as_number(args[0], NULL, &data) < 0)
        return NULL;
    Value *v = new_node(data, LEAF, 0);
    if (v && nargs == 2 && set_tag(&v->tag, place_in(v->tag), args[1]) < 0)
        Py_CLEAR(v);
    return (PyObject *)v;
}

/* Attributes of the type, or of a subclass that has a dict; for others a word on what to do. */
static int
value_setattro(PyObject *self, PyObject *name, PyObject *new)
{
    if (LIKELY(PyObject_GenericSetAttr(self, name, new) == 0))
        return 0;
    if (new && PyErr_ExceptionMatches(PyExc_AttributeError)) {
        PyObject *kind, *error, *where, *descriptor;
        PyErr_Fetch(&kind, &error, &where);
        descriptor = PyObject_GetAttr((PyObject *)Py_TYPE(self), name);
        if (descriptor) { /* its own error says more */
            Py_DECREF(descriptor);
            PyErr_Restore(kind, error, where);
            return -1;
        }
        PyErr_Clear();
        Py_XDECREF(kind);
        Py_XDECREF(error);
        Py_XDECREF(where);
        refuse("no_attribute", PyTuple_Pack(2, self, name), NULL);
    }
    return -1;
}

/* The other side of a comparison with a Value, as `as_number`. */
static inline int
compared_number(PyObject *self, PyObject *other, double *y)
{
    if (!is_value(other))
        return as_number(other, self, y);
    *y = ((Value *)other)->data;
    return 1;
}

static inline int
holds(double x, int operation, double y)
{
    switch (operation) {
    case Py_LT:
        return x < y;
    case Py_LE:
        return x <= y;
    case Py_GT:
        return x > y;
    default:
        return x >= y;
    }
}

/* The outcome of `x sign y`, where a trace or what records lines may make it. */
static PyObject *
observed_comparison(const char *sign, PyObject *x, PyObject *y, int outcome)
{
    PyObject *observer = current_trace();
    if (!observer)
        observer = ruling_value(LINES);
    if (!observer)
        return PyErr_Occurred() ? NULL : PyBool_FromLong(outcome);
    PyObject *answer = PyObject_CallMethod(observer, "compare", "sOO", sign, x, y);
    Py_DECREF(observer);
    return answer;
}

NEVER_INLINE PyObject *
compare_with_modes(PyObject *self, PyObject *other, int operation)
{
    static const char *const signs[] = {[Py_LT] = "<", [Py_LE] = "<=", [Py_GT] = ">",
                                        [Py_GE] = ">="};
    if (operation == Py_EQ || operation == Py_NE) {
        PyObject *trace = current_trace();
        PyObject *equal = trace ? PyObject_CallMethod(trace, "equal", "OO", self, other)
                                : Py_NewRef(Py_NotImplemented);
        Py_XDECREF(trace);
        if (operation == Py_NE && equal && equal != Py_NotImplemented) {
            int same = PyObject_IsTrue(equal);
            Py_DECREF(equal);
            return same < 0 ? NULL : PyBool_FromLong(!same);
        }
        return equal;
    }
    double y = 0.0;
    int status = compared_number(self, other, &y);
    if (status <= 0)
        return status < 0 ? NULL : Py_NewRef(Py_NotImplemented);
    PyObject *number = is_value(other) ? Py_NewRef(other) : PyFloat_FromDouble(y), *answer;
    answer = number ? observed_comparison(signs[operation], self, number,
                                          holds(((Value *)self)->data, operation, y))
                    : NULL;
    Py_XDECREF(number);
    return answer;
}

static PyObject *
value_richcompare(PyObject *self, PyObject *other, int operation)
{
    if (UNLIKELY(any_mode()))
        return compare_with_modes(self, other, operation);
    if (operation == Py_EQ || operation == Py_NE)
        Py_RETURN_NOTIMPLEMENTED; /* Python compares identities */
    double y = 0.0;
    int status = compared_number(self, other, &y);
    if (UNLIKELY(status <= 0))
        return status < 0 ? NULL : Py_NewRef(Py_NotImplemented);
    return PyBool_FromLong(holds(((Value *)self)->data, operation, y));
}

static Py_hash_t
value_hash(PyObject *self)
{
    size_t address = (size_t)self;
    Py_hash_t hash = (Py_hash_t)((address >> 4) | (address << (8 * sizeof(size_t) - 4)));
    return hash == -1 ? -2 : hash;
}

NEVER_INLINE int
bool_with_modes(PyObject *self)
{
    int outcome = -1;
    PyObject *zero = PyFloat_FromDouble(0.0);
    PyObject *condition =
        zero ? observed_comparison("!=", self, zero, ((Value *)self)->data != 0.0) : NULL;
    if (condition)
        outcome = PyObject_IsTrue(condition);
    Py_XDECREF(condition);
    Py_XDECREF(zero);
    return outcome;
}

static int
value_bool(PyObject *self)
{
    return UNLIKELY(any_mode()) ? bool_with_modes(self) : ((Value *)self)->data != 0.0;
}

#define METHOD_ENTRY_1(name)                                                                      \
    {#name, method_##name, METH_NOARGS, #name "($self, /)\n--\n\nThe primitive " #name "."},
#define METHOD_ENTRY_2(name)
#define METHOD_ENTRY_3(name)
#define METHOD_ENTRY(name, arity) METHOD_ENTRY_##arity(name)

static PyMethodDef methods[] = {
    {"_apply", (PyCFunction)(void (*)(void))value_apply, METH_FASTCALL | METH_STATIC, NULL},
    {"_run_backward", value_backward, METH_O, NULL},
    {"_begin_run", value_begin_run, METH_NOARGS | METH_STATIC, NULL},
    {"_gradients", value_gradients, METH_VARARGS | METH_STATIC, NULL},
    {"_gradient_graph", value_gradient_graph, METH_VARARGS, NULL},
    {"_rates", value_rates, METH_VARARGS | METH_STATIC, NULL},
    {"_topological_order", value_topological_order, METH_VARARGS | METH_STATIC, NULL},
    FIXED_ROWS(METHOD_ENTRY)
    {NULL, NULL, 0, NULL},
};

static PyMemberDef members[] = {
    {"__weaklistoffset__", T_PYSSIZET, offsetof(Value, weakrefs), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

/* What inspect.signature reads; the docstring is set from Python (native/__init__.py). */
static const char value_doc[] = "Value(data, label=None)\n--\n\n";

static PyType_Slot slots[] = {
    {Py_tp_doc, (void *)value_doc},
    {Py_tp_new, value_new},
    {Py_tp_init, value_init},
    {Py_tp_dealloc, value_dealloc},
    {Py_tp_methods, methods},
    {Py_tp_members, members},
    {Py_tp_getset, attributes},
    {Py_tp_setattro, value_setattro},
    {Py_tp_richcompare, value_richcompare},
    {Py_tp_hash, value_hash},
    {Py_nb_add, slot_add},
    {Py_nb_subtract, slot_subtract},
    {Py_nb_multiply, slot_multiply},
    {Py_nb_true_divide, slot_divide},
    {Py_nb_remainder, slot_modulo},
    {Py_nb_floor_divide, slot_floor_divide},
    {Py_nb_power, slot_power},
    {Py_nb_negative, slot_negative},
    {Py_nb_absolute, slot_absolute},
    {Py_nb_bool, value_bool},
    {0, NULL},
};

static PyType_Spec spec = {
    .name = "autograd_lite.Value",
    .basicsize = sizeof(Value),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .slots = slots,
};

#endif
