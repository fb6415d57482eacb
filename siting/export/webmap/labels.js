// Names as elements above the map, placed greedily so that none overlaps another: sites before cities, large before small.
function Labels(holder, labels) {
  this.labels = labels.slice().sort(function (a, b) { return b.rank - a.rank; });
  this.nodes = this.labels.map(function (label) {
    var node = el("span", "label " + label.kind, label.text);
    holder.appendChild(node);
    return node;
  });
  this.sizes = null;
}

// `project` gives pixels of a place; `allowed` says whether a label's kind is switched on, `clear` how far to stay away from a site.
Labels.prototype.place = function (project, width, height, period, allowed, clear) {
  var nodes = this.nodes;
  if (!this.sizes) this.sizes = nodes.map(function (node) { return [node.offsetWidth, node.offsetHeight]; });
  var taken = [];
  var sizes = this.sizes;
  this.labels.forEach(function (label, n) {
    var at = project(label.lon, label.lat);
    var w = sizes[n][0], h = sizes[n][1], gap = label.kind === "site" ? clear(label) : 6;
    var spots = [[gap, -h / 2], [-gap - w, -h / 2], [-w / 2, -gap - h], [-w / 2, gap]];
    var spot = null;
    if (label.from <= period && allowed(label.kind) && at[0] > 0 && at[1] > 0 && at[0] < width && at[1] < height) {
      spot = spots.find(function (offset) {
        var box = [at[0] + offset[0] - 2, at[1] + offset[1] - 1, at[0] + offset[0] + w + 2, at[1] + offset[1] + h + 1];
        var free = taken.every(function (other) { return box[2] < other[0] || box[0] > other[2] || box[3] < other[1] || box[1] > other[3]; });
        if (free) taken.push(box);
        return free;
      });
    }
    var node = nodes[n];
    node.style.visibility = spot ? "visible" : "hidden";
    if (spot) node.style.transform = "translate(" + Math.round(at[0] + spot[0]) + "px," + Math.round(at[1] + spot[1]) + "px)";
  });
};
