"""The layers of a network, worked out from its configuration alone: shapes, parameters, arithmetic, receptive field.

No TensorFlow: the web process shows this table while a visitor moves a slider. `models` builds the Keras network from
the same list, and the tests compare every row with Keras.
"""

from cnn_core.architecture.construction import Layer, layers
from cnn_core.architecture.landmarks import Totals, features, last_maps, map_of, table, totals
from cnn_core.architecture.variables import variables

__all__ = ["Layer", "Totals", "features", "last_maps", "layers", "map_of", "table", "totals", "variables"]
