"""Own data sets on the pages that everybody's have: chosen, linked, frozen, lacking something, and gone."""

import json

import pets
import pytest
from app import text, with_label

from cnn_core import data, runs
from cnn_core.data import own
from cnn_core.presets import PRESETS, for_few

pytestmark = pytest.mark.usefixtures("shapes_only")


def choose(app, name):
    return app.button_group(key="data_set").set_value(name).run()


def test_an_own_set_is_browsed_and_stays_as_it_was_chosen_while_it_grows(open_page):
    made = pets.fill()
    app = choose(open_page("dataset"), made.name)
    assert not app.exception
    assert app.query_params["data_set"] == "pets"
    state = own.latest("pets")
    count = f"The {data.about(state).sizes['train']:,} images of Pets's training split."
    assert count in text(app)
    assert with_label(app.selectbox, "Class").options == ["all", *pets.CLASSES]
    own.add("pets", made.classes[0].id, pets.pictures(8, seed=99), "later")
    assert count in text(app.run())
    app.switch_page("pages/home.py").run()
    app.switch_page("pages/dataset.py").run()
    assert app.button_group(key="data_set").value == "pets"
    assert count not in text(app)
    assert own.states("pets") == [own.latest("pets")], "the state that no run names is gone"


def test_a_state_that_a_run_names_stays(open_page):
    made = pets.fill()
    run = pets.learned(made)
    own.add("pets", made.classes[0].id, pets.pictures(8, seed=99), "later")
    choose(open_page("dataset"), "pets")
    assert set(own.states("pets")) == {run.config.data_set, own.latest("pets")}


def test_a_link_opens_it_by_name_whatever_it_is_called(open_page):
    pets.fill("CIFAR-10")  # of all titles
    own.rename("cifar-10", "Our own pets")
    app = open_page("dataset", data_set="cifar-10")
    assert not app.exception
    assert app.button_group(key="data_set").value == "cifar-10"
    assert "Our own pets's training split" in text(app)


def test_many_sets_are_a_list_and_one_that_is_removed_becomes_a_sentence_and_another(open_page):
    for title in ("Pets", "Fruit"):
        pets.fill(title)
    app = open_page("dataset", data_set="fruit")
    assert app.selectbox(key="data_set").value == "fruit"
    app.selectbox(key="data_set").set_value("pets").run()
    own.remove("pets")
    assert not app.run().exception
    assert "The data set on which you worked is not here" in text(app)
    assert app.button_group(key="data_set").value == "cifar10"
    assert "The data set of this link is not here" in text(open_page("dataset", data_set="pets"))


def test_what_a_set_lacks_is_said_and_costs_no_other_part_of_the_page(open_page):
    made = pets.fill()
    own.delete("pets", [image.id for image in own.images("pets", made.classes[1].id)[:9]])
    lacks = "dog has 3."
    for page in ("dataset", "training"):
        app = open_page(page, data_set="pets")
        assert not app.exception
        assert any(lacks in warning.value for warning in app.warning)
    assert not any(button.label == "Start training" for button in app.button)
    assert "No run yet" in text(app)


def test_training_learns_its_state_with_its_classes_and_a_recipe_for_few(open_page, monkeypatch):
    pets.fill()
    asked = []

    def start(config, title, **_):
        asked.append((config, title))
        return runs.create(config, title)

    monkeypatch.setattr(runs, "start", start)
    app = open_page("training", data_set="pets")
    app.selectbox(key="training.network").set_value("minute").run()
    with_label(app.button, "Start training").click().run()
    assert not app.exception
    state = own.latest("pets")
    usual = data.on(PRESETS["minute"], state)
    assert asked == [(for_few(usual, data.about(state).sizes["train"]), "minute, Pets")]
    assert asked[0][0].network.classes == 3
    assert "images of Pets" in " ".join(app.dataframe[0].value["learned on"])


def test_the_builder_has_as_many_classes_as_the_set_that_was_chosen(open_page):
    pets.fill()
    app = choose(open_page("dataset"), "pets")
    app.switch_page("pages/network.py").run()
    assert not app.exception
    assert "The last layer has 3 values: one for each class of **Pets**." in text(app)
    assert app.dataframe[0].value.iloc[-1]["output shape"].startswith("3")


def test_home_counts_them(open_page):
    assert "CIFAR-10 is not here yet  \n" not in text(open_page("home"))
    pets.fill()
    assert "CIFAR-10 is not here yet  \n:material/check_circle: 1 of your own" in text(open_page("home"))


def test_the_lab_opens_a_test_image_of_ones_own(open_page):
    pets.fill()
    app = open_page("dataset", **{"data_set": "pets", "dataset.split": "test", "dataset.image": "5"})
    with_label(app.button, "Open in the lab").click().run()
    assert not app.exception
    assert with_label(app.selectbox, "Image").value == own.latest("pets")
    assert app.number_input(key="convolution.image").value == 5
    own.remove("pets")
    app.switch_page("pages/convolution.py").run()
    assert not app.exception
    assert with_label(app.selectbox, "Image").value == "report"


def test_a_set_with_the_title_of_everybody_s_opens_in_the_lab_too(open_page):
    made = pets.fill("CIFAR-10")
    app = open_page("dataset", **{"data_set": made.name, "dataset.split": "test", "dataset.image": "5"})
    with_label(app.button, "Open in the lab").click().run()
    assert not app.exception
    assert with_label(app.selectbox, "Image").value == own.latest(made.name)


def test_a_game_offers_the_set_that_a_network_has_learned_and_no_other(open_page):
    made = pets.fill()
    pets.fill("Never learned")
    assert not any(box.label == "Images" for box in open_page("games").selectbox)
    run = pets.learned(made)
    app = open_page("games", **{"games.images": "pets"})
    assert not app.exception
    assert with_label(app.selectbox, "Images").options == ["Shapes-10", "Pets"]
    (sorter,) = (
        json.loads(one.proto.json) for one in app.get("bidi_component") if one.proto.component_name == "sorter"
    )
    assert list(run.config.own.class_names) == sorter["names"]


def test_a_proposal_after_a_run_on_an_earlier_state_sets_up_that_state(open_page, monkeypatch):
    made = pets.fill()
    run = pets.learned(made)
    own.add("pets", made.classes[0].id, pets.pictures(8, seed=99), "later")
    asked = []
    monkeypatch.setattr(runs, "start", lambda config, title, **_: asked.append(config) or runs.create(config, title))
    app = open_page("training")
    with_label(app.button, "Set up").click().run()
    with_label(app.button, "Start training").click().run()
    assert not app.exception
    assert asked[0].data_set == run.config.data_set != own.latest("pets")
