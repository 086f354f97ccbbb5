"""Compiled methods: each instance has programs of its own, also beside super() and in copies."""

import copy
import gc
import pickle
import weakref
from functools import partialmethod

import pytest

from autograd_lite import Program, compile


class Line:
    def __init__(self, slope):
        self.slope = slope

    @compile
    def at(self, x):
        return self.slope * x

    @compile(batch="mean")
    def mean(self, x):
        return self.slope * x

    unnamed = compile(lambda self, x: self.slope * x)


class Shifted(Line):
    def at(self, x):
        return super().at(x) + 1.0


class Compiled(Line):
    @compile
    def at(self, x):
        return super().at(x) + 1.0


class Twice(Compiled):
    @compile
    def at(self, x):
        return super().at(x) * 2.0


CASES = [(Line, 6.0), (Shifted, 7.0), (Compiled, 7.0), (Twice, 14.0)]
COPIES = [copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))]


@pytest.mark.parametrize(("kind", "wanted"), CASES)
def test_super_finds_the_method_of_the_base(Value, kind, wanted):
    line = kind(3.0)
    assert [line.at(2.0).data for _ in range(3)] == [wanted] * 3
    assert Line.at.__get__(line).value(2.0) == 6.0
    assert line.at(2.0).data == wanted
    traces = [x.traces for x in vars(line).values() if isinstance(x, Program)]
    assert max(traces) == 1


def test_a_class_of_the_name_of_its_base(Value):
    class Line:
        @compile
        def at(self, x):
            return x * 2.0

    class Line(Line):
        @compile
        def at(self, x):
            return super().at(x) + 1.0

    line = Line()
    assert [line.at(3.0).data for _ in range(3)] == [7.0] * 3
    assert line.at.traces == 1


@pytest.mark.parametrize("copied", COPIES, ids=["copy", "deepcopy", "pickle"])
@pytest.mark.parametrize(("kind", "wanted"), CASES)
def test_a_copy_has_programs_of_its_own(Value, kind, wanted, copied):
    line = kind(3.0)
    assert (line.at(2.0).data, line.mean.value([2.0]), line.unnamed.value(2.0)) == (
        wanted,
        6.0,
        6.0,
    )
    other = copied(line)
    other.slope = 30.0
    for _ in range(2):
        for program in (x for x in vars(other).values() if isinstance(x, Program)):
            program.retrace()  # tapes of a pickle have the slope of the original
        assert other.at(2.0).data == wanted + 54.0 * (1 + (kind is Twice))
        assert (other.mean.value([2.0]), other.unnamed.value(2.0)) == (60.0, 60.0)
        assert (line.at(2.0).data, line.mean.value([2.0])) == (wanted, 6.0)
    assert other.mean.__wrapped__.__self__ is other


def test_a_pickle_keeps_the_tapes_of_each_instance(Value):
    line = Twice(Value(3.0))
    assert (line.at.value(2.0), line.mean.value([2.0])) == (14.0, 6.0)
    again = pickle.loads(pickle.dumps(line))
    again.slope.data = 30.0
    assert (again.at.value(2.0), again.mean.value([2.0])) == (122.0, 60.0)
    assert (again.at.traces, again.mean.traces) == (0, 0)
    alone = pickle.loads(pickle.dumps(line.at))
    assert alone.value(2.0) == 14.0
    alone.retrace()
    assert (alone.value(2.0), alone.traces) == (14.0, 1)


def test_a_pickle_from_before_methods_had_a_place_of_their_own(Value):
    line = Line(3.0)
    vars(line)["at"] = line.at  # what __get__ left in an instance
    again = pickle.loads(pickle.dumps(line))
    again.slope = 30.0
    again.at.retrace()
    assert again.at(2.0).data == 60.0


def test_a_method_that_gets_its_class_later_or_several_names(Value):
    class Point:
        doubled = partialmethod(compile(lambda self, x: 2.0 * x))

        @compile
        def __call__(self, x):
            return 3.0 * x

    class Other:
        also = Point.__call__

    Point.tripled = compile(lambda self, x: 3.0 * x)
    Point.fourfold = compile(lambda self, x: 4.0 * x)
    point, other = Point(), Other()
    for _ in range(2):
        found = point(1.0), point.tripled(1.0), point.fourfold(1.0), other.also(1.0)
        assert [x.data for x in (point.doubled(1.0), *found)] == [2.0, 3.0, 3.0, 4.0, 3.0]
    programs = [x for each in (point, other) for x in vars(each).values()]
    assert [program.traces for program in programs] == [1] * 5


def test_an_instance_without_a_dict_is_told(Value):
    class Slots:
        __slots__ = ("slope",)

        @compile
        def at(self, x):
            return x

    class WithDict(Slots):
        __slots__ = ("__dict__",)

    class Static:
        @staticmethod
        @compile
        def at(x):
            return 2.0 * x

    with pytest.raises(TypeError, match=r"__dict__ of the instance, and Slots .* in __slots__"):
        Slots().at(1.0)
    assert WithDict().at.value(1.0) == 1.0
    assert Static().at.value(1.0) == 2.0
    with pytest.raises(TypeError, match=r"and type .* has none that can be written"):
        Slots.at.__get__(Slots, type)  # which a classmethod does in some versions of Python


def test_instances_are_freed_with_their_programs(Value):
    line = Twice(3.0)
    line.at(2.0)
    gone = weakref.ref(line)
    del line
    gc.collect()
    assert gone() is None
