/* Open managers: what modes.py has as Openings and Entry.
 *
 * Each task or thread has a list of entries, the newest first, in a context variable. An entry
 * refers weakly to its manager and ends with it. `__enter__` and `__exit__` are one step each for
 * the interpreter, so that an interrupt comes before or after. */
#ifndef AUTOGRAD_LITE_OPENINGS_H
#define AUTOGRAD_LITE_OPENINGS_H

#include "engine.h"
#include "memory.h"

typedef struct Entry Entry;

typedef struct {
    PyObject *newest; /* a context variable */
    Entry *first;     /* of all that are open in any task, linked */
    Py_ssize_t count; /* how many: recording looks at this number if there are none */
} Openings;

struct Entry {
    PyObject_HEAD
    Openings *kind;
    PyObject *manager;      /* a weak reference */
    PyObject *scope;        /* or NULL */
    int attribute, on;      /* of a mode; see modes.h */
    int open;
    int places;             /* whether `open_scopes` counts it, too: a mode for lines */
    Entry *outer;           /* in the list of the task, or NULL */
    Entry *previous, *next; /* among all that are open, or NULL */
};

static PyTypeObject *Entry_Type;
static Openings open_modes, open_scopes;

static struct { /* names of attributes of managers */
    PyObject *attribute, *value, *name, *entry;
} interned;

/* What a weak reference refers to, as long as no Python code runs; NULL if it is gone. */
static inline PyObject *
referent(PyObject *reference)
{
    PyObject *behind = NULL;
#if PY_VERSION_HEX >= 0x030D0000
    if (PyWeakref_GetRef(reference, &behind) > 0)
        Py_DECREF(behind); /* somebody else holds it */
#else
    behind = PyWeakref_GET_OBJECT(reference);
    if (behind == Py_None)
        behind = NULL;
#endif
    return behind;
}

static void
end_entry(Entry *entry)
{
    if (!entry->open)
        return;
    entry->open = 0;
    entry->kind->count--;
    open_scopes.count -= entry->places;
    if (entry->previous)
        entry->previous->next = entry->next;
    else
        entry->kind->first = entry->next;
    if (entry->next)
        entry->next->previous = entry->previous;
    entry->previous = entry->next = NULL;
}

/* Whether an entry is open. It ends here if its manager has died. */
static inline int
is_open(Entry *entry)
{
    if (entry->open && UNLIKELY(!referent(entry->manager)))
        end_entry(entry);
    return entry->open;
}

/* The first entry that is open of a list (NULL for an empty one). */
static inline Entry *
open_in(Entry *entry)
{
    while (entry && !is_open(entry))
        entry = entry->outer;
    return entry;
}

/* The list of this task, borrowed as long as no Python code runs; NULL if it is empty. */
static inline Entry *
list_of_task(const Openings *kind)
{
    PyObject *list = NULL;
    if (PyContextVar_Get(kind->newest, NULL, &list) < 0)
        PyErr_Clear();
    if (!list)
        return NULL;
    Py_DECREF(list); /* the context holds it */
    return Py_IS_TYPE(list, Entry_Type) ? (Entry *)list : NULL;
}

static int
set_list_of_task(const Openings *kind, Entry *list)
{
    PyObject *newest = Py_NewRef(list ? (PyObject *)list : Py_None);
    PyObject *token = PyContextVar_Set(kind->newest, newest); /* may collect garbage */
    Py_DECREF(newest);
    Py_XDECREF(token);
    return token ? 0 : -1;
}

/* A new entry of this task for a manager; NULL with an error. */
static Entry *
open_entry(Openings *kind, PyObject *manager, PyObject *scope, int attribute, int on)
{
    Entry *entry = allocation_fails() ? NULL : PyObject_New(Entry, Entry_Type);
    if (!entry)
        return (Entry *)PyErr_NoMemory();
    entry->kind = kind;
    entry->scope = Py_XNewRef(scope);
    entry->attribute = attribute;
    entry->on = on;
    entry->open = entry->places = 0;
    entry->previous = entry->next = NULL;
    entry->outer = (Entry *)Py_XNewRef((PyObject *)open_in(list_of_task(kind)));
    entry->manager = PyWeakref_NewRef(manager, NULL);
    if (!entry->manager || set_list_of_task(kind, entry) < 0) {
        Py_DECREF((PyObject *)entry);
        return NULL;
    }
    entry->open = 1;
    entry->next = kind->first;
    if (entry->next)
        entry->next->previous = entry;
    kind->first = entry;
    kind->count++;
    return entry;
}

/* End the newest opening of a manager, and unlink what is closed and newer than that. */
static void
close_entry(Openings *kind, PyObject *manager)
{
    Entry *list = list_of_task(kind), *entry = list, *newer = NULL;
    while (entry && !(is_open(entry) && referent(entry->manager) == manager))
        entry = entry->outer;
    if (!entry) /* it was opened in another task, as by a generator that is ended elsewhere */
        for (entry = kind->first; entry && referent(entry->manager) != manager;)
            entry = entry->next;
    if (!entry)
        return;
    end_entry(entry);
    const Entry *last = entry->outer;
    for (entry = list; entry && entry != last;) {
        Entry *outer = entry->outer;
        if (is_open(entry)) {
            newer = entry;
        } else if (newer) {
            newer->outer = (Entry *)Py_XNewRef((PyObject *)outer);
            Py_DECREF((PyObject *)entry); /* which `newer` held */
        } else {
            list = outer;
        }
        entry = outer;
    }
    if (list != list_of_task(kind) && set_list_of_task(kind, list) < 0)
        PyErr_Clear(); /* closed entries stay in the list, where they are skipped */
}

/* Lists may be long, so this does not recurse. */
static void
entry_dealloc(PyObject *self)
{
    while (self) {
        Entry *entry = (Entry *)self, *outer = entry->outer;
        PyObject *manager = entry->manager, *scope = entry->scope;
        end_entry(entry);
        PyObject_Free(self);
        Py_DECREF(Entry_Type);
        Py_XDECREF(manager);
        Py_XDECREF(scope);
        self = NULL;
        if (outer && Py_REFCNT((PyObject *)outer) == 1)
            self = (PyObject *)outer;
        else
            Py_XDECREF((PyObject *)outer);
    }
}

static PyType_Slot entry_slots[] = {{Py_tp_dealloc, entry_dealloc}, {0, NULL}};

static PyType_Spec entry_spec = {
    .name = "autograd_lite.native.engine.Entry",
    .basicsize = sizeof(Entry),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = entry_slots,
};

/* The type of entries, the lists of tasks, the names. */
static int
prepare_openings(void)
{
    Entry_Type = (PyTypeObject *)PyType_FromSpec(&entry_spec);
    open_modes.newest = PyContextVar_New("autograd_lite.modes", NULL);
    open_scopes.newest = PyContextVar_New("autograd_lite.scopes", NULL);
    interned.attribute = PyUnicode_InternFromString("_attribute");
    interned.value = PyUnicode_InternFromString("_value");
    interned.name = PyUnicode_InternFromString("_name");
    interned.entry = PyUnicode_InternFromString("_entry");
    return Entry_Type && open_modes.newest && open_scopes.newest && interned.attribute &&
                   interned.value && interned.name && interned.entry
               ? 0
               : -1;
}

#endif
