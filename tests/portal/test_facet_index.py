"""Records in memory: their terms, numbers and texts, and any order of them."""

from unittest import mock

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.facet_index import (
    MOST_ORDERS,
    MOST_TEXTS_CHANGED,
    NO_NUMBER,
    FacetIndex,
    NoRoomError,
    ranked,
)
from portal.held_texts import MOST_KEPT, Lines
from portal.selection import MOST_COUNTS, Sorting


def make_index(keys):
    keys = sorted(keys)
    columns = {"size": np.array(keys) * 10, "ties": np.array(keys)}
    return FacetIndex(np.array(keys), {"colour": ["red", "blue"]}, columns, "ties")


class TestFacetIndex:
    @mock.patch("portal.facet_index.MOST_TEXTS_CHANGED", 10_000)
    def test_adds_until_there_is_no_room(self):
        index = make_index([5, 3])
        for key in range(10, 10 + len(index.keys) - 2):
            index.put(key, [0], {"size": key, "ties": key})
        assert index.everything().counts("colour")["red"] == len(index.keys) - 2
        assert index.everything().keys(Sorting("size"), 0, 3) == [10, 11, 12]
        with pytest.raises(NoRoomError):
            index.put(9, [], {})

    def test_a_record_that_is_dropped_comes_back_in_its_place(self):
        index = make_index([5, 3])
        index.put(5, [1], {"size": 7})
        index.drop(5)
        index.drop(4)
        assert index.everything().count() == 1
        assert index.everything().counts("colour") == {"red": 0, "blue": 0}
        index.put(5, [0], {"size": 7})
        assert index.terms([{("colour", "red"): "R"}], [5, 3]) == [[["R"], []]]

    def test_no_record_is_placed_beside_one_that_is_not_there(self):
        index = make_index([5, 3])
        index.drop(3)
        for unknown in (3, 4):
            with pytest.raises(NoRoomError):
                index.set_rank("size", 5, unknown)
            with pytest.raises(NoRoomError):
                index.share_rank("size", 5, unknown)

    def test_counts_are_kept_until_a_record_changes(self):
        index = make_index([5, 3])
        both = index.everything()
        for change, red, blue in (
            (lambda: None, 0, 0),
            (lambda: index.put(5, [0], {"size": 7}), 1, 0),
            (lambda: index.put(5, [1], {"size": 7}), 0, 1),
            (lambda: index.mark_where("colour", "red", index.keys > 0), 2, 1),
            (lambda: index.drop(5), 1, 0),
        ):
            change()
            counts = {"red": red, "blue": blue}
            assert both.counts("colour") == counts
            # Nothing tells the index of this.
            bits, index.bits = index.bits, np.zeros_like(index.bits)
            assert both.counts("colour") == counts
            index.bits = bits

    def test_few_counts_are_kept(self):
        index = make_index(range(1, 600))
        for key in range(1, 600):
            selection = index.everything().narrowed(index.among([key]))
            assert selection.counts("colour") == {"red": 0, "blue": 0}
        assert len(index.counted) == MOST_COUNTS

    def test_records_are_found_by_their_texts_as_they_change(self):
        index = make_index([5, 3])
        index.hold(Lines, [(5, "red stone"), (3, "stone"), (4, "unknown")])
        for part, keys in (("red", [5]), ("sto", [3, 5]), ("unknown", [])):
            assert self.keys_holding(index, part) == keys
        index.put(3, [], {"size": 30}, ["blue", "redder"])
        index.put(9, [], {"size": 90}, ["stone"])
        for part, keys in (("red", [3, 5]), ("stone", [5, 9]), ("e", [3, 5, 9])):
            assert self.keys_holding(index, part) == keys
        index.drop(5)
        assert self.keys_holding(index, "red") == [3]
        index.put(5, [], {"size": 50}, ["green"])
        assert self.keys_holding(index, "re") == [3, 5]

    def test_few_searches_are_kept(self):
        index = make_index([5])
        index.hold(Lines, [(5, "stone 7")])
        assert self.keys_holding(index, "stone") == [5]
        # Nothing is looked through for what is kept.
        parts, index.texts.parts = index.texts.parts, []
        for number in range(MOST_KEPT + 8):
            assert self.keys_holding(index, "stone") == [5]
            assert self.keys_holding(index, f"{number}") == []
        assert len(index.texts.kept) == MOST_KEPT
        index.texts.parts = parts
        # This one was too long ago.
        assert self.keys_holding(index, "7") == [5]

    def test_the_texts_of_so_many_records_can_change(self):
        index = make_index(range(1, MOST_TEXTS_CHANGED + 2))
        for _twice in range(2):
            for key in range(1, MOST_TEXTS_CHANGED + 1):
                index.put(key, [], {"size": 1}, ["stone"])
        with pytest.raises(NoRoomError):
            index.put(MOST_TEXTS_CHANGED + 1, [], {"size": 1})

    def keys_holding(self, index, part):
        selection = index.everything().narrowed(index.holding(part))
        return selection.keys(Sorting("size"), 0, 9)

    def test_no_record_has_a_value_that_came_later(self):
        index = make_index([5, 3])
        index.put(5, [0], {"size": 7})
        for values, every, number in (
            (["green"], False, 0),
            (["green"], True, 0),
            (["green", "red"], False, 1),
            (["green", "red"], True, 0),
        ):
            mask = index.having("colour", values, every=every)
            assert index.everything().narrowed(mask).count() == number

    @pytest.mark.parametrize("limit", [2, 500])
    # Whether the index sorts all records, or only those of a selection.
    @pytest.mark.parametrize("rare", [50, 10_000])
    @given(data=st.data())
    def test_any_part_of_any_order_is_right_after_any_changes(self, limit, rare, data):
        index = make_index([5, 3, 9, 1])
        numbers = {5: 50, 3: 30, 9: 90, 1: 10}
        sizes = st.sampled_from([0, 10, 20, 30, NO_NUMBER])
        with (
            mock.patch("portal.facet_index.MOST_UNSETTLED", limit),
            mock.patch("portal.facet_index.MOST_ORDERS", 2),
            mock.patch("portal.selection.STRETCH", 3),
            mock.patch("portal.selection.RARE", rare),
        ):
            for _step in range(data.draw(st.integers(1, 12))):
                key = data.draw(st.integers(1, 12), "key")
                if data.draw(st.booleans(), "drop"):
                    index.drop(key)
                    numbers.pop(key, None)
                else:
                    numbers[key] = size = data.draw(sizes, "size")
                    index.put(key, [key % 2], {"size": size, "ties": 99 - key})
                order = Sorting("size", *data.draw(st.tuples(*[st.booleans()] * 2)))
                selection, wanted = index.everything(), dict(numbers)
                if data.draw(st.booleans(), "only blue"):
                    put = {key for key in numbers if self.is_blue(index, key)}
                    selection = selection.narrowed(index.having("colour", ["blue"]))
                    wanted = {key: numbers[key] for key in put}
                found = self.in_order(index, wanted, order)
                start, stop = sorted(data.draw(st.tuples(*[st.integers(0, 9)] * 2)))
                assert selection.keys(order, start, stop) == found[start:stop]
                batches = list(selection.keys_in_batches(order, 2, 3))
                parts = [found[:2], *(found[n : n + 3] for n in range(2, 12, 3))]
                assert batches == [part for part in parts if part]
                assert [key for batch in batches for key in batch] == found
                edge = data.draw(st.sampled_from([None, *numbers]), "edge")
                everything = self.in_order(index, numbers, order)
                for backwards, walk in ((False, everything), (True, everything[::-1])):
                    behind = walk[walk.index(edge) + 1 :] if edge else walk
                    beyond = [key for key in behind if key in wanted][:3]
                    assert beyond == selection.keys_beyond(
                        order, edge, 3, backwards=backwards
                    )

    @staticmethod
    def is_blue(index, key):
        return index.terms([{("colour", "blue"): "B"}], [key]) == [[["B"]]]

    @staticmethod
    def in_order(index, numbers, order):
        ties = index.columns["ties"]

        def place(key):
            number = numbers[key]
            if order.descending and number != NO_NUMBER:
                number = -number
            tie = key if order.ties_by_key else ties[index.position(key)]
            return number, tie

        return sorted(numbers, key=place)

    def test_a_few_records_are_sorted_without_the_others(self):
        index = make_index(range(1, 10_000))
        few = index.everything().narrowed(index.among([7, 5]))
        assert few.keys(Sorting("size"), 0, 9) == [5, 7]
        assert index.orders == {}
        assert index.everything().keys(Sorting("size"), 0, 2) == [1, 2]
        assert list(index.orders) == [Sorting("size")]

    def test_the_orders_that_are_asked_for_stay(self):
        index = make_index([5, 3])
        columns = [f"copy {number}" for number in range(2 * MOST_ORDERS)]
        index.columns |= dict.fromkeys(columns, index.columns["size"])
        for column in columns:
            index.in_order(Sorting("size"))
            index.in_order(Sorting(column))
        assert len(index.orders) == MOST_ORDERS
        assert Sorting("size") in index.orders

    def test_an_index_of_nothing_answers(self):
        index = make_index([])
        assert index.everything().keys(Sorting("size"), 0, 25) == []
        index.put(1, [0], {"size": NO_NUMBER, "ties": 1})
        assert index.everything().keys(Sorting("size"), 0, 25) == [1]

    def test_ranks_leave_room_between_and_run_out_of_it(self):
        index = make_index([1, 2])
        index.columns["ties"][:2] = ranked(
            np.array([2, 1]), np.array([True, True]), np.array([1, 2])
        )
        assert index.everything().keys(Sorting("ties"), 0, 9) == [2, 1]
        with pytest.raises(NoRoomError):
            for key in range(3, 99):
                index.put(key, [], {"size": 0, "ties": NO_NUMBER})
                index.set_rank("ties", key, 2)
        assert index.everything().keys(Sorting("ties"), 0, 2)[0] == 2
