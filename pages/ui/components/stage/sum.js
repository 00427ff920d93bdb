// The arithmetic of one stop: every product laid out like the window, the running total, then bias and activation.

class Sum {
  constructor(root, model, touch) {
    const part = (selector) => root.querySelector(selector);
    Object.assign(this, { model, line: part(".line"), chain: part(".chain"), cells: [], heads: [] });
    this.waterfall = part(".waterfall");
    this.pen = this.waterfall.getContext("2d");
    const { image, weights, channels, columns } = model;
    const largest = (values) => Math.max(...values.map(Math.abs));
    this.limit = largest(image) * (weights ? largest(weights) : 1);
    const blocks = part(".blocks");
    this.many = channels * columns.kernel > 7 || columns.kernel > 5;
    blocks.className = `blocks ${this.many ? "many" : "few"}${weights ? "" : " single-number"}`;
    blocks.replaceChildren(...Array.from({ length: channels }, (_, c) => this.buildBlock(c, touch)));
  }

  buildBlock(channel, touch) {
    const { channels, columns, taps, weights } = this.model;
    const block = element("div", "block");
    const head = block.appendChild(element("p", "head"));
    if (channels > 1) this.heads.push(head);
    else head.textContent = weights ? "Products" : "In the window";
    const grid = block.appendChild(element("div", "cells"));
    grid.style.setProperty("--k", columns.kernel);
    for (let t = 0; t < taps; t++) {
      const cell = this.buildCell(weights?.[t * channels + channel]);
      const index = this.cells.push(cell) - 1;
      cell.root.onpointerenter = () => touch({ index, all: false });
      cell.root.onpointerleave = () => touch(null);
      grid.append(cell.root);
    }
    return block;
  }

  buildCell(weight) {
    const [root, pair, pixel] = [element("div", "cell"), element("span", "pair"), element("span", "pixel")];
    const [product, running] = [element("b", "product"), element("span", "running")];
    pair.append(pixel);
    root.append(pair);
    if (weight !== undefined) {
      pair.append(element("span", "weight", ` × ${writeTerm(weight)}`));
      root.append(product);
      if (!this.many) root.append(running);
    }
    return { root, pixel, product, running };
  }

  draw(view, scene, theme) {
    const { stop, done } = view;
    const { data } = this.model;
    let running = 0;
    stop.taps.forEach((tap, i) => {
      running += tap.product;
      this.drawCell(this.cells[i], tap, running, view.secret, scene);
      const long = this.model.weights && (write(tap.pixel) + writeTerm(tap.weight)).length > 8;
      const wide = this.model.weights && Math.max(write(tap.product).length, write(running).length) > 5;
      const lit = i === view.tap?.index;
      const marks = [tap.padding && "padding", i >= done && "waiting", lit && "lit", long && "long", wide && "wide"].filter(Boolean);
      const state = ["cell", ...marks].join(" ");
      if (this.cells[i].state !== state) this.cells[i].root.className = this.cells[i].state = state;
    });
    const result = (number) => (view.complete && !view.secret ? write(number) : "?");
    this.fillChain(this.chainRows(view, result));
    setText(this.line, this.writeLine(stop, result));
    this.heads.forEach((head, c) => setText(head, `${data.channels[c]} part ${result(stop.parts[c])}`));
    this.waterfall.hidden = !this.model.weights || view.secret;
    if (!this.waterfall.hidden) this.drawWaterfall(stop.taps, done, theme);
  }

  drawCell(cell, tap, running, secret, scene) {
    const { weights } = this.model;
    const empty = tap.padding && !weights;
    const rgb = weights ? diverging(tap.product, this.limit, RESULT, scene.zero) : scene.inputColour(tap.pixel);
    setText(cell.pixel, empty ? "·" : write(tap.pixel));
    setText(cell.product, write(tap.product));
    setText(cell.running, secret ? "" : write(running));
    const colour = empty ? "" : css(rgb);
    if (cell.colour === colour) return;
    cell.colour = cell.root.style.backgroundColor = colour;
    cell.root.style.color = empty ? "" : inkOn(rgb);
  }

  // From the sum to the output, a row a step: what is done, and the number.
  chainRows({ stop, done, complete, secret }, result) {
    const { data, weights } = this.model;
    if (!weights) return [[data.titles.output, result(stop.z)]];
    const partial = stop.taps.slice(0, done).reduce((sum, tap) => sum + tap.product, 0);
    const label = complete ? `Sum of ${this.cells.length} products` : `Total of ${done} of ${this.cells.length} products`;
    const bent = data.activation.name !== "linear";
    const rows = [[label, secret ? "?" : write(partial)], ["+ bias", write(data.bias)]];
    rows.push([bent ? "= sum + bias" : `= ${data.titles.output.toLowerCase()}`, result(stop.z)]);
    if (bent) rows.push([`${data.activation.title}(${result(stop.z)}) =`, result(stop.a)]);
    if (data.norm) {
      const { scale, shift } = data.norm;
      const line = `${result(stop.a)} × ${writeTerm(scale)} + ${writeTerm(shift)}`;
      rows.push([`Batch-norm: ${line} =`, result(normalized(data.norm, stop.a))]);
    }
    return rows;
  }

  fillChain(rows) {
    while (this.chain.children.length < 2 * rows.length) this.chain.append(element("dt"), element("dd"));
    while (this.chain.children.length > 2 * rows.length) this.chain.lastChild.remove();
    rows.flat().forEach((text, i) => setText(this.chain.children[i], text));
  }

  // The sum in one line, as far as a line holds it.
  writeLine(stop, result) {
    const { data, operation, channels } = this.model;
    const counted = stop.taps.filter((tap) => !tap.padding).map((tap) => write(tap.pixel));
    if (operation === "average") return `(${counted.join(" + ")}) / ${counted.length} = ${result(stop.z)}`;
    if (operation !== "convolution") return `${operation}(${counted.join(", ")}) = ${result(stop.z)}`;
    if (channels > 1) {
      const parts = stop.parts.map((part, c) => `${data.channels[c]} part ${result(part)}`);
      return `${parts.join(" + ")} + bias ${write(data.bias)} = ${result(stop.z)}`;
    }
    if (stop.taps.length > 9) return "";
    return `${stop.taps.map((tap) => `${write(tap.pixel)}·${writeTerm(tap.weight)}`).join(" + ")} = ${result(stop.total)}`;
  }

  // The running total as steps: each product carries it up or down; the last bar is the sum.
  drawWaterfall(taps, done, theme) {
    const { pen, waterfall } = this;
    const scale = window.devicePixelRatio || 1;
    const [width, height] = [waterfall.clientWidth, waterfall.clientHeight].map((side) => Math.round(side * scale));
    if (waterfall.width !== width || waterfall.height !== height) Object.assign(waterfall, { width, height });
    const totals = [0];
    for (const tap of taps) totals.push(totals.at(-1) + tap.product);
    const [low, high] = [Math.min(...totals), Math.max(...totals)];
    const y = (value) => height - 4 * scale - ((value - low) / (high - low || 1)) * (height - 8 * scale);
    const step = width / totals.length;
    const bar = (i, from, to) => {
      const size = Math.max(Math.abs(y(from) - y(to)), 2 * scale);
      pen.fillRect(i * step, Math.min(y(from), y(to)), Math.max(step - 2 * scale, 1), size);
    };
    pen.clearRect(0, 0, width, height);
    pen.globalAlpha = 0.4;
    pen.fillStyle = theme.text;
    pen.fillRect(0, y(0), width, scale);
    pen.globalAlpha = 1;
    for (let i = 0; i < done; i++) {
      pen.fillStyle = css(taps[i].product < 0 ? RESULT.negative : RESULT.positive);
      if (taps[i].product) bar(i, totals[i], totals[i + 1]);
    }
    pen.fillStyle = theme.text;
    if (done === taps.length) bar(done, 0, totals.at(-1));
  }
}
