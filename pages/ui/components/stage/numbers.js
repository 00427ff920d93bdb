// The sums, in the browser so that the window can follow the mouse. The truth is cnn_core.convolution; a browser test
// holds every number here against it. Sizes and padding come from Python ready made.

const LEAK = 0.2; // Keras' slope of leaky ReLU below 0

const sigmoid = (x) => 1 / (1 + Math.exp(-x));

// Abramowitz and Stegun 7.1.26: off by less than 2e-7.
function erf(x) {
  const t = 1 / (1 + 0.3275911 * Math.abs(x));
  const poly = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  return Math.sign(x) * (1 - poly * Math.exp(-x * x));
}

const ACTIVATIONS = {
  linear: (x) => x,
  relu: (x) => Math.max(0, x),
  leaky_relu: (x) => Math.max(x, LEAK * x),
  elu: (x) => (x > 0 ? x : Math.expm1(x)),
  gelu: (x) => 0.5 * x * (1 + erf(x / Math.SQRT2)),
  silu: (x) => x * sigmoid(x),
  tanh: Math.tanh,
  sigmoid,
};

// One axis of the walk, counted in padded pixels: window `output` begins at output * stride.
function makeAxis(size, kernel, stride, dilation, before, after) {
  const span = dilation * (kernel - 1) + 1;
  const padded = before + size + after;
  const outputs = Math.floor((padded - span) / stride) + 1;
  const reads = new Int32Array(padded);
  for (let o = 0; o < outputs; o++) for (let k = 0; k < kernel; k++) reads[o * stride + k * dilation]++;
  return { size, kernel, stride, dilation, before, span, padded, outputs, reads };
}

const isInside = (axis, place) => place >= axis.before && place < axis.before + axis.size;

// Outputs whose window reads the padded place.
function readersOf(axis, place) {
  const found = [];
  for (let k = 0; k < axis.kernel; k++) {
    const start = place - k * axis.dilation;
    if (start >= 0 && start % axis.stride === 0 && start / axis.stride < axis.outputs) found.push(start / axis.stride);
  }
  return found.sort((a, b) => a - b);
}

// The output whose window has its middle nearest to the padded place.
function nearestOutput(axis, place) {
  const output = Math.round((place - (axis.span - 1) / 2) / axis.stride);
  return Math.min(Math.max(output, 0), axis.outputs - 1);
}

// The padded place under the window's middle tap.
const middleOf = (axis, output) => output * axis.stride + Math.floor(axis.kernel / 2) * axis.dilation;

const crossing = (rows, columns) => rows.flatMap((row) => columns.map((column) => [row, column]));

// One stop of the window: its taps channel by channel in reading order, what each channel gives, and the results.
function stopAt(model, row, column) {
  const { rows, columns, channels, image, weights, bias, activate, operation } = model;
  const taps = [];
  const parts = new Array(channels).fill(0);
  for (let c = 0; c < channels; c++) {
    for (let i = 0; i < rows.kernel; i++) {
      for (let j = 0; j < columns.kernel; j++) {
        const y = row * rows.stride + i * rows.dilation;
        const x = column * columns.stride + j * columns.dilation;
        const padding = !(isInside(rows, y) && isInside(columns, x));
        const pixel = padding ? 0 : image[((y - rows.before) * columns.size + x - columns.before) * channels + c];
        const weight = weights ? weights[(i * columns.kernel + j) * channels + c] : 1;
        const product = pixel * weight;
        taps.push({ channel: c, y, x, pixel, weight, product, padding });
        parts[c] += product;
      }
    }
  }
  if (operation !== "convolution") return poolStop(taps, operation);
  const total = parts.reduce((sum, part) => sum + part, 0);
  return { taps, parts, total, z: total + bias, a: activate(total + bias), winner: -1 };
}

// Batch-norm of a trained network: one factor and one summand for the whole map.
const normalized = ({ scale, shift }, value) => value * scale + shift;

// Pooling: padding never wins and never counts.
function poolStop(taps, operation) {
  const counted = taps.filter((tap) => !tap.padding);
  const values = counted.map((tap) => tap.pixel);
  if (operation === "average") {
    const total = values.reduce((sum, value) => sum + value, 0);
    const z = total / values.length;
    return { taps, parts: [total], total, z, a: z, winner: -1 };
  }
  const z = operation === "max" ? Math.max(...values) : Math.min(...values);
  return { taps, parts: [z], total: z, z, a: z, winner: taps.findIndex((tap) => !tap.padding && tap.pixel === z) };
}

// Everything that the panels show, from the data that Python sent.
function solve(data) {
  const [height, width, channels] = data.image.shape;
  const [kh, kw] = data.window;
  const [top, bottom, left, right] = data.padding;
  const model = {
    data,
    channels,
    rows: makeAxis(height, kh, data.stride, data.dilation, top, bottom),
    columns: makeAxis(width, kw, data.stride, data.dilation, left, right),
    image: data.image.values,
    weights: data.kernel,
    bias: data.bias,
    operation: data.operation,
    activate: ACTIVATIONS[data.activation.name],
    taps: kh * kw,
  };
  model.isSecret = (at) => data.known !== null && at >= data.known; // kept back for a question
  model.cellOf = (at) => [Math.floor(at / model.columns.outputs), at % model.columns.outputs];
  const count = model.rows.outputs * model.columns.outputs;
  Object.assign(model, { count, z: new Float64Array(count), a: new Float64Array(count), parts: [] });
  for (let c = 0; c < channels; c++) model.parts.push(new Float64Array(count));
  for (let at = 0; at < count; at++) {
    const stop = stopAt(model, ...model.cellOf(at));
    model.z[at] = stop.z;
    model.a[at] = stop.a;
    stop.parts.forEach((part, c) => (model.parts[c][at] = part));
  }
  return model;
}

// A number as one would write it on the board: whole numbers whole, others with two decimals, small ones with two digits.
function write(value) {
  const whole = Math.round(value);
  const size = Math.abs(value);
  let text;
  if (Math.abs(value - whole) < 1e-9) text = String(Math.abs(whole));
  else if (size >= 0.095) text = size.toFixed(2);
  else if (size >= 1e-4) text = String(Number(size.toPrecision(2)));
  else return "0";
  return value < 0 && Number(text) !== 0 ? `\u2212${text}` : text;
}

// The same inside a sum: a negative number in brackets.
const writeTerm = (value) => (value < 0 && write(value) !== "0" ? `(${write(value)})` : write(value));
