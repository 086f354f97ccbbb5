/* The methods of Program that try a Call first, and what Python is given of calls. */
#ifndef AUTOGRAD_LITE_PROGRAM_METHODS_H
#define AUTOGRAD_LITE_PROGRAM_METHODS_H

#include "modes.h"
#include "program_calls.h"

typedef struct { /* a method of Program that tries its Call first */
    PyObject_HEAD
    vectorcallfunc vectorcall;
    PyObject *function, *attributes;
    int wanted;
} QuickMethod;

static PyTypeObject *Call_Type, *QuickMethod_Type;

static PyObject *
quick_vectorcall(PyObject *self, PyObject *const *args, size_t flags, PyObject *names)
{
    QuickMethod *method = (QuickMethod *)self;
    Py_ssize_t nargs = PyVectorcall_NARGS(flags);
    if (LIKELY(!any_mode() && nargs > 0)) {
        PyObject *call = PyObject_GetAttr(args[0], call_words.quick);
        PyObject *answer = NULL;
        if (!call)
            PyErr_Clear();
        else if (UNLIKELY(!Py_IS_TYPE(call, Call_Type)))
            ; /* there is none */
        else if (method->wanted == WANT_RATES)
            answer = nargs == 3 && !names ? quick_jvp((Call *)call, args[1], args[2]) : NULL;
        else
            answer = quick_call((Call *)call, args + 1, nargs - 1, names, method->wanted);
        Py_XDECREF(call);
        if (LIKELY(answer != NULL) || PyErr_Occurred())
            return answer;
    }
    return PyObject_Vectorcall(method->function, args, flags, names);
}

static PyObject *
quick_get(PyObject *self, PyObject *instance, PyObject *Py_UNUSED(owner))
{
    return instance && instance != Py_None ? PyMethod_New(self, instance) : Py_NewRef(self);
}

static void
quick_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    Py_XDECREF(((QuickMethod *)self)->function);
    Py_XDECREF(((QuickMethod *)self)->attributes);
    type->tp_free(self);
    Py_DECREF(type);
}

static int
quick_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(((QuickMethod *)self)->function);
    Py_VISIT(((QuickMethod *)self)->attributes);
    return 0;
}

static PyMemberDef quick_members[] = {
    {"__vectorcalloffset__", T_PYSSIZET, offsetof(QuickMethod, vectorcall), READONLY, NULL},
    {"__dictoffset__", T_PYSSIZET, offsetof(QuickMethod, attributes), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyGetSetDef quick_getset[] = {
    {"__dict__", PyObject_GenericGetDict, PyObject_GenericSetDict, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot quick_slots[] = {
    {Py_tp_call, PyVectorcall_Call},    {Py_tp_descr_get, quick_get},
    {Py_tp_dealloc, quick_dealloc},     {Py_tp_traverse, quick_traverse},
    {Py_tp_members, quick_members},     {Py_tp_getset, quick_getset},
    {0, NULL},
};

static PyType_Spec quick_spec = {
    .name = "autograd_lite.native.engine.QuickMethod",
    .basicsize = sizeof(QuickMethod),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL |
             Py_TPFLAGS_METHOD_DESCRIPTOR,
    .slots = quick_slots,
};

/* quick_method(function, wanted): the function as a method that tries the Call in the attribute
 * `_quick` first. */
static PyObject *
module_quick_method(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *function;
    int wanted;
    if (!PyArg_ParseTuple(args, "Oi:quick_method", &function, &wanted))
        return NULL;
    QuickMethod *method = (QuickMethod *)QuickMethod_Type->tp_alloc(QuickMethod_Type, 0);
    if (method) {
        method->vectorcall = quick_vectorcall;
        method->function = Py_NewRef(function);
        method->wanted = wanted;
    }
    return (PyObject *)method;
}

static PyObject *
module_quick_call(PyObject *Py_UNUSED(module), PyObject *args)
{
    return PyObject_CallObject((PyObject *)Call_Type, args);
}

static int
prepare_calls(void)
{
    static const struct {
        PyObject **word;
        const char *text;
    } words[] = {
        {&call_words.list, "list"},           {&call_words.array, "array"},
        {&call_words.constant, "constant"},   {&call_words.dict, "dict"},
        {&call_words.dataclass, "dataclass"}, {&call_words.samples, "samples"},
        {&call_words.attribute, "x"},         {&call_words.shape, "shape"},
        {&call_words.quick, "_quick"},
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (!(*words[i].word = PyUnicode_InternFromString(words[i].text)))
            return -1;
    Call_Type = (PyTypeObject *)PyType_FromSpec(&call_spec);
    QuickMethod_Type = (PyTypeObject *)PyType_FromSpec(&quick_spec);
    return Call_Type && QuickMethod_Type ? 0 : -1;
}

#endif
