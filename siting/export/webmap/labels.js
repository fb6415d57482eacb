// Names as elements above the map, placed greedily: none overlaps another, a site, or the legend, and none is cut off.
function Labels(holder, labels) {
  this.labels = labels.slice().sort(function (a, b) { return b.rank - a.rank; });
  this.nodes = this.labels.map(function (label) {
    var node = el("span", "label " + label.kind, label.text);
    holder.appendChild(node);
    return node;
  });
  this.sizes = null;
}

// `view` says: project (lon, lat) -> pixels, width, height, period, allowed (kind) -> whether it is switched on,
// clear (label) -> pixels to stay away from what it names, taken: boxes no name may cover.
Labels.prototype.place = function (view) {
  var nodes = this.nodes;
  if (!this.sizes) this.sizes = nodes.map(function (node) { return [node.offsetWidth, node.offsetHeight]; });
  var sizes = this.sizes;
  var points = this.labels.map(function (label) {
    var at = view.project(label.lon, label.lat);
    var seen = label.from <= view.period && view.allowed(label.kind) && at[0] > 0 && at[1] > 0 && at[0] < view.width && at[1] < view.height;
    return seen ? at : null;
  });
  var taken = view.taken.slice();
  this.labels.forEach(function (label, n) {
    if (points[n] && label.kind === "site") taken.push(around(points[n], view.clear(label) - 3));
  });
  this.labels.forEach(function (label, n) {
    var node = nodes[n];
    var box = points[n] && spots(points[n], sizes[n], view.clear(label)).find(function (spot) {
      return spot[0] >= 0 && spot[1] >= 0 && spot[2] <= view.width && spot[3] <= view.height && taken.every(function (other) { return apart(spot, other); });
    });
    node.style.visibility = box ? "visible" : "hidden";
    if (!box) return;
    taken.push(box);
    node.style.transform = "translate(" + Math.round(box[0]) + "px," + Math.round(box[1]) + "px)";
  });
};

// Right, left, above, below, then the corners.
function spots(at, size, gap) {
  var w = size[0], h = size[1], near = gap * 0.7;
  return [
    [gap, -h / 2], [-gap - w, -h / 2], [-w / 2, -gap - h], [-w / 2, gap], [near, -near - h], [near, near], [-near - w, -near - h], [-near - w, near]
  ].map(function (offset) {
    var left = at[0] + offset[0], top = at[1] + offset[1];
    return [left, top, left + w, top + h];
  });
}

function around(at, r) { return [at[0] - r, at[1] - r, at[0] + r, at[1] + r]; }

function apart(a, b) { return a[2] < b[0] || a[0] > b[2] || a[3] < b[1] || a[1] > b[3]; }
