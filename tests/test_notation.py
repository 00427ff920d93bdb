"""Kernels as text, there and back; numbers and places as they are written."""

import numpy as np
import pytest

from cnn_core.convolution import KERNELS, MOST, GeometryError, place, preset_of, read_kernel, write, write_kernel


class TestThereAndBack:
    @pytest.mark.parametrize("size", [3, 5, 7])
    @pytest.mark.parametrize("name", KERNELS)
    def test_a_preset_stays_that_preset(self, name, size):
        weights = KERNELS[name].weights(size)
        again = read_kernel(write_kernel(weights))
        np.testing.assert_array_equal(again, weights)
        assert preset_of(again) == name

    def test_any_kernel_comes_back_exactly(self):
        rng = np.random.default_rng(0)
        for turn in range(300):
            size = int(rng.integers(1, 8))
            kernel = np.clip(rng.normal(size=(size, size)) * 10.0 ** rng.integers(-9, 4), -MOST, MOST)
            kernel = [kernel, kernel.round(2), kernel.round(), kernel.astype(np.float16).astype(float)][turn % 4]
            kernel = np.clip(kernel, -MOST, MOST)
            np.testing.assert_array_equal(read_kernel(write_kernel(kernel)), kernel)

    def test_it_is_written_as_one_types_it(self):
        assert write_kernel(KERNELS["vertical"].weights()) == "1 0 -1 / 1 0 -1 / 1 0 -1"
        assert write_kernel(KERNELS["box_blur"].weights()).startswith("1/9 1/9 1/9 / 1/9")
        assert write_kernel(np.array([[0.5, -2.5], [0.1, 1 / 3]])) == "0.5 -2.5 / 0.1 1/3"


TWO = [[1, 0], [0.5, -1]]


class TestPasted:
    @pytest.mark.parametrize(
        "text",
        [
            "1 0 / 0.5 -1",
            "1 0\n0.5 -1",
            "1\t0\r\n0.5\t-1\r\n",
            "1, 0, \n .5, -1",
            "1,0;.5,-1",
            "1 0; 1/2 -1;",
            "[1 0; 0.5 -1]",
            "[[1,0],[0.5,-1]]",
            "(1, 0), (0.5, -1)",
            "{{1, 0}, {0.5, -1}}",
            "\ufeff1 0 / 0.5 \u200b-1",
            "[[1, 0],\n [0.5, -1]]",
            "[[ 1.   0. ]\n [ 0.5 -1. ]]",
            "np.array([[1, 0], [0.5, -1]])",
            "kernel = numpy.array([[1, 0],\n    [5e-1, -1]], dtype=np.float32)",
            "torch.tensor([[1., 0.], [0.5, -1.]])",
            "1 0 / 0.5 \u22121",
            "1\xa00\n0.5\xa0\u20131",
            "+1 0 / 1/2 -1/1",
        ],
    )
    def test_as_people_paste_them(self, text):
        assert read_kernel(text).tolist() == TWO

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("", "There is no number here"),
            (" [ ] ; ", "There is no number here"),
            ("1 0 / 1", "as many rows as columns, 7 at most; this one has 2 rows of 1 and 2 numbers"),
            ("1 0 -1", "1 row of 3 numbers"),
            (" / ".join(["1 " * 8] * 8), "8 rows of 8 numbers"),
            ("1 x / 2 3", "`x` is not a number"),
            ("nan", "`nan` is not a number"),
            ("inf", "`inf` is not a number"),
            ("1/0", "`1/0` is not a number"),
            ("1,,2", "there is no number between two commas"),
            ("0,5 0,5 / 0,5 0,5", "Write decimals with a point"),
            ("1001", "from −1,000 to 1,000; this kernel has one of 1001"),
            ("0 0 / 0 -1e308", "this kernel has one of -1e\\+308"),
            ("1e999", "this kernel has one of inf"),
            ("9" * 5000, "5,000 characters"),
            ("\u0663", "is not a number"),
            ("\x00", "`\\?` is not a number"),
            ("<script>alert(1)</script>", "`\\?script\\?aler` is not a number"),
            ("[click](http://x.y)", "is not a number"),
        ],
    )
    def test_what_is_no_kernel_says_why(self, text, message):
        with pytest.raises(GeometryError, match=message):
            read_kernel(text)

    def test_no_text_makes_anything_but_a_kernel_or_a_sentence(self):
        rng = np.random.default_rng(1)
        letters = list("0123456789 ./,;[]()-+eE\n\t\u2212xn\x00\u0663\u00b2`*")
        for _ in range(3000):
            text = "".join(rng.choice(letters, int(rng.integers(0, 30))))
            try:
                kernel = read_kernel(text)
            except GeometryError:
                continue
            assert np.abs(kernel).max() <= MOST
            assert kernel.shape[0] == kernel.shape[1] <= 7


@pytest.mark.parametrize(
    ("number", "text"),
    [
        *[(0, "0"), (-0.0, "0"), (3.0, "3"), (-5, "−5"), (0.5, "0.5"), (99.999, "100"), (1 / 3, "0.33")],
        *[(0.0951, "0.1"), (0.0944, "0.094"), (0.00012, "0.00012"), (-0.004, "−0.004"), (1e-5, "0"), (-1e-5, "0")],
        (1234567.891, "1234567.89"),
    ],
)
def test_how_a_number_is_written(number, text):
    assert write(number) == text


def test_places_count_from_one():
    assert place(0, 2) == "row 1, column 3"
