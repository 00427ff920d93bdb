"""The network page as the app runs it: empty, filled and failing."""

import pytest
from app import metric, with_label

from cnn_core.presets import MEASURED, PRESETS, menu_line

pytestmark = pytest.mark.usefixtures("tiny_data_dir")


def test_the_network_page_shows_the_report_s_network_to_the_parameter(open_page):
    app = open_page("network")
    app.selectbox(key="network.preset").set_value("report").run()
    assert not app.exception
    assert metric(app, "Parameters") == "2,253,906"
    assert metric(app, "Trainable parameters") == "2,251,218"
    assert app.dataframe[0].value["how"].iloc[1] == "3×3×3×32 + 32 = 896"


def test_a_change_is_followed_at_once(open_page):
    app = open_page("network")
    before = metric(app, "Parameters")
    app.number_input(key="network.filters1").set_value(17).run()
    assert metric(app, "Parameters") != before
    app.slider(key="network.blocks").set_value(0).run()
    assert metric(app, "Parameters") == f"{3072 * 64 + 64 + 64 * 10 + 10:,}"


def test_the_head_that_reads_every_block_goes_with_the_last_of_them(open_page):
    app = open_page("network")
    app.segmented_control(key="network.head").set_value("blocks").run()
    assert not app.error
    app.slider(key="network.blocks").set_value(0).run()
    assert not app.error
    assert app.segmented_control(key="network.head").value == "flatten"


def test_a_network_that_cannot_be_is_refused_with_the_reason(open_page):
    app = open_page("network")
    app.number_input(key="network.kernel_size").set_value(7)
    app.segmented_control(key="network.padding").set_value("valid").run()
    assert "leave nothing" in app.error[0].value
    assert not app.metric


def test_a_network_too_large_to_share_a_machine_is_refused(open_page):
    app = open_page("network")
    app.slider(key="network.blocks").set_value(0)
    app.slider(key="network.dense").set_value(3).run()
    for i in (1, 2, 3):
        app.number_input(key=f"network.units{i}").set_value(2048)
    app.run()
    assert not app.error  # 15 million
    app.slider(key="network.blocks").set_value(1).run()
    app.number_input(key="network.filters1").set_value(512).run()
    assert "The app trains up to 20,000,000" in app.error[0].value


def test_a_network_built_here_can_be_trained_there(open_page):
    app = open_page("network")
    app.number_input(key="network.filters1").set_value(24).run()
    app.switch_page("pages/training.py").run()
    assert app.selectbox(key="training.network").options[-1] == "my network"
    assert app.selectbox(key="training.network").value == "lesson"  # offered, not chosen
    assert "my network" not in open_page("training").selectbox(key="training.network").options


def test_train_this_network_chooses_it(open_page):
    app = open_page("network")
    app.selectbox(key="network.preset").set_value("report").run()
    with_label(app.button, "Train this network").click().run()
    assert app.selectbox(key="training.network").value == "report"
    app.switch_page("pages/network.py").run()
    app.number_input(key="network.filters1").set_value(24).run()
    with_label(app.button, "Train this network").click().run()
    assert app.selectbox(key="training.network").value == "my network"


def test_the_menu_says_of_each_network_what_to_expect_and_marks_the_one_that_is_shown(open_page):
    app = open_page("network")
    lines = [menu_line(name) for name in PRESETS]
    assert app.selectbox(key="network.preset").options == lines
    assert app.selectbox(key="network.preset").value == "lesson"
    assert app.selectbox(key="network.preset").help == MEASURED
    app.number_input(key="network.filters1").set_value(24).run()
    assert app.selectbox(key="network.preset").value == "my network"
    app.selectbox(key="network.preset").set_value("best").run()
    assert app.selectbox(key="network.preset").value == "best"
    assert app.selectbox(key="network.preset").options == lines
    assert open_page("training").selectbox(key="training.network").options == lines


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_s_network_comes_out_of_the_widgets_as_it_went_in(open_page, preset):
    app = open_page("network")
    app.selectbox(key="network.preset").set_value(preset).run()
    assert app.session_state["network.built"] == PRESETS[preset].network


def test_the_parts_of_fast_training_can_be_switched_on(open_page):
    app = open_page("network")
    app.toggle(key="network.whitening").set_value(True)
    app.selectbox(key="network.block_order").set_value("pool_norm_activation")
    app.segmented_control(key="network.head").set_value("max")
    app.segmented_control(key="network.initialization").set_value("identity").run()
    built = app.session_state["network.built"]
    assert (built.whitening, built.block_order, built.head, built.initialization) == (
        True,
        "pool_norm_activation",
        "max",
        "identity",
    )
