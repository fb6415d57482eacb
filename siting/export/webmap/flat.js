// A plain drawing of the same layers for a browser without WebGL: no zoom, all the rest.
function FlatMap(stage, data, open) {
  var west = data.bounds[0], south = data.bounds[1], east = data.bounds[2], north = data.bounds[3];
  var squeeze = Math.cos((south + north) / 2 * Math.PI / 180);
  var scale = 1000 / Math.max((east - west) * squeeze, north - south);
  function project(lon, lat) { return [(lon - west) * squeeze * scale, (north - lat) * scale]; }
  var size = project(east, south);
  var picture = svg("svg", { viewBox: "0 0 " + size[0].toFixed(1) + " " + size[1].toFixed(1), "class": "flat", role: "img" });
  picture.appendChild(svg("title", {})).textContent = data.title;
  function ring(points) { return "M" + points.map(function (xy) { return project(xy[0], xy[1]).map(function (v) { return v.toFixed(1); }).join(","); }).join("L"); }
  function path(geometry) {
    var parts = geometry.coordinates;
    if (geometry.type === "LineString") return ring(parts);
    if (geometry.type === "MultiLineString") return parts.map(ring).join("");
    var polygons = geometry.type === "Polygon" ? [parts] : parts;
    return polygons.map(function (rings) { return rings.map(function (r) { return ring(r) + "Z"; }).join(""); }).join("");
  }
  function shape(layer, feature) {
    var look = layer.swatch, facts = feature.properties, color = facts.c || look.fill;
    if (feature.geometry.type === "Point") {
      var at = project(feature.geometry.coordinates[0], feature.geometry.coordinates[1]);
      var node = point(look.shape, facts.r || 3, color, look.edge);
      node.setAttribute("transform", "translate(" + at[0].toFixed(1) + "," + at[1].toFixed(1) + ")");
      return node;
    }
    var area = feature.geometry.type.indexOf("Polygon") >= 0;
    var line = svg("path", { d: path(feature.geometry), fill: area ? color : "none", stroke: area ? look.edge : color, "stroke-width": area ? 1 : 1.6, "fill-rule": "evenodd" });
    if (look.shape === "dash") line.setAttribute("stroke-dasharray", "4 3");
    return line;
  }
  this.groups = {};
  this.items = {};
  var flat = this;
  data.backdrop.concat(data.layers).forEach(function (layer) {
    var group = svg("g", { "data-layer": layer.id });
    flat.items[layer.id] = layer.features.features.filter(function (f) { return f.geometry; }).map(function (feature) {
      var node = shape(layer, feature);
      var card = layer.cards[feature.properties.i];
      if (card) node.addEventListener("click", function () { open(card); });
      group.appendChild(node);
      return { node: node, from: feature.properties.from || 0, facts: feature.properties };
    });
    flat.groups[layer.id] = group;
    picture.appendChild(group);
  });
  stage.appendChild(picture);
}

FlatMap.prototype.toggle = function (layer, on) { this.groups[layer.id].setAttribute("display", on ? "inline" : "none"); };

FlatMap.prototype.period = function (layers, period) {
  var items = this.items;
  layers.forEach(function (layer) {
    items[layer.id].forEach(function (item) {
      if (layer.by_period) item.node.setAttribute("display", item.from <= period ? "inline" : "none");
      var circle = item.node.querySelector("circle");
      if (circle && item.facts["r" + period]) circle.setAttribute("r", item.facts["r" + period]);
    });
  });
};
