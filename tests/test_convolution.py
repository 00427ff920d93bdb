"""The lab's mathematics against SciPy, against Keras' own layers, and against cases worked out by hand."""

import numpy as np
import pytest
from scipy import signal

from cnn_core import convolution as lab
from cnn_core.convolution import KERNELS, REPORT_IMAGE, GeometryError, conv2d, geometry, pool2d

VERTICAL = KERNELS["vertical"].weights()
REPORT_OUTPUT = [[-5, -4, 0, 8], [-10, -2, 2, 3], [0, -2, -4, -7], [-3, -2, -3, -16]]


def random_case(rng):
    """Shapes and settings that fit together: (H, W), k, stride, dilation, padding."""
    while True:
        shape = tuple(int(n) for n in rng.integers(3, 17, 2))
        kernel, stride, dilation = (int(rng.integers(1, top + 1)) for top in (7, 5, 3))
        padding = rng.choice(["valid", "same", "full", "2"])
        padding = 2 if padding == "2" else str(padding)
        try:
            geometry(shape, (kernel, kernel), stride=stride, padding=padding, dilation=dilation)
        except GeometryError:
            continue
        return shape, kernel, stride, dilation, padding


def cases(count, seed):
    rng = np.random.default_rng(seed)
    return [(*random_case(rng), rng) for _ in range(count)]


def test_the_reports_whole_output():
    np.testing.assert_array_equal(conv2d(REPORT_IMAGE, VERTICAL), REPORT_OUTPUT)


class TestConv2d:
    def test_cross_correlation_and_convolution_are_scipys(self):
        modes = {"valid": "valid", "full": "full"}
        for shape, k, stride, dilation, padding, rng in cases(300, seed=1):
            image, kernel = rng.normal(size=shape), rng.normal(size=(k, k))
            if padding not in modes:
                continue
            spread = np.zeros([dilation * (k - 1) + 1] * 2)
            spread[::dilation, ::dilation] = kernel
            settings = {"stride": stride, "dilation": dilation, "padding": padding}
            correlated = signal.correlate2d(image, spread, modes[padding])[::stride, ::stride]
            np.testing.assert_allclose(conv2d(image, kernel, **settings), correlated, atol=1e-9)
            convolved = signal.convolve2d(image, spread, modes[padding])[::stride, ::stride]
            np.testing.assert_allclose(conv2d(image, lab.flip(kernel), **settings), convolved, atol=1e-9)

    def test_same_is_scipys_same_for_odd_kernels(self):
        rng = np.random.default_rng(2)
        for k in (1, 3, 5, 7):
            image, kernel = rng.normal(size=(9, 12)), rng.normal(size=(k, k))
            np.testing.assert_allclose(
                conv2d(image, kernel, padding="same"), signal.correlate2d(image, kernel, "same"), atol=1e-9
            )

    def test_filters_are_separate_and_have_their_own_bias(self):
        rng = np.random.default_rng(4)
        image, filters, bias = rng.normal(size=(8, 9, 3)), rng.normal(size=(3, 3, 3, 5)), rng.normal(size=5)
        together = conv2d(image, filters, bias, padding="same")
        assert together.shape == (8, 9, 5)
        for n in range(5):
            np.testing.assert_allclose(together[..., n], conv2d(image, filters[..., n], bias[n], padding="same"))

    def test_bytes_do_not_overflow(self):
        image = np.full((4, 4), 200, np.uint8)
        assert conv2d(image, np.array([[-2.0, -2.0]]))[0, 0] == -800

    @pytest.mark.parametrize(("image", "kernel"), [((6, 6), (3, 3, 3)), ((6, 6, 3), (3, 3)), ((6, 6, 3), (3, 3, 2))])
    def test_shapes_that_do_not_belong_together_are_named(self, image, kernel):
        with pytest.raises(GeometryError, match=r"\(6, 6"):
            conv2d(np.zeros(image), np.zeros(kernel))


@pytest.mark.slow
class TestKeras:
    def test_convolution(self):
        ops = pytest.importorskip("keras").ops
        checked = 0
        for shape, k, stride, dilation, padding, rng in cases(400, seed=5):
            if padding not in ("valid", "same") or (stride > 1 and dilation > 1):  # Keras offers no more
                continue
            image, kernel = rng.normal(size=(*shape, 2)), rng.normal(size=(k, k, 2, 3))
            theirs = ops.conv(image[None], kernel, strides=stride, padding=padding, dilation_rate=dilation)[0]
            ours = conv2d(image, kernel, stride=stride, padding=padding, dilation=dilation)
            np.testing.assert_allclose(ours, theirs, atol=1e-4)
            checked += 1
        assert checked > 80

    def test_same_padding_of_an_even_size_at_stride_two_is_at_the_end_only(self):
        ops = pytest.importorskip("keras").ops
        image, kernel = np.arange(64.0).reshape(8, 8), np.random.default_rng(0).normal(size=(3, 3))
        rows = geometry((8, 8), (3, 3), stride=2, padding="same").rows
        assert (rows.before, rows.after, rows.outputs) == (0, 1, 4)
        theirs = ops.conv(image[None, ..., None], kernel[..., None, None], strides=2, padding="same")[0, ..., 0]
        np.testing.assert_allclose(conv2d(image, kernel, stride=2, padding="same"), theirs, atol=1e-3)

    def test_pooling(self):
        keras = pytest.importorskip("keras")
        layers = {"max": keras.layers.MaxPooling2D, "average": keras.layers.AveragePooling2D}
        rng = np.random.default_rng(6)
        for _ in range(150):
            size, stride = int(rng.integers(1, 5)), int(rng.integers(1, 5))
            image = rng.normal(size=(*rng.integers(4, 14, 2), 2))
            padding, mode = str(rng.choice(["valid", "same"])), str(rng.choice(["max", "average"]))
            theirs = layers[mode](size, stride, padding)(image[None])[0]
            ours = pool2d(image, mode, size=size, stride=stride, padding=padding)
            np.testing.assert_allclose(ours, theirs, atol=1e-5, err_msg=f"{mode} {size} {stride} {padding}")

    def test_global_pooling(self):
        layers = pytest.importorskip("keras").layers
        image = np.random.default_rng(7).normal(size=(5, 7, 4))
        np.testing.assert_allclose(lab.global_pool(image), layers.GlobalAveragePooling2D()(image[None])[0], atol=1e-6)
        np.testing.assert_allclose(
            lab.global_pool(image, "max"), layers.GlobalMaxPooling2D()(image[None])[0], atol=1e-6
        )


class TestPooling:
    def test_the_smallest_is_the_largest_of_the_negative(self):
        for shape, k, stride, _, _, rng in cases(100, seed=8):
            settings = {"size": min(k, *shape), "stride": stride}
            image = rng.normal(size=(*shape, 3))
            np.testing.assert_array_equal(pool2d(image, "min", **settings), -pool2d(-image, "max", **settings))

    def test_by_hand_with_a_row_left_over(self):
        image = np.array([[1, 3, 2], [4, 2, 9], [7, 7, 7]])
        assert pool2d(image).tolist() == [[4]]
        assert pool2d(image, "average").tolist() == [[2.5]]
        assert pool2d(image, "min").tolist() == [[1]]

    def test_padding_never_wins_and_never_counts(self):
        image = np.full((3, 3), -1.0)
        assert pool2d(image, padding="same").max() == -1
        assert pool2d(image, "average", padding="same").tolist() == [[-1, -1], [-1, -1]]

    def test_windows_of_padding_only_and_unknown_modes_are_refused(self):
        with pytest.raises(GeometryError, match="hold only padding"):
            pool2d(np.ones((4, 4)), padding=2)
        with pytest.raises(GeometryError, match="median"):
            pool2d(np.ones((4, 4)), "median")


class TestGeometry:
    def test_a_row_and_a_column_left_over(self):
        walk = geometry((28, 28), (3, 3), stride=2)
        assert walk.output_shape == (13, 13)
        assert walk.rows.remainder == 1
        assert walk.leftover() == (
            "The window can move 28 − 3 = 25 pixels; 12 strides of 2 use 24 of them; 1 left over. "
            "1 row and 1 column are never read."
        )
        assert (walk.coverage()[:, -1] == 0).all()
        assert (walk.coverage()[-1] == 0).all()
        assert walk.coverage()[:-1, :-1].min() == 1

    def test_a_single_stride_is_spoken_of_as_one(self):
        assert (
            geometry((5, 5), (3, 3), stride=2)
            .leftover()
            .startswith("The window can move 5 − 3 = 2 pixels; 1 stride of 2 uses all of them.")
        )
        assert "= 1 pixel; 0 strides of 2 use 0 of them; 1 left over." in geometry((4, 4), (3, 3), stride=2).leftover()

    def test_a_stride_that_fits(self):
        walk = geometry((32, 32), (5, 5), stride=3)
        assert walk.output_shape == (10, 10)
        assert (walk.rows.remainder, walk.rows.never_read) == (0, 0)
        assert walk.leftover().endswith("9 strides of 3 use all of them. Every pixel is read.")

    def test_corner_and_centre(self):
        walk = geometry((32, 32), (3, 3))
        assert (walk.coverage()[0, 0], walk.coverage()[16, 16]) == (1, 9)
        assert walk.corner() == "The top left pixel is read once, the centre pixel 9 times."

    def test_what_is_left_over_may_be_padding(self):
        assert geometry((32, 32), (3, 3), stride=2, padding=1).leftover().endswith("every pixel of the image is read.")

    def test_pixels_between_distant_windows_are_never_read(self):
        walk = geometry((32, 30), (3, 3), stride=5)
        assert walk.leftover().startswith("Down: The window can move 32 − 3")
        assert walk.leftover().endswith("14 rows and 12 columns are never read.")

    def test_formula(self):
        assert geometry((28, 28), (3, 3), stride=2).rows.formula() == (
            r"\begin{aligned}&\left\lfloor\frac{28 + 2\cdot0 - 1\cdot(3-1) - 1}{2}\right\rfloor + 1\\"
            r"&= \lfloor 12.5 \rfloor + 1 = 13\end{aligned}"
        )

    def test_coverage_counts_what_conv2d_reads(self):
        for shape, k, stride, dilation, padding, rng in cases(150, seed=9):
            settings = {"stride": stride, "dilation": dilation, "padding": padding}
            walk = geometry(shape, (k, k), **settings)
            row, column = (int(rng.integers(n)) for n in shape)
            image = np.zeros(shape)
            image[row, column] = 1
            reached = conv2d(image, np.ones((k, k)), **settings)
            assert reached.shape == walk.output_shape
            assert walk.coverage()[row, column] == reached.sum()

    def test_same_keeps_the_size_and_full_uses_every_overlap(self):
        for n in range(1, 20):
            for k in range(1, 8):
                outputs = {
                    (padding, stride): geometry((n, n), (k, k), padding=padding, stride=stride).rows.outputs
                    for padding, stride in (("same", 1), ("full", 1), ("same", 2))
                }
                assert outputs == {("same", 1): n, ("full", 1): n + k - 1, ("same", 2): -(-n // 2)}

    def test_largest_dilation_is_the_last_that_fits(self):
        assert lab.largest_dilation(6, 3, "valid", limit=3) == 2
        assert lab.largest_dilation(6, 3, "same", limit=3) == 3
        assert lab.largest_dilation(3, 7, "valid", limit=3) == 1

    def test_weights_of_the_reports_example(self):
        assert lab.dense_weights(15, 3, 100) == 67_500
        assert lab.convolution_weights(3, 3, 100) == 2_700

    @pytest.mark.parametrize(
        ("settings", "message"),
        [
            ({"kernel": 7}, "spans 7 pixels and the padded image has 6"),
            ({"kernel": 3, "dilation": 3}, "spans 7"),
            ({"kernel": 3, "stride": 0}, "stride must be at least 1; it is 0"),
            ({"kernel": 3, "padding": -1}, "cannot be negative"),
            ({"kernel": 3, "padding": "mirror"}, "'mirror'"),
        ],
    )
    def test_an_impossible_window_is_named(self, settings, message):
        with pytest.raises(GeometryError, match=message):
            geometry((6, 6), (settings.pop("kernel"),) * 2, **settings)


class TestKernels:
    def test_flat_areas_become_what_the_sum_says(self):
        for name, preset in KERNELS.items():
            for size in lab.SIZES:
                weights = preset.weights(size)
                assert weights.shape == (size, size)
                flat = conv2d(np.full((9, 9), 10.0), weights)
                np.testing.assert_allclose(flat, 10 * weights.sum(), atol=1e-9, err_msg=name)

    def test_an_even_size_gives_the_next_odd_one(self):
        for name, preset in KERNELS.items():
            for size in (2, 4, 6):
                np.testing.assert_array_equal(preset.weights(size), preset.weights(size + 1), err_msg=name)

    def test_presets_are_told_apart_and_own_kernels_are_none_of_them(self):
        for name, preset in KERNELS.items():
            assert lab.preset_of(preset.weights(3)) == name
        assert lab.preset_of(VERTICAL + 0.1) is None

    def test_gaussian(self):
        np.testing.assert_allclose(KERNELS["gaussian_blur"].weights() * 16, [[1, 2, 1], [2, 4, 2], [1, 2, 1]])

    def test_four_quarter_turns_and_two_flips_are_nothing(self):
        kernel = np.random.default_rng(0).normal(size=(3, 3, 2))
        turned = kernel
        for _ in range(4):
            turned = lab.rotate(turned)
        np.testing.assert_array_equal(turned, kernel)
        np.testing.assert_array_equal(lab.flip(lab.flip(kernel)), kernel)
        np.testing.assert_array_equal(lab.rotate(VERTICAL), KERNELS["horizontal"].weights())
        assert not np.signbit(lab.negate(np.zeros(1)))[0]

    def test_normalise(self):
        assert lab.normalise(np.full((3, 3), 4.0)).sum() == pytest.approx(1)
        assert np.abs(lab.normalise(VERTICAL)).sum() == pytest.approx(1)
        assert not lab.normalise(np.zeros((3, 3))).any()

    @pytest.mark.parametrize(
        ("name", "word"), [("outline", "sum to 0"), ("sharpen", "sum to 1"), ("emboss", "sum to 1")]
    )
    def test_sum_sentence(self, name, word):
        assert word in lab.sum_sentence(KERNELS[name].weights())

    def test_own_sum(self):
        assert lab.sum_sentence(np.array([[2.5]])) == "The weights sum to 2.5: flat areas are multiplied by 2.5."
        assert "multiplied by −3." in lab.sum_sentence(np.array([[-3.0]]))

    def test_resize_keeps_the_middle(self):
        kernel = np.arange(25.0).reshape(5, 5)
        assert lab.resize(kernel, 1).tolist() == [[12]]
        np.testing.assert_array_equal(lab.resize(kernel, 3), kernel[1:4, 1:4])
        np.testing.assert_array_equal(lab.resize(lab.resize(kernel, 7), 5), kernel)
        assert lab.resize(kernel, 4).shape == (4, 4)


class TestPictures:
    def test_fit_cuts_and_repeats(self):
        image = np.arange(6).reshape(2, 3)
        assert lab.fit(image, 2).tolist() == [[0, 1], [3, 4]]
        assert lab.fit(image, 4).tolist() == [[0, 1, 2, 0], [3, 4, 5, 3], [0, 1, 2, 0], [3, 4, 5, 3]]
        assert lab.fit(np.zeros((2, 2, 3)), 5).shape == (5, 5, 3)

    def test_a_step_edge_answers_the_vertical_kernel_at_the_edge_only(self):
        output = conv2d(lab.STIMULI["step"].draw(12), VERTICAL)
        assert np.unique(np.nonzero(output)[1]).tolist() == [4, 5]
        assert output.min() >= 0

    def test_a_bar_answers_with_both_signs(self):
        output = conv2d(lab.STIMULI["bar"].draw(16), VERTICAL)
        assert output.min() == -output.max() < 0

    def test_grey_is_brightness_and_not_the_red_channel(self):
        green = np.zeros((2, 2, 3), np.uint8)
        green[..., 1] = 255
        assert lab.luma(green)[0, 0] == pytest.approx(0.587 * 255)
        assert lab.luma(np.full((1, 1, 3), 77))[0, 0] == pytest.approx(77)

    def test_display_modes(self):
        shown = {name: mode(np.array([-3.0, 0.4, 300.0])).tolist() for name, mode in lab.DISPLAY_MODES.items()}
        assert shown == {
            "signed": [-3, 0.4, 300],
            "absolute": [3, 0.4, 300],
            "relu": [0, 0.4, 300],
            "clipped": [0, 0, 255],
        }
