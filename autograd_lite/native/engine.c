/* The native engine: recording, topological order, backward and memory of Values.
 *
 * All of it is mechanism and holds no formula: the value and the partials of each operation are in
 * table.inc, which is generated from the table in primitives.py. What is not hot (methods,
 * messages, custom primitives, modes) is the Python code that both engines share. Here is the
 * module; its parts are headers, and each includes those that it builds on: start with node.h, then
 * record.h and walk.h. The tape is a translation unit of its own.
 *
 * Graphs may be millions of nodes deep, so nothing here recurses. Everything runs under the
 * interpreter lock; wherever Python code may run in between, what it could change is read after.
 */
#include "engine.h"

#include "calls.h"
#include "columns.h"
#include "elementwise.h"
#include "forward_mode.h"
#include "gradient_graph.h"
#include "leaves.h"
#include "lowering.h"
#include "memory.h"
#include "modes.h"
#include "moving_nodes.h"
#include "node.h"
#include "openings.h"
#include "primitive_calls.h"
#include "program_methods.h"
#include "record.h"
#include "rules.h"
#include "scopes.h"
#include "table.inc"
#include "tape.h"
#include "traced_graph.h"
#include "value.h"
#include "walk.h"

Py_ssize_t failing_allocation;

/* The module ----------------------------------------------------------------------------------- */

/* made_from(text): whether table.inc was made from this text of primitives.py,
 * special_rows.py, student_rows.py or incomplete.py; quick to tell. */
static PyObject *
module_made_from(PyObject *Py_UNUSED(module), PyObject *text)
{
    if (!PyBytes_Check(text)) {
        PyErr_SetString(PyExc_TypeError, "made_from takes bytes");
        return NULL;
    }
    const unsigned char *bytes = (const unsigned char *)PyBytes_AS_STRING(text);
    uint64_t hash = 0xcbf29ce484222325u; /* FNV-1a, as in digest.py */
    for (Py_ssize_t i = 0; i < PyBytes_GET_SIZE(text); i++)
        hash = (hash ^ bytes[i]) * 0x100000001b3u;
    return PyBool_FromLong(hash == TABLE_SOURCE || hash == SPECIAL_ROWS_SOURCE ||
                           hash == STUDENT_ROWS_SOURCE || hash == INCOMPLETE_SOURCE);
}

static const struct {
    const char *name;
    int digest;
} built_from[TAPE_OPCODES] = {
#define BUILT_FROM(name, digest) {#name, digest},
    ROW_DIGESTS(BUILT_FROM)
};

/* digests(): two lists of (name, digest): of the rows of the table, and of those that only tapes
 * know. */
static PyObject *
module_digests(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(ignored))
{
    PyObject *table = PyList_New(0), *traced = PyList_New(0);
    for (int opcode = 0; table && traced && opcode < TAPE_OPCODES; opcode++) {
        PyObject *row = Py_BuildValue("si", built_from[opcode].name, built_from[opcode].digest);
        if (!row || PyList_Append(opcode < OPCODES ? table : traced, row) < 0)
            Py_CLEAR(table);
        Py_XDECREF(row);
    }
    PyObject *both = table && traced ? PyTuple_Pack(2, table, traced) : NULL;
    Py_XDECREF(table);
    Py_XDECREF(traced);
    return both;
}

/* rows(): those that the engine has been joined with; None before. */
static PyObject *
module_rows(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(ignored))
{
    return Py_NewRef(shared.rows ? shared.rows : Py_None);
}

static PyObject *
module_join(PyObject *Py_UNUSED(module), PyObject *args, PyObject *named)
{
    static char *names[] = {"rows", "primitive", "value_at", "partials_at", "number",
                             "partials_on_values", "later_opcodes", NULL};
    PyObject *table, *primitive, *value_at, *partials_at, *number, *partials_on_values, *later;
    if (!PyArg_ParseTupleAndKeywords(args, named, "O!OOOOOO:join", names, &PyTuple_Type, &table,
                                     &primitive, &value_at, &partials_at, &number,
                                     &partials_on_values, &later))
        return NULL;
    if (shared.rows) {
        PyErr_SetString(PyExc_RuntimeError, "the native engine is joined already");
        return NULL;
    }
    if (PyTuple_GET_SIZE(table) != OPCODES) {
        PyErr_SetString(PyExc_ValueError, "join wants as operands rows as there are opcodes");
        return NULL;
    }
    shared.rows = Py_NewRef(table);
    shared.primitive = Py_NewRef(primitive);
    shared.value_at = Py_NewRef(value_at);
    shared.partials_at = Py_NewRef(partials_at);
    shared.number = Py_NewRef(number);
    shared.partials_on_values = Py_NewRef(partials_on_values);
    shared.later_opcodes = Py_NewRef(later);
    for (int opcode = 0; opcode < OPCODES; opcode++) {
        PyObject *row = PyTuple_GET_ITEM(table, opcode);
        size_t i = place_of(row);
        while (opcodes_by_row[i].row)
            i = (i + 1) % 512;
        opcodes_by_row[i].row = row;
        opcodes_by_row[i].opcode = opcode;
        PyObject *defaults = PyObject_GetAttrString(row, "defaults");
        if (!defaults)
            return NULL;
        default_of[opcode].known = PyTuple_Check(defaults) && PyTuple_GET_SIZE(defaults) == 1 &&
                                   plain_number(PyTuple_GET_ITEM(defaults, 0),
                                                &default_of[opcode].number);
        Py_DECREF(defaults);
    }
    Py_RETURN_NONE;
}

/* join_managers(Mode, scope, Place): give the two classes of managers their methods. */
static PyObject *
module_join_managers(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *kinds[2];
    PyMethodDef *methods_of[2] = {mode_methods, scope_methods};
    if (!PyArg_ParseTuple(args, "O!O!O!:join_managers", &PyType_Type, &kinds[0], &PyType_Type,
                          &kinds[1], &PyType_Type, &Place_Type))
        return NULL;
    Py_INCREF(Place_Type);
    for (int i = 0; i < 4; i++) {
        PyMethodDef *method = &methods_of[i / 2][i % 2];
        PyObject *function = PyDescr_NewMethod((PyTypeObject *)kinds[i / 2], method);
        if (!function || PyObject_SetAttrString(kinds[i / 2], method->ml_name, function) < 0) {
            Py_XDECREF(function);
            return NULL;
        }
        Py_DECREF(function);
    }
    Py_RETURN_NONE;
}

/* memory(): bytes of a node, blocks in use or kept, bytes of a block; how many scopes and modes are
 * open. */
static PyObject *
module_memory(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(ignored))
{
    return Py_BuildValue("{s:n,s:n,s:n,s:i,s:n,s:n}", "node", (Py_ssize_t)sizeof(Value), "blocks",
                         (Py_ssize_t)block_count, "empty", (Py_ssize_t)empty_count, "block",
                         BLOCK_SIZE, "scopes", open_scopes.count, "modes",
                         open_modes.count);
}

static PyObject *
module_fail_allocation(PyObject *Py_UNUSED(module), PyObject *number)
{
    Py_ssize_t wanted = PyLong_AsSsize_t(number);
    if (wanted == -1 && PyErr_Occurred())
        return NULL;
    Py_ssize_t left = failing_allocation;
    forget_spare(); /* so that walks ask for memory */
    failing_allocation = wanted > 0 ? wanted : 0;
    return PyLong_FromSsize_t(left);
}

static PyMethodDef primitive_methods[] = {
    {"__call__", (PyCFunction)(void (*)(void))call_primitive, METH_FASTCALL | METH_KEYWORDS,
     "__call__($self, /, *operands, **named)\n--\n\nThe value on numbers, or a node on Values."},
    {"each", (PyCFunction)(void (*)(void))call_each, METH_FASTCALL | METH_KEYWORDS,
     "each($self, /, *sequences)\n--\n\nThe primitive of each entry of a sequence, or of "
     "corresponding entries of several."},
};

/* faster(name, usual): a method of primitives that falls back on the function `usual`. */
static PyObject *
module_faster(PyObject *Py_UNUSED(module), PyObject *args)
{
    const char *name;
    PyObject *usual, *function, *method = NULL;
    if (!PyArg_ParseTuple(args, "sO:faster", &name, &usual))
        return NULL;
    function = PyCFunction_New(&primitive_methods[strcmp(name, "each") == 0], usual);
    if (function)
        method = PyInstanceMethod_New(function);
    Py_XDECREF(function);
    return method;
}

static PyMethodDef functions[] = {
    {"matvec", (PyCFunction)(void (*)(void))module_matvec, METH_FASTCALL, NULL},
    {"flat", module_flat, METH_O, NULL},
    {"faster", module_faster, METH_VARARGS, NULL},
    {"elementwise", module_elementwise, METH_VARARGS, NULL},
    {"zero_grad", module_zero_grad, METH_O, NULL},
    {"made_from", module_made_from, METH_O, NULL},
    {"digests", module_digests, METH_NOARGS, NULL},
    {"rows", module_rows, METH_NOARGS, NULL},
    {"join", (PyCFunction)(void (*)(void))module_join, METH_VARARGS | METH_KEYWORDS, NULL},
    {"join_managers", module_join_managers, METH_VARARGS, NULL},
    {"recording", module_recording, METH_NOARGS, NULL},
    {"nested", module_nested, METH_NOARGS, NULL},
    {"watch", module_watch, METH_NOARGS, NULL},
    {"lines", module_lines, METH_NOARGS, NULL},
    {"trace", module_trace, METH_NOARGS, NULL},
    {"innermost", module_innermost, METH_NOARGS, NULL},
    {"managers", module_managers, METH_NOARGS, NULL},
    {"place", module_place, METH_NOARGS, NULL},
    {"call", module_call, METH_VARARGS, NULL},
    {"scoped_call", module_scoped_call, METH_VARARGS, NULL},
    {"in_one_step", module_in_one_step, METH_VARARGS, NULL},
    {"read_leaves", module_read_leaves, METH_VARARGS, NULL},
    {"key_of", (PyCFunction)(void (*)(void))module_key_of, METH_FASTCALL, NULL},
    {"lower", module_lower, METH_VARARGS, NULL},
    {"node", module_node, METH_VARARGS, NULL},
    {"quick_call", module_quick_call, METH_VARARGS, NULL},
    {"quick_method", module_quick_method, METH_VARARGS, NULL},
    {"read_numbers", module_read_numbers, METH_VARARGS, NULL},
    {"add_gradients", module_add_gradients, METH_VARARGS, NULL},
    {"traced_graph", module_traced_graph, METH_VARARGS, NULL},
    {"use_kernels", module_use_kernels, METH_O,
     "use_kernels(n): replay with another instruction set of this machine; gives the one before."},
    {"memory", module_memory, METH_NOARGS, NULL},
    {"fail_allocation", module_fail_allocation, METH_O,
     "fail_allocation(n): let the n-th allocation from now fail, for tests; 0: none."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "autograd_lite.native.engine",
    .m_doc = "The mechanism of the native engine.",
    .m_size = -1, /* one per process: no subinterpreters */
    .m_methods = functions,
};

PyMODINIT_FUNC
PyInit_engine(void)
{
    if (Value_Type) {
        PyErr_SetString(PyExc_ImportError, "the native engine is loaded once per process");
        return NULL;
    }
    PyObject *module = PyModule_Create(&definition);
    if (!module)
        return NULL;
#ifdef Py_GIL_DISABLED
    if (PyUnstable_Module_SetGIL(module, Py_MOD_GIL_USED) < 0) { /* nothing else guards nodes */
        Py_DECREF(module);
        return NULL;
    }
#endif
    Value_Type = (PyTypeObject *)PyType_FromSpec(&spec);
    Scope_Type = (PyTypeObject *)PyType_FromSpec(&scope_spec);
    Named_Type = (PyTypeObject *)PyType_FromSpec(&named_spec);
    one = PyFloat_FromDouble(1.0);
    if (!Value_Type || !Scope_Type || !Named_Type || !one || prepare_openings() < 0 ||
        prepare_calls() < 0) {
        Py_DECREF(module);
        return NULL;
    }
    Value_Type->tp_vectorcall = value_vectorcall;
    PyObject *tape = new_tape_type();
    if (!tape || PyModule_AddObjectRef(module, "Value", (PyObject *)Value_Type) < 0 ||
        PyModule_AddObjectRef(module, "Scope", (PyObject *)Scope_Type) < 0 ||
        PyModule_AddObjectRef(module, "Tape", tape) < 0)
        Py_CLEAR(module);
    Py_XDECREF(tape);
    return module;
}
