/** Where a key leads from a tile of a grid: a place, of a tile or beyond all; undefined for other keys. */
function led(tiles, at, key) {
  const below = tiles.findIndex((tile) => tile.offsetTop > tiles[0].offsetTop);
  const columns = below < 0 ? tiles.length : below;
  const targets = {
    ArrowRight: at + 1,
    ArrowLeft: at - 1,
    ArrowDown: at + columns,
    ArrowUp: at - columns,
    Home: 0,
    End: tiles.length - 1,
  };
  return targets[key];
}

/** Put the focus on a tile; the Tab key leads to it alone from now on. */
function focusOn(tiles, tile) {
  for (const other of tiles) other.tabIndex = -1;
  tile.tabIndex = 0;
  tile.focus();
}
