"""How a gradient becomes a step, as code: the optimizer, a rate for each group of weights, and the schedule."""

from cnn_core.code.written import join, value
from cnn_core.config import FALL, TrainingConfig

_OPTIMIZERS = {"adam": "Adam", "adamax": "Adamax", "sgd": "SGD", "muon": "SGD"}
_MOMENTUM = {"sgd": ", momentum=0.9, nesterov=True", "muon": ", momentum=0.85, nesterov=True"}
_FACTORS = """
    def build(self, variables):
        last = [variable.path for variable in model.layers[-2].weights]
        self.factors = tuple(
            {head} if variable.path in last else {bias} if variable.name in ("bias", "beta") else 1.0
            for variable in variables
        )
        super().build(variables)
"""
_RATES = '''
class {name}(keras.optimizers.{base}):
    """{base} with a learning rate of their own for biases, for batch-norm's offsets and for the last layer."""
{factors}
    def update_step(self, gradient, variable, learning_rate):
        factor = self.factors[self._get_variable_index(variable)]
        super().update_step(gradient, variable, learning_rate * factor)
'''
_MUON = '''
def orthogonal(matrix):
    """The nearest matrix whose singular values are all about 1, by three Newton-Schulz steps."""
    is_tall = matrix.shape[0] > matrix.shape[1]
    x = tf.transpose(matrix) if is_tall else matrix
    x /= tf.norm(x) + 1e-7
    for _ in range(3):
        products = x @ tf.transpose(x)
        x = 3.4445 * x + (-4.7750 * products + 2.0315 * products @ products) @ x
    return tf.transpose(x) if is_tall else x


class Muon(keras.optimizers.SGD):
    """Kernels of convolutions move in all directions at one pace (Jordan et al., 2024); the others by SGD."""
{factors}
    def update_step(self, gradient, variable, learning_rate):
        number = self._get_variable_index(variable)
        rate = learning_rate * self.factors[number]
        if len(variable.shape) != 4:
            super().update_step(gradient, variable, rate)
            return
        momentum = self.momentums[number]
        momentum.assign(0.6 * momentum + gradient)
        direction = orthogonal(tf.reshape(gradient + 0.6 * momentum, (-1, variable.shape[-1])))
        kernel = variable * (variable.shape[-1] ** 0.5 / tf.norm(variable))
        variable.assign(kernel - rate * tf.reshape(direction, variable.shape))
'''
_TRAPEZOID = '''class Trapezoid(keras.optimizers.schedules.LearningRateSchedule):
    """The rate stays up, and falls to 0 in the last {percent} of the steps."""

    def __call__(self, step):
        left = 1 - tf.cast(step, tf.float32) / TOTAL
        return {first} * tf.minimum(1.0, left / {share})

    def get_config(self):
        return {{}}


learning_rate = Trapezoid()'''


def definition(recipe: TrainingConfig) -> str:
    """The optimizer with its learning rate, which follows the schedule from step to step."""
    has_groups = (recipe.bias_rate_multiplier, recipe.head_rate_multiplier) != (1.0, 1.0)
    base = _OPTIMIZERS[recipe.optimizer]
    factors = _FACTORS.format(head=value(recipe.head_rate_multiplier), bias=value(recipe.bias_rate_multiplier))
    name, made = f"keras.optimizers.{base}", ""
    if recipe.optimizer == "muon":
        name, made = "Muon", _MUON.format(factors=factors)
    elif has_groups:
        name, made = "WithRates", _RATES.format(name="WithRates", base=base, factors=factors)
    options = _MOMENTUM.get(recipe.optimizer, "")
    if recipe.ema_momentum:
        options += f", use_ema=True, ema_momentum={value(recipe.ema_momentum)}"
    return join([made, f"{rate(recipe)}\noptimizer = {name}(learning_rate{options})"], "\n\n\n")


def rate(recipe: TrainingConfig) -> str:
    """The learning rate of every step, as `learning_rate`; it needs TOTAL."""
    first = value(recipe.learning_rate)
    if recipe.schedule == "constant":
        return f"learning_rate = {first}"
    if recipe.schedule == "linear":
        return f"learning_rate = keras.optimizers.schedules.PolynomialDecay({first}, TOTAL, end_learning_rate=0.0)"
    if recipe.schedule == "trapezoid":
        return _TRAPEZOID.format(first=first, share=value(FALL), percent=f"{FALL:.0%}")
    return f"learning_rate = keras.optimizers.schedules.CosineDecay({first}, TOTAL)"
